"""What a bundle says about itself, in the readme, the workbook and the page alike."""

CHECKS = (
    (
        "No file was changed",
        "sha256sum --check --strict SHA256SUMS",
        "The files are those that were packed. An added file is not noticed by this one.",
    ),
    (
        "No file was changed, added, removed or renamed, and who signed",
        "sh verify.sh",
        "Also: the holder of the key signed these. Needs openssl; or on Windows: verify.ps1.",
    ),
    (
        "All of that, and the history",
        "python3 -I verify.py",
        "Also: every record is in the ledger's log, under its signed checkpoint. Needs Python 3.8.",
    ),
    (
        "No history was rewritten since an earlier bundle",
        "python3 -I verify.py --since OLD",
        "The log of the earlier bundle, or of a checkpoint that was kept, is how this one begins.",
    ),
    (
        "That it was signed by a time",
        "sh verify.sh --tsa-roots ROOTS.pem",
        "An authority's clock says so. Its roots are yours; only where an authority was asked.",
    ),
    (
        "The results",
        "annexa replay BUNDLE, or: cd data/10_mapping && duckdb < replay.sql",
        "Each result follows from the populations and the rules in this bundle.",
    ),
    (
        "The samples",
        "python3 -I sample.py",
        "Each sample is the one that its seed gives. Needs Python 3.8.",
    ),
)
"""(what, command in the unpacked folder, what it proves)"""

PROVES = (
    "These records were in the ledger under its signed checkpoint, and are unchanged since.",
    "Each result follows from the records and the rules in here; anybody can have them again.",
    "For each source: as whom it was read, with which requests, how much came back, how "
    "completeness was checked, and what could not be read.",
)
PROVES_NOT = (
    "That a source told the truth, or that nobody kept evidence out of it.",
    "Whose key signed this. Compare its fingerprint with one that you got by another way.",
    "When it was signed: a signature has no clock. A time stamp in signature/timestamps has.",
    "That a document's content is good, or a judgement sound. Existence and approval are shown.",
    "Anything about the management system as a whole. That conclusion is the auditor's alone.",
)
OUTCOMES = {
    "pass": "the statement holds for everything that was looked at",
    "fail": "it does not hold for at least one",
    "attention": "it holds to the letter, and a person should look",
    "inconclusive": "not known: something was not read, a fact is missing, or there was nothing",
    "stale": "known, but from a reading that is too old",
    "manual-pending": "a person has to supply or judge something",
    "not-applicable": "excluded by the Statement of Applicability, with a reason",
    "accepted-exception": "an exception that a named person accepted until a date",
}
GLOSSARY = {
    "source": "one configured place that is read, such as mlflow/prod",
    "kind": "a type of record, such as mlflow.model_version",
    "subject": "the stable name of one thing",
    "record": "one subject of one kind as it was read, with its SHA-256",
    "run": "one reading of one source",
    "receipt": "what a run can prove about itself: as whom, what was asked, what came",
    "leaf": "an entry of the ledger's log, an append-only Merkle tree",
    "checkpoint": "the signed root of that log",
    "view": "a table that holds one common idea, such as deployments, from all platforms",
    "rule": "one testable statement about the rows of a view",
    "gap": "something that is not supported now, with an owner and a beginning",
    "system": "an AI system in scope, declared or discovered",
}
LAYOUT = (
    ("00_README.md", "this page"),
    ("01_index.xlsx", "index workbook: control matrix, evidence, results, gaps"),
    ("02_scope_soa/", "systems, Statement of Applicability, sources, request list"),
    ("03_controls/", "one folder for each control: summary, results, population, evidence"),
    ("04_clauses/", "the same for clauses that a rule speaks about"),
    ("05_documents/", "register of documents: owner, approval, age"),
    ("06_reconciliations/", "how the completeness of populations was checked, coverage by day"),
    (
        "07_exceptions_findings/",
        "what is missing, gaps with owners, candidates for findings, changes since the last bundle",
    ),
    ("08_raw/", "every record as it was stored, values removed by the allow-list"),
    ("09_manifest/", "receipts, changes, leaves with proofs, all hashes, checkpoint, custody"),
    ("10_mapping/", "catalogue, rules, views, populations as Parquet, replay.sql"),
    ("11_oscal/", "catalogue, profile, plan, results and plan of action for OSCAL tools"),
)
"""(name under data/, what is in it)"""
