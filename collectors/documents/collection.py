"""One reading of a place: its files listed once, its histories walked once, for three readers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from ..contract import Call, Check, Skip
from .place import File, History, Place, is_candidate, unreadable
from .records import Commit
from .yaml_text import NotReadable

T = TypeVar("T")

META = ".meta.yaml"
UNKNOWN = History()


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Which files are what."""

    soa: str
    """Path of the Statement of Applicability."""
    inventory: str
    """Path of the folder with a YAML file for each AI system."""
    approvers: str
    """Path of the list of approvers."""
    reviews: str
    """Path of the register of reviews."""

    def is_system(self, path: str) -> bool:
        """Directly in the inventory's folder, and YAML."""
        folder, _, name = path.rpartition("/")
        return (
            folder == self.inventory
            and name.endswith((".yaml", ".yml"))
            and not name.endswith(META)
        )

    def is_statement(self, path: str) -> bool:
        """The statement itself."""
        return path == self.soa


class Collection:
    """Files of the place that ``find`` opens when the first of them is wanted."""

    def __init__(self, find: Callable[[], Place], layout: Layout, *, max_bytes: int) -> None:
        self._find = find
        self.layout = layout
        self.max_bytes = max_bytes
        self._listing: tuple[Sequence[File], Sequence[Skip]] | None = None
        self._histories: Mapping[str, History] | None = None

    @cached_property
    def place(self) -> Place:
        """Opened once; for git this pins the commit."""
        return self._find()

    def open(self, call: Call) -> None:
        """List the files and walk their histories, once.

        Raises:
            CollectionError: The place cannot be read.
        """
        if self._listing is None:
            self._listing = self.place.files(call)
        if self._histories is None:
            wanted = self._with_history()
            self._histories = call.once("read histories", lambda: self.place.histories(wanted))

    def _with_history(self) -> list[str]:
        metas = {file.path.removesuffix(META) for file in self.files() if META in file.path}
        return [f.path for f in self.files() if is_candidate(f.path) or f.path in metas]

    def files(self) -> Sequence[File]:
        """All regular files, sorted by path."""
        return self._listing[0] if self._listing else ()

    def skips(self) -> Sequence[Skip]:
        """What stands there and is no regular file, or could not be looked into."""
        return self._listing[1] if self._listing else ()

    def document_skips(self) -> Iterator[Skip]:
        """Those of `skips` that may hide a document."""
        layout = self.layout
        for skip in self.skips():
            if not (layout.is_system(skip.what) or layout.is_statement(skip.what)):
                yield skip

    def history(self, path: str) -> History:
        """What git knows of ``path``."""
        return (self._histories or {}).get(path, UNKNOWN)

    def commit(self, path: str) -> Commit | None:
        """The last commit that changed ``path``."""
        return self.history(path).last

    def check(self, call: Call) -> Check:
        """The second look."""
        return self.place.check(call, self.files())

    def cut(self, paths: Sequence[str], *, first_too: bool) -> Iterator[Skip]:
        """A shallow clone does not know who changed these last, or when they first appeared."""
        short = [
            path
            for path in paths
            if self.history(path).is_cut and (first_too or self.history(path).last is None)
        ]
        if short:
            yield Skip(
                what=f"history of {len(short)} files",
                problem="it ends before their first commit: the repository is a shallow clone",
                remedy="fetch it whole: git fetch --unshallow",
            )

    def content(self, call: Call, file: File) -> bytes:
        """The bytes of ``file``.

        Raises:
            OSError: It cannot be read, or is no longer what was listed.
            NotReadable: It is too large.
        """
        if (file.size_bytes or 0) > self.max_bytes:
            raise self._too_large()
        content = self.place.read(call, file)
        if len(content) > self.max_bytes:
            raise self._too_large()
        return content

    def text(self, call: Call, file: File) -> str:
        """The UTF-8 text of ``file``.

        Raises:
            OSError: As in `content`.
            NotReadable: It is too large, or not UTF-8.
        """
        try:
            return self.content(call, file).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise NotReadable(None, "it is not UTF-8 text") from None

    def _too_large(self) -> NotReadable:
        return NotReadable(
            None, f"it is larger than {self.max_bytes // 1024**2} MiB (max_file_mib)"
        )


def attempt(path: str, read: Callable[[], T]) -> T | Skip:
    """What ``read`` returns, or why ``path`` could not be read: the rest still is."""
    try:
        return read()
    except OSError as error:
        return unreadable(path, error)
    except NotReadable as error:
        what = f"{path} line {error.line}" if error.line else path
        return Skip(what=what, problem=error.problem, remedy="correct it; the rest was read")
