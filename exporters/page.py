"""``index.html``: the bundle on one page; it needs no network, and no script to be read."""

from collections import Counter
from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from .changes import CHANGES, FIRST, change_rows
from .contents import Contents
from .evidence_page import LOG_PAGE
from .facts import CLASS_WORDS, STATE_WORDS, Facts, moment
from .moved_results import MOVED_RESULTS, earlier_file
from .page_clauses import clauses
from .page_controls import controls, matrix
from .page_gaps import missing
from .page_parts import SIGNS, bullets, chip, e, figure, grid, link
from .page_shell import document
from .people import people_shown
from .scoped import scope_words
from .summary_pdf import SUMMARY
from .verify import RECEIPTS, run_file
from .words import CHECKS, LAYOUT, OUTCOMES, PROVES, PROVES_NOT

_SECTIONS = (
    ("missing", "What is missing"), ("changes", "Since the last bundle"), ("numbers", "In numbers"),
    ("matrix", "Control matrix"),
    ("controls", "Control by control"), ("clauses", "Clauses"),
    ("sources", "Sources"), ("check", "Check it yourself"),
    ("limits", "What it proves"), ("files", "Files"),
)  # fmt: skip


def page(contents: Contents, facts: Facts, records: Mapping[tuple[str, str], str]) -> str:
    """The whole page.

    Args:
        records: (control, subject) -> the file of a record that does not pass.
    """
    return document(
        facts.title,
        [
            *_header(facts),
            *_left_out(facts),
            _heading("missing"),
            *missing(facts, records),
            _heading("changes"),
            *_changes(facts),
            *_numbers(facts),
            *matrix(facts),
            *controls(contents, facts, records),
            _heading("clauses"),
            *clauses(facts),
            *_sources(facts),
            *_check(facts),
            *_limits(),
            *_files(),
        ],
    )


def _header(facts: Facts) -> Iterator[str]:
    period, evaluation, zone = facts.period, facts.evaluation, facts.organisation.timezone
    local = facts.at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    about = (
        *(facts.engagement.lines() if facts.engagement else ()),
        ("Period", f"{period.label}: {moment(period.start)} until before {moment(period.end)}"),
        ("As of", f"{moment(facts.at)} ({local} in {zone})"),
        ("Systems", ", ".join(evaluation.systems)[:600] or "none are known"),
        ("Sources read", ", ".join(sorted(facts.latest)) or "none"),
        *facts.pack_lines,
        ("People", people_shown(facts.latest)),
    )
    yield '<p class="over">Evidence for ISO/IEC 42001</p>'
    yield f"<h1>{e(facts.organisation.name)}, {e(period.label)}</h1>"
    yield "<dl>" + "".join(f"<dt>{e(name)}</dt><dd>{e(text)}</dd>" for name, text in about)
    if facts.has_summary:
        yield f"<dt>On paper</dt><dd>{link(SUMMARY, 'a summary as PDF')}</dd>"
    yield f"<dt>Signing key</dt><dd><code>sha256:{e(facts.key_fingerprint)}</code></dd></dl>"
    yield "<nav>" + "".join(link(f"#{name}", title) for name, title in _SECTIONS) + "</nav>"


def _left_out(facts: Facts) -> Iterator[str]:
    if told := scope_words(facts.evaluation):
        yield "<h2>What this leaves out</h2>" + bullets(told)


def _heading(name: str) -> str:
    return f'<h2 id="{name}">{e(dict(_SECTIONS)[name])}</h2>'


def _changes(facts: Facts) -> Iterator[str]:
    counted = Counter(str(row[0]) for row in change_rows(facts.changes))
    if facts.changes is None:
        yield f"<p>{e(FIRST)}</p>"
        return
    earlier = facts.changes.earlier
    yield f"<p>Compared with {e(earlier.name)}, which shows {e(moment(earlier.as_of))}.</p>"
    rows = [(e(what), f"{number:,}") for what, number in counted.items() if what != "none"]
    if rows:
        yield grid(("what changed", "number"), rows, tight=(0,))
    files = [link(f"data/{CHANGES}.{ending}", ending) for ending in ("md", "csv")]
    if earlier_file(facts):
        files.append(link(f"data/{MOVED_RESULTS}", "row by row"))
    yield f"<p>{'All of it' if rows else 'Nothing changed'}: {', '.join(files)}.</p>"


def _numbers(facts: Facts) -> Iterator[str]:
    total = sum(facts.classes.values())
    yield _heading("numbers")
    yield f"<p>Of {total} controls of Annex A, so much can come from systems at all:</p>"
    figures = [figure(facts.classes[name], name, words) for name, words in CLASS_WORDS.items()]
    yield f'<div class="figures">{"".join(figures)}</div>'
    yield "<p>Where they stand for the organisation as a whole. The six are never added up:</p>"
    figures = [
        figure(facts.states[state], state, words, SIGNS[state][1])
        for state, words in STATE_WORDS.items()
    ]
    yield f'<div class="figures">{"".join(figures)}</div>'
    yield "<p>Outcomes of all rules for all systems:</p>"
    tally = sorted(facts.evaluation.tally.items(), key=lambda item: list(OUTCOMES).index(item[0]))
    yield grid(
        ("outcome", "number", "meaning"),
        ((chip(outcome), str(number), e(OUTCOMES[outcome])) for outcome, number in tally),
        tight=(0,),
    )


def _sources(facts: Facts) -> Iterator[str]:
    yield _heading("sources")
    yield "<p>The newest reading of each source. A receipt says what was asked, as whom, and how "
    yield "completeness was checked.</p>"
    rows = []
    for source, info in sorted(facts.latest.items()):
        identity = info.receipt.identity
        verdicts = "<br>".join(
            f"{e(kind.kind)}: {_verdict(kind.verdict)} {kind.items:,}"
            for kind in info.receipt.kinds
        )
        rows.append(
            (
                e(source),
                verdicts,
                e(identity.caller if identity else "unknown"),
                e(moment(info.finished_at)),
                link(run_file(RECEIPTS, info.number, "json"), f"receipt of run {info.number}"),
                link(f"data/{LOG_PAGE}#leaf-{info.leaf}", f"leaf {info.leaf}"),
            )
        )
    yield grid(
        ("source", "kinds and records", "as", "read at", "receipt", "log"), rows, tight=(4, 5)
    )


def _verdict(verdict: str) -> str:
    kind = {"complete": "good", "unsupported": "mute"}.get(verdict, "doubt")
    return f'<span class="state {kind}">{e(verdict)}</span>'


def _check(facts: Facts) -> Iterator[str]:
    yield _heading("check")
    yield "<p>In the unpacked folder, without a network:</p>"
    rows = ((e(what), f"<code>{e(command)}</code>", e(proves)) for what, command, proves in CHECKS)
    yield grid(("check", "command", "what it proves"), rows)
    yield (
        f"<p>The key's fingerprint is <code>{e(facts.key_fingerprint)}</code>. A forger can sign a "
        "forged bundle with a forged key: compare it with the one that you got by another way.</p>"
    )


def _limits() -> Iterator[str]:
    yield _heading("limits")
    yield "<h3>It proves</h3>" + bullets(PROVES)
    yield "<h3>It does not prove</h3>" + bullets(PROVES_NOT)


def _files() -> Iterator[str]:
    yield _heading("files")
    rows = ((link(f"data/{name}", name), e(what)) for name, what in LAYOUT)
    yield grid(("under data/", "what is in it"), rows, tight=(0,))
