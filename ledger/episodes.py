"""Gap episodes: one per (rule, system, source) at a time, opened and closed by evaluations."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from . import schema
from .database import Database
from .gap import MAX_SUBJECTS, EvaluationRecord, EvaluationSaved, Gap, GapNow
from .instant import from_micros, text, to_micros
from .merkle import Frontier, leaf_hash
from .sealing import Sealer
from .spans import last_evaluation, move_spans, span_entries

_ENCODE = msgspec.json.Encoder(order="sorted").encode
_gap, _sighting = schema.gap.c, schema.sighting.c

Key = tuple[str, str, str]


class Episodes:
    """Saves evaluations; reads gaps."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    def save(self, evaluation: EvaluationRecord) -> EvaluationSaved:
        """One leaf, and the gaps that it opens, changes and closes, in one transaction.

        Raises:
            ValueError: Two of its gaps have one key.
        """
        now = {_key(gap.rule, gap.system, gap.source): gap for gap in evaluation.gaps}
        if len(now) != len(evaluation.gaps):
            raise ValueError("two gaps of this evaluation have the same rule, system and source")
        with self._database.write() as connection:
            before = {_key(gap.rule, gap.system, gap.source): gap for gap in _open(connection)}
            at = self._sealer.now(connection)
            last: int = connection.execute(select(func.max(_gap.id))).scalar() or 0
            numbers = {key: int(gap.id[1:]) for key, gap in before.items()}
            opened = [key for key in now if key not in before]
            numbers |= {key: last + i for i, key in enumerate(opened, 1)}
            # ``before`` is in the order of ids, as is what `stored_entries` rebuilds
            changed = [key for key in before if key in now and _differs(before[key], now[key])]
            closed = [key for key in before if key not in now]
            entries = [
                *(_entry("open", numbers[key], key, _facts(now[key])) for key in opened),
                *(_entry("change", numbers[key], key, _facts(now[key])) for key in changed),
                *(_entry("close", numbers[key], key, None) for key in closed),
            ]
            outcomes = {(about, of or ""): was for (about, of), was in evaluation.outcomes.items()}
            spans = span_entries(connection, outcomes)
            self._seal_changes(connection, evaluation, at)
            body = _leaf_body(evaluation, entries, spans)
            leaf = self._sealer.seal(connection, "evaluation", body, at)
            move_spans(connection, leaf, at, outcomes)
            _open_episodes(connection, {numbers[key]: key for key in opened}, at, leaf)
            _see(connection, leaf, {numbers[key]: now[key] for key in (*opened, *changed)})
            _close_episodes(connection, [numbers[key] for key in closed], at, leaf)
            saved = EvaluationSaved(
                leaf=leaf,
                opened=_by_id(connection, [numbers[key] for key in opened]),
                closed=_by_id(connection, [numbers[key] for key in closed]),
            )
        self._sealer.publish()
        return saved

    def _seal_changes(self, connection: Connection, evaluation: EvaluationRecord, at: int) -> None:
        """A leaf for a pack or a configuration that is not the last evaluation's."""
        last = last_evaluation(connection)
        now = {"pack": evaluation.pack_digest, "configuration": evaluation.config_sha256}
        before = {"pack": last.pack_digest, "configuration": last.config_sha256} if last else {}
        for what, digest in now.items():
            if before.get(what) != digest:
                body: dict[str, object] = {"from": before.get(what), "to": digest}
                if what == "pack":
                    body["pack"] = evaluation.pack
                self._sealer.seal(connection, what, body, at)

    def open(self) -> list[Gap]:
        with self._database.read() as connection:
            return _open(connection)

    def all(self, since: datetime | None) -> list[Gap]:
        """Episodes that were open at ``since`` or later; the oldest first."""
        condition: ColumnElement[bool] | None = None
        if since is not None:
            condition = _gap.closed_at.is_(None) | (_gap.closed_at >= to_micros(since))
        with self._database.read() as connection:
            return _gaps(connection, condition)


def entries_root(entries: Iterable[bytes]) -> str:
    """Hex Merkle root over the entries of one evaluation."""
    frontier = Frontier()
    for entry in entries:
        frontier.append(leaf_hash(entry))
    return frontier.root().hex()


def stored_entries(connection: Connection, leaf: int) -> list[bytes]:
    """The entries of an evaluation, rebuilt from the tables in the order of its root."""
    query = (
        select(schema.gap, schema.sighting)
        .join(schema.sighting, _sighting.gap == _gap.id)
        .where(_sighting.leaf == leaf)
        .order_by(_gap.opened_leaf != leaf, _gap.id)
    )
    found = [
        _entry(
            "open" if row.opened_leaf == leaf else "change",
            row.id,
            (row.rule, row.system, row.source),
            (row.owner, row.outcome, row.cause, row.subjects, row.total),
        )
        for row in connection.execute(query)
    ]
    ended = select(schema.gap).where(_gap.closed_leaf == leaf).order_by(_gap.id)
    for row in connection.execute(ended):
        found.append(_entry("close", row.id, (row.rule, row.system, row.source), None))
    return found


def gaps_with(connection: Connection, condition: ColumnElement[bool] | None) -> list[Gap]:
    """Episodes for which ``condition`` over the table ``gap`` holds; the oldest first."""
    return _gaps(connection, condition)


_Facts = tuple[str, str, str, str, int]


def _key(rule: str, system: str | None, source: str | None) -> Key:
    return (rule, system or "", source or "")


def _facts(gap: GapNow) -> _Facts:
    """What may change while an episode is open."""
    subjects = _ENCODE(list(gap.subjects)[:MAX_SUBJECTS]).decode()
    return (gap.owner, gap.outcome, gap.cause, subjects, gap.count)


def _differs(before: Gap, now: GapNow) -> bool:
    subjects = _ENCODE(before.subjects).decode()
    return (before.owner, before.outcome, before.cause, subjects, before.count) != _facts(now)


def _entry(operation: str, number: int, key: Key, facts: _Facts | None) -> bytes:
    entry: dict[str, object] = {
        "op": operation,
        "gap": number,
        "rule": key[0],
        "system": key[1],
        "source": key[2],
    }
    if facts is not None:
        names = ("owner", "outcome", "cause", "subjects", "count")
        entry |= zip(names, facts, strict=True)
    return _ENCODE(entry)


def _leaf_body(
    evaluation: EvaluationRecord, entries: Sequence[bytes], spans: Sequence[bytes]
) -> dict[str, object]:
    body: dict[str, object] = {
        "evaluated_at": text(to_micros(evaluation.at)),
        "run": evaluation.run,
        "pack": evaluation.pack,
        "pack_digest": evaluation.pack_digest,
        "config_sha256": evaluation.config_sha256,
        "results_sha256": evaluation.results_sha256,
        "tally": dict(evaluation.tally),
        "gap_changes": len(entries),
        "gap_changes_root": entries_root(entries),
        "span_changes": len(spans),
        "span_changes_root": entries_root(spans),
    }
    if evaluation.packs:
        body["packs"] = [dict(one) for one in evaluation.packs]
    return body


def _open_episodes(connection: Connection, keys: dict[int, Key], at: int, leaf: int) -> None:
    rows = [
        {
            "id": number,
            "rule": rule,
            "system": system,
            "source": source,
            "opened_at": at,
            "opened_leaf": leaf,
        }
        for number, (rule, system, source) in keys.items()
    ]
    if rows:
        connection.execute(insert(schema.gap), rows)


def _see(connection: Connection, leaf: int, seen: dict[int, GapNow]) -> None:
    names = ("owner", "outcome", "cause", "subjects", "total")
    rows = [
        {"gap": number, "leaf": leaf, **dict(zip(names, _facts(gap), strict=True))}
        for number, gap in seen.items()
    ]
    if rows:
        connection.execute(insert(schema.sighting), rows)


def _close_episodes(connection: Connection, numbers: list[int], at: int, leaf: int) -> None:
    for number in numbers:
        connection.execute(
            update(schema.gap).where(_gap.id == number).values(closed_at=at, closed_leaf=leaf)
        )


def _open(connection: Connection) -> list[Gap]:
    return _gaps(connection, _gap.closed_leaf.is_(None))


def _by_id(connection: Connection, numbers: list[int]) -> list[Gap]:
    return [gap for number in numbers for gap in _gaps(connection, _gap.id == number)]


def _gaps(connection: Connection, condition: ColumnElement[bool] | None) -> list[Gap]:
    newest = (
        select(func.max(_sighting.leaf))
        .where(_sighting.gap == _gap.id)
        .correlate(schema.gap)
        .scalar_subquery()
    )
    query = (
        select(schema.gap, schema.sighting)
        .join(schema.sighting, (_sighting.gap == _gap.id) & (_sighting.leaf == newest))
        .order_by(_gap.id)
    )
    if condition is not None:
        query = query.where(condition)
    return [_gap_of(row) for row in connection.execute(query)]


def _gap_of(row: Row[Any]) -> Gap:
    return Gap(
        id=f"G{row.id}",
        rule=row.rule,
        system=row.system or None,
        source=row.source or None,
        owner=row.owner,
        outcome=row.outcome,
        cause=row.cause,
        subjects=msgspec.json.decode(row.subjects, type=list[str]),
        count=row.total,
        opened_at=from_micros(row.opened_at),
        closed_at=None if row.closed_at is None else from_micros(row.closed_at),
        opened_leaf=row.opened_leaf,
        closed_leaf=row.closed_leaf,
        silenced_until=None if row.silenced_until is None else from_micros(row.silenced_until),
    )
