"""Recomputes a ledger from its bytes and names the first thing that does not fit.

It shows that nothing in the ledger was changed after it was signed. It cannot show that something
was never let in, and whoever holds the key can make a new history: compare with copies of the
checkpoints that are kept elsewhere.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection

from . import outside, schema
from .database import Database, raw
from .errors import LedgerTampered
from .gap_check import check_deletions, check_gaps, check_slots
from .log_check import LogCheck
from .misfit import Misfit
from .report import VerifyReport
from .run_check import RunCheck, check_bodies, check_closings


class Verification:
    """One verification of one ledger."""

    def __init__(self, database: Database, id_: str, key: Ed25519PublicKey) -> None:
        self._database = database
        self._id = id_
        self._key = key
        self._counts: dict[str, int] = {}
        self._notes: list[str] = []

    def report(self) -> VerifyReport:
        """Check everything, in the order in which one thing rests on another."""
        problem = None
        try:
            with self._database.read() as connection:
                self._check(connection)
        except Misfit as misfit:
            problem = str(misfit)
        except LedgerTampered as damage:
            problem = f"{damage.where}: {damage.problem}"
        return VerifyReport(
            ledger=self._id, ok=problem is None, problem=problem, notes=self._notes, **self._counts
        )

    def _check(self, connection: Connection) -> None:
        _file(connection)
        self._triggers(connection)
        log = LogCheck(connection, f"annexa/{self._id}", self._key)
        log.leaves()
        log.identity(self._id)
        self._counts["leaves"] = len(log.roots)
        self._counts["checkpoints"] = log.checkpoints()
        beside = outside.path_beside(self._database.path)
        self._counts["checkpoints_outside"] = log.beside(beside, self._notes)
        self._counts["bodies"] = check_bodies(connection)
        runs = RunCheck(connection)
        check_closings(connection)
        runs.all()
        self._counts["runs"], self._counts["changes"] = runs.runs, runs.changes
        check_slots(connection)
        check_deletions(connection, self._notes)
        self._counts["evaluations"] = check_gaps(connection)

    def _triggers(self, connection: Connection) -> None:
        there = {
            sql
            for (sql,) in raw(connection).execute(
                "SELECT sql FROM sqlite_schema WHERE type = 'trigger'"
            )
        }
        if missing := sum(trigger not in there for trigger in schema.triggers()):
            self._notes.append(f"{missing} of the triggers that refuse changes are not there")


def _file(connection: Connection) -> None:
    """SQLite's own check of pages and indexes."""
    (found,) = raw(connection).execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        said = " ".join(str(found).replace("***", "").split())
        raise Misfit("database file", f"SQLite finds it damaged ({said[:200]})")
