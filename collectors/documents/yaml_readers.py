"""Reads the Statement of Applicability and the inventory of AI systems."""

from collections.abc import Iterator

from ..contract import Call, Check, Page, Record, Skip
from . import kinds, statement
from .collection import Collection, attempt
from .inventory import system
from .place import File, named
from .registers import hides
from .yaml_text import load


class StatementReader:
    """The Statement of Applicability; a folder without one has no entries."""

    kind = kinds.SOA_ENTRY

    def __init__(self, collection: Collection) -> None:
        self._all = collection

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        self._all.open(call)
        path = self._all.layout.soa
        yield from (skip for skip in self._all.skips() if hides(skip.what, path))
        files = [file for file in self._all.files() if file.path == path]
        entries: list[kinds.SoaEntry] = []
        for file in files:
            found = attempt(path, lambda file=file: self._read(call, file))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            if isinstance(found, Skip):
                yield found
                return
            entries = found
        yield Page(records=entries)
        yield from self._all.cut([file.path for file in files], first_too=False)
        have = {entry.control for entry in entries}
        without = [control for control in statement.CONTROLS if control not in have]
        yield Check(
            method="every control of Annex A has an entry",
            expected=f"{len(statement.CONTROLS)} controls",
            found=f"{len(statement.CONTROLS) - len(without)} controls" if files else f"no {path}",
            ok=True,  # the file was read whole; what it leaves out is for the rules
            note=f"no entry: {named(without, most=10)}" if without else "",
        )

    def _read(self, call: Call, file: File) -> list[kinds.SoaEntry]:
        fields = load(self._all.text(call, file))
        return statement.entries(fields, file.path, self._all.commit(file.path))


class SystemReader:
    """The declared inventory of AI systems."""

    kind = kinds.SYSTEM

    def __init__(self, collection: Collection) -> None:
        self._all = collection

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        self._all.open(call)
        inventory = self._all.layout.inventory
        yield from (skip for skip in self._all.skips() if hides(skip.what, inventory + "/"))
        records: dict[str, kinds.System] = {}
        for file in self._all.files():
            if not self._all.layout.is_system(file.path):
                continue
            found = attempt(file.path, lambda file=file: self._read(call, file))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            if isinstance(found, Skip):
                yield found
            elif records.setdefault(found.id, found) is not found:
                yield Skip(
                    what=file.path,
                    problem=f"its id stands in {records[found.id].path}, too",
                    remedy="give each system an id of its own; the first one was read",
                )
        read: list[Record] = list(records.values())
        yield Page(records=read)
        yield from self._all.cut([record.path for record in records.values()], first_too=False)
        yield self._all.check(call)

    def _read(self, call: Call, file: File) -> kinds.System:
        return system(load(self._all.text(call, file)), file.path, self._all.commit(file.path))
