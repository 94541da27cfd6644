"""Spans of outcomes: cost follows change, so an evaluation like the last one writes none."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from . import schema
from .database import Database
from .instant import from_micros, to_micros
from .span import EvaluationInfo, Span

_ENCODE = msgspec.json.Encoder(order="sorted").encode
_span, _leaf = schema.span.c, schema.leaf.c

Key = tuple[str, str]
"""What it is about, and the system; the empty system is the whole."""


class Spans:
    """Reads spans and the evaluations behind them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def between(
        self, start: datetime, end: datetime, about: str | None, system: str | None
    ) -> list[Span]:
        """Spans that touch ``[start, end)``, by what they are about, system and time.

        A span that was closed at ``start`` is not among them.
        """
        query = select(schema.span).where(
            _span.opened_at < to_micros(end),
            _span.closed_at.is_(None) | (_span.closed_at > to_micros(start)),
        )
        if about is not None:
            query = query.where(_span.about == about)
        if system is not None:
            query = query.where(_span.system == system)
        query = query.order_by(_span.about, _span.system, _span.opened_at)
        with self._database.read() as connection:
            return [_span_of(row) for row in connection.execute(query)]

    def evaluations(self, start: datetime, end: datetime) -> list[EvaluationInfo]:
        """Evaluations sealed in ``[start, end)`` and the last one before, the oldest first."""
        is_evaluation = _leaf.type == "evaluation"
        before = (
            select(func.max(_leaf.position))
            .where(is_evaluation, _leaf.at < to_micros(start))
            .scalar_subquery()
        )
        inside = (_leaf.at >= to_micros(start)) & (_leaf.at < to_micros(end))
        query = (
            select(schema.leaf)
            .where(is_evaluation, inside | (_leaf.position == before))
            .order_by(_leaf.position)
        )
        with self._database.read() as connection:
            return [_evaluation(row) for row in connection.execute(query)]


def last_evaluation(connection: Connection) -> EvaluationInfo | None:
    query = select(schema.leaf).where(_leaf.type == "evaluation")
    row = connection.execute(query.order_by(_leaf.position.desc()).limit(1)).first()
    return None if row is None else _evaluation(row)


def move_spans(connection: Connection, leaf: int, at: int, outcomes: Mapping[Key, str]) -> None:
    """Write what ``span_entries`` said: close what is no longer so, open what is new."""
    open_ = _open(connection)
    closed = [number for key, (number, was) in open_.items() if outcomes.get(key) != was]
    for number in closed:
        connection.execute(
            update(schema.span).where(_span.id == number).values(closed_at=at, closed_leaf=leaf)
        )
    rows = [
        {"about": about, "system": system, "outcome": outcome, "opened_at": at, "opened_leaf": leaf}
        for (about, system), outcome in sorted(outcomes.items())
        if open_.get((about, system), (0, None))[1] != outcome
    ]
    if rows:
        connection.execute(insert(schema.span), rows)


def span_entries(connection: Connection, outcomes: Mapping[Key, str]) -> list[bytes]:
    """What an evaluation with these outcomes changes, in the order of its root."""
    before = {key: was for key, (_, was) in _open(connection).items()}
    ended = sorted(key for key, was in before.items() if outcomes.get(key) != was)
    begun = sorted(key for key, outcome in outcomes.items() if before.get(key) != outcome)
    return [
        *(_entry("end", key, before[key]) for key in ended),
        *(_entry("begin", key, outcomes[key]) for key in begun),
    ]


def stored_span_entries(connection: Connection, leaf: int) -> list[bytes]:
    """The same entries, rebuilt from the table."""
    found = []
    for operation, column in (("end", _span.closed_leaf), ("begin", _span.opened_leaf)):
        query = select(schema.span).where(column == leaf).order_by(_span.about, _span.system)
        found += [
            _entry(operation, (row.about, row.system), row.outcome)
            for row in connection.execute(query)
        ]
    return found


def _open(connection: Connection) -> dict[Key, tuple[int, str]]:
    query = select(schema.span).where(_span.closed_leaf.is_(None))
    return {(row.about, row.system): (row.id, row.outcome) for row in connection.execute(query)}


def _entry(operation: str, key: Key, outcome: str) -> bytes:
    return _ENCODE({"op": operation, "about": key[0], "system": key[1], "outcome": outcome})


def _span_of(row: Row[Any]) -> Span:
    return Span(
        about=row.about,
        system=row.system or None,
        outcome=row.outcome,
        opened_at=from_micros(row.opened_at),
        closed_at=None if row.closed_at is None else from_micros(row.closed_at),
        opened_leaf=row.opened_leaf,
        closed_leaf=row.closed_leaf,
    )


def _evaluation(row: Row[Any]) -> EvaluationInfo:
    body = msgspec.json.decode(row.body)
    names = ("run", "pack", "pack_digest", "config_sha256", "results_sha256", "tally")
    return EvaluationInfo(
        leaf=row.position,
        at=from_micros(row.at),
        evaluated_at=datetime.fromisoformat(body["evaluated_at"]),
        **{name: body[name] for name in names},
    )
