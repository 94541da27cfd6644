"""Tables, indexes and append-only triggers of the ledger, schema version 3.

Times are INTEGER microseconds since 1970 in UTC. ``closed_run`` 0 means: still so. Triggers stop
accidents and careless hands, not an owner of the file; the checkpoints outside it are the proof.
"""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

VERSION = 3
APPLICATION_ID = 0x616E7861
"""``anxa``; `file` and SQLite itself show it."""

metadata = MetaData()


def _integer(name: str, *constraints: ForeignKey) -> Column[int]:
    return Column(name, Integer, *constraints, nullable=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _blob(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def _id(name: str = "id") -> Column[int]:
    return Column(name, Integer, primary_key=True)


meta = Table("meta", metadata, Column("key", Text, primary_key=True), _text("value"))

leaf = Table(
    "leaf", metadata, _id("position"), _text("type"), _integer("at"), _blob("body"), _blob("hash")
)
node = Table(
    "node",
    metadata,
    _integer("level"),
    _integer("position"),
    _blob("hash"),
    PrimaryKeyConstraint("level", "position"),
    sqlite_with_rowid=False,
)
checkpoint = Table("checkpoint", metadata, _id("size"), _text("note"))

population = Table(
    "population",
    metadata,
    _id(),
    _text("source"),
    _text("kind"),
    UniqueConstraint("source", "kind"),
)
run = Table(
    "run",
    metadata,
    _id("number"),
    _text("source"),
    _integer("slot"),
    _integer("started_at"),
    _integer("finished_at"),
    _integer("sealed_at"),
    _integer("leaf", ForeignKey("leaf.position")),
    _blob("receipt"),
    _blob("salt"),
    _integer("first_interval"),
    _integer("end_interval"),
    _integer("first_event"),
    _integer("end_event"),
    _integer("closed"),
    UniqueConstraint("source", "slot"),
    Index("run_source", "source", "number"),
    Index("run_sealed_at", "sealed_at"),
)
reading = Table(
    "reading",
    metadata,
    _integer("population", ForeignKey("population.id")),
    _integer("run", ForeignKey("run.number")),
    _text("verdict"),
    Column("cursor", Text),
    PrimaryKeyConstraint("population", "run"),
    Index("reading_run", "run"),
    sqlite_with_rowid=False,
)
segment = Table("segment", metadata, _id(), _integer("length"), _blob("data"))
body = Table(
    "body",
    metadata,
    _id(),
    _blob("sha256"),
    _integer("segment", ForeignKey("segment.id")),
    _integer("offset"),
    _integer("length"),
    Index("body_prefix", text("substr(sha256, 1, 5)")),
)
deleted = Table(
    "deleted",
    metadata,
    Column("body", Integer, ForeignKey("body.id"), primary_key=True),
    _integer("leaf", ForeignKey("leaf.position")),
    Index("deleted_leaf", "leaf"),
)
"""Bodies that retention made zeros of, and the leaf that says so."""
interval = Table(
    "interval",
    metadata,
    _id(),
    _integer("population", ForeignKey("population.id")),
    _text("subject"),
    _integer("body", ForeignKey("body.id")),
    _integer("opened_run"),
    _integer("closed_run"),
    Index("interval_subject", "population", "subject", "closed_run", unique=True),
    Index("interval_closed", "population", "closed_run"),
)
event = Table(
    "event",
    metadata,
    _id(),
    _integer("population", ForeignKey("population.id")),
    _text("subject"),
    _integer("body", ForeignKey("body.id")),
    _integer("happened_at"),
    _integer("run"),
    Index("event_subject", "population", "subject", unique=True),
    Index("event_happened_at", "population", "happened_at"),
)
slot = Table(
    "slot",
    metadata,
    _text("source"),
    _integer("due"),
    _text("state"),
    _integer("at"),
    Column("run", Integer),
    PrimaryKeyConstraint("source", "due"),
    sqlite_with_rowid=False,
)

gap = Table(
    "gap",
    metadata,
    _id(),
    _text("rule"),
    _text("system"),
    _text("source"),
    _integer("opened_at"),
    _integer("opened_leaf", ForeignKey("leaf.position")),
    Column("closed_at", Integer),
    Column("closed_leaf", Integer, ForeignKey("leaf.position")),
    Column("silenced_until", Integer),
    Index(
        "gap_open",
        "rule",
        "system",
        "source",
        unique=True,
        sqlite_where=text("closed_leaf IS NULL"),
    ),
)
sighting = Table(
    "sighting",
    metadata,
    _integer("gap", ForeignKey("gap.id")),
    _integer("leaf", ForeignKey("leaf.position")),
    _text("owner"),
    _text("outcome"),
    _text("cause"),
    _text("subjects"),
    _integer("total"),
    PrimaryKeyConstraint("gap", "leaf"),
    Index("sighting_leaf", "leaf"),
    sqlite_with_rowid=False,
)
span = Table(
    "span",
    metadata,
    _id(),
    _text("about"),
    _text("system"),
    _text("outcome"),
    _integer("opened_at"),
    _integer("opened_leaf", ForeignKey("leaf.position")),
    Column("closed_at", Integer),
    Column("closed_leaf", Integer, ForeignKey("leaf.position")),
    Index("span_open", "about", "system", unique=True, sqlite_where=text("closed_leaf IS NULL")),
    Index("span_opened_leaf", "opened_leaf"),
    Index("span_closed_leaf", "closed_leaf"),
)
target = Table("target", metadata, Column("name", Text, primary_key=True), _integer("since_leaf"))
notification = Table(
    "notification",
    metadata,
    _id(),
    _integer("gap", ForeignKey("gap.id")),
    _text("event"),
    Column("target", Text, ForeignKey("target.name"), nullable=False),
    Column("sent_at", Integer),
    UniqueConstraint("gap", "event", "target"),
)

for _table in metadata.tables.values():
    # a value of another type than its column's is damage that SQLite itself finds
    _table.dialect_options["sqlite"]["strict"] = True

_KEYS: dict[str, tuple[str, ...]] = {
    "meta": ("NEW.key = key",),
    "leaf": ("NEW.position = position",),
    "node": ("NEW.level = level AND NEW.position = position",),
    "checkpoint": ("NEW.size = size",),
    "population": ("NEW.id = id", "NEW.source = source AND NEW.kind = kind"),
    "run": ("NEW.number = number", "NEW.source = source AND NEW.slot = slot"),
    "reading": ("NEW.population = population AND NEW.run = run",),
    "segment": ("NEW.id = id",),
    "body": ("NEW.id = id",),
    "deleted": ("NEW.body = body",),
    "interval": (
        "NEW.id = id",
        "NEW.population = population AND NEW.subject = subject AND NEW.closed_run = closed_run",
    ),
    "event": ("NEW.id = id", "NEW.population = population AND NEW.subject = subject"),
    "slot": ("NEW.source = source AND NEW.due = due",),
    "gap": (
        "NEW.id = id",
        "NEW.rule = rule AND NEW.system = system AND NEW.source = source AND closed_leaf IS NULL",
    ),
    "sighting": ("NEW.gap = gap AND NEW.leaf = leaf",),
    "span": (
        "NEW.id = id",
        "NEW.about = about AND NEW.system = system AND closed_leaf IS NULL",
    ),
    "target": ("NEW.name = name",),
    "notification": (
        "NEW.id = id",
        "NEW.gap = gap AND NEW.event = event AND NEW.target = target",
    ),
}
"""Table -> its unique keys: ``INSERT OR REPLACE`` must find none of them taken."""

_STEPS = {
    "segment": (
        "data",
        "EXISTS (SELECT 1 FROM deleted d JOIN body b ON b.id = d.body WHERE b.segment = OLD.id)",
    ),
    "interval": ("closed_run", "OLD.closed_run = 0 AND NEW.closed_run > OLD.opened_run"),
    "slot": ("state at run", "OLD.state <> 'committed' AND NEW.state <> 'claimed'"),
    "gap": (
        "closed_at closed_leaf",
        "OLD.closed_leaf IS NULL AND NEW.closed_leaf > OLD.opened_leaf",
    ),
    "span": (
        "closed_at closed_leaf",
        "OLD.closed_leaf IS NULL AND NEW.closed_leaf > OLD.opened_leaf",
    ),
    "notification": ("sent_at", "OLD.sent_at IS NULL AND NEW.sent_at IS NOT NULL"),
}
"""The only updates there are: table -> (columns, condition). Each is a step in one direction."""


def triggers() -> list[str]:
    """One statement for each trigger."""
    statements: list[str] = []
    for name, keys in _KEYS.items():
        refuse = f"SELECT RAISE(ABORT, 'the ledger only grows: {name}');"
        taken = " OR ".join(f"EXISTS (SELECT 1 FROM {name} WHERE {key})" for key in keys)  # noqa: S608 - names of our own
        before = f"BEFORE INSERT ON {name} WHEN {taken}"
        statements.append(f"CREATE TRIGGER {name}_no_replace {before} BEGIN {refuse} END")
        statements.append(
            f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} BEGIN {refuse} END"
        )
        statements.append(
            f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} {_unless_step(name)}"
            f" BEGIN {refuse} END"
        )
    return statements


def _unless_step(name: str) -> str:
    if name not in _STEPS:
        return ""
    columns, condition = _STEPS[name]
    fixed = [
        f"NEW.{column.name} IS OLD.{column.name}"
        for column in metadata.tables[name].columns
        if column.name not in columns.split()
    ]
    return f"WHEN NOT ({' AND '.join([condition, *fixed])})"
