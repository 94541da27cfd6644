"""``annexa collect``: read now, record, judge."""

from typing import TYPE_CHECKING, Annotated

import typer

from ..exit_codes import ExitCode
from .options import ConfigOption, JsonOption

if TYPE_CHECKING:
    from ...collectors.receipt import Receipt
    from ...mappings.evaluation import Evaluation


def register(app: typer.Typer) -> None:
    app.command("collect")(collect)


def collect(
    source: Annotated[
        list[str] | None, typer.Option("--source", metavar="ID", help="Only this one; repeatable")
    ] = None,
    assess: Annotated[
        bool, typer.Option("--assess/--no-assess", help="Judge afterwards; gaps open and close")
    ] = True,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Read the sources now and record what was seen, each on its own.

    Ends with 4 when a source could not be read in full; the others are recorded all the same.
    """
    from .. import job
    from ..opening import for_writing
    from ..progress import SourceProgress

    with for_writing(config) as (settings, ledger):
        with SourceProgress(quiet=json) as progress:
            receipts = job.collect(settings, ledger, sources=source, progress=progress)
        if assess:
            with job.assess(settings, ledger) as evaluation:
                _show(receipts, evaluation, len(ledger.open_gaps()), json=json)
        else:
            _show(receipts, None, 0, json=json)
    return ExitCode.OK if all(map(_is_read, receipts)) else ExitCode.INCOMPLETE


def _is_read(receipt: "Receipt") -> bool:
    return bool(receipt.kinds) and receipt.complete


def _show(
    receipts: "list[Receipt]", evaluation: "Evaluation | None", gaps: int, *, json: bool
) -> None:
    from ..screen import Column, Screen, write_json

    if json:
        body: dict[str, object] = {"receipts": [receipt.public() for receipt in receipts]}
        if evaluation:
            body["tally"] = dict(evaluation.tally)
            body["gaps"] = gaps
        write_json("collect/1", body)
        return
    screen = Screen()
    rows = [
        (receipt.source, kind.kind, kind.verdict, f"{kind.items:,}", kind.problem or _skips(kind))
        for receipt in receipts
        for kind in receipt.kinds
    ]
    columns = (
        Column("source"), Column("kind"), Column("verdict", keep=True),
        Column("records", right=True), Column("what is missing"),
    )  # fmt: skip
    screen.table(columns, rows)
    if evaluation:
        screen.line()
        screen.line(f"{gaps} gaps now; see `annexa gaps` and `annexa status`")


def _skips(kind: object) -> str:
    from ...collectors.receipt import KindReceipt

    if not isinstance(kind, KindReceipt):
        return ""
    failed = [f"{check.method}: {check.found}" for check in kind.checks if not check.ok]
    parts = [f"{skip.what}: {skip.problem}" for skip in kind.skipped] + failed
    more = f" (and {len(parts) - 1} more)" if len(parts) > 1 else ""
    return parts[0] + more if parts else ""
