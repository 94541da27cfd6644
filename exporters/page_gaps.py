"""What is missing, on the page: first in three numbers, then gap by gap with its owner."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .facts import Facts, OpenGap, moment
from .page_parts import brief, chip, e, figure, grid, link

_SUBJECTS = 5
_HEADER = ("outcome", "rule", "system or source", "what", "owner", "since")


def missing(facts: Facts, records: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Args: records: (control, subject) -> the file of a record that does not pass."""
    if not facts.is_over:
        yield f"<p>The period is not over: it ends {e(moment(facts.period.end))}.</p>"
    unread = list(facts.unread_sources)
    failing = [gap for gap in facts.gaps if gap.now.outcome == "fail"]
    others = [g for g in facts.gaps if g.now.rule != "source" and g.now.outcome != "fail"]
    parts = (
        ("Could not be read in full", "sources: nothing is concluded from them", unread, "doubt"),
        ("Does not hold", "rules, each with the rows that break it", failing, "bad"),
        ("Not known", "too old, not read, or waiting for a person", others, "wait"),
    )
    if not facts.gaps:
        yield "<p>The rules of this pack found no gap. See below for what they cannot see.</p>"
        return
    figures = (figure(len(gaps), title, words, tone) for title, words, gaps, tone in parts)
    yield f'<div class="figures">{"".join(figures)}</div>'
    for title, _, gaps, _ in parts:
        if gaps:
            yield f"<h3>{e(title)} ({len(gaps)})</h3>"
            rows = (_row(facts, same, records) for same in by_cause(gaps))
            yield grid(_HEADER, rows, tight=(0, 5), look="gaps")


def by_cause(gaps: Iterable[OpenGap]) -> list[list[OpenGap]]:
    """What one unread source takes away is one thing to repair."""
    groups: dict[tuple[str, ...], list[OpenGap]] = {}
    for number, gap in enumerate(gaps):
        now = gap.now
        key = (now.outcome, now.source, now.cause) if now.source else (str(number),)
        groups.setdefault(key, []).append(gap)
    return list(groups.values())


def _row(
    facts: Facts, same: Sequence[OpenGap], records: Mapping[tuple[str, str], str]
) -> tuple[str, ...]:
    first = same[0].now
    where = list(dict.fromkeys(gap.now.system for gap in same if gap.now.system))
    where += [first.source] if first.source else []
    owners = list(dict.fromkeys(gap.now.owner for gap in same))
    since = [gap.since for gap in same if gap.since is not None]
    return (
        chip(first.outcome),
        _anchor(facts, first.rule) if len(same) == 1 else f"{len(same)} rules",
        "<br>".join(brief(text) for text in where or ["the organisation"]),
        _what(facts, same, records),
        "<br>".join(e(owner).replace("@", "<wbr>@") for owner in owners),
        e(moment(min(since, default=None))[:10]),
    )


def _what(facts: Facts, same: Sequence[OpenGap], records: Mapping[tuple[str, str], str]) -> str:
    now = same[0].now
    if len(same) > 1:
        rules = dict.fromkeys(gap.now.rule for gap in same)
        soft = " ".join(_anchor(facts, rule) for rule in rules)
        return f'{brief(now.cause)}<br><span class="soft">{soft}</span>'
    rule = next((one for one in facts.evaluation.pack.rules if one.id == now.rule), None)
    lines = [e(rule.title)] if rule else []
    subjects = list(dict.fromkeys(now.subjects)) if now.rule != "source" else []
    for subject in subjects[:_SUBJECTS]:
        files = (records.get((control, subject)) for control in (rule.controls if rule else ()))
        target = next((file for file in files if file), None)
        lines.append(link(f"data/{target}", subject) if target else brief(subject))
    if len(subjects) > _SUBJECTS:
        lines.append(f"and {len(subjects) - _SUBJECTS} more named, {now.count} in all")
    soft = f'<br><span class="soft">{"<br>".join(lines)}</span>' if lines else ""
    return f"{brief(now.cause)}{soft}"


def _anchor(facts: Facts, about: str) -> str:
    """A control has its place on the page, a clause a page of its own."""
    if about == "source":
        return link("#sources", "source")
    rule = next((one for one in facts.evaluation.pack.rules if one.id == about), None)
    control = rule.controls[0] if rule else about
    is_control = any(one.id == control for one in facts.evaluation.pack.catalogue.controls)
    target = f"#{control}" if is_control else f"data/04_clauses/{control}/summary.md"
    return link(target, about)
