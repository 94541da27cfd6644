"""Events out of files that grow, are rotated, and may be read in the middle of a line.

The cursor says how far each file was read, and knows a file by its first line and the last bytes up
to there, so it keeps its place when it is renamed, copied or packed. Of many files only those that
changed lately are kept in mind: an older one cannot have changed without a new change time
(``ctime``), and if one is read again, its events are known already.
"""

import os
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from glob import escape
from pathlib import Path

import msgspec

from .contract import Call, Page, Record, Skip
from .errors import AccessDenied, UnexpectedAnswer
from .lines import Lines, Mark

PAGE = 1000
KEPT_MARKS = 1000
SLACK_NS = 3_600_000_000_000
"""A file that was made while the folder was listed may be missing in the list and be older than the
newest in it: so far back from the newest all files are looked at again."""


class Cursor(msgspec.Struct):
    changed_ns: int = 0
    """The newest change of any file that was read."""
    marks: list[Mark] = []


class GrowingFiles:
    """A file with those that it was rotated into, or a folder of files."""

    def __init__(
        self,
        where: str,
        path: Path,
        read: Callable[[bytes], Record | None],
        *,
        noun: str,
        is_one_log: bool = False,
    ) -> None:
        """``read`` makes an event of a line, None of one that is of no interest; `ValueError` and
        `RecursionError`: the line is no ``noun``.

        ``is_one_log``: all lines were written to ``path`` itself, so that what was read last has to
        be there again; if it is not, what was written behind it is lost.
        """
        self._where, self._path, self._read = where, path, read
        self._noun, self._is_one_log = noun, is_one_log

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip]:
        """Everything that was added since the cursor, in the order of the files' changes."""
        cursor = msgspec.json.decode(since, type=Cursor) if since else Cursor()
        known: dict[str, list[Mark]] = {}
        for mark in cursor.marks:
            known.setdefault(mark.first, []).append(mark)
        kept = set(cursor.marks)
        met: set[Mark] = set()
        refused: list[OSError] = []
        found = call.once("list files", lambda: list(self._files(refused)))
        yield from (_unread(Path(str(error.filename)), error) for error in refused)
        newest = cursor.changed_ns
        for path, state in sorted(found, key=lambda entry: (entry[1].st_ctime_ns, entry[0])):
            if state.st_ctime_ns < cursor.changed_ns - SLACK_NS:
                continue
            try:
                yield from self._file(path, state, known, kept, met)
            except (OSError, EOFError, zlib.error) as error:
                yield _unread(path, error)
            newest = max(newest, state.st_ctime_ns)
        last = max(cursor.marks, key=lambda mark: mark.changed_ns, default=None)
        if self._is_one_log and last is not None and last.offset and last not in met:
            kept.discard(last)
            yield self._lost(last)
        yield Page(records=[], cursor=_text(newest, kept))

    def _file(
        self,
        path: Path,
        state: os.stat_result,
        known: Mapping[str, Sequence[Mark]],
        kept: set[Mark],
        met: set[Mark],
    ) -> Iterator[Page | Skip]:
        with Lines(path, state) as lines:
            before = lines.go_on_from(known)
            spoiled: list[int] = []
            batch: list[Record] = []
            for number, line in lines:
                try:
                    event = self._read(line)
                except (ValueError, RecursionError):
                    if lines.is_unfinished:
                        lines.take_back()
                        break
                    spoiled.append(number)
                    continue
                if event is not None:
                    batch.append(event)
                if len(batch) >= PAGE:
                    yield Page(records=batch)
                    batch = []
            if batch:
                yield Page(records=batch)
            mark = lines.mark()
        if before is not None:
            met.add(before)
            kept.discard(before)
        kept.add(mark)
        if spoiled:
            yield self._spoiled(path, spoiled)
        elif mark.offset < mark.size and before is not None and before.size == mark.size:
            yield Skip(
                what=path.name,
                problem="its last line is cut off, and it has not grown since the last reading",
                remedy="look at what writes it",
            )

    def _files(self, refused: list[OSError]) -> Iterator[tuple[Path, os.stat_result]]:
        """Regular files, hidden ones aside; of a folder, those in folders below it, too. Folders
        below that may not be read go to ``refused``.

        Raises:
            AccessDenied: The file or the folder itself may not be read.
            UnexpectedAnswer: There is nothing of that name.
        """
        path = self._path
        try:
            if not stat.S_ISDIR(path.stat().st_mode):
                yield path, path.stat()
                yield from _rotated(path)
                return
            os.listdir(path)  # noqa: PTH208 - os.walk would be silent about it
        except FileNotFoundError as error:
            raise UnexpectedAnswer(
                self._where, f"{path} is not there", remedy="correct path in annexa.yaml"
            ) from error
        except OSError as error:
            raise AccessDenied(
                self._where,
                f"{path} cannot be read ({error.strerror})",
                remedy="let the agent's user read it",
            ) from error
        for folder, below, names in os.walk(path, onerror=refused.append):
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in names:
                if not name.startswith("."):
                    yield from _regular(Path(folder, name))

    def _lost(self, last: Mark) -> Skip:
        return Skip(
            what=f"{self._path.name}, behind byte {last.offset} of what was read last",
            problem="that file is gone or was cut: what was written behind it is lost",
            remedy="keep more rotated files, or read more often",
        )

    def _spoiled(self, path: Path, numbers: Sequence[int]) -> Skip:
        shown = ", ".join(map(str, numbers[:10])) + ("…" if len(numbers) > 10 else "")
        return Skip(
            what=path.name,
            problem=f"lines that are no {self._noun}: {len(numbers)}; "
            f"counted from where it went on: {shown}",
            remedy="look at what writes it; point path at what holds nothing else",
        )


def _rotated(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """What logrotate (``audit.log.1.gz``) and lumberjack (``audit-<time>.log``) make of it."""
    whole, stem, suffix = escape(path.name), escape(path.stem), escape(path.suffix)
    patterns = (f"{whole}.*", f"{stem}-*{suffix}", f"{stem}-*{suffix}.gz")
    for other in sorted({file for one in patterns for file in path.parent.glob(one)}):
        yield from _regular(other)


def _regular(file: Path) -> Iterator[tuple[Path, os.stat_result]]:
    with suppress(FileNotFoundError):  # rotated away just now
        if stat.S_ISREG((found := file.stat()).st_mode):
            yield file, found


def _text(changed_ns: int, kept: set[Mark]) -> str:
    """With the marks of the files that changed last."""
    marks = sorted(kept, key=lambda mark: (mark.changed_ns, mark.first))[-KEPT_MARKS:]
    return msgspec.json.encode(Cursor(changed_ns, marks)).decode()


def _unread(path: Path, error: Exception) -> Skip:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return Skip(
        what=path.name,
        problem=f"cannot be read ({reason})",
        remedy="let the agent's user read it",
        denied=isinstance(error, PermissionError),
    )
