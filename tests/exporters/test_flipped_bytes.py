"""Every changed byte is found, and the file that it is in is named."""

import hashlib
import random
import subprocess
import zipfile
from pathlib import Path

import pytest
from annexa.exporters.verify import COMMENT_BYTES, SUMS, Report, verify_bundle


def flipped(data: bytes, at: int, mask: int) -> bytes:
    return data[:at] + bytes((data[at] ^ mask,)) + data[at + 1 :]


def problems(report: Report) -> str:
    return "\n".join(map(str, report.problems))


def files_of(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_an_untouched_bundle_has_no_problem(pristine: Path, pristine_folder: Path) -> None:
    for path in (pristine, pristine_folder):
        report = verify_bundle(path)
        assert problems(report) == ""
        assert (report.records, report.leaves) == (12, 4)


def test_a_flipped_byte_anywhere_in_the_zip_is_found(bundle: Path) -> None:
    data = bundle.read_bytes()
    chance = random.Random(5)
    places = [*range(0, len(data), len(data) // 40), *range(len(data) - 150, len(data), 11)]
    for at in places:
        bundle.write_bytes(flipped(data, at, 1 << chance.randrange(8)))
        assert not verify_bundle(bundle).ok, f"byte {at}"


def test_a_flipped_byte_in_a_packed_file_names_that_file(bundle: Path) -> None:
    data = bundle.read_bytes()
    with zipfile.ZipFile(bundle) as archive:
        entries = archive.infolist()
    for entry in entries:
        if not entry.compress_size:
            continue
        start = entry.header_offset + 30 + len(entry.filename)
        for at in (entry.header_offset + 14, start + entry.compress_size // 2):
            bundle.write_bytes(flipped(data, at, 0x10))
            name = entry.filename.partition("/")[2]
            named = [p.file for p in verify_bundle(bundle).problems]
            assert name in named or entry.filename in named, f"byte {at} of {name}"


def test_a_flipped_header_byte_is_found_by_whoever_repairs_the_archives_digest(
    bundle: Path,
) -> None:
    data = bundle.read_bytes()
    with zipfile.ZipFile(bundle) as archive:
        first = archive.infolist()[0]
        directory = archive.start_dir
    header = range(30 + len(first.filename))
    for at in [*header, *range(directory, directory + 46), *range(len(data) - 93, len(data) - 71)]:
        body = flipped(data, at, 0x01)[:-COMMENT_BYTES]
        bundle.write_bytes(body + b"sha256:" + hashlib.sha256(body).hexdigest().encode())
        assert not verify_bundle(bundle).ok, f"byte {at}"


def test_a_flipped_byte_in_any_unpacked_file_names_that_file(folder: Path) -> None:
    chance = random.Random(7)
    for name in files_of(folder):
        path = folder / name
        data = path.read_bytes()
        for at in sorted({0, len(data) - 1, chance.randrange(len(data))} if data else set()):
            path.write_bytes(flipped(data, at, 1 << chance.randrange(8)))
            assert name in [p.file for p in verify_bundle(folder).problems], f"{name} byte {at}"
        path.write_bytes(data)
    assert verify_bundle(folder).ok


def test_every_byte_of_the_signature_matters(folder: Path) -> None:
    path = folder / "signature" / "tagmanifest.dsse.json"
    data = path.read_bytes()
    for at in range(0, len(data), 41):
        path.write_bytes(flipped(data, at, 1))
        assert path.name in problems(verify_bundle(folder)), f"byte {at}"


@pytest.mark.parametrize("mask", [0x01, 0x20])
def test_the_shell_script_names_the_file_of_a_flipped_byte(folder: Path, mask: int) -> None:
    chance = random.Random(mask)
    for name in files_of(folder):
        path = folder / name
        data = path.read_bytes()
        if not data or name == "verify.sh":  # a changed script is no witness of itself
            continue
        path.write_bytes(flipped(data, chance.randrange(len(data)), mask))
        run = subprocess.run(
            ["sh", str(folder / "verify.sh")], capture_output=True, text=True, check=False
        )
        assert run.returncode == 1, name
        assert f"{name}: " in run.stdout, f"{name}: {run.stdout}{run.stderr}"
        path.write_bytes(data)


def test_sha256sum_alone_names_the_file_of_a_flipped_byte(folder: Path) -> None:
    command = ["sha256sum", "--check", "--strict", "--quiet", SUMS]
    assert subprocess.run(command, cwd=folder, check=False).returncode == 0
    for name in files_of(folder):
        path = folder / name
        data = path.read_bytes()
        if not data or name == SUMS:
            continue
        path.write_bytes(flipped(data, len(data) // 2, 0x04))
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert run.returncode == 1
        assert f"{name}: FAILED" in run.stdout
        path.write_bytes(data)
