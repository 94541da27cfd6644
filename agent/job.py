"""The agent's three jobs: read the sources, judge what was read, write what a person takes away."""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..collectors.receipt import Receipt
from .config import Config
from .errors import ConfigError
from .kept_tables import kept_tables
from .reading import Clock, Due, Progress, collect_due
from .scope import all_sources, find
from .sources import Source
from .timing import utc_now

if TYPE_CHECKING:
    from ..exporters.bundle import ExportSummary
    from ..exporters.engagement import Engagement
    from ..ledger.store import Ledger
    from ..mappings.evaluation import Evaluation, ExpectedSource
    from ..mappings.pack import Pack
    from ..mappings.period import Period
    from ..mappings.scope import Scope


def collect(
    config: Config,
    ledger: "Ledger",
    *,
    sources: Sequence[str] | None = None,
    progress: Progress | None = None,
    clock: Clock = utc_now,
) -> list[Receipt]:
    """Read all sources, or those with the given ids, now.

    Raises:
        ConfigError: There is no source with that id, or none at all.
        LedgerError: The ledger took no more; runs that were committed before stay.
    """
    if not config.sources:
        raise ConfigError(
            f"{config.path.name}: sources", "there are none", remedy="add one, or run `annexa init`"
        )
    slot = clock()

    def read(chosen: Iterable[Source]) -> list[Receipt]:
        due = [Due(source, slot) for source in chosen]
        return collect_due(config, ledger, due, progress=progress, clock=clock)

    if sources is not None:
        return read(find(config, ledger, id_) for id_ in sources)
    receipts = read(config.sources)
    configured = {source.id for source in config.sources}
    further = [one for one in all_sources(config, ledger) if one.id not in configured]
    return [*receipts, *read(further)] if further else receipts


def assess(
    config: Config,
    ledger: "Ledger",
    *,
    at: datetime | None = None,
    period: "Period | None" = None,
    database: Path | None = None,
    save: bool | None = None,
    pack: "Pack | None" = None,
    scope: "Scope | None" = None,
) -> "Evaluation":
    """Judge what the ledger holds by one pack, as of ``at`` or now.

    Gap episodes are opened and closed by a judgement of now only, unless ``save`` says else; by
    all packs of the configuration then, and it is the first whose judgement is returned. The
    caller closes the result.

    Args:
        pack: Another one than the configuration's first, to look at; it is not saved.
        scope: Only these systems and controls; it is not saved either.

    Raises:
        MappingError: A pack is broken, or one of its rules cannot be run.
    """
    from ..mappings.evaluation import evaluate
    from ..mappings.pack_set import joint_record
    from ..mappings.scope import WHOLE
    from .packs import read_packs

    is_now = at is None and period is None
    is_saved = pack is None and scope is None and (save if save is not None else is_now)
    packs = (pack,) if pack else read_packs(config)
    expected = expected_sources(config, ledger)

    def judged(by: "Pack", at: datetime | None) -> "Evaluation":
        return evaluate(
            ledger,
            by,
            config.conventions,
            at=at,
            period=period,
            database=database if by is packs[0] else None,
            expected=expected,
            organisation_owner=config.organisation.name,
            config_sha256=config.sha256,
            scope=scope or WHOLE,
            kept=kept_tables(config, by) if is_now and database is None else None,
        )

    with ExitStack() as undo:
        evaluation = undo.enter_context(judged(packs[0], at))
        if is_saved:
            records = [evaluation.record()]
            for further in packs[1:]:
                with judged(further, evaluation.at) as other:
                    records.append(other.record())
            ledger.save_evaluation(joint_record(records))
        undo.pop_all()
    return evaluation


def expected_sources(config: Config, ledger: "Ledger") -> "list[ExpectedSource]":
    """What ought to have been read; a source that never was is a gap too."""
    from ..mappings.evaluation import ExpectedSource

    return [
        ExpectedSource(id=source.id, kinds=source.kind_names, systems=source.settings.systems)
        for source in all_sources(config, ledger)
    ]


def export(
    config: Config,
    ledger: "Ledger",
    *,
    period: "Period",
    out: Path,
    at: datetime | None = None,
    evaluation: "Evaluation | None" = None,
    accepted_findings: Collection[str] = (),
    pack: "Pack | None" = None,
    timestamps: tuple[str, ...] = (),
    since: Path | None = None,
    pdf: bool = False,
    scope: "Scope | None" = None,
    engagement: "Engagement | None" = None,
    progress: Callable[[str], None] | None = None,
) -> "ExportSummary":
    """Write the bundle of a period; it is about one pack, the first when none is given.

    Args:
        timestamps: Authorities to ask, beside those of the configuration.
    """
    from ..exporters.bundle import Organisation, export_bundle

    organisation = Organisation(
        name=config.organisation.name, timezone=config.organisation.timezone
    )
    own = evaluation is None
    judged = evaluation or assess(
        config, ledger, at=at, period=period, save=False, pack=pack, scope=scope
    )
    try:
        return export_bundle(
            ledger,
            judged,
            period=period,
            out=out,
            keys=config.keys,
            organisation=organisation,
            engagement=engagement,
            accepted_findings=accepted_findings,
            signing=config.signing.plan(timestamps),
            since=since,
            pdf=pdf,
            progress=progress,
        )
    finally:
        if own:
            judged.close()
