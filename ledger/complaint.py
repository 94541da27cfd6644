"""SQLite's errors in words that say what to do."""

import sqlite3
from pathlib import Path

from .errors import LedgerBusy, LedgerError, LedgerTampered

_NOTHING_WRITTEN = "nothing was written"


def explain(path: Path, error: sqlite3.Error) -> LedgerError:
    """Turn any error of the driver into one line."""
    where = str(path)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if "decode to UTF-8" in str(error):  # raised by Python, without a code
        code = sqlite3.SQLITE_CORRUPT
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LedgerBusy(
                where,
                f"another process is writing to it, {_NOTHING_WRITTEN}",
                remedy="try again when that process is done",
            )
        case sqlite3.SQLITE_FULL:
            return LedgerError(
                where, f"no space is left, {_NOTHING_WRITTEN}", remedy="make room and run again"
            )
        case sqlite3.SQLITE_IOERR:
            return LedgerError(
                where,
                f"the disk failed or is full, {_NOTHING_WRITTEN}",
                remedy="check the disk and the file size limit, then run again",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return LedgerError(
                where, "may not be written to", remedy="check its rights and its folder's"
            )
        case sqlite3.SQLITE_CANTOPEN:
            return LedgerError(
                where, "cannot be opened", remedy="check the path, its rights and its folder's"
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(path)
        case _:
            said = " ".join(str(error).split())
            return LedgerError(where, f"SQLite said: {said}", remedy="report this as a bug")


def damaged(path: Path) -> LedgerTampered:
    """The file itself cannot be read as a database any more."""
    remedy = "restore it from a copy; its checkpoints say up to where"
    return LedgerTampered(str(path), "is damaged", remedy=remedy)
