"""``index.html``: the bundle on one page that needs no network and no scripts."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from .contents import Contents
from .facts import CLASS_WORDS, STATE_WORDS, Facts, OpenGap, moment
from .page_controls import controls, matrix
from .page_parts import SIGNS, brief, bullets, chip, e, figure, grid, link
from .page_style import STYLE
from .verify import LEAVES, RECEIPTS, run_file
from .words import CHECKS, LAYOUT, OUTCOMES, PROVES, PROVES_NOT

_SUBJECTS = 5
_SECTIONS = (
    ("missing", "What is missing"), ("numbers", "In numbers"), ("matrix", "Control matrix"),
    ("controls", "Control by control"), ("sources", "Sources"), ("check", "Check it yourself"),
    ("limits", "What it proves"), ("files", "Files"),
)  # fmt: skip


def page(contents: Contents, facts: Facts, records: Mapping[tuple[str, str], str]) -> str:
    """The whole page.

    Args:
        records: (control, subject) -> the file of a record that does not pass.
    """
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{e(facts.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        *_header(facts),
        *_missing(facts, records),
        *_numbers(facts),
        *matrix(facts),
        *controls(contents, facts, records),
        *_sources(facts),
        *_check(facts),
        *_limits(),
        *_files(),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _header(facts: Facts) -> Iterator[str]:
    period, evaluation, zone = facts.period, facts.evaluation, facts.organisation.timezone
    local = facts.at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    about = (
        ("Period", f"{period.label}: {moment(period.start)} until before {moment(period.end)}"),
        ("As of", f"{moment(facts.at)} ({local} in {zone})"),
        ("Systems", ", ".join(evaluation.systems)[:600] or "none are known"),
        ("Sources read", ", ".join(sorted(facts.latest)) or "none"),
        ("Pack", f"{evaluation.pack.id} {evaluation.pack.version}"),
    )
    yield '<p class="over">Evidence for ISO/IEC 42001</p>'
    yield f"<h1>{e(facts.organisation.name)}, {e(period.label)}</h1>"
    yield "<dl>" + "".join(f"<dt>{e(name)}</dt><dd>{e(text)}</dd>" for name, text in about)
    yield f"<dt>Signing key</dt><dd><code>sha256:{e(facts.key_fingerprint)}</code></dd></dl>"
    yield "<nav>" + "".join(link(f"#{name}", title) for name, title in _SECTIONS) + "</nav>"


def _heading(name: str) -> str:
    return f'<h2 id="{name}">{e(dict(_SECTIONS)[name])}</h2>'


def _missing(facts: Facts, records: Mapping[tuple[str, str], str]) -> Iterator[str]:
    yield _heading("missing")
    if not facts.is_over:
        yield f"<p>The period is not over: it ends {e(moment(facts.period.end))}.</p>"
    unread = list(facts.unread_sources)
    failing = [gap for gap in facts.gaps if gap.now.outcome == "fail"]
    others = [g for g in facts.gaps if g.now.rule != "source" and g.now.outcome != "fail"]
    for title, gaps in (
        ("Could not be read in full: nothing is concluded from it", unread),
        ("Does not hold", failing),
        ("Not known, too old, or waiting for a person", others),
    ):
        if gaps:
            yield f"<h3>{e(title)} ({len(gaps)})</h3>"
            header = ("outcome", "rule", "system or source", "what", "owner", "since")
            yield grid(
                header, (_gap(facts, gap, records) for gap in gaps), tight=(0, 5), look="gaps"
            )
    if not facts.gaps:
        yield "<p>The rules of this pack found no gap. See below for what they cannot see.</p>"


def _place(facts: Facts, control: str) -> str:
    """A control has its place on this page, a clause a page of its own."""
    is_control = any(one.id == control for one in facts.evaluation.pack.catalogue.controls)
    return f"#{control}" if is_control else f"data/04_clauses/{control}/summary.md"


def _gap(facts: Facts, gap: OpenGap, records: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
    now, pack = gap.now, facts.evaluation.pack
    named = {rule.id: rule for rule in pack.rules}
    rule = named.get(now.rule)
    control = rule.controls[0] if rule else now.rule
    title = f"<br><span class=soft>{e(rule.title)}</span>" if rule else ""
    shown = []
    subjects = list(dict.fromkeys(now.subjects)) if now.rule != "source" else []
    for subject in subjects[:_SUBJECTS]:
        files = (records.get((c, subject)) for c in (rule.controls if rule else ()))
        target = next((file for file in files if file), None)
        shown.append(link(f"data/{target}", subject) if target else brief(subject))
    if len(subjects) > len(shown):
        shown.append(f"and {len(subjects) - len(shown)} more named, {now.count} in all")
    where = [text for text in (now.system, now.source) if text] or ["the organisation"]
    anchor = link(_place(facts, control), now.rule)
    if now.rule == "source":
        anchor = link("#sources", "source")
    return (
        chip(now.outcome),
        anchor,
        "<br>".join(brief(text) for text in where),
        f"{brief(now.cause)}{title}"
        + (f"<br><span class=soft>{'<br>'.join(shown)}</span>" if shown else ""),
        e(now.owner),
        e(moment(gap.since)[:10]),
    )


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
                link(LEAVES, f"leaf {info.leaf}"),
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
