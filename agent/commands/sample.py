"""``annexa sample``: which rows a person looks at, drawn so that anybody gets the same ones."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..exit_codes import ExitCode
from .options import AtOption, ConfigOption, JsonOption, PackOption, instant

if TYPE_CHECKING:
    from ...exporters.sampling.plan import Plan
    from ...exporters.sampling.sizes import Sampling
    from ..sampling import Drawn, Wanted

_TEXT = 1000


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Freeze a population and draw a sample of it with the auditor's seed, or list samples",
        rich_markup_mode=None,
        invoke_without_command=True,
    )
    group.callback()(sample)
    group.command("list")(listing)
    app.add_typer(group, name="sample")


def sample(
    context: typer.Context,
    *,
    population: Annotated[
        str | None,
        typer.Option("--population", metavar="NAME", help="A view, a rule, or a control"),
    ] = None,
    seed: Annotated[
        str | None,
        typer.Option("--seed", metavar="TEXT", help="The auditor's; without one: only freeze"),
    ] = None,
    method: Annotated[
        str,
        typer.Option("--method", metavar="M", help="attribute, frequency, stratified, judgement"),
    ] = "attribute",
    size: Annotated[
        int | None, typer.Option("--size", metavar="N", min=1, help="Instead of the method's")
    ] = None,
    confidence: Annotated[
        float | None, typer.Option("--confidence", metavar="SHARE", help="attribute: 0.95")
    ] = None,
    tolerable: Annotated[
        float | None, typer.Option("--tolerable", metavar="RATE", help="attribute: 0.05")
    ] = None,
    expected: Annotated[
        float | None, typer.Option("--expected", metavar="RATE", help="attribute: 0")
    ] = None,
    frequency: Annotated[
        str | None,
        typer.Option(
            "--frequency",
            metavar="F",
            help="annual, quarterly, monthly, weekly, daily, event, automated, systems",
        ),
    ] = None,
    risk: Annotated[
        str | None, typer.Option("--risk", metavar="R", help="low, moderate, high")
    ] = None,
    strata: Annotated[
        str | None, typer.Option("--strata", metavar="COLUMN", help="stratified: by this column")
    ] = None,
    whole: Annotated[
        list[str] | None,
        typer.Option("--whole", metavar="VALUE", help="stratified: every row of this stratum"),
    ] = None,
    pick: Annotated[
        list[str] | None,
        typer.Option("--pick", metavar="ITEM", help="judgement: subject or row hash, --reason"),
    ] = None,
    replace: Annotated[
        list[str] | None,
        typer.Option("--replace", metavar="ITEM", help="It cannot be looked at, for a --reason"),
    ] = None,
    reason: Annotated[
        list[str] | None,
        typer.Option("--reason", metavar="TEXT", help="One for each --pick or --replace"),
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Whose seed, whose picks")] = "",
    accept_incomplete: Annotated[
        str,
        typer.Option("--accept-incomplete", metavar="TEXT", help="Why missing rows will do"),
    ] = "",
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="FILE", help="From a bundle: no ledger")
    ] = None,
    period: Annotated[
        str | None, typer.Option("--period", metavar="P", help="As its bundle shows it: 2026-Q4")
    ] = None,
    at: AtOption = None,
    pack: PackOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Also write it as CSV")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Freeze a population by its hash, then draw from it with a seed that was named afterwards.

    Whoever has both gets the same items; sample.py in every bundle needs nothing but Python.
    """
    if context.invoked_subcommand is not None:
        return ExitCode.OK
    if population is None:
        raise typer.BadParameter("say what to draw from: --population")
    from ..errors import NotFound
    from ..sampling import Wanted, from_bundle

    if out is not None and out.exists() and not force:
        raise NotFound(str(out), "is there already", remedy="name another file, or add --force")
    plan = None
    if seed is not None or pick or method == "judgement":
        figures = {
            "confidence": confidence, "tolerable": tolerable, "expected": expected, "risk": risk
        }  # fmt: skip
        reasons = _reasons([*(pick or ()), *(replace or ())], reason or ())
        plan = _plan(
            _sampling(config, bundle, figures),
            method=method,
            seed=seed,
            size=size,
            frequency=frequency,
            whole=frozenset(whole or ()),
            picks={name: reasons[name] for name in pick or ()},
            replaced={name: reasons[name] for name in replace or ()},
            by=by.strip(),
        )
    if (strata is not None) != (method == "stratified") and plan is not None:
        raise typer.BadParameter("--strata and --method stratified go together")
    wanted = Wanted(population, strata, accept_incomplete.strip())
    if bundle is not None:
        drawn = from_bundle(bundle, wanted, plan)
    else:
        drawn = _from_ledger(config, pack, wanted, plan, at=at, period=period)
    if out is not None:
        _write(out, drawn)
    _show(drawn, out, json=json)
    return ExitCode.OK


def _reasons(items: Sequence[str], reasons: Sequence[str]) -> dict[str, str]:
    """Item -> reason, in the order in which both were given."""
    if len(items) != len(reasons) or len(set(items)) != len(items):
        raise typer.BadParameter("each --pick and --replace needs a --reason of its own")
    for text in reasons:
        if not text.strip() or len(text) > _TEXT:
            raise typer.BadParameter("--reason: 1 to 1,000 characters")
    return dict(zip(items, (text.strip() for text in reasons), strict=True))


def _sampling(
    config: Path | None, bundle: Path | None, figures: Mapping[str, object]
) -> "Sampling":
    """The figures of annexa.yaml, those of the command line before them."""
    from pydantic import ValidationError

    from ...exporters.sampling.sizes import Sampling
    from ..config import load

    own = Sampling() if bundle is not None else load(config).sampling
    given = {name: value for name, value in figures.items() if value is not None}
    try:
        return Sampling.model_validate(own.model_dump() | given)
    except ValidationError as error:
        first = error.errors()[0]
        raise typer.BadParameter(f"--{first['loc'][0]}: {first['msg'].lower()}") from error


def _plan(sampling: "Sampling", *, method: str, frequency: str | None, **rest: Any) -> "Plan":
    from ...exporters.sampling.plan import METHODS, Plan
    from ...exporters.sampling.sizes import EVENT

    known = next((one for one in METHODS if one == method), None)
    if known is None:
        raise typer.BadParameter(f"--method: one of {', '.join(METHODS)}")
    if frequency is not None and frequency not in sampling.frequencies:
        raise typer.BadParameter(f"--frequency: one of {', '.join(sampling.frequencies)}")
    if bool(rest["picks"]) != (known == "judgement"):
        raise typer.BadParameter("--pick and --method judgement go together")
    return Plan(method=known, sampling=sampling, frequency=frequency or EVENT, **rest)


def _from_ledger(
    config: Path | None,
    pack: str | None,
    wanted: "Wanted",
    plan: "Plan | None",
    *,
    at: str | None,
    period: str | None,
) -> "Drawn":
    from ...mappings.period import Period
    from ..job import assess
    from ..opening import for_writing
    from ..packs import read_pack
    from ..sampling import from_ledger

    asked = None if period is None else Period.parse(period)
    with (
        for_writing(config, create=False) as (settings, ledger),
        assess(
            settings,
            ledger,
            at=instant(at),
            period=asked,
            save=False,
            pack=read_pack(settings, pack),
        ) as evaluation,
    ):
        return from_ledger(ledger, evaluation, wanted, plan)


def _write(out: Path, drawn: "Drawn") -> None:
    from ...exporters.csv_text import csv_chunks
    from ...exporters.sampling.table import SAMPLE_COLUMNS, sample_rows

    if drawn.sample is None:
        raise typer.BadParameter("--out: there is no sample without a --seed")
    file = drawn.frozen.population.file
    rows = sample_rows(drawn.sample, number=drawn.leaf, population_file=file)
    out.write_bytes(b"".join(csv_chunks(SAMPLE_COLUMNS, rows)))


def _show(drawn: "Drawn", out: Path | None, *, json: bool) -> None:
    from ..config import format_utc
    from ..sample_text import show
    from ..screen import write_json

    frozen, population = drawn.frozen, drawn.frozen.population
    if json:
        body = {
            "population": population.name,
            "view": population.view,
            "as_of": format_utc(population.as_of),
            "rows": frozen.size,
            "population_sha256": frozen.sha256,
            "unread": population.unread,
            "population_leaf": drawn.population_leaf,
            "leaf": drawn.leaf,
            "sample": drawn.sample,
            "path": None if out is None else str(out),
        }
        write_json("sample/1", body)
        return
    show(drawn, out)


def listing(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List every sample on record, also those that a replacement has overtaken."""
    from ...exporters.sampling.record import recorded
    from ..opening import for_reading
    from ..sample_text import show_list
    from ..screen import write_json

    with for_reading(config) as (settings, ledger):
        found = list(recorded(ledger))
    if json:
        write_json("samples/1", {"samples": found})
        return
    show_list(settings, found)
