"""``annexa status``: what is supported, what is not, and what could not be looked at."""

from typing import TYPE_CHECKING, Annotated

import typer

from .options import AtOption, ConfigOption, JsonOption, PackOption, SystemOption, instant

if TYPE_CHECKING:
    from ...mappings.evaluation import Evaluation
    from ...mappings.outcome import SourceState
    from ...mappings.upcoming import Upcoming
    from ..config import Config
    from ..screen import Screen

FrameworkOption = Annotated[
    str | None,
    typer.Option(
        "--framework", metavar="ID", help="Through this lens: eu-ai-act, nist-ai-rmf, iso-27001"
    ),
]


def register(app: typer.Typer) -> None:
    app.command("status")(status)


def status(
    *,
    system: SystemOption = None,
    framework: FrameworkOption = None,
    at: AtOption = None,
    pack: PackOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show coverage by control and system, now or at a past instant, and the state of sources.

    The six states are never added up into one number. Nothing is written.
    """
    from ...mappings import upcoming
    from .. import job
    from ..lens import show_lens, write_lens
    from ..opening import for_reading
    from ..packs import read_pack
    from ..scope import next_readings

    moment = instant(at)
    with (
        for_reading(config) as (settings, ledger),
        job.assess(
            settings, ledger, at=moment, save=False, pack=read_pack(settings, pack)
        ) as evaluation,
    ):
        systems = _systems(evaluation, system)
        if framework is not None:
            lens = evaluation.pack.framework(framework)
            (write_lens if json else show_lens)(lens, evaluation, system)
            return
        readings = next_readings(settings, ledger, evaluation.at)
        coming = upcoming.upcoming(evaluation, readings=readings)
        if json:
            _write(evaluation, systems, coming)
        else:
            _show(settings, evaluation, systems, coming)


def _systems(evaluation: "Evaluation", wanted: str | None) -> list[str | None]:
    from ..complaint import did_you_mean
    from ..errors import NotFound

    known = {state.system_id for state in evaluation.coverage.states}
    ordered: list[str | None] = [None] if None in known else []
    ordered += sorted(name for name in known if name is not None)
    if wanted is None:
        return ordered
    if wanted not in known:
        names = (name for name in known if name)
        raise NotFound(
            f"--system {wanted}", "no such AI system", remedy=did_you_mean(wanted, names)
        )
    return [wanted]


def _write(evaluation: "Evaluation", systems: list[str | None], coming: "list[Upcoming]") -> None:
    from ...mappings.upcoming import UPCOMING_DAYS, counted
    from ..screen import write_json

    states = [one for one in evaluation.coverage.states if one.system_id in systems]
    write_json(
        "status/1",
        {
            "at": evaluation.at,
            "run": evaluation.run,
            "pack": {
                "id": evaluation.pack.id,
                "version": evaluation.pack.version,
                "digest": evaluation.pack.digest,
            },
            "systems": systems,
            "coverage": {name or "": evaluation.coverage.count(name) for name in systems},
            "controls": states,
            "clauses": evaluation.coverage.clauses,
            "cells": [cell for cell in evaluation.cells if cell.system_id in systems],
            "tally": dict(evaluation.tally),
            "sources": list(evaluation.sources),
            "upcoming": {
                "days": UPCOMING_DAYS,
                "topics": counted(coming),
                "first": coming[0] if coming else None,
            },
        },
    )


def _show(
    config: "Config",
    evaluation: "Evaluation",
    systems: list[str | None],
    coming: "list[Upcoming]",
) -> None:
    from ..screen import Screen

    screen = Screen()
    local = config.local(evaluation.at)
    screen.line(
        f"{config.organisation.name}, as of {local:%Y-%m-%d %H:%M %Z}, "
        f"pack {evaluation.pack.id} {evaluation.pack.version}",
        style="bold",
    )
    if len(config.packs) > 1:
        screen.line(f"One of {len(config.packs)} packs that are judged; the others by --pack")
    _show_sources(screen, evaluation)
    _show_counts(screen, evaluation, systems)
    _show_controls(screen, evaluation, systems)
    _show_clauses(screen, evaluation)
    screen.line()
    screen.line(_told(config, coming))
    screen.line("`annexa gaps` lists what is missing, `annexa explain CONTROL` says why")


def _told(config: "Config", coming: "list[Upcoming]") -> str:
    """One line on what runs out soon."""
    from ...mappings.upcoming import UPCOMING_DAYS, counted

    if not coming:
        return f"Nothing that annexa can see runs out in the next {UPCOMING_DAYS} days"
    numbers = ", ".join(f"{number} {topic}" for topic, number in counted(coming).items())
    first = coming[0]
    return (
        f"Runs out in the next {UPCOMING_DAYS} days: {numbers}; first "
        f"{config.local(first.due):%Y-%m-%d %H:%M} {first.about} ({first.what}); see "
        "`annexa upcoming`"
    )


def _show_sources(screen: "Screen", evaluation: "Evaluation") -> None:
    from ..screen import Column

    screen.heading("Sources")
    grouped: dict[tuple[str, str], list[SourceState]] = {}
    for state in evaluation.sources:
        grouped.setdefault((state.source, state.verdict), []).append(state)
    rows = []
    for (source, verdict), states in grouped.items():
        newest = max((one.finished_at for one in states if one.finished_at), default=None)
        problem = next((one.problem for one in states if one.problem), None)
        rows.append(
            (
                source,
                verdict,
                f"{newest:%Y-%m-%d %H:%MZ}" if newest else "never",
                _kinds(states),
                problem,
            )
        )
    columns = (
        Column("source"), Column("verdict", keep=True), Column("read", keep=True),
        Column("kinds"), Column("problem"),
    )  # fmt: skip
    screen.table(columns, rows)


def _kinds(states: "list[SourceState]") -> str:
    """How many were read; by name those that were not."""
    if states[0].is_read:
        return str(len(states))
    return ", ".join(state.kind.partition(".")[2] or state.kind for state in states)


def _show_counts(screen: "Screen", evaluation: "Evaluation", systems: list[str | None]) -> None:
    from ...mappings.outcome import STATES
    from ..screen import Column

    screen.heading("Controls by state")
    columns = [Column("system"), *(Column(state, right=True, keep=True) for state in STATES)]
    rows = []
    for system in systems:
        counts = evaluation.coverage.count(system)
        rows.append([system or "(organisation)", *(counts[state] for state in STATES)])
    screen.table(columns, rows)


def _show_controls(screen: "Screen", evaluation: "Evaluation", systems: list[str | None]) -> None:
    from ..screen import Column

    catalogue = evaluation.pack.catalogue
    states = {(one.control, one.system_id): one.state for one in evaluation.coverage.states}
    screen.heading("Controls")
    columns = [Column("control", keep=True), Column("title"), Column("class", keep=True)]
    columns += [Column(system or "(organisation)") for system in systems]
    rows = [
        [one.id, one.title, one.kind, *(states.get((one.id, system), "") for system in systems)]
        for one in catalogue.controls
    ]
    screen.table(columns, rows)
    classes = [one.kind for one in catalogue.controls]
    screen.line()
    screen.line(
        f"Evidence for the {len(classes)} controls: {classes.count('automated')} automated, "
        f"{classes.count('partial')} partial, {classes.count('manual')} manual "
        "(a person's document or judgement)"
    )


def _show_clauses(screen: "Screen", evaluation: "Evaluation") -> None:
    from ..screen import Column

    if not evaluation.coverage.clauses:
        return
    catalogue = evaluation.pack.catalogue
    screen.heading("Clauses of the management system")
    columns = (Column("clause", keep=True), Column("title"), Column("state", keep=True),
               Column("because"))  # fmt: skip
    rows = [
        (one.control, catalogue.title(one.control), one.state, one.reason)
        for one in evaluation.coverage.clauses
    ]
    screen.table(columns, rows)
