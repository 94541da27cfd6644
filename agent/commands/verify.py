"""``annexa verify``: is this bundle what was exported?"""

from pathlib import Path
from typing import Annotated

import typer

from ..exit_codes import ExitCode
from .options import JsonOption


def register(app: typer.Typer) -> None:
    app.command("verify")(verify)


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bundle: zip or unpacked folder")],
    json: JsonOption = False,
) -> int:
    """Check a bundle with no network, no account and no trust in who sent it."""
    from ...exporters.verify import verify_bundle
    from ..screen import Screen, write_json

    must_exist(file)
    report = verify_bundle(file)
    if json:
        write_json("verify/1", {"path": str(file), "report": report})
    else:
        screen = Screen()
        for line in report.lines():
            screen.line(line)
    return ExitCode.OK if report.ok else ExitCode.BUNDLE


def must_exist(file: Path) -> None:
    from ..errors import NotFound

    if not file.exists():
        raise NotFound(str(file), "no such file", remedy="name the bundle that you were given")
