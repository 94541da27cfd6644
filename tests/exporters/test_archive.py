"""An archive only grows, gives the ledger again from itself alone, and tells what was done."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from annexa.exporters.archive.checking import check
from annexa.exporters.archive.folder import FolderStore
from annexa.exporters.archive.restoring import restore
from annexa.exporters.archive.writing import archive
from annexa.exporters.errors import ArchiveDamaged, ArchiveError
from annexa.ledger import Ledger, LedgerError
from annexa.ledger.tiles import join_entries, split_entries, tile_name

from ..ledger.sample import HOUR, NOON, held, open_ledger, record
from .whole_bundle import Whole


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A few runs, one of which changes and one of which ends a record; a missed slot, answered."""
    with open_ledger(tmp_path) as made:
        record(made, NOON, {"a": "1", "b": "2"})
        made.miss_slot("mlflow/prod", NOON + HOUR)
        record(made, NOON + HOUR, {"a": "1", "b": "3"})
        yield made


def all_files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_second_run_writes_what_is_new_and_touches_nothing_else(
    ledger: Ledger, tmp_path: Path
) -> None:
    store = FolderStore(tmp_path / "archive")
    archive(ledger, store)
    first = all_files(tmp_path / "archive")
    assert archive(ledger, store).objects == 0
    assert all_files(tmp_path / "archive") == first
    record(ledger, NOON + 2 * HOUR, {"a": "1"})
    assert archive(ledger, store).parts == 1
    second = all_files(tmp_path / "archive")
    assert first.items() < second.items()
    assert {name.split("/")[0] for name in second.keys() - first.keys()} == {"log", "parts"}


def test_the_ledger_that_is_restored_is_the_ledger_at_the_archives_checkpoint(
    ledger: Ledger, tmp_path: Path
) -> None:
    store = FolderStore(tmp_path / "archive")
    archive(ledger, store)
    record(ledger, NOON + 2 * HOUR, {"a": "1", "c": "4"})
    ledger.append("note", {"text": "x"})
    size, state = ledger.log.size(), held(ledger)
    archive(ledger, store)
    report = restore(store, tmp_path / "new" / "ledger.db")
    assert report.ok
    with Ledger.open(tmp_path / "new" / "ledger.db", read_only=True) as restored:
        assert restored.checkpoint() == ledger.checkpoint(size)
        assert held(restored) == state == {"a": "1", "c": "4"}
        assert held(restored, at=NOON + HOUR) == held(ledger, at=NOON + HOUR)
        assert list(restored.runs()) == list(ledger.runs())
        assert restored.slots() == ledger.slots()


def test_gaps_spans_and_a_whole_company_come_back_from_the_archive(
    whole: Whole, tmp_path: Path
) -> None:
    store = FolderStore(tmp_path / "archive")
    archive(whole.ledger, store, bundles=[whole.summary.path])
    found = check(store, scratch=tmp_path)
    assert found.ok, found.problems
    restore(store, tmp_path / "ledger.db")
    with Ledger.open(tmp_path / "ledger.db", read_only=True) as restored:
        assert restored.gaps() == whole.ledger.gaps()
        assert restored.verify().evaluations == 1
    (kept,) = (tmp_path / "archive" / "bundles").iterdir()
    assert kept.read_bytes() == whole.summary.path.read_bytes()
    assert archive(whole.ledger, store, bundles=[whole.summary.path]).objects == 0


def test_a_bundle_of_somebody_else_is_not_archived(
    ledger: Ledger, pristine: Path, tmp_path: Path
) -> None:
    with pytest.raises(ArchiveError, match="was not exported from this ledger"):
        archive(ledger, FolderStore(tmp_path / "archive"), bundles=[pristine])
    broken = tmp_path / "broken.zip"
    broken.write_bytes(pristine.read_bytes()[:-9])
    with pytest.raises(ArchiveDamaged, match="does not verify"):
        archive(ledger, FolderStore(tmp_path / "archive"), bundles=[broken])


class KilledHere(Exception):
    pass


class Interrupting(FolderStore):
    """Dies before it writes the n-th object."""

    def __init__(self, folder: Path, after: int) -> None:
        super().__init__(folder)
        self.left = after

    def put(self, name: str, content: BinaryIO, *, sha256: bytes, size: int) -> bool:
        if not self.left:
            raise KilledHere
        self.left -= 1
        return super().put(name, content, sha256=sha256, size=size)


@pytest.mark.parametrize("after", range(1, 7))
def test_an_interrupted_archive_is_ended_by_the_next_run_whatever_came_between(
    ledger: Ledger, tmp_path: Path, after: int
) -> None:
    with pytest.raises(KilledHere):
        archive(ledger, Interrupting(tmp_path / "archive", after))
    store = FolderStore(tmp_path / "archive")
    told = check(store, scratch=tmp_path)
    assert told.problems == ["holds no archive"]
    record(ledger, NOON + 2 * HOUR, {"b": "3", "c": "5"})
    assert archive(ledger, store).parts == 2
    found = check(store, scratch=tmp_path)
    assert (found.ok, found.notes, found.problems) == (True, [], [])
    assert found.checkpoint == ledger.checkpoint(ledger.log.size() - 1)


def one(folder: Path, pattern: str) -> Path:
    return sorted(folder.glob(pattern))[0]


def altered(path: Path) -> None:
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def replaced(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.with_suffix(".elsewhere").write_bytes(content)
    path.symlink_to(path.with_suffix(".elsewhere"))


NEWEST_LIST = "parts/*2/end*"
FILES = (
    "parts/*1/rows*", "parts/*1/evidence*", "parts/*1/begin*", "parts/*1/end*", NEWEST_LIST,
    "log/tile/entries/*/*", "log/tile/0/*/*", "log/checkpoints/*",
)  # fmt: skip


@pytest.mark.parametrize("pattern", FILES)
@pytest.mark.parametrize("harm", [altered, Path.unlink, replaced])
def test_whatever_is_altered_or_missing_is_named(
    ledger: Ledger, tmp_path: Path, pattern: str, harm: Callable[[Path], None]
) -> None:
    folder = tmp_path / "archive"
    archive(ledger, FolderStore(folder))
    record(ledger, NOON + 2 * HOUR, {"a": "1"})
    archive(ledger, FolderStore(folder))
    path = one(folder, pattern)
    harm(path)
    found = check(FolderStore(folder), scratch=tmp_path)
    if pattern == NEWEST_LIST:  # it may name an object that is whole, or be taken for unfinished
        assert found.problems or "part 2 was begun and not finished" in str(found.notes)
    else:
        assert any(str(path.relative_to(folder)) in line for line in found.problems)


def test_an_older_list_that_was_written_anew_is_named_though_all_it_lists_is_there(
    ledger: Ledger, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    archive(ledger, FolderStore(folder))
    record(ledger, NOON + 2 * HOUR, {"a": "1"})
    archive(ledger, FolderStore(folder))
    first = one(folder, "parts/*1/end*")
    first.chmod(0o600)
    first.write_bytes(first.read_bytes() + b" ")
    found = check(FolderStore(folder), scratch=tmp_path)
    assert found.problems == ["parts/00000002/end.json: does not follow on the part before it"]


def test_nothing_outside_of_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "private").write_text("x")
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "way").symlink_to(tmp_path)
    for name in ("../private", "way/private", str(tmp_path / "private")):
        store = FolderStore(tmp_path / "archive")
        with pytest.raises(ArchiveDamaged, match="is missing"), store.open(name):
            pass


def test_an_added_file_is_named(ledger: Ledger, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    archive(ledger, FolderStore(folder))
    (folder / "log" / "note.txt").write_text("x")
    found = check(FolderStore(folder), scratch=tmp_path)
    assert found.problems == ["log/note.txt: is in no manifest: annexa did not finish it"]


def test_an_archive_is_not_gone_on_with_after_the_ledger_was_rewritten(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "archive")
    with open_ledger(tmp_path / "one") as ledger:
        before = ledger.path.read_bytes()
        record(ledger, NOON, {"a": "1"})
        archive(ledger, store)
    for name in ("annexa.db", "annexa.db.checkpoints"):
        (tmp_path / "one" / name).unlink()
    (tmp_path / "one" / "annexa.db").write_bytes(before)
    if before:
        with (
            open_ledger(tmp_path / "one") as ledger,
            pytest.raises(ArchiveDamaged, match="that this ledger does not have"),
        ):
            archive(ledger, store)
    with (
        open_ledger(tmp_path / "two") as other,
        pytest.raises(ArchiveError, match="is the archive of annexa/"),
    ):
        archive(other, store)


def test_nothing_is_restored_over_something_or_from_nothing(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="is there already"):
        restore(FolderStore(tmp_path / "none"), ledger.path)
    with pytest.raises(ArchiveError, match="holds no archive"):
        restore(FolderStore(tmp_path / "none"), tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()


def test_a_damaged_archive_leaves_no_half_ledger(ledger: Ledger, tmp_path: Path) -> None:
    archive(ledger, FolderStore(tmp_path / "archive"))
    altered(one(tmp_path / "archive", "parts/*/evidence*"))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ArchiveDamaged, match="was altered since it was written"):
        restore(FolderStore(tmp_path / "archive"), tmp_path / "new.db")
    assert sorted(tmp_path.iterdir()) == before


def test_tiles_have_the_names_and_the_form_of_c2sp() -> None:
    assert tile_name(0, 5, 256) == "tile/0/005"
    assert tile_name(1, 1234067, 17) == "tile/1/x001/x234/067.p/17"
    assert tile_name("entries", 0, 1) == "tile/entries/000.p/1"
    assert join_entries([b"ab", b""]) == b"\x00\x02ab\x00\x00"
    assert split_entries(b"\x00\x02ab\x00\x00") == [b"ab", b""]
    with pytest.raises(ValueError, match="ends within an entry"):
        split_entries(b"\x00\x02a")


def test_the_newest_end_mark_is_signed_and_one_written_anew_is_named(
    ledger: Ledger, tmp_path: Path
) -> None:
    store, part = FolderStore(tmp_path / "archive"), tmp_path / "archive/parts/00000001"
    archive(ledger, store)
    assert check(store, scratch=tmp_path).notes == []
    end, sig = part / "end.json", part / "end.sig"
    for path in (end, sig):
        path.chmod(0o600)
    was = end.read_bytes()
    end.write_bytes(was + b"\n")  # the same list, and another text
    assert check(store, scratch=tmp_path).problems == [
        "parts/00000001/end.sig: is of another end mark"
    ]
    end.write_bytes(was)
    note = sig.read_text()
    sig.write_text(note.replace("\n1\n", "\n2\n"))
    assert "has a wrong signature" in check(store, scratch=tmp_path).problems[0]
    sig.unlink()
    found = check(store, scratch=tmp_path)
    assert found.ok
    assert "parts 1 to 1 are not signed" in found.notes[0]
    record(ledger, NOON + 2 * HOUR, {"a": "1"})
    archive(ledger, store)
    assert check(store, scratch=tmp_path).ok
    (tmp_path / "archive/parts/00000002/end.sig").unlink()
    sig.write_text(note)
    assert "parts before it are signed" in check(store, scratch=tmp_path).problems[0]
