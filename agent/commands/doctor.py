"""``annexa doctor``: what can be read, what to grant, and whether the settings fit."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..exit_codes import ExitCode
from .options import ConfigOption, JsonOption

if TYPE_CHECKING:
    from ..excess import Excess
    from ..matches import Match
    from ..probe import SourceProbe
    from ..screen import Screen


MOST_SHOWN = 12


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(
    source: Annotated[
        list[str] | None, typer.Option("--source", metavar="ID", help="Only this one; repeatable")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Ask each source for one page of each kind, and say exactly what to grant where it refuses.

    Also: what its credentials may do beyond that, as well as the platform tells, how often
    each convention matched in what was collected, and the state of ledger and keys. Nothing is
    stored. Ends with 4 when something cannot be read.
    """
    from ..checkup import conventions, ledger_state
    from ..config import load
    from ..probe import probe

    settings = load(config)
    chosen = settings.sources if source is None else [settings.source(one) for one in source]
    probes = probe(chosen)
    state = ledger_state(settings)
    matches = conventions(settings) if state["runs"] else []
    if json:
        from ..screen import write_json

        body = {"sources": probes, "conventions": matches, "ledger": state}
        write_json("doctor/1", body)
    else:
        _show(probes, matches, state)
    readable = all(one.is_readable for found in probes for one in found.kinds)
    return ExitCode.OK if readable and not state["problem"] else ExitCode.INCOMPLETE


def _show(probes: "list[SourceProbe]", matches: "list[Match]", state: dict[str, Any]) -> None:
    from ..screen import Column, Screen

    screen = Screen()
    for found in probes:
        screen.heading(found.source)
        if found.caller is not None:
            server = f" ({found.server})" if found.server else ""
            screen.line(f"as {found.caller} at {found.endpoint}{server}")
        if found.sees_everything is False:
            screen.line("this user does not see everything: all its populations stay inconclusive")
        _show_excess(screen, found.excess)
        columns = (Column("kind", keep=True), Column("readable", keep=True), Column("what to do"))
        rows = [(one.kind, _word(one.verdict), _advice(one)) for one in found.kinds]
        screen.table(columns, rows)
    _show_conventions(screen, matches)
    screen.heading("Ledger")
    screen.line(state["problem"] or f"{state['path']}: {state['runs']} runs, {state['size']}")
    screen.line(f"keys in {state['keys']}: {state['keys_state']}")


def _show_excess(screen: "Screen", excess: "Excess | None") -> None:
    """What can be taken away again."""
    if excess is None:
        return
    if excess.unknown is not None:
        screen.line(f"whether it may do more than it needs is not known: {excess.unknown}")
    elif excess.found:
        shown = "; ".join(excess.found[:MOST_SHOWN])
        rest = len(excess.found) - MOST_SHOWN
        screen.line(f"more than needed: {shown}{f'; and {rest} more (--json)' if rest > 0 else ''}")
    else:
        screen.line("it may do nothing more than it needs")


def _word(verdict: str) -> str:
    return {"complete": "ok", "unsupported": "unsupported"}.get(verdict, verdict)


def _show_conventions(screen: "Screen", matches: "list[Match]") -> None:
    from ..screen import Column

    screen.heading("Conventions")
    if not matches:
        screen.line("nothing was collected yet: run `annexa collect`, then look here again")
        return
    shown: dict[tuple[str, str, str], list[str]] = {}
    for one in matches:
        noun = one.kind.partition(".")[2]
        key = (one.platform, one.meaning, ", ".join(one.keys))
        shown.setdefault(key, []).append(f"{one.matched} of {one.total} {noun}")
    columns = (Column("platform"), Column("meaning"), Column("keys"), Column("matched"))
    screen.table(columns, [(*key, ", ".join(found)) for key, found in shown.items()])


def _advice(probe: Any) -> str:
    if probe.problem is None:
        return ""
    return f"{probe.problem}; {probe.remedy}"
