"""``annexa diff``: what is otherwise than it was."""

from datetime import time
from typing import TYPE_CHECKING, Annotated

import typer

from .options import ConfigOption, JsonOption, instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...ledger import Gap
    from ...mappings.difference import Difference
    from ..config import Config
    from ..screen import Screen


def register(app: typer.Typer) -> None:
    app.command("diff")(diff)


def diff(
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="2026-03-03 or 2026-03-03T12:00:00Z")
    ],
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Now when left out")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show what changed: rules and controls that stand elsewhere, gaps that opened and closed,
    how much evidence came and went, and whether pack or configuration are the same."""
    from ...mappings.difference import difference
    from ..opening import for_reading
    from ..screen import write_json
    from ..timing import utc_now

    start = instant(since, option="--since", of_day=time.min)
    end = instant(until, option="--until") or utc_now()
    if start is None or start >= end:
        raise typer.BadParameter("--since: it has to be before --until, or before now")
    with for_reading(config) as (settings, ledger):
        found = difference(ledger, start, end)
    if json:
        write_json("diff/1", {name: getattr(found, name) for name in found.__dataclass_fields__})
    else:
        _show(settings, found)


def _show(config: "Config", found: "Difference") -> None:
    from ..screen import Screen

    screen = Screen()
    screen.line(
        f"From {config.local(found.since):%Y-%m-%d %H:%M %Z} "
        f"to {config.local(found.until):%Y-%m-%d %H:%M %Z}",
        style="bold",
    )
    for one in found.replaced:
        screen.line(
            f"{one.what} {one.name or ''} {one.after[:16]} judges since "
            f"{config.local(one.at):%Y-%m-%d %H:%M} (leaf {one.leaf})"
        )
    _show_moved(screen, found)
    _show_gaps(screen, "Gaps that opened", found.opened)
    _show_gaps(screen, "Gaps that closed", found.closed)
    _show_gaps(screen, "Gaps that opened and closed in between", found.passing)
    _show_evidence(screen, found)
    if not (found.moved or found.opened or found.closed or found.passing or found.evidence):
        screen.line("nothing changed")


def _show_moved(screen: "Screen", found: "Difference") -> None:
    from ..screen import Column

    if not found.moved:
        return
    screen.heading("Rules, controls and clauses that stand elsewhere")
    columns = (
        Column("rule, control, clause", keep=True), Column("system"), Column("before", keep=True),
        Column("after", keep=True),
    )  # fmt: skip
    rows = [
        (one.about, one.system or "(whole)", one.before or "not judged", one.after or "not judged")
        for one in found.moved
    ]
    screen.table(columns, rows)


def _show_gaps(screen: "Screen", title: str, gaps: "Sequence[Gap]") -> None:
    from ..screen import Column

    if not gaps:
        return
    screen.heading(title)
    columns = (
        Column("rule", keep=True), Column("system"), Column("outcome", keep=True), Column("owner"),
        Column("cause"),
    )  # fmt: skip
    rows = [
        (gap.rule, gap.system or gap.source or "(organisation)", gap.outcome, gap.owner, gap.cause)
        for gap in gaps
    ]
    screen.table(columns, rows)


def _show_evidence(screen: "Screen", found: "Difference") -> None:
    from ..screen import Column

    if not found.evidence:
        return
    screen.heading("Evidence")
    columns = [Column("source"), Column("kind", keep=True)]
    columns += [
        Column(title, right=True, keep=True) for title in ("new", "changed", "gone", "events")
    ]
    rows = [
        (one.source, one.kind, one.opened, one.changed, one.closed, one.events)
        for one in found.evidence
    ]
    screen.table(columns, rows)
