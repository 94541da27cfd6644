"""The slot table: a due time is claimed once, whoever tries, and answered by one run at most."""

from datetime import datetime

from sqlalchemy import Connection, Update, insert, select, update

from . import schema
from .database import Database
from .errors import SlotTaken
from .instant import from_micros, text, to_micros
from .sealing import Sealer
from .slot import Slot

_slot = schema.slot.c


class Slots:
    """Claims, misses and lists slots."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    def claim(self, source: str, due: datetime) -> bool:
        """Whether the slot is ours: it was nobody's before."""
        with self._database.write() as connection:
            if _state(connection, source, due) is not None:
                return False
            values = {"source": source, "due": to_micros(due), "state": "claimed"}
            connection.execute(
                insert(schema.slot).values(**values, at=self._sealer.now(connection))
            )
            return True

    def miss(self, source: str, due: datetime) -> bool:
        """Write down that nobody answered the slot in time; a leaf of the log says so.

        False if that is known already, or if a run answered it after all.
        """
        with self._database.write() as connection:
            state = _state(connection, source, due)
            if state in {"missed", "committed"}:
                return False
            at = self._sealer.now(connection)
            if state is None:
                connection.execute(
                    insert(schema.slot).values(
                        source=source, due=to_micros(due), state="missed", at=at
                    )
                )
            else:
                connection.execute(_at(source, due).values(state="missed", at=at))
            body: dict[str, object] = {"source": source, "due": text(to_micros(due))}
            self._sealer.seal(connection, "missed", body, at)
        self._sealer.publish()
        return True

    def list(self, source: str | None) -> list[Slot]:
        query = select(schema.slot).order_by(_slot.source, _slot.due)
        if source is not None:
            query = query.where(_slot.source == source)
        with self._database.read() as connection:
            return [
                Slot(
                    source=row.source,
                    due=from_micros(row.due),
                    state=row.state,
                    at=from_micros(row.at),
                    run=row.run,
                )
                for row in connection.execute(query)
            ]


def check_free(connection: Connection, source: str, due: datetime, where: str) -> None:
    """Raises:
    SlotTaken: A run has answered it.
    """
    if _state(connection, source, due) == "committed":
        raise SlotTaken(
            where,
            f"{source} was read for {text(to_micros(due))} already",
            remedy="nothing needs to be done",
        )


def commit_slot(connection: Connection, source: str, due: datetime, run: int, at: int) -> None:
    """Mark the slot as answered by ``run``; even one that was given up answers late."""
    if _state(connection, source, due) is None:
        connection.execute(
            insert(schema.slot).values(
                source=source, due=to_micros(due), state="committed", at=at, run=run
            )
        )
    else:
        connection.execute(_at(source, due).values(state="committed", at=at, run=run))


def _at(source: str, due: datetime) -> Update:
    return update(schema.slot).where(_slot.source == source, _slot.due == to_micros(due))


def _state(connection: Connection, source: str, due: datetime) -> str | None:
    query = select(_slot.state).where(_slot.source == source, _slot.due == to_micros(due))
    return connection.execute(query).scalar()
