"""Brings a ledger that an older annexa wrote to today's tables; nothing in it is rewritten."""

from sqlalchemy.schema import CreateIndex, CreateTable

from . import schema
from .database import Database, raw
from .errors import LedgerError


def migrate(database: Database) -> None:
    """Add the tables that came after the version of this ledger, all or none of them.

    Raises:
        LedgerError: It is older and may not be written.
    """
    with database.read() as connection:
        (version,) = raw(connection).execute("PRAGMA user_version").fetchone()
    if version >= schema.VERSION:
        return
    if database.read_only:
        raise LedgerError(
            str(database.path),
            f"was written by an older annexa (schema {version}, this one reads {schema.VERSION})",
            remedy="run a command that writes, such as `annexa collect`, once",
        )
    with database.write() as connection:
        query = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'index', 'trigger')"
        there = {name for (name,) in raw(connection).execute(query)}
        for table in schema.metadata.sorted_tables:
            if table.name not in there:
                connection.execute(CreateTable(table))
                for index in table.indexes:
                    connection.execute(CreateIndex(index))
        if version < 3:  # since then bodies may be deleted under a policy
            connection.exec_driver_sql("DROP TRIGGER IF EXISTS segment_no_update")
            there.discard("segment_no_update")
        for trigger in schema.triggers():
            if trigger.split()[2] not in there:
                connection.exec_driver_sql(trigger)
        connection.exec_driver_sql(f"PRAGMA user_version = {schema.VERSION}")
