"""Writes a bundle: the evidence of a period as auditors ask for it, with proof of each record."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from .. import __version__
from ..collectors.registry import all_kinds
from ..ledger import Ledger
from ..mappings.evaluation import Evaluation
from ..mappings.period import Period
from .bag import Bag
from .changes import changes
from .contents import Contents, load_places
from .controls import ControlFolders
from .coverage_calendar import coverage_calendar
from .earlier import Earlier, exports_before, given_bundle, last_bundle
from .engagement import Engagement
from .errors import ExportError
from .evidence_page import EvidencePages
from .facts import Facts, Organisation, open_gaps, other_packs, rfc3339
from .index_workbook import write_workbook
from .key_history import check_usable
from .mapping import write_mapping
from .names import plain
from .oscal.documents import write_oscal
from .page import page
from .proof import log_size_at, manifest, scope_and_engagement, write_proof
from .raw import RawRecords
from .readme import readme
from .request_list import REQUEST_COLUMNS, request_rows
from .rows import Rows
from .sampling.section import Samples
from .scoped import InScope, scoped_calendar, scoped_changes
from .secret_scan import SecretScan
from .sections import write_sections
from .signature import BundleKey, Signing
from .summary_pdf import SUMMARY, check_is_installed, summary_pdf
from .zip_writer import ZipWriter

__all__ = ["ExportSummary", "Organisation", "export_bundle"]

Progress = Callable[[str], None]
_HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class ExportSummary:
    path: Path
    sha256: str
    """Of the tag manifest: what was signed."""
    files: int
    size_bytes: int
    """Of the zip."""
    key_fingerprint: str
    leaf: int
    """The export is itself a leaf of the ledger's log, after the bundle's checkpoint."""
    gaps: Sequence[str] = ()
    """Authorities that were asked for the time and gave none, each with the reason."""


def export_bundle(
    ledger: Ledger,
    evaluation: Evaluation,
    *,
    period: Period,
    out: Path,
    keys: Path,
    organisation: Organisation,
    engagement: Engagement | None = None,
    accepted_findings: Collection[str] = (),
    signing: Signing | None = None,
    since: Path | None = None,
    pdf: bool = False,
    progress: Progress | None = None,
) -> ExportSummary:
    """Write the bundle of ``period`` to ``out``, whole or not at all.

    Same ledger, evaluation instant, period, pack and key in, same bytes out; but with time stamps,
    or with a key that does not sign the same twice, what vouches for the bundle differs. Memory is
    bounded, whatever the number of records.

    Args:
        accepted_findings: Places, ``file:line``, of what looks like a credential and is none.
        since: The bundle that changes are told from; the ledger's last one when left out.
        pdf: With the summary for paper, which needs fpdf2.

    Raises:
        BundleError: ``since`` is no earlier bundle of this ledger.
        SecretFound: It would hold what looks like a credential.
        ExportError: It cannot be written there, or the period begins after what is known.
        KeyRefused: The signing key cannot be used.
    """
    if period.start > evaluation.at:
        raise ExportError(
            f"period {period.label}",
            "had not begun at the time of the evaluation",
            remedy="name a period that has",
        )
    if pdf:
        check_is_installed()
    key = BundleKey(keys, signing or Signing())
    for signer in key.keys:
        check_usable(ledger, signer)
    earlier = _earlier(ledger, evaluation.at, since)
    facts = _facts(ledger, evaluation, period, organisation, key, earlier=earlier)
    facts = replace(facts, engagement=engagement, has_summary=pdf)
    papers = {SUMMARY: summary_pdf(facts)} if pdf else {}
    scan = SecretScan(accepted_findings)
    draft = out.with_name(f".{out.name}.partial")
    try:
        bag, digest = _write(
            draft, ledger, facts, key, papers=papers, scan=scan, progress=progress or _silent
        )
        size = draft.stat().st_size
        leaf = ledger.append(
            "export",
            {
                "bundle_sha256": digest,
                "period": period.label,
                "as_of": rfc3339(facts.at),
                "files": len(bag.files),
                "size_bytes": size,
                "key": key.fingerprint,
                "checkpoint_size": facts.log_size,
                **scope_and_engagement(facts),
                "accepted_findings": sorted(accepted_findings),
            },
        )
        draft.replace(out)
    except OSError as error:
        problem = f"cannot be written ({error.strerror})"
        raise ExportError(str(out), problem, remedy="check the folder and the disk") from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
    return ExportSummary(
        path=out,
        sha256=digest,
        files=len(bag.files),
        size_bytes=size,
        key_fingerprint=key.fingerprint,
        leaf=leaf,
        gaps=[f"{answer.url} {answer.gap}" for answer in key.gaps],
    )


def _write(
    draft: Path,
    ledger: Ledger,
    facts: Facts,
    key: BundleKey,
    *,
    papers: Mapping[str, bytes],
    scan: SecretScan,
    progress: Progress,
) -> tuple[Bag, str]:
    draft.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix=".annexa-export-", dir=draft.parent) as scratch,
        draft.open("wb") as file,
        contextlib.closing(ZipWriter(file, scratch=Path(scratch))) as archive,
    ):
        bag = Bag(archive, _top(facts), scan)
        _write_payload(bag, ledger, facts, Path(scratch), progress)
        bag.wait()
        scan.check()
        for name, content in papers.items():
            bag.tag(name, content)
        digest = _finish(bag, facts, key)
        file.flush()
        os.fsync(file.fileno())
    return bag, digest


def _facts(
    ledger: Ledger,
    evaluation: Evaluation,
    period: Period,
    organisation: Organisation,
    key: BundleKey,
    *,
    earlier: Earlier | None,
) -> Facts:
    size = log_size_at(ledger, evaluation.at, evaluation.run)
    gaps = open_gaps(ledger, evaluation)
    before = {
        body["as_of"]
        for _, body in exports_before(ledger, evaluation.at)
        if body["period"] == period.label
    }
    return Facts(
        organisation=organisation,
        period=period,
        evaluation=evaluation,
        key_fingerprint=key.fingerprint,
        checkpoint=ledger.checkpoint(size),
        checkpoint_key=ledger.verifier_key() + "\n",
        log_size=size,
        gaps=gaps,
        latest={
            source: info
            for source, info in ledger.latest_runs(evaluation.at).items()
            if source not in evaluation.left_out.sources
        },
        calendar=scoped_calendar(evaluation) or coverage_calendar(ledger, evaluation, period, gaps),
        changes=scoped_changes(changes(ledger, evaluation, earlier, gaps), evaluation),
        version=1 + len(before),
        other_packs=other_packs(ledger, evaluation),
    )


def _earlier(ledger: Ledger, at: datetime, given: Path | None) -> Earlier | None:
    if given is None:
        return last_bundle(ledger, at)
    return given_bundle(given, checkpoint=ledger.checkpoint(), at=at)


def _top(facts: Facts) -> str:
    return f"annexa-{plain(facts.organisation.name, 32)}-{plain(facts.period.label, 32)}"


def _silent(_: str) -> None:
    pass


def _write_payload(
    bag: Bag, ledger: Ledger, facts: Facts, scratch: Path, progress: Progress
) -> None:
    progress("records")
    scope = InScope(facts.evaluation)
    raw = RawRecords(bag, scratch / "locations.csv", scope)
    raw.write(ledger, facts, all_kinds().values())
    progress("proofs")
    runs = write_proof(bag, ledger, facts, raw.runs, scope)
    progress("populations")
    with Rows(facts.evaluation.database, scratch) as rows:
        contents = Contents(bag=bag, rows=rows)
        load_places(rows, raw.locations, runs)
        write_mapping(contents, facts, scratch)
        write_sections(contents, facts, raw.counts)
        progress("controls")
        controls = ControlFolders(contents, facts, ledger)
        controls.write()
        progress("oscal")
        write_oscal(contents, facts, controls.records)
        samples = Samples(contents, facts, ledger)
        samples.write()
        progress("workbook and pages")
        EvidencePages(contents=contents, facts=facts, records=controls.records).write(ledger, runs)
        requests = request_rows(facts, contents.names)
        contents.values("02_scope_soa/request_list.csv", REQUEST_COLUMNS, requests)
        bag.payload("00_README.md", (readme(facts).encode(),))
        book = scratch / "index.xlsx"
        write_workbook(book, scratch, contents, facts, samples)
        bag.payload_file("01_index.xlsx", book)
        bag.page("index.html", page(contents, facts, controls.records).encode())


def _finish(bag: Bag, facts: Facts, key: BundleKey) -> str:
    for name in ("verify.py", "verify.sh", "verify.ps1", "sample.py"):
        bag.tag(name, (_HERE / name).read_bytes())
    for name, content in key.public_files.items():
        bag.tag(name, content)
    last_day = (min(facts.period.end, facts.at + timedelta(days=1)) - timedelta(days=1)).date()
    info = {
        "Source-Organization": facts.organisation.name,
        "External-Description": facts.title,
        "External-Identifier": _top(facts),
        "Bagging-Date": facts.at.date().isoformat(),
        "Bag-Software-Agent": f"annexa {__version__}",
        "Evidence-Period": f"{facts.period.start.date()} to {last_day}",
    }
    return bag.finish(info, lambda digest: key.seal(digest, manifest(facts)))
