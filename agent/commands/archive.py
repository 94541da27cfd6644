"""``annexa archive``: a copy of the ledger where nothing is overwritten, and back from it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..exit_codes import ExitCode
from .options import ConfigOption, JsonOption

if TYPE_CHECKING:
    from ...exporters.archive.checking import ArchiveReport
    from ..archiving import ArchiveSettings

_PLACE = "A folder or s3://bucket/prefix; archive: in annexa.yaml when left out"
FromOption = Annotated[str | None, typer.Option("--from", metavar="PLACE", help=_PLACE)]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Copy the ledger to where nothing is overwritten; verify and restore the copy",
        rich_markup_mode=None,
        no_args_is_help=False,
    )
    group.callback(invoke_without_command=True)(archive)
    group.command("verify")(verify)
    group.command("restore")(restore)
    app.add_typer(group, name="archive")


def archive(
    context: typer.Context,
    *,
    to: Annotated[str | None, typer.Option("--to", metavar="PLACE", help=_PLACE)] = None,
    bundle: Annotated[
        list[Path] | None,
        typer.Option("--bundle", metavar="FILE", help="A bundle to keep there too"),
    ] = None,
    retain: Annotated[
        str | None,
        typer.Option("--retain", metavar="T", help="S3: nobody can delete it for so long: 3650d"),
    ] = None,
    without_lock: Annotated[
        bool, typer.Option("--without-lock", help="Take a bucket that has no Object Lock")
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write what the ledger has gained since the last time; nothing there is ever overwritten.

    Checkpoints, the log as C2SP tiles, and the evidence: enough to restore the ledger from it
    alone. The private keys are not in it.
    """
    if context.invoked_subcommand is not None:
        return
    from ...exporters.archive.writing import archive as write
    from ..archiving import open_to_write
    from ..config import load
    from ..opening import for_writing
    from ..screen import Screen, write_json

    settings = _settings(load(config).archive, to, retain=retain, without_lock=without_lock)
    with for_writing(config, create=False) as (opened, ledger):
        folder = Path() if to else opened.path.parent
        summary = write(ledger, open_to_write(settings, folder), bundles=bundle or ())
    if json:
        write_json("archive/1", vars(summary))
        return
    screen = Screen()
    if not summary.parts:
        screen.line(f"{summary.where}: nothing new since leaf {summary.leaves}")
        return
    screen.line(
        f"{summary.where}: {summary.objects} objects, {summary.size_bytes:,} bytes written, "
        f"{summary.leaves} leaves archived"
    )


def verify(from_: FromOption = None, config: ConfigOption = None, json: JsonOption = False) -> int:
    """Read every object, restore the ledger into a temporary folder, verify it there."""
    import tempfile

    from ...exporters.archive.checking import check
    from ..screen import write_json

    settings, folder = _place(from_, config)
    from ..archiving import open_to_read

    report = check(open_to_read(settings, folder), scratch=Path(tempfile.gettempdir()))
    if json:
        write_json("archive-verify/1", {"ok": report.ok, **vars(report)})
    else:
        _show(report)
    return ExitCode.OK if report.ok else ExitCode.BUNDLE


def _show(report: "ArchiveReport") -> None:
    from ..screen import Screen

    screen = Screen()
    for problem in report.problems:
        screen.line(problem)
    for note in report.notes:
        screen.line(note)
    found = "verified" if report.ok else f"does NOT verify: {len(report.problems)} problems"
    screen.line(
        f"{report.where}: {found}; {report.parts} parts, {report.objects} objects, "
        f"{report.size_bytes:,} bytes"
    )
    if report.locked_until:
        screen.line(f"locked until {report.locked_until:%Y-%m-%d} at least, by the store's word")
    if report.unlocked:
        screen.line(f"{report.unlocked} objects are not locked: their owner can delete them")
    if report.ledger:
        screen.line(
            f"the ledger restored from it verifies: {report.ledger.leaves} leaves, "
            f"{report.ledger.runs} runs, {report.ledger.bodies} bodies"
        )
        screen.block(report.checkpoint)


def restore(
    to: Annotated[Path, typer.Option("--to", metavar="NEW.db", help="The ledger to make")],
    from_: FromOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Make the ledger again from the archive alone; it is there only if all of it verifies."""
    from ...exporters.archive.restoring import restore as make
    from ..archiving import open_to_read
    from ..screen import Screen, write_json

    settings, folder = _place(from_, config)
    report = make(open_to_read(settings, folder), to)
    if json:
        write_json("archive-restore/1", {"path": str(to), "report": report})
        return
    screen = Screen()
    screen.line(f"{to}: restored and verified")
    screen.line(f"{report.leaves} leaves, {report.runs} runs, {report.bodies} bodies")
    screen.line("put the key back into its folder before anything is written to it")


def _place(from_: str | None, config: Path | None) -> "tuple[ArchiveSettings, Path]":
    """Without a configuration if the place is named: the archive alone has to do."""
    from ..archiving import ArchiveSettings
    from ..config import DEFAULT_NAME, load

    if from_ is not None and config is None and not Path(DEFAULT_NAME).exists():
        return _settings(None, from_), Path()
    opened = load(config)
    found: ArchiveSettings = _settings(opened.archive, from_)
    return found, Path() if from_ else opened.path.parent


def _settings(
    configured: "ArchiveSettings | None",
    place: str | None,
    *,
    retain: str | None = None,
    without_lock: bool = False,
) -> "ArchiveSettings":
    """What is configured, with what the command line says instead."""
    from pydantic import ValidationError

    from ..archiving import ArchiveSettings
    from ..errors import ConfigError

    if configured is None and place is None:
        raise ConfigError(
            "archive", "no place is named", remedy="add --to PLACE, or archive: to annexa.yaml"
        )
    values = configured.model_dump(exclude_none=True) if configured else {}
    if place is not None:
        values["to"] = place
        if not place.startswith("s3:"):
            values.pop("retain", None)
    if retain is not None:
        values["retain"] = retain
    if without_lock:
        values["without_lock"] = True
        values.pop("retain", None)
    try:
        return ArchiveSettings.model_validate(values)
    except ValidationError as error:
        said = error.errors()[0]
        raise typer.BadParameter(
            ": ".join([*map(str, said["loc"]), said["msg"].removeprefix("Value error, ")])
        ) from error
