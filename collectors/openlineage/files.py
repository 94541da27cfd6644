"""Events out of files that grow, are rotated, and may be read in the middle of a line.

The cursor says how far each file was read, and knows a file by its first line and the last bytes up
to there, so it keeps its place when it is renamed, copied or packed. Of many files only those that
changed lately are kept in mind: an older one cannot have changed without a new change time
(``ctime``), and if one is read again, its events are known already.
"""

import os
import stat
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from ..contract import Call, Page, Skip
from ..errors import AccessDenied, UnexpectedAnswer
from .kinds import EVENT, Event
from .lines import Lines, Mark
from .settings import OpenLineageSettings
from .wire import read_event

PAGE = 1000
KEPT_MARKS = 1000
SLACK_NS = 3_600_000_000_000
"""A file that was made while the folder was listed may be missing in the list and be older than the
newest in it: so far back from the newest all files are looked at again."""


class Cursor(msgspec.Struct):
    changed_ns: int = 0
    """The newest change of any file that was read."""
    marks: list[Mark] = []


class FileReader:
    """Everything that was added since the cursor, in the order of the files' changes."""

    kind = EVENT

    def __init__(self, settings: OpenLineageSettings) -> None:
        assert settings.path is not None
        self._where = settings.id
        self._path = settings.path

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip]:
        """See `contract.Reader.pages`."""
        cursor = msgspec.json.decode(since, type=Cursor) if since else Cursor()
        known: dict[str, list[Mark]] = {}
        for mark in cursor.marks:
            known.setdefault(mark.first, []).append(mark)
        kept = set(cursor.marks)
        refused: list[OSError] = []
        found = call.once("list files", lambda: list(_files(self._path, self._where, refused)))
        yield from (_unread(Path(str(error.filename)), error) for error in refused)
        newest = cursor.changed_ns
        for path, state in sorted(found, key=lambda entry: (entry[1].st_ctime_ns, entry[0])):
            if state.st_ctime_ns < cursor.changed_ns - SLACK_NS:
                continue
            try:
                yield from self._file(path, state, known, kept)
            except (OSError, EOFError, zlib.error) as error:
                yield _unread(path, error)
            newest = max(newest, state.st_ctime_ns)
        yield Page(records=[], cursor=_text(newest, kept))

    def _file(
        self,
        path: Path,
        state: os.stat_result,
        known: Mapping[str, Sequence[Mark]],
        kept: set[Mark],
    ) -> Iterator[Page | Skip]:
        with Lines(path, state) as lines:
            before = lines.go_on_from(known)
            spoiled: list[int] = []
            batch: list[Event] = []
            for number, line in lines:
                try:
                    batch.append(read_event(line))
                except (ValueError, RecursionError):
                    if lines.is_unfinished:
                        lines.take_back()
                        break
                    spoiled.append(number)
                if len(batch) >= PAGE:
                    yield Page(records=batch)
                    batch = []
            if batch:
                yield Page(records=batch)
            mark = lines.mark()
        if before is not None:
            kept.discard(before)
        kept.add(mark)
        if spoiled:
            yield _spoiled(path, spoiled)
        elif mark.offset < mark.size and before is not None and before.size == mark.size:
            yield Skip(
                what=path.name,
                problem="its last line is cut off, and it has not grown since the last reading",
                remedy="look at what writes it",
            )


def _files(path: Path, where: str, refused: list[OSError]) -> Iterator[tuple[Path, os.stat_result]]:
    """Regular files, hidden ones aside; of a folder, those in folders below it, too. Folders below
    that may not be read go to ``refused``.

    Raises:
        AccessDenied: The file or the folder itself may not be read.
        UnexpectedAnswer: There is nothing of that name.
    """
    try:
        if not stat.S_ISDIR(path.stat().st_mode):
            yield path, path.stat()
            return
        os.listdir(path)  # noqa: PTH208 - os.walk would be silent about it
    except FileNotFoundError as error:
        raise UnexpectedAnswer(
            where, f"{path} is not there", remedy="correct path in annexa.yaml"
        ) from error
    except OSError as error:
        raise AccessDenied(
            where,
            f"{path} cannot be read ({error.strerror})",
            remedy="let the agent's user read it",
        ) from error
    for folder, below, names in os.walk(path, onerror=refused.append):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in names:
            file = Path(folder, name)
            with suppress(FileNotFoundError):  # rotated away just now
                if not name.startswith(".") and stat.S_ISREG((found := file.stat()).st_mode):
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


def _spoiled(path: Path, numbers: Sequence[int]) -> Skip:
    shown = ", ".join(map(str, numbers[:10])) + ("…" if len(numbers) > 10 else "")
    return Skip(
        what=path.name,
        problem=f"lines that are no OpenLineage events: {len(numbers)}; "
        f"counted from where it went on: {shown}",
        remedy="look at what writes it; point path at a folder that holds nothing else",
    )
