"""``annexa ledger``: verify it, read its log, print its checkpoint."""

from typing import Annotated

import typer

from ..exit_codes import ExitCode
from .options import ConfigOption, JsonOption


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Verify the ledger, read its log, print its checkpoint",
        rich_markup_mode=None,
        no_args_is_help=False,
    )
    group.command("verify")(verify)
    group.command("log")(log)
    group.command("checkpoint")(checkpoint)
    app.add_typer(group, name="ledger")


def verify(config: ConfigOption = None, json: JsonOption = False) -> int:
    """Recompute everything from the bytes and name the first thing that does not fit."""
    from ..opening import for_reading
    from ..screen import Screen, complain, write_json

    with for_reading(config) as (settings, ledger):
        report = ledger.verify()
    if json:
        write_json("ledger-verify/1", {"path": str(settings.ledger), "report": report})
        return ExitCode.OK if report.ok else ExitCode.LEDGER
    screen = Screen()
    if report.ok:
        screen.line(f"{settings.ledger}: verified")
        screen.line(
            f"{report.leaves} leaves, {report.runs} runs, {report.bodies} bodies, "
            f"{report.changes} changes, {report.evaluations} evaluations, "
            f"{report.checkpoints} signed checkpoints inside, {report.checkpoints_outside} outside"
        )
        for note in report.notes:
            screen.line(note)
        return ExitCode.OK
    complain(f"{settings.ledger}: {report.problem}; restore it from a copy and tell your auditor")
    return ExitCode.LEDGER


def log(
    limit: Annotated[int, typer.Option("--limit", min=1, help="The newest so many")] = 50,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the newest leaves: what happened, when, under which hash."""
    import msgspec

    from ..opening import for_reading
    from ..screen import Column, Screen, write_json

    with for_reading(config) as (_, ledger):
        size = ledger.log.size()
        leaves = [ledger.log.leaf(index) for index in range(max(0, size - limit), size)]
    if json:
        entries = [
            {
                "index": leaf.index,
                "type": leaf.type,
                "at": leaf.at,
                "hash": leaf.hash.hex(),
                "body": msgspec.json.decode(leaf.body),
            }
            for leaf in leaves
        ]
        write_json("ledger-log/1", {"size": size, "leaves": entries})
        return
    columns = (
        Column("leaf", right=True), Column("at", keep=True), Column("type"),
        Column("hash", keep=True), Column("about"),
    )  # fmt: skip
    rows = [
        (
            leaf.index,
            f"{leaf.at:%Y-%m-%d %H:%M:%SZ}",
            leaf.type,
            leaf.hash.hex()[:16],
            _about(leaf.body),
        )
        for leaf in leaves
    ]
    Screen().table(columns, rows)


def _about(body: bytes) -> str:
    import msgspec

    decoded = msgspec.json.decode(body)
    if not isinstance(decoded, dict):
        return ""
    shown = ("source", "slot", "run", "pack", "period", "path")
    return ", ".join(f"{key} {decoded[key]}" for key in shown if decoded.get(key) not in (None, ""))


def checkpoint(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Print the newest signed checkpoint (a C2SP note). Keep it outside: it is the proof."""
    from ..opening import for_reading
    from ..screen import Screen, write_json

    with for_reading(config) as (_, ledger):
        note = ledger.checkpoint()
    if json:
        write_json("ledger-checkpoint/1", {"checkpoint": note})
    else:
        Screen().block(note)
