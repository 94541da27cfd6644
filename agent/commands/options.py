"""Options and arguments that several commands share."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

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


def instant(text: str | None) -> datetime | None:
    """Read ``--at``; a date alone means its end in UTC, so that the whole day is in it."""
    if text is None:
        return None
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, 23, 59, 59, 999999, tzinfo=UTC)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("--at: write 2026-03-03 or 2026-03-03T12:00:00Z") from error
    if moment.tzinfo is None:
        raise typer.BadParameter("--at: the time zone is missing; add Z or +01:00")
    return moment.astimezone(UTC)
