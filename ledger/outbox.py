"""What each target has to be told about gaps: one row per (episode, event, target), sent once.

A target that is new hears of the gaps that are open now, not of those long closed.
"""

from sqlalchemy import Connection, insert, literal, select, update

from . import schema
from .database import Database
from .episodes import gaps_with
from .gap import Notification
from .merkle import log_size
from .sealing import Sealer

_gap, _told = schema.gap.c, schema.notification.c


class Outbox:
    """Pending notifications. They are not evidence, so they are not in the log."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    def pending(self, target: str) -> list[Notification]:
        """What ``target`` was not told yet, in the order in which it happened."""
        with self._database.write() as connection:
            _enter(connection, target)
            query = select(schema.notification).where(
                _told.target == target, _told.sent_at.is_(None)
            )
            rows = connection.execute(query.order_by(_told.id)).all()
            found = [
                Notification(id=row.id, event=row.event, target=target, gap=gap)
                for row in rows
                for gap in gaps_with(connection, _gap.id == row.gap)
            ]
        return sorted(found, key=_order)

    def mark_sent(self, id_: int) -> None:
        """Remember that the target took it; a second time changes nothing."""
        with self._database.write() as connection:
            connection.execute(
                update(schema.notification)
                .where(_told.id == id_, _told.sent_at.is_(None))
                .values(sent_at=self._sealer.now(connection))
            )


def _enter(connection: Connection, target: str) -> None:
    """Make the rows that are missing for ``target``."""
    registered = select(schema.target.c.since_leaf).where(schema.target.c.name == target)
    since = connection.execute(registered).scalar()
    if since is None:
        since = log_size(connection)
        connection.execute(insert(schema.target).values(name=target, since_leaf=since))
    concerns = _gap.closed_leaf.is_(None) | (_gap.closed_leaf >= since)
    for event, condition in (("opened", concerns), ("closed", _gap.closed_leaf >= since)):
        known = select(_told.gap).where(_told.target == target, _told.event == event)
        chosen = select(_gap.id, literal(event), literal(target)).where(
            condition, _gap.id.not_in(known)
        )
        query = insert(schema.notification).from_select(["gap", "event", "target"], chosen)
        connection.execute(query)


def _order(one: Notification) -> tuple[int, int]:
    leaf = one.gap.opened_leaf if one.event == "opened" else one.gap.closed_leaf
    return (leaf or 0, one.id)
