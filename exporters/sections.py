"""The folders beside the controls: scope, documents, completeness, what is missing."""

from collections.abc import Iterable, Iterator, Mapping

from ..collectors.contract import Check
from ..collectors.receipt import KindReceipt
from ..ledger import RunInfo
from .changes import CHANGE_COLUMNS, CHANGES, change_rows, change_text
from .contents import Contents
from .coverage_calendar import NOT_BETTER_COLUMNS
from .facts import Facts, OpenGap, moment
from .findings import FINDING_COLUMNS, finding_rows
from .markdown import md
from .moved_results import write_moved_results
from .rows import Value

GAP_COLUMNS = (
    "rule", "system", "source", "outcome", "owner", "since", "episode", "count", "cause", "subjects"
)  # fmt: skip
COMPLETENESS_COLUMNS = (
    "source", "kind", "verdict", "items", "pages", "read_at", "as", "sees_everything", "how",
    "method", "expected", "found", "fits", "note", "run", "leaf",
)  # fmt: skip
REDACTION_COLUMNS = ("source", "kind", "values_removed", "allow_list_sha256", "run")


def write_sections(contents: Contents, facts: Facts, counts: Mapping[tuple[str, str], int]) -> None:
    if facts.engagement:
        told = facts.engagement.model_dump_json(indent=2, exclude_none=True)
        contents.text("02_scope_soa/engagement.json", told + "\n")
    contents.csv("02_scope_soa/systems.csv", "select * from evaluation.main.system")
    contents.csv("02_scope_soa/statement_of_applicability.csv", "select * from soa")
    contents.csv("02_scope_soa/sources.csv", "select * from source_state")
    contents.csv("05_documents/register.csv", "select * from document")
    contents.values(
        "06_reconciliations/completeness.csv", COMPLETENESS_COLUMNS, completeness(facts.latest)
    )
    contents.values(
        "06_reconciliations/records.csv",
        ("source", "kind", "records_in_this_bundle"),
        ((*key, count) for key, count in sorted(counts.items())),
    )
    calendar = facts.calendar
    contents.values("06_reconciliations/coverage_calendar.csv", calendar.columns, calendar.rows())
    contents.values(
        "06_reconciliations/not_supported.csv", NOT_BETTER_COLUMNS, calendar.not_better()
    )
    contents.text("07_exceptions_findings/missing.md", missing(facts))
    contents.values("07_exceptions_findings/gaps.csv", GAP_COLUMNS, gap_rows(facts))
    contents.values("07_exceptions_findings/candidates.csv", FINDING_COLUMNS, finding_rows(facts))
    contents.csv(
        "07_exceptions_findings/accepted_exceptions.csv", "select * from evaluation.main.exception"
    )
    contents.text(f"{CHANGES}.md", change_text(facts.changes))
    contents.values(f"{CHANGES}.csv", CHANGE_COLUMNS, change_rows(facts.changes))
    write_moved_results(contents, facts)
    contents.csv(
        "07_exceptions_findings/exceptions.csv",
        "select r.outcome, r.rule_id, r.system_id, r.subject, r.source, r.reason, "
        "l.file as evidence_file, l.line as evidence_line "
        "from result r left join location l on l.subject = r.subject where r.outcome <> 'pass'",
    )


def gap_rows(facts: Facts) -> Iterator[tuple[Value, ...]]:
    for gap in facts.gaps:
        now = gap.now
        yield (
            now.rule, now.system, now.source, now.outcome, now.owner, gap.since, gap.id, now.count,
            now.cause, "; ".join(now.subjects),
        )  # fmt: skip


def completeness(latest: Mapping[str, RunInfo]) -> Iterator[tuple[Value, ...]]:
    """How each population was read, one row for each way in which a second look was taken."""
    for source, info in sorted(latest.items()):
        identity = info.receipt.identity
        who = (identity.caller, identity.sees_everything) if identity else (None, None)
        for kind in info.receipt.kinds:
            how = "; ".join(sorted({trace.operation for trace in kind.operations}))
            start = (source, kind.kind, kind.verdict, kind.items, kind.pages, kind.finished_at)
            for check in _checks(kind):
                yield (*start, *who, how, *check, info.number, info.leaf)


def _checks(kind: KindReceipt) -> Iterator[tuple[Value, ...]]:
    for check in kind.checks:
        yield check.method, check.expected, check.found, check.ok, _noted(check)
    for skip in kind.skipped:
        yield f"not read: {skip.what}", None, None, False, f"{skip.problem}; {skip.remedy}"
    if kind.problem:
        yield kind.cross_check, None, None, False, f"{kind.problem}; {kind.remedy or ''}"
    elif not kind.checks and not kind.skipped:
        yield kind.cross_check, None, None, None, None


def _noted(check: Check) -> str:
    """With names that one of the two looks has and the other has not."""
    sides = (("only expected", check.only_expected), ("only found", check.only_found))
    told = [f"{side}: {', '.join(names)}" for side, names in sides if names]
    return "; ".join(filter(None, (check.note, *told)))


def redactions(latest: Mapping[str, RunInfo]) -> Iterator[tuple[Value, ...]]:
    for source, info in sorted(latest.items()):
        for kind in info.receipt.kinds:
            yield source, kind.kind, kind.guarded_values, kind.schema_sha256, info.number


def missing(facts: Facts) -> str:
    """What is not there, said first and in words."""
    unread = list(facts.unread_sources)
    failing = [gap for gap in facts.gaps if gap.now.outcome == "fail"]
    others = [g for g in facts.gaps if g.now.rule != "source" and g.now.outcome != "fail"]
    parts = ["# What is missing\n"]
    if not facts.is_over:
        parts.append(
            f"The period ends {moment(facts.period.end)}; this shows it as of {moment(facts.at)}.\n"
        )
    parts += _part("Sources that could not be read in full: nothing is concluded from them", unread)
    parts += _part("Rules that do not hold", failing)
    parts += _part("Not known, too old, or waiting for a person", others)
    if not facts.gaps:
        parts.append("No gap was found by the rules of this pack. See what they cannot see.\n")
    return "\n".join(parts)


def _part(title: str, gaps: list[OpenGap]) -> list[str]:
    if not gaps:
        return []
    return [f"## {title}\n", *(f"- {md(line)}" for line in told(gaps)), ""]


def told(gaps: Iterable[OpenGap]) -> Iterator[str]:
    """Gaps in lines: where, what, why, whose, since when. Those that differ in their rule only
    have one line: a source that cannot be read leaves half of the rules open."""
    alike: dict[tuple[str, str, str, str, str], list[str]] = {}
    for gap in gaps:
        now = gap.now
        where = ", ".join(filter(None, (now.system, now.source)))
        since = f", since {moment(gap.since)}" if gap.since else ""
        same = (where, now.outcome, now.cause, now.owner or "", since)
        alike.setdefault(same, []).append(now.rule)
    for (where, outcome, cause, owner, since), rules in alike.items():
        about = f"{', '.join(rules)} ({where})" if where else ", ".join(rules)
        yield f"{about}: {outcome}: {cause}; owner {owner}{since}"
