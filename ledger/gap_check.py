"""Checks gaps and spans against the evaluations that opened and closed them, and slots."""

from sqlalchemy import Connection, select

from . import schema
from .database import raw
from .episodes import entries_root, stored_entries
from .instant import text, to_micros
from .log_check import leaf_body
from .merkle import leaves_of_type
from .misfit import Misfit, expect
from .retention import TYPE, deletion_root, leaves_of
from .spans import stored_span_entries


def check_gaps(connection: Connection) -> int:
    """Every evaluation's roots over the gaps and spans it changed; how many evaluations."""
    evaluations = leaves_of_type(connection, "evaluation")
    for leaf in evaluations:
        where = f"evaluation in leaf {leaf.index}"
        body = leaf_body(leaf.body, f"leaf {leaf.index}")
        entries = stored_entries(connection, leaf.index)
        if (body.get("gap_changes"), body.get("gap_changes_root")) != (
            len(entries),
            entries_root(entries),
        ):
            raise Misfit(where, "its gaps are not those that its leaf commits to")
        spans = stored_span_entries(connection, leaf.index)
        # the leaves of schema 1 said nothing of spans
        if (body.get("span_changes", 0), body.get("span_changes_root", entries_root(()))) != (
            len(spans),
            entries_root(spans),
        ):
            raise Misfit(where, "its spans are not those that its leaf commits to")
    times = {leaf.index: to_micros(leaf.at) for leaf in evaluations}
    for gap in connection.execute(select(schema.gap)):
        where = f"gap G{gap.id}"
        expect(gap.opened_at, times.get(gap.opened_leaf), where, "when it opened")
        closed = None if gap.closed_leaf is None else times.get(gap.closed_leaf, -1)
        expect(gap.closed_at, closed, where, "when it closed")
        expect(gap.silenced_until, None, where, "until when it is silent")
    for span in connection.execute(select(schema.span)):
        where = f"span of {span.about}"
        expect(span.opened_at, times.get(span.opened_leaf), where, "when it began")
        closed = None if span.closed_leaf is None else times.get(span.closed_leaf, -1)
        expect(span.closed_at, closed, where, "when it ended")
    sightings = select(schema.sighting.c.leaf, schema.sighting.c.gap)
    for leaf_index, gap_id in connection.execute(sightings):
        if leaf_index not in times:
            raise Misfit(f"gap G{gap_id}", "what is known of it comes from no evaluation")
    return len(evaluations)


def check_deletions(connection: Connection, notes: list[str]) -> None:
    """Every deletion's root over the hashes of the bodies that it deleted."""
    sql = raw(connection)
    deleted = dict(leaves_of(sql))
    for leaf in leaves_of_type(connection, TYPE):
        where = f"deletion in leaf {leaf.index}"
        said = leaf_body(leaf.body, f"leaf {leaf.index}")
        root, count = deletion_root(sql, deleted.pop(leaf.index, []))
        expect(
            (said.get("bodies"), said.get("bodies_root")), (count, root.hex()), where, "its root"
        )
        notes.append(
            f"{count} bodies were deleted under policy {said.get('policy')} (leaf {leaf.index});"
            " their hashes are in place"
        )
    if deleted:
        raise Misfit(f"leaf {next(iter(deleted))}", "it deletes bodies and is no deletion")


def check_slots(connection: Connection) -> None:
    """Every run answers its slot; every missed slot has its leaf and the other way round."""
    runs = {
        (row.source, row.slot): (row.number, row.sealed_at)
        for row in connection.execute(
            select(
                schema.run.c.source, schema.run.c.slot, schema.run.c.number, schema.run.c.sealed_at
            )
        )
    }
    missed: dict[tuple[object, object], int] = {}
    for leaf in leaves_of_type(connection, "missed"):
        body = leaf_body(leaf.body, f"leaf {leaf.index}")
        missed[body.get("source"), body.get("due")] = to_micros(leaf.at)
    committed = 0
    for source, due, state, at, run in raw(connection).execute(
        "SELECT source, due, state, at, run FROM slot"
    ):
        where = f"slot {source} {text(due)}"
        expect(state in {"claimed", "committed", "missed"}, True, where, "its state")
        if state == "committed":
            committed += 1
            expect((run, at), runs.get((source, due)), where, "which run answered it")
        else:
            expect(run, None, where, "which run answered it")
        was_missed = missed.pop((source, text(due)), None)
        if state == "missed":
            expect(at, was_missed, where, "that it was missed")
        elif state == "claimed":
            expect(was_missed, None, where, "that it was not missed")
    if missed:
        source, due_text = next(iter(missed))
        raise Misfit(f"slot {source} {due_text}", "it was missed and is not in the table")
    expect(committed, len(runs), "table slot", "the number of answered slots")
