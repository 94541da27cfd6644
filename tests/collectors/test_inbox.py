"""The folder in which accepted pushes wait."""

import os
import threading
from pathlib import Path

import msgspec
import pytest
from annexa.collectors.contract import Check, Page, Record, Skip
from annexa.collectors.errors import SettingsError, SourceUnavailable
from annexa.collectors.inbox import Inbox, InboxFull, read_inbox
from annexa.collectors.intake import PushSecret, PushSettings


class Note(Record):
    n: int


def note(n: int) -> bytes:
    return msgspec.json.encode(Note(n=n))


def read(folder: Path, since: str | None = None) -> tuple[list[int], str | None, Check]:
    found, cursor, check = [], since, None
    for answer in read_inbox(folder, since, lambda line: msgspec.json.decode(line, type=Note)):
        if isinstance(answer, Page):
            found += [record.n for record in answer.records if isinstance(record, Note)]
            cursor = answer.cursor or cursor
        elif isinstance(answer, Check):
            check = answer
    assert check is not None
    return found, cursor, check


def test_pushes_are_read_in_the_order_in_which_they_were_kept(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    for n in range(5):
        inbox.put([note(10 * n), note(10 * n + 1)])
    found, _, check = read(tmp_path)
    assert found == [0, 1, 10, 11, 20, 21, 30, 31, 40, 41]
    assert check.ok


def test_only_what_an_earlier_cursor_has_passed_is_removed(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.put([note(1)])
    inbox.put([note(2)])
    _, cursor, _ = read(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2, "the reading may not have been committed"
    assert read(tmp_path)[0] == [1, 2], "so it is all there once more"
    inbox.put([note(3)])
    assert read(tmp_path, cursor)[0] == [3]
    assert len(list(tmp_path.iterdir())) == 2, "the mark and the new one"


def test_names_go_on_after_a_restart_even_when_the_clock_went_back(tmp_path: Path) -> None:
    Inbox(tmp_path, now_ns=lambda: 2_000).put([note(1)])
    _, cursor, _ = read(tmp_path)
    read(tmp_path, cursor)
    Inbox(tmp_path, now_ns=lambda: 1_000).put([note(2)])
    found, _, check = read(tmp_path, cursor)
    assert found == [2]
    assert check.ok


def test_a_removed_file_makes_the_numbers_jump(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    for n in range(3):
        inbox.put([note(n)])
    sorted(tmp_path.iterdir())[1].unlink()
    found, _, check = read(tmp_path)
    assert found == [0, 2]
    assert not check.ok
    assert (check.expected, check.found) == ("1…2 (2)", "1…3 (2)")


def test_a_file_that_was_begun_when_the_process_died_is_never_read(tmp_path: Path) -> None:
    (tmp_path / ".abc.part").write_bytes(b'{"n":')
    inbox = Inbox(tmp_path)
    inbox.put([note(1)])
    assert read(tmp_path)[0] == [1]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_damaged_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    Inbox(tmp_path).put([note(1), b'{"n":', note(3)])
    answers = list(read_inbox(tmp_path, None, lambda b: msgspec.json.decode(b, type=Note)))
    (skip,) = [answer for answer in answers if isinstance(answer, Skip)]
    assert skip.what.endswith(", line 2")
    assert read(tmp_path)[0] == [1, 3]


def test_an_inbox_that_never_was_is_no_empty_inbox(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="annexa run"):
        read(tmp_path / "none")


def test_a_full_inbox_refuses_and_takes_again_what_was_made_room_for(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, max_bytes=40)
    for n in range(4):
        inbox.put([note(n)])
    with pytest.raises(InboxFull):
        inbox.put([note(4), note(5), note(6)])
    _, cursor, _ = read(tmp_path)
    read(tmp_path, cursor)
    inbox.put([note(4)])
    assert read(tmp_path, cursor)[0] == [4]


def test_a_disk_that_takes_nothing_leaves_nothing_half_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(tmp_path)

    def refuse(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", refuse)
        with pytest.raises(OSError, match="No space"):
            inbox.put([note(1)])
    assert list(tmp_path.iterdir()) == []


def test_many_writers_lose_nothing_while_somebody_reads(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)

    def write(writer: int) -> None:
        for n in range(50):
            inbox.put([note(100 * writer + n)])

    writers = [threading.Thread(target=write, args=(w,)) for w in range(4)]
    for writer in writers:
        writer.start()
    found: list[int] = []
    cursor = None
    while any(writer.is_alive() for writer in writers):
        more, cursor, check = read(tmp_path, cursor)
        found += more
        assert check.ok
    found += read(tmp_path, cursor)[0]
    assert sorted(found) == sorted(100 * w + n for w in range(4) for n in range(50))


def test_the_inbox_is_for_the_agent_only(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "deep" / "inbox")
    inbox.put([note(1)])
    (file,) = (tmp_path / "deep" / "inbox").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_secret_in_a_file_can_be_replaced_while_the_old_one_still_holds(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    old, new = "o" * 20, "n" * 20
    file.write_text(old)
    secret = PushSecret("flags/prod", None, file)
    assert secret.is_bearer({"authorization": f"Bearer {old}"})
    file.write_text(f"{old}\n{new}\n")
    assert secret.is_bearer({"authorization": f"Bearer {old}"})
    assert secret.is_bearer({"authorization": f"bearer {new}"})
    file.write_text(new)
    assert not secret.is_bearer({"authorization": f"Bearer {old}"})


@pytest.mark.parametrize("header", ["", "Bearer ", "Basic " + "o" * 20, "o" * 20, "Bearer é\udcff"])
def test_nothing_but_the_secret_is_the_secret(tmp_path: Path, header: str) -> None:
    file = tmp_path / "secret"
    file.write_text("o" * 20)
    assert not PushSecret("flags/prod", None, file).is_bearer({"authorization": header})


@pytest.mark.parametrize(("text", "problem"), [("", "no secret"), ("short", "less than 16")])
def test_a_secret_that_is_none_is_refused(
    text: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNEXA_TEST_PUSH", text)
    with pytest.raises(SettingsError, match=problem):
        PushSecret("flags/prod", "ANNEXA_TEST_PUSH", None).values()


def test_a_source_with_a_secret_has_an_inbox() -> None:
    settings = PushSettings.model_validate({"id": "flags/prod", "push_secret_env": "X"})
    assert settings.inbox == Path("inbox/flags/prod")
    assert PushSettings.model_validate({"id": "flags/prod"}).push_secret is None
