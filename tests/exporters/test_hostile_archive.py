"""What somebody with bad intent may hand to ``annexa verify``: a clear no, and nothing else."""

import hashlib
import json
import struct
import tracemalloc
import zlib
from pathlib import Path

import pytest
from annexa.exporters.verify import (
    DEFLATED,
    Damaged,
    Entry,
    Limits,
    Report,
    ZipBundle,
    central_header,
    check_names,
    end_records,
    local_header,
    name_problem,
    printable,
    verify_bundle,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def archive(files: list[tuple[str, bytes]], sizes: dict[str, int] | None = None) -> bytes:
    """A zip as we write them, of any names and with false sizes where ``sizes`` says so."""
    out, directory = b"", b""
    for name, content in files:
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = deflate.compress(content) + deflate.flush()
        size = (sizes or {}).get(name, len(content))
        entry = Entry(name, DEFLATED, zlib.crc32(content), len(packed), size, len(out))
        directory += central_header(entry)
        out += local_header(entry) + packed
    body = out + directory + end_records(len(files), len(directory), len(out))
    return body + b"sha256:" + hashlib.sha256(body).hexdigest().encode()


def said(tmp_path: Path, data: bytes, limits: Limits | None = None) -> str:
    path = tmp_path / "hostile.zip"
    path.write_bytes(data)
    before = set(tmp_path.rglob("*"))
    report = verify_bundle(path, limits=limits or Limits())
    assert set(tmp_path.rglob("*")) == before
    assert not report.ok
    return "\n".join(report.lines())


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/cron.d/x",
        "top/../../x",
        "/etc/passwd",
        "C:/x",
        "top\\..\\x",
        "top/./x",
        "top//x",
        "top/con.txt",
        "top/LPT1",
        "top/x.",
        "top/.hidden",
        "top/a b",
        "top/" + "x" * 200,
        "/".join("x" * 20),
        "top/\x1b[2J",
    ],
)
def test_a_path_that_does_not_belong_is_refused(tmp_path: Path, name: str) -> None:
    assert name_problem(name) is not None
    text = said(tmp_path, archive([("top/a", b"a"), (name, b"b")]))
    assert printable(name) + ": " in text or "top folder" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["top/a", "top/a"], "is there twice"),
        (["top/a", "top/A"], "differs only in case from top/a"),
        (["top/d/a", "top/D/b"], "differs only in case from top/d"),
        (["top/a", "top/a/b"], "is there twice"),
        (["top/a/b", "top/a"], "is there twice"),
        (["one/a", "two/a"], "has not one top folder but 2"),
    ],
)
def test_names_that_cannot_both_be_unpacked_are_refused(
    tmp_path: Path, names: list[str], told: str
) -> None:
    assert told in said(tmp_path, archive([(name, b"") for name in names]))


def test_a_bomb_is_refused_without_being_unpacked(tmp_path: Path) -> None:
    data = archive([("top/bomb", bytes(64 << 20))])
    tracemalloc.start()
    text = said(tmp_path, data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "bomb: unpacks to more than 200 times its size" in text
    assert peak < 8 << 20


def test_a_bomb_that_lies_about_its_size_stops_there(tmp_path: Path) -> None:
    data = archive([("top/bomb", bytes(64 << 20))], {"top/bomb": 1 << 20})
    tracemalloc.start()
    text = said(tmp_path, data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "bomb: does not unpack to what was packed" in text
    bundle = ZipBundle(str(tmp_path / "hostile.zip"), Report(), Limits())
    sizes: list[int] = []
    with pytest.raises(Damaged):
        sizes.extend(len(chunk) for chunk in bundle.chunks("bomb"))
    bundle.close()
    assert sum(sizes) <= 1 << 20
    assert peak < 8 << 20


def test_too_many_files_and_too_many_bytes_are_refused(tmp_path: Path) -> None:
    files = [(f"top/{n}", b"x" * 100) for n in range(20)]
    assert "holds more than 10 files" in said(tmp_path, archive(files), Limits(files=10))
    assert "more than is allowed" in said(tmp_path, archive(files), Limits(total_bytes=500))
    deep = archive([("top/" + "/".join("a" * 13), b"")])
    assert "is longer or deeper" in said(tmp_path, deep)


def test_files_that_share_bytes_or_hide_some_are_refused(tmp_path: Path) -> None:
    entry = Entry("top/a", 0, zlib.crc32(b"a"), 1, 1, 0)
    twin = entry._replace(name="top/b")
    local = local_header(entry) + b"a"
    for body, entries in ((local, [entry, twin]), (local + b"hidden", [entry])):
        directory = b"".join(map(central_header, entries))
        whole = body + directory + end_records(len(entries), len(directory), len(body))
        text = said(tmp_path, whole + b"sha256:" + hashlib.sha256(whole).hexdigest().encode())
        assert "does not begin where" in text or "does not end where" in text


def test_a_long_line_and_a_deep_document_are_refused(tmp_path: Path) -> None:
    raw = "top/data/08_raw/s/k.jsonl"
    text = said(tmp_path, archive([(raw, bytes(range(11, 256)) * 40)]), Limits(memory_bytes=1000))
    assert "has a line that is longer than allowed" in text
    deep = b"[" * 100_000
    text = said(tmp_path, archive([(raw, deep + b',"record":}\n')]))
    assert "k.jsonl: line 1: is not as it was exported" in text


def test_a_deep_document_in_the_signature_is_refused(folder: Path) -> None:
    (folder / "signature" / "tagmanifest.dsse.json").write_bytes(b"[" * 100_000)
    files = [problem.file for problem in verify_bundle(folder).problems]
    assert "signature/tagmanifest.dsse.json" in files


def test_a_zip64_archive_is_read_and_a_false_one_refused(tmp_path: Path) -> None:
    entry = Entry("top/a", 0, 0, 1 << 33, 1 << 33, 1 << 34)
    assert len(central_header(entry)) == 46 + 5 + 4 + 24
    assert len(local_header(entry)) == 30 + 5 + 20
    assert end_records(70_000, 10, 10)[:4] == b"PK\6\6"
    lie = central_header(entry) + end_records(1, len(central_header(entry)), 0)
    text = said(tmp_path, lie + b"sha256:" + hashlib.sha256(lie).hexdigest().encode())
    assert "hostile.zip" in text


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_damage_ends_in_a_traceback(data: st.DataObject, pristine: Path, tmp_path: Path) -> None:
    good = pristine.read_bytes()
    start = data.draw(st.integers(0, len(good) - 1))
    length = data.draw(st.integers(0, 200))
    new = data.draw(st.binary(max_size=40))
    bad = good[:start] + new + good[start + length :]
    path = tmp_path / "damaged.zip"
    if data.draw(st.booleans()):
        bad = bad[:-71] + b"sha256:" + hashlib.sha256(bad[:-71]).hexdigest().encode()
    path.write_bytes(bad)
    report = verify_bundle(path)
    assert report.ok == (bad == good)
    assert all("\n" not in line for line in report.lines())
    json.dumps(report.lines())


@given(st.lists(st.text(max_size=12), max_size=6))
def test_names_that_are_accepted_mean_one_file_each_everywhere(names: list[str]) -> None:
    good = check_names(names, Report(), Limits())
    assert len({name.lower() for name in good}) == len(good)
    for name in good:
        assert name.isascii()
        assert not name.startswith(("/", "."))
        assert ".." not in name.split("/")


def test_a_comment_of_another_length_is_refused(tmp_path: Path) -> None:
    data = archive([("top/a", b"a")])
    grown = data[:-73] + struct.pack("<H", 72) + data[-71:] + b"x"
    assert "does not end as an exported bundle ends" in said(tmp_path, grown)
