"""``annexa replay``: does a bundle's evidence give its results?"""

from pathlib import Path
from typing import Annotated

import typer

from ..exit_codes import ExitCode
from .options import JsonOption


def register(app: typer.Typer) -> None:
    app.command("replay")(replay)


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bundle: zip or unpacked folder")],
    json: JsonOption = False,
) -> int:
    """Recompute every result of a bundle from its own populations and rules, and compare."""
    from ...exporters.replay import replay_bundle
    from ..screen import Screen, write_json
    from .verify import must_exist

    must_exist(file)
    report = replay_bundle(file)
    if json:
        body = {
            "path": str(file),
            "ok": report.ok,
            "rules": report.rules,
            "rows": report.rows,
            "cells": report.cells,
            "results_sha256": report.results_sha256,
            "differences": report.differences,
        }
        write_json("replay/1", body)
    else:
        screen = Screen()
        for line in report.lines():
            screen.line(line)
    return ExitCode.OK if report.ok else ExitCode.BUNDLE
