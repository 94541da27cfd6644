"""``annexa verify``: is this bundle what was exported?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..exit_codes import ExitCode
from .options import JsonOption

if TYPE_CHECKING:
    from ...exporters.verify import Report


def register(app: typer.Typer) -> None:
    app.command("verify")(verify)


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bundle: zip or unpacked folder")],
    *,
    fingerprint: Annotated[
        str | None,
        typer.Option("--fingerprint", metavar="HEX", help="Of the key, as you were told it"),
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option("--since", metavar="OLD", help="An earlier bundle, or a checkpoint you kept"),
    ] = None,
    signoffs: Annotated[
        Path | None,
        typer.Option("--signoffs", metavar="JSONL", help="FILE.signoff.jsonl when left out"),
    ] = None,
    tsa_roots: Annotated[
        Path | None,
        typer.Option("--tsa-roots", metavar="PEM", help="Roots of time stamping authorities"),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Check a bundle with no network, no account and no trust in who sent it.

    With --fingerprint, also that it was signed with the key that you know. With --since, also
    that no history was rewritten since an earlier bundle. With --tsa-roots, whose the time stamps
    are; the roots are your own, not the bundle's.
    """
    from ...exporters import timestamps
    from ...exporters.inflating import inflating
    from ...exporters.verify import CannotTry, verify_bundle
    from ..errors import NotFound
    from ..screen import Screen, write_json
    from ..work_progress import WorkProgress

    must_exist(file)
    try:
        with WorkProgress("verify", quiet=json) as work:
            report = verify_bundle(
                file,
                fingerprint=fingerprint,
                since=since,
                signoffs=signoffs,
                progress=work.bytes_done,
                inflate=inflating,
            )
        if tsa_roots is not None:
            timestamps.check(report, tsa_roots)
    except CannotTry as error:
        where, _, problem = str(error).partition(": ")
        raise NotFound(where, problem, remedy="name the bundle that you were given") from error
    if json:
        body = {
            "path": str(file),
            "ok": report.ok,
            "problems": [{"file": one.file, "problem": one.text} for one in report.problems],
            "files": report.files,
            "size_bytes": report.size_bytes,
            "records": report.records,
            "leaves": report.leaves,
            "fingerprint": report.fingerprint,
            "is_pinned": report.is_pinned,
            "log_size": report.checkpoint.size if report.checkpoint else None,
            "since": _since(report),
            "signers": report.signers,
            "signoffs": [one._asdict() for one in report.signoffs],
            "notes": report.notes,
            "timestamps": [
                {"url": one.url, "at": one.time, "told": one.told if one.time else one.gap}
                for one in report.stamps
            ],
        }
        write_json("verify/1", body)
    else:
        screen = Screen()
        for line in report.lines():
            screen.line(line)
    return ExitCode.OK if report.ok else ExitCode.BUNDLE


def _since(report: "Report") -> dict[str, object] | None:
    if report.since is None:
        return None
    return {"path": report.since.path, "log_size": report.since.checkpoint.size}


def must_exist(file: Path) -> None:
    from ..errors import NotFound

    if not file.exists():
        raise NotFound(str(file), "no such file", remedy="name the bundle that you were given")
