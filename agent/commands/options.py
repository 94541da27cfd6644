"""Options and arguments that several commands share."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ...mappings.period import Period

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="annexa.yaml here, or $ANNEXA_CONFIG"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output")]
AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="As of then: 2026-03-03 or 2026-03-03T12:00:00Z"),
]
SystemOption = Annotated[
    str | None, typer.Option("--system", metavar="ID", help="Only this AI system")
]

PackOption = Annotated[
    str | None,
    typer.Option("--pack", metavar="ID", help="Of several packs this one; the first when left out"),
]

PeriodOption = Annotated[
    str | None,
    typer.Option(
        "--period",
        metavar="P",
        help="2026-Q4, 2026-11, 2026, 2026-01-01..2026-04-01 (UTC); this quarter when left out",
    ),
]


def period_or_quarter(text: str | None) -> "Period":
    """Read ``--period``; the quarter of now when it was left out."""
    from ...mappings.period import Period
    from ..timing import utc_now

    now = utc_now()
    return Period.parse(text or f"{now.year}-Q{(now.month + 2) // 3}")


def instant(text: str | None, *, option: str = "--at", of_day: time = time.max) -> datetime | None:
    """Read a time; a date alone means its end in UTC, so that the whole day is in it, or the
    moment ``of_day``."""
    if text is None:
        return None
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), of_day, tzinfo=UTC)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: write 2026-03-03 or 2026-03-03T12:00:00Z") from error
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{option}: the time zone is missing; add Z or +01:00")
    return moment.astimezone(UTC)
