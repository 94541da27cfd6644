"""Archives and folders built to harm whoever looks at them: a refusal in one line each, with exit
code 7, in bounded memory, and without a file written, a process begun or a socket opened."""

import os
import socket
import struct
import sys
import tracemalloc
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from annexa.agent.entry import run
from annexa.agent.exit_codes import ExitCode
from annexa.exporters.verify import (
    CHUNK,
    COMMENT_BYTES,
    DEFLATED,
    MANIFEST,
    STORED,
    Entry,
    Limits,
    Report,
    central_header,
    check_names,
    end_records,
    local_header,
    verify_bundle,
)

from .changed_zips import CENTRAL, END, LOCAL
from .tampering import with_digest

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FORBIDDEN = ("os.mkdir", "os.rename", "os.remove", "os.link", "os.symlink", "os.truncate",
              "os.chmod", "subprocess.Popen", "os.system", "os.exec", "socket.connect",
              "tempfile.mkstemp", "tempfile.mkdtemp")  # fmt: skip
_seen: list[list[str]] = []
"""What was done inside of `nothing_is_done`; an audit hook cannot be taken away again."""


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    flags = arguments[2] if event == "open" and len(arguments) > 2 else 0
    if _seen and (event in _FORBIDDEN or (isinstance(flags, int) and flags & _WRITES)):
        _seen[-1].append(f"{event} {arguments}")


sys.addaudithook(_watch)


@contextmanager
def nothing_is_done() -> Iterator[None]:
    """No file is written, no process started, no network reached for."""
    done: list[str] = []
    _seen.append(done)
    try:
        yield
    finally:
        _seen.clear()
    assert done == []


def refused(path: Path, limits: Limits | None = None) -> str:
    """What is said of it, in bounded memory."""
    tracemalloc.start()
    with nothing_is_done():
        report = verify_bundle(path, limits=limits or Limits())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    lines = report.lines()
    assert not report.ok
    assert peak < 48 << 20
    assert all("\n" not in line and len(line) < 2000 for line in lines)
    return "\n".join(lines)


def archive(files: list[tuple[bytes, bytes]], **odd: int) -> bytes:
    """A zip of any names; ``odd`` fields are written into every header of its directory."""
    out, directory = b"", b""
    for name, content in files:
        shown = name.decode("latin-1").encode("ascii", "replace").decode()
        entry = Entry(shown, STORED, zlib.crc32(content), len(content), len(content), len(out))
        header = bytearray(central_header(entry))
        header[46 : 46 + len(name)] = name
        for field, value in odd.items():
            place, size = {"flags": (8, 2), "method": (10, 2), "attributes": (38, 4)}[field]
            header[place : place + size] = value.to_bytes(size, "little")
        directory += header
        local = bytearray(local_header(entry))
        local[30 : 30 + len(name)] = name
        out += local + content
    return with_digest(out + directory + end_records(len(files), len(directory), len(out)))


def plain_zip(*files: tuple[str, bytes]) -> bytes:
    """As any program writes it."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in files:
            written.writestr(name, content)
    return out.getvalue()


TWINS = [unicodedata.normalize(form, "top/é").encode() for form in ("NFC", "NFD")]
ODD = "its entry in the archive's directory is not the one that was exported"
HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "does not end as an exported bundle ends"),
    "an end and no more": (b"PK\5\6" + bytes(18), "does not end as"),
    "any other zip": (plain_zip(("top/a", b"a")), "packed again"),
    "a zip in a zip": (archive([(b"top/a.zip", plain_zip(("b", b"b")))]), "is missing"),
    "a link": (archive([(b"top/a", b"/etc/passwd")], attributes=0o120777 << 16), ODD),
    "a device": (archive([(b"top/a", b"")], attributes=0o020666 << 16), ODD),
    "encrypted": (archive([(b"top/a", b"a")], flags=1), ODD),
    "sizes after the data": (archive([(b"top/a", b"a")], flags=8), ODD),
    "names in UTF-8": (archive([(b"top/a", b"a")], flags=0x800), ODD),
    "bzip2": (archive([(b"top/a", b"a")], method=12), "packed in a way that an export does not"),
    "lzma": (archive([(b"top/a", b"a")], method=14), "packed in a way that an export does not"),
    "NUL in a name": (archive([(b"top/a\0.txt", b"a")]), "not safe on every system"),
    "a drive": (archive([(b"C:evil", b"a")]), "C:evil: is an absolute path"),
    "a share": (archive([(b"\\\\host\\share\\x", b"a")]), "absolute path or one with a backslash"),
    "a stream": (archive([(b"top/a:evil", b"a")]), "not safe on every system"),
    "letters that look alike": (archive([(name, b"a") for name in TWINS]), ODD),
    "a name of 64 KiB": (archive([(b"top/" + b"\xff" * 65_000, b"a")]), "directory is damaged"),
    "64 KiB of folders": (archive([(b"a/" * 32_000 + b"a", b"a")]), "directory is damaged"),
    "many folders": (archive([(b"a/" * 500 + b"a", b"a")]), "longer or deeper"),
    "leading bytes": (with_digest(b"#!/bin/sh\n" + archive([(b"top/a", b"a")])[:-71]), "directory"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_archive_is_refused(tmp_path: Path, kind: str) -> None:
    data, told = HOSTILE[kind]
    path = tmp_path / "hostile.zip"
    path.write_bytes(data)
    assert told in refused(path)


def test_the_watch_itself_sees_a_file_that_is_written(tmp_path: Path) -> None:
    with pytest.raises(AssertionError), nothing_is_done():
        (tmp_path / "written").write_bytes(b"")


def test_the_command_refuses_with_its_exit_code_and_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (data, told) in enumerate(HOSTILE.values()):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(data)
        assert run(["verify", str(path)]) == ExitCode.BUNDLE
        out, err = capsys.readouterr()
        assert told in out
        assert err == ""
        assert out.isprintable() or "\n" in out
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".zip"] * len(HOSTILE)


@pytest.mark.parametrize(
    ("count", "size", "offset"),
    [(1, 2**40, 0), (2**63, 51, 31), (1, 51, 2**63), (0, 0, 0), (70_000, 51, 31)],
)
def test_an_end_that_lies_about_its_directory_is_refused(
    tmp_path: Path, count: int, size: int, offset: int
) -> None:
    entry = Entry("top/a", STORED, zlib.crc32(b"a"), 1, 1, 0)
    body = local_header(entry) + b"a" + central_header(entry) + end_records(count, size, offset)
    path = tmp_path / "lie.zip"
    path.write_bytes(with_digest(body))
    refused(path)


def test_sizes_that_only_zip64_can_say_are_not_believed(tmp_path: Path) -> None:
    entry = Entry("top/a", DEFLATED, 0, 2**62, 2**62, 0)
    directory = central_header(entry)
    body = (
        local_header(entry) + directory + end_records(1, len(directory), len(local_header(entry)))
    )
    path = tmp_path / "lie.zip"
    path.write_bytes(with_digest(body))
    assert "more than is allowed" in refused(path)


def test_random_headers_end_in_a_refusal_and_nothing_else(pristine: Path, tmp_path: Path) -> None:
    """Several fields of several headers at once, with the digest mended: what a fuzzer finds."""
    good = pristine.read_bytes()[:-COMMENT_BYTES]
    places = {
        mark: [at for at in range(len(good)) if good.startswith(mark, at)]
        for mark in (LOCAL, CENTRAL, END)
    }
    fields = {LOCAL: range(4, 30, 2), CENTRAL: range(4, 46, 2), END: range(4, 22, 2)}
    path = tmp_path / "fuzzed.zip"
    for number in range(150):
        chance = Random(f"headers {number}")
        data = bytearray(good)
        for _ in range(chance.randrange(1, 5)):
            mark = chance.choice((LOCAL, CENTRAL, END))
            at = chance.choice(places[mark]) + chance.choice(fields[mark])
            value = chance.choice((0, 1, 8, 0x7FFF, 0xFFFF, chance.randrange(0x10000)))
            struct.pack_into("<H", data, at, value)
        if data == good:
            continue
        path.write_bytes(with_digest(bytes(data)))
        with nothing_is_done():
            report = verify_bundle(path)
        assert not report.ok, number
        assert all("\n" not in line for line in report.lines())


def test_a_hundred_thousand_bad_names_are_counted_and_not_all_told() -> None:
    report = Report()
    names = [f"top/{n}" for n in range(50_000)] + [f"top/{n} x" for n in range(50_000)]
    assert len(check_names(names, report, Limits())) == 50_000
    assert len(report.problems) + report.unlisted == 50_000
    assert len(report.lines()) < 1100


def test_a_manifest_of_one_line_and_json_without_end_are_refused(folder: Path) -> None:
    (folder / MANIFEST).write_bytes(b"0" * (4 << 20))
    (folder / "data/09_manifest/leaves.jsonl").write_bytes(b'{"index":' + b"[" * 200_000 + b"\n")
    (folder / "data/09_manifest/changes/run-000001.jsonl").write_bytes(b'{"a":' * 100_000 + b"\n")
    text = refused(folder)
    assert f"{MANIFEST}: " in text
    assert "leaves.jsonl: line 1: " in text
    assert "run-000001.jsonl: line 1: is not as it was exported" in text


def test_a_file_that_has_to_be_held_is_refused_when_it_is_too_large(folder: Path) -> None:
    with (folder / MANIFEST).open("wb") as file:
        file.truncate(4 * CHUNK)  # a hole: nothing is written
    assert f"{MANIFEST}: is larger than such a file may be" in refused(
        folder, Limits(memory_bytes=CHUNK)
    )


def test_a_pipe_a_socket_a_device_and_links_are_named_and_never_opened(folder: Path) -> None:
    inside = folder / "data/05_documents"
    os.mkfifo(inside / "pipe")  # opened, it would wait for ever
    (inside / "null").symlink_to("/dev/zero")
    (inside / "up").symlink_to("../..")
    (inside / "self").symlink_to("self")
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as listening:
        try:
            os.chdir(inside)  # the name of a socket is short
            listening.bind("socket")
        finally:
            os.chdir(here)
        text = refused(folder)
    for name in ("pipe", "null", "up", "self", "socket"):
        assert f"data/05_documents/{name}: is a link or a special file; a bundle has none" in text


def test_a_folder_below_folders_without_end_is_refused(folder: Path) -> None:
    deep = folder / "data" / "/".join("d" * 30)
    deep.mkdir(parents=True)
    assert run(["verify", str(folder)]) != ExitCode.OK
