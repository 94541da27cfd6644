"""``annexa mapping``: test, lint, compare and explain a pack."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..exit_codes import ExitCode
from .options import AtOption, ConfigOption, JsonOption, instant

if TYPE_CHECKING:
    from ...mappings.difference import Moved

_PACK = "iso42001, or a folder with a pack.yaml"
PackArgument = Annotated[str, typer.Argument(metavar="PACK", help=_PACK)]
OverlayOption = Annotated[
    list[Path] | None,
    typer.Option("--overlay", metavar="DIR", help="Laid over PACK; may come more than once"),
]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Test, lint, compare and explain a mapping pack", rich_markup_mode=None
    )
    group.command("test")(try_examples)
    group.command("lint")(lint)
    group.command("diff")(diff)
    group.command("docs")(docs)
    group.command("compare")(compare)
    app.add_typer(group, name="mapping")


def try_examples(
    pack: PackArgument = "iso42001", overlay: OverlayOption = None, json: JsonOption = False
) -> int:
    """Run the examples of every rule; ends with 6 when one says something else.

    Example 0 is a row about which nothing is known: it must not pass. A rule whose threshold an
    overlay changes is tried with the pack's own, for which its examples were written.
    """
    from ...mappings.examples import run_examples
    from ...mappings.pack import as_written, load_pack
    from ..screen import Column, Screen, write_json

    results = run_examples(as_written(load_pack(pack, overlays=overlay or ())))
    failed = [one for one in results if not one.is_right]
    if json:
        write_json("mapping-test/1", {"examples": results, "failed": len(failed)})
        return ExitCode.PACK if failed else ExitCode.OK
    screen = Screen()
    if failed:
        columns = (Column("rule"), Column("example", right=True), Column("expected"), Column("got"))
        rows = [(one.rule, one.number, one.expected, one.found) for one in failed]
        screen.table(columns, rows)
    rules = len({one.rule for one in results})
    screen.line(f"{len(results)} examples of {rules} rules, {len(failed)} failed")
    return ExitCode.PACK if failed else ExitCode.OK


def lint(
    pack: PackArgument = "iso42001", overlay: OverlayOption = None, json: JsonOption = False
) -> None:
    """Read a pack and refuse what could pass in silence; ends with 6 at the first fault."""
    from ...mappings.pack import load_pack
    from ..screen import Screen, write_json

    found = load_pack(pack, overlays=overlay or ())
    controls = {control for rule in found.rules for control in rule.controls}
    body = {
        "pack": found.id,
        "version": found.version,
        "digest": found.digest,
        "rules": len(found.rules),
        "views": len(found.views),
        "controls": sorted(controls),
    }
    if json:
        write_json("mapping-lint/1", body)
        return
    Screen().line(
        f"{found.id} {found.version}: {len(found.rules)} rules over {len(controls)} controls "
        f"and clauses, {len(found.views)} views; nothing to complain about"
    )


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help=_PACK)],
    new: Annotated[str, typer.Argument(metavar="NEW", help=_PACK)],
    json: JsonOption = False,
) -> None:
    """Say what NEW has otherwise than OLD, and whether that can change an outcome."""
    from ...mappings.pack import load_pack
    from ...mappings.pack_difference import pack_difference
    from ..screen import Column, Screen, write_json

    before, after = load_pack(old), load_pack(new)
    found = pack_difference(before, after)
    if json:
        names = {"old": f"{before.id} {before.version}", "new": f"{after.id} {after.version}"}
        write_json("mapping-diff/1", {**names, "changes": found})
        return
    screen = Screen()
    if not found:
        screen.line("nothing differs")
        return
    columns = (Column("what", keep=True), Column("id", keep=True), Column("change", keep=True),
               Column("parts"), Column("outcomes", keep=True))  # fmt: skip
    rows = [
        (
            one.what,
            one.id,
            one.change,
            ", ".join(one.parts),
            "may change" if one.judges_otherwise else "as before",
        )
        for one in found
    ]
    screen.table(columns, rows)


def compare(
    pack: Annotated[str, typer.Argument(metavar="PACK", help="iso42001, or a pack's folder")],
    overlay: OverlayOption = None,
    at: AtOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Judge the same evidence by PACK, and show what stands elsewhere than by the pack in force.

    Nothing is recorded: what was said then stays what was said.
    """
    from ...mappings.comparison import comparison
    from ...mappings.pack import load_pack
    from .. import job
    from ..opening import for_reading
    from ..screen import write_json
    from ..timing import utc_now

    other = load_pack(pack, overlays=overlay or ())
    moment = instant(at) or utc_now()
    with (
        for_reading(config) as (settings, ledger),
        job.assess(settings, ledger, at=moment, save=False) as own,
        job.assess(settings, ledger, at=moment, save=False, pack=other) as theirs,
    ):
        moved = comparison(own, theirs)
        names = [f"{one.pack.id} {one.pack.version}" for one in (own, theirs)]
    if json:
        body = {"at": moment, "own": names[0], "other": names[1], "moved": moved}
        write_json("mapping-compare/1", body)
    else:
        _show_moved(names, moved)


def _show_moved(names: "list[str]", moved: "list[Moved]") -> None:
    from ..screen import Column, Screen

    screen = Screen()
    if not moved:
        screen.line(f"{names[1]} says the same as {names[0]}")
        return
    columns = (Column("rule, control, clause", keep=True), Column("system"), Column(names[0]),
               Column(names[1]))  # fmt: skip
    rows = [
        (one.about, one.system or "(whole)", one.before or "not asked", one.after or "not asked")
        for one in moved
    ]
    screen.table(columns, rows)


def docs(
    pack: PackArgument = "iso42001",
    overlay: OverlayOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Standard output when left out")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write the pack as a page: each control, its rules in words and SQL, their sources."""
    from ...collectors.registry import all_kinds
    from ...mappings.pack import load_pack
    from ...mappings.pages import controls_page
    from ..screen import write_json

    page = controls_page(load_pack(pack, overlays=overlay or ()), all_kinds())
    if out is not None:
        out.write_text(page, encoding="utf-8")
    if json:
        write_json("mapping-docs/1", {"path": str(out) if out else None, "text": page})
    elif out is None:
        typer.echo(page, nl=False)
