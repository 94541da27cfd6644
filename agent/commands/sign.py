"""``annexa sign``: a named person's word on a bundle, beside it."""

from pathlib import Path
from typing import Annotated

import typer

from ..exit_codes import ExitCode
from .options import JsonOption


def register(app: typer.Typer) -> None:
    app.command("sign")(sign)


def sign(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bundle: zip or unpacked folder")],
    *,
    key: Annotated[
        str,
        typer.Option("--key", metavar="KEY", help="A P-256 key: file, awskms:, hv: or hsm:"),
    ],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Who signs")],
    role: Annotated[
        str, typer.Option("--role", metavar="TEXT", help="As what: preparer, reviewer, approver")
    ],
    control: Annotated[
        list[str] | None,
        typer.Option("--control", metavar="ID", help="May come more than once; none: all of it"),
    ] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="FILE.signoff.jsonl when left out")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Add a signed sign-off to the file beside a bundle; the bundle itself stays as it is.

    The bundle is checked in full first.
    """
    from ...exporters.signers import open_key
    from ...exporters.signoff import sign_off
    from ...exporters.verify import CannotTry
    from ..errors import NotFound
    from ..screen import Screen, write_json
    from ..timing import utc_now
    from .verify import must_exist

    must_exist(file)
    if not name.strip() or not role.strip():
        raise typer.BadParameter("say who signs, and as what: --name NAME --role ROLE")
    try:
        signed, path = sign_off(
            file,
            open_key(key),
            name=name.strip(),
            role=role.strip(),
            at=utc_now().replace(microsecond=0),
            controls=control or (),
            note=note,
            out=out,
        )
    except CannotTry as error:
        where, _, problem = str(error).partition(": ")
        raise NotFound(where, problem, remedy="name the bundle that you were given") from error
    if json:
        write_json("sign/1", {"path": str(path), "signoff": signed._asdict()})
        return ExitCode.OK
    screen = Screen()
    screen.line(signed.line())
    screen.line(f"added to         {path}; hand it over together with the bundle")
    return ExitCode.OK
