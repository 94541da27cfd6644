"""The same coverage, ordered by the references of another framework."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..mappings.crosswalk import Framework, Strength
from .screen import Column, Screen, write_json

if TYPE_CHECKING:
    from ..mappings.evaluation import Evaluation

CAVEAT = (
    "An aid for finding evidence, not equivalence: no state here says that a duty of this "
    "framework is met, and nothing is added up"
)


@dataclass(frozen=True, kw_only=True)
class Support:
    """One control behind one reference."""

    control: str
    title: str
    strength: Strength
    state: str | None
    """None: the system has no row of it."""
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Seen:
    reference: str
    title: str | None
    controls: tuple[Support, ...]


def look_through(
    framework: Framework, evaluation: "Evaluation", system: str | None
) -> tuple[Seen, ...]:
    """Each reference with the state of every control that is linked to it, in the file's order."""
    coverage = evaluation.coverage
    states = {one.control: one for one in coverage.states if one.system_id == system}
    states |= {one.control: one for one in coverage.clauses}
    catalogue = evaluation.pack.catalogue

    def support(control: str, strength: Strength) -> Support:
        found = states.get(control)
        return Support(
            control=control,
            title=catalogue.title(control),
            strength=strength,
            state=found.state if found else None,
            reason=found.reason if found else None,
        )

    return tuple(
        Seen(
            reference=reference.id,
            title=reference.title,
            controls=tuple(support(link.control, link.strength) for link in reference.links),
        )
        for reference in framework.references
    )


def write_lens(framework: Framework, evaluation: "Evaluation", system: str | None) -> None:
    write_json(
        "status-framework/1",
        {
            "at": evaluation.at,
            "run": evaluation.run,
            "pack": {"id": evaluation.pack.id, "version": evaluation.pack.version},
            "framework": framework.model_dump(
                mode="json", include={"id", "version", "title", "note", "dates", "sources"}
            ),
            "caveat": CAVEAT,
            "system": system,
            "references": list(look_through(framework, evaluation, system)),
        },
    )


def show_lens(framework: Framework, evaluation: "Evaluation", system: str | None) -> None:
    screen = Screen()
    screen.line(f"{framework.title}: {system or 'the organisation'}", style="bold")
    screen.line(CAVEAT)
    screen.line(framework.note)
    for duty in framework.dates:
        screen.line(f"{duty.applies_from}: {duty.what} ({duty.source})")
    rows = [
        [
            seen.reference if first else "",
            (seen.title if first else "") or "",
            one.control,
            one.title,
            one.strength,
            one.state or "clause",
        ]
        for seen in look_through(framework, evaluation, system)
        for first, one in zip((True, *(False,) * len(seen.controls)), seen.controls, strict=False)
    ]
    screen.line()
    columns = [Column("reference", keep=True), Column("title"), Column("control", keep=True)]
    columns += [Column("control's title"), Column("strength"), Column("state", keep=True)]
    screen.table(columns, rows)
    screen.line()
    for strength, source in framework.sources.items():
        screen.line(f"{strength}: {source}")
