"""``annexa continuity``: how long a rule, a control or a clause held over a period."""

from typing import TYPE_CHECKING, Annotated

import typer

from .gaps import span
from .options import ConfigOption, JsonOption, PeriodOption, SystemOption, period_or_quarter

if TYPE_CHECKING:
    from ...mappings.continuity import Continuity
    from ...mappings.pack import Pack
    from ..config import Config
    from ..screen import Screen


def register(app: typer.Typer) -> None:
    app.command("continuity")(continuity)


def continuity(
    about: Annotated[
        str, typer.Argument(metavar="RULE|CONTROL|CLAUSE", help="A.6.2.5-1, A.6.2.5 or 9.1")
    ],
    *,
    period: PeriodOption = None,
    system: SystemOption = None,
    speaks_for: Annotated[
        str,
        typer.Option("--speaks-for", metavar="D", help="How long a judgement is evidence at most"),
    ] = "26h",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show when it held, when it did not and why, and when nobody looked: time without evidence
    counts as not held."""
    from ...mappings import continuity as over_time
    from ..opening import for_reading
    from ..packs import read_pack_with
    from ..screen import write_json
    from ..timing import duration, utc_now

    wanted = period_or_quarter(period)
    try:
        limit = duration(speaks_for)
    except ValueError as error:
        raise typer.BadParameter(f"--speaks-for: {error}") from error
    with for_reading(config) as (settings, ledger):
        pack = read_pack_with(settings, about)
        lines = over_time.continuity(
            ledger,
            about,
            wanted,
            now=utc_now(),
            rules=_rules(pack, about),
            speaks_for=limit,
        )
    if system is not None and lines:
        lines = _of_system(lines, system, wanted.label)
    if json:
        body = [_body(line) for line in lines]
        write_json("continuity/1", {"about": about, "period": wanted.label, "lines": body})
    else:
        _show(settings, about, wanted.label, lines)


def _rules(pack: "Pack", about: str) -> list[str]:
    """Those of a control or a clause; raises PackError for what is no rule either."""
    if about in pack.catalogue.ids:
        return [rule.id for rule in pack.rules_for(about)]
    return [pack.rule(about).id]


def _of_system(lines: "list[Continuity]", system: str, period: str) -> "list[Continuity]":
    """That system's line alone.

    Raises:
        NotFound: Nothing was judged about it.
    """
    from ..complaint import did_you_mean
    from ..errors import NotFound

    found = [line for line in lines if line.system == system]
    if not found:
        named = [line.system for line in lines if line.system]
        remedy = did_you_mean(system, named) if named else "leave --system out: it is judged whole"
        raise NotFound(
            f"--system {system}", f"{lines[0].about} was not judged for it in {period}",
            remedy=remedy,
        )  # fmt: skip
    return found


def _body(line: "Continuity") -> dict[str, object]:
    return {
        "system": line.system,
        "held_share": line.held_share,
        "operating_since": line.operating_since,
        "stretches": list(line.stretches),
        "interruptions": list(line.interruptions),
        "unseen_days": list(line.unseen_days),
    }


def _show(config: "Config", about: str, period: str, lines: "list[Continuity]") -> None:
    from ...mappings.continuity import NO_EVIDENCE
    from ..screen import Column, Screen

    screen = Screen()
    if not lines:
        screen.line(f"{about} was not judged in {period}: there is no evidence for it")
        return
    columns = (
        Column("system"), Column("held", right=True, keep=True), Column("judged since", keep=True),
        Column("interruptions", right=True), Column("without evidence", right=True, keep=True),
        Column("days unseen", right=True),
    )  # fmt: skip
    rows = [
        (
            line.system or "(whole)",
            share(line.held_share),
            f"{config.local(line.operating_since):%Y-%m-%d}" if line.operating_since else "never",
            len(line.interruptions),
            span(line.total({NO_EVIDENCE})) if line.total({NO_EVIDENCE}) else "",
            len(line.unseen_days),
        )
        for line in lines
    ]
    screen.line(f"{about} in {period}", style="bold")
    screen.table(columns, rows)
    _show_interruptions(screen, config, lines)


def _show_interruptions(screen: "Screen", config: "Config", lines: "list[Continuity]") -> None:
    from ..screen import Column

    rows = [
        (
            line.system or "(whole)",
            one.outcome,
            f"{config.local(one.start):%Y-%m-%d %H:%M}",
            "now" if one.goes_on else f"{config.local(one.end):%Y-%m-%d %H:%M}",
            span(one.end - one.start),
            "; ".join(one.causes),
            len(one.subjects) or "",
        )
        for line in lines
        for one in line.interruptions
    ]
    if not rows:
        return
    screen.heading("Interruptions")
    columns = (
        Column("system"), Column("outcome", keep=True), Column("from", keep=True),
        Column("until", keep=True), Column("for", right=True, keep=True), Column("cause"),
        Column("subjects", right=True),
    )  # fmt: skip
    screen.table(columns, rows)


def share(part: float | None) -> str:
    """``97.3 %``; never rounded up to a hundred."""
    if part is None:
        return "-"
    return f"{int(part * 1000) / 10:.1f} %"
