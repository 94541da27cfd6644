"""The collector ``manifests``: workloads as they are declared, beside those that run.

Source:       YAML and JSON manifests of a folder or of the commit of a git repository
Permissions:  read on the folder or the repository
Completeness: the place is looked at a second time; what is not rendered is named
Stability:    beta
"""

import getpass
import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import ClassVar, Literal

from ..contract import Call, Check, Identity, Kind, Page, Reader, Settings, Skip
from ..documents.opening import open_place
from ..documents.place import File, Place, unreadable
from .documents import Fields, NotYaml, documents, items
from .kinds import OBJECT, Object
from .settings import ManifestsSettings
from .unrendered import KUSTOMIZATIONS, Unrendered
from .workloads import is_workload, read_workload

PAGE = 500
_ENDINGS = (".yaml", ".yml", ".json")
_PLACEHOLDERS = ("{{", "${", "$(")


class ObjectReader:
    kind = OBJECT

    def __init__(self, settings: ManifestsSettings, place: Place | None) -> None:
        self._settings = settings
        self._place = place
        self._others = 0

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        place = self._place or open_place(self._settings.place)
        listed, skips = place.files(call)
        yield from (skip for skip in skips if self._is_included(skip.what))
        files = [file for file in listed if self._is_included(file.path)]
        unrendered = Unrendered(file.path for file in files)
        for file in files:
            if file.path.rpartition("/")[2] in KUSTOMIZATIONS:
                yield from self._learn(call, place, file, unrendered)
        batch: list[Object] = []
        for file in files:
            name = file.path.rpartition("/")[2]
            if not file.path.lower().endswith(_ENDINGS) or name in KUSTOMIZATIONS:
                continue
            if not unrendered.is_to_be_read(file.path):
                continue
            for found in self._objects(call, place, file, unrendered):
                if isinstance(found, Skip):
                    yield found
                else:
                    batch.append(found)
            if len(batch) >= PAGE:
                yield Page(records=batch)
                batch = []
        yield Page(records=batch)
        yield from unrendered.skips
        yield self._scope(len(files))
        yield place.check(call, listed)

    def _learn(
        self, call: Call, place: Place, file: File, unrendered: Unrendered
    ) -> Iterator[Skip]:
        try:
            for _, fields in documents(self._text(call, place, file)):
                unrendered.learn(file.path, fields)
        except (OSError, NotYaml) as error:
            yield _unread(file, error)

    def _objects(
        self, call: Call, place: Place, file: File, unrendered: Unrendered
    ) -> Iterator[Object | Skip]:
        try:
            for number, document in documents(self._text(call, place, file)):
                for fields in items(document):
                    unrendered.leads_elsewhere(file.path, fields)
                    if is_workload(fields):
                        yield self._object(file, number, fields)
                    elif "apiVersion" in fields and "kind" in fields:
                        self._others += 1
        except (OSError, NotYaml) as error:
            yield _unread(file, error)

    def _object(self, file: File, number: int, fields: Fields) -> Object | Skip:
        settings = self._settings
        try:
            found = read_workload(fields, path=file.path, document=number, cluster=settings.cluster)
        except (ValueError, RecursionError) as error:
            return _spoiled(file, number, str(error))
        meta = found.metadata
        meta.namespace = meta.namespace or settings.namespace
        if any(mark in f"{meta.namespace}/{meta.name}" for mark in _PLACEHOLDERS):
            return _spoiled(file, number, "its name holds a placeholder that is not filled in")
        return found

    def _text(self, call: Call, place: Place, file: File) -> str:
        content = place.read(call, file)
        limit = self._settings.max_file_mib
        if len(content) > limit * 1024**2:
            raise NotYaml(f"it is larger than {limit} MiB (max_file_mib)")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise NotYaml("it is not UTF-8 text") from None

    def _scope(self, files: int) -> Check:
        """A wrong path must not read as a cluster that nothing is declared for."""
        return Check(
            method="the place has manifests",
            expected="at least 1 file",
            found=f"{files} files",
            ok=files > 0,
            note=f"{self._others} objects are no workloads, and not kept" if self._others else "",
        )

    def _is_included(self, path: str) -> bool:
        patterns = self._settings.include
        return not patterns or any(fnmatchcase(path, pattern) for pattern in patterns)


class Manifests:
    """What is declared to run in one cluster."""

    name: ClassVar[str] = "manifests"
    version: ClassVar[str] = "1"
    stability: ClassVar[Literal["alpha", "beta", "stable"]] = "beta"
    settings: ClassVar[type[Settings]] = ManifestsSettings
    kinds: ClassVar[tuple[Kind, ...]] = (OBJECT,)

    def __init__(self, settings: ManifestsSettings) -> None:
        self._settings = settings
        self._place: Place | None = None

    def identity(self, call: Call) -> Identity:
        """See `contract.Collector.identity`. It opens the place: the commit is pinned here."""
        place = call.once("open", lambda: open_place(self._settings.place))
        self._place = place
        caller, endpoint = place.identity(call)
        return Identity(
            caller=caller or _user(), endpoint=endpoint, server=place.server, client=place.client
        )

    def readers(self) -> Sequence[Reader]:
        """See `contract.Collector.readers`."""
        return [ObjectReader(self._settings, self._place)]


def _unread(file: File, error: OSError | NotYaml) -> Skip:
    if isinstance(error, OSError):
        return unreadable(file.path, error)
    return Skip(
        what=file.path,
        problem=str(error),
        remedy="correct it; if it is a template, read what is made of it instead",
    )


def _spoiled(file: File, number: int, problem: str) -> Skip:
    return Skip(
        what=f"{file.path}, document {number}",
        problem=problem,
        remedy="correct it; if it is a template, read what is made of it instead",
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user id that has no name
        return f"user id {os.getuid()}"
