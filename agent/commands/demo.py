"""``annexa demo``: the whole job over a sample platform."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Where ledger and bundle are left")
    ] = Path("demo-out"),
    json: Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output")
    ] = False,
) -> int:
    """Start a sample ML platform from real parts, do the whole job over it once, show the result.

    Everything that it started is stopped again, also on Ctrl-C and on failure.
    """
    from ..demo.command import run_demo

    return run_demo(out, json=json)
