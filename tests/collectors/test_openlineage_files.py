"""OpenLineage events in files that grow, rotate, are packed or damaged."""

import gzip
import shutil
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors import growing_files
from annexa.collectors.lines import Lines
from annexa.collectors.openlineage.kinds import EVENT

from .lineage_events import line, run_event
from .openlineage_source import Source, jobs


def test_a_growing_file_is_read_from_where_it_was_left(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_bytes(line(run_event(1, job="one")))
    source = Source(path=str(file))
    source.read()
    assert jobs(source.given) == ["one"]
    with file.open("ab") as more:
        more.write(line(run_event(2, job="two")))
    source.read()
    assert jobs(source.given) == ["two"]
    assert source.read().items == 0


def test_half_a_last_line_waits_until_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    whole = line(run_event(2, job="two"))
    file.write_bytes(line(run_event(1, job="one")) + whole[:50])
    source = Source(path=str(file))
    assert source.read().verdict == "complete"
    assert jobs(source.given) == ["one"]
    with file.open("ab") as more:
        more.write(whole[50:-1])
    assert source.read().verdict == "complete"
    assert jobs(source.given) == ["two"], "JSON that is whole needs no line break"
    with file.open("ab") as more:
        more.write(b"\n" + line(run_event(3, job="three")))
    source.read()
    assert jobs(source.given) == ["three"]


def test_a_last_line_that_stays_cut_off_is_named(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_bytes(line(run_event(1)) + b'{"eventType": "STA')
    source = Source(path=str(file))
    assert source.read().verdict == "complete"
    again = source.read()
    assert again.verdict == "partial"
    assert "cut off" in again.skipped[0].problem


def test_rotation_loses_nothing_and_reads_nothing_twice(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_bytes(line(run_event(1, job="one")))
    source = Source(path=str(tmp_path))
    source.read()
    with file.open("ab") as more:
        more.write(line(run_event(2, job="two")))
    file.rename(tmp_path / "events.ndjson.1")
    file.write_bytes(line(run_event(3, job="three")))
    source.read()
    assert sorted(jobs(source.given)) == ["three", "two"]
    packed = tmp_path / "events.ndjson.2.gz"
    packed.write_bytes(gzip.compress((tmp_path / "events.ndjson.1").read_bytes()))
    (tmp_path / "events.ndjson.1").unlink()
    assert source.read().items == 0


def test_a_file_that_was_copied_away_and_emptied_is_followed(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_bytes(line(run_event(1, job="one")) + line(run_event(2, job="two")))
    source = Source(path=str(tmp_path))
    source.read()
    shutil.copy(file, tmp_path / "events.ndjson.1")
    file.write_bytes(line(run_event(3, job="three")))
    source.read()
    assert jobs(source.given) == ["three"]


def test_an_old_file_is_not_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        (tmp_path / f"{number}.json").write_bytes(line(run_event(number)))
    source = Source(path=str(tmp_path))
    source.read()
    monkeypatch.setattr(growing_files, "SLACK_NS", -1)
    (tmp_path / "0.json").chmod(0)  # changes its ctime: the newest now
    opened: list[str] = []

    class Counted(Lines):
        def __init__(self, path: Path, stat: Any) -> None:
            opened.append(path.name)
            super().__init__(path, stat)

    monkeypatch.setattr(growing_files, "Lines", Counted)
    source.read()
    assert opened == ["0.json"]


def test_lines_that_are_no_events_are_counted_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "e.json").write_bytes(
        b"hello\n" + line(run_event(1)) + b"[]\n\n" + b'{"a":' * 2000 + b"\n" + line(run_event(2))
    )
    source = Source(path=str(tmp_path))
    receipt = source.read()
    assert receipt.verdict == "partial"
    assert receipt.skipped[0].problem.startswith("lines that are no OpenLineage events: 3")
    assert len(source.given) == 2


def test_a_line_beyond_all_bounds_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annexa.collectors.lines.LONGEST", 2000)
    (tmp_path / "e.json").write_bytes(b"x" * 7000 + b"\n" + line(run_event(2)))
    source = Source(path=str(tmp_path))
    assert source.read().verdict == "partial"
    assert len(source.given) == 1


def test_a_packed_file_that_is_damaged_is_named(tmp_path: Path) -> None:
    packed = gzip.compress(line(run_event(1)) * 200)
    (tmp_path / "a.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "b.ndjson").write_bytes(line(run_event(2)))
    source = Source(path=str(tmp_path))
    receipt = source.read()
    assert receipt.verdict == "partial"
    assert receipt.skipped[0].what == "a.gz"
    assert len(source.given) >= 1


def test_an_empty_folder_is_read_and_a_missing_one_is_not(tmp_path: Path) -> None:
    assert Source(path=str(tmp_path)).read().verdict == "complete"
    assert Source(path=str(tmp_path / "gone")).read().verdict == "unavailable"


def test_many_small_files_keep_a_small_cursor(tmp_path: Path) -> None:
    for number in range(1500):
        (tmp_path / f"{number:05}.json").write_bytes(line(run_event(number)))
    source = Source(path=str(tmp_path))
    source.read()
    assert len(source.given) == 1500
    assert len(source.sink.cursors[EVENT.name]) < 100_000
    (tmp_path / "new.json").write_bytes(line(run_event(9999, job="new")))
    source.read()
    assert jobs(source.new) == ["new"]
