"""What unpacks faster than zlib finds the same damage, and keeps to the same bounds."""

import random
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from annexa.exporters.inflating import inflating
from annexa.exporters.verify import Limits, verify_bundle


def places(path: Path) -> list[tuple[int, int]]:
    """Offset and size of the packed bytes of each file."""
    with zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if info.compress_size > 8]
    data = path.read_bytes()
    found = []
    for info in infos:
        name, extra = struct.unpack_from("<HH", data, info.header_offset + 26)
        found.append((info.header_offset + 30 + name + extra, info.compress_size))
    return found


def test_a_bundle_is_read_alike(pristine: Path) -> None:
    ours, zlibs = verify_bundle(pristine, inflate=inflating), verify_bundle(pristine)
    assert ours.ok
    assert (ours.files, ours.size_bytes, ours.records) == (
        zlibs.files,
        zlibs.size_bytes,
        zlibs.records,
    )


def test_damage_is_found_in_the_same_files(bundle: Path) -> None:
    whole, chance, spans = bundle.read_bytes(), random.Random(7), places(bundle)
    for _ in range(40):
        start, size = chance.choice(spans)
        data = bytearray(whole)
        data[start + chance.randrange(size)] ^= 1 << chance.randrange(8)
        bundle.write_bytes(data)
        found = [verify_bundle(bundle, inflate=each) for each in (inflating, _zlib)]
        assert not found[0].ok
        files = [{problem.file for problem in report.problems} for report in found]
        assert files[0] == files[1]


def _zlib() -> "zlib._Decompress":
    return zlib.decompressobj(-15)


@pytest.mark.parametrize("most", [1, 1000, 1 << 20])
def test_no_more_is_unpacked_at_once_than_was_asked_for(most: int) -> None:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = deflate.compress(bytes(3 << 20)) + deflate.flush()
    inflate, out = inflating(), 0
    for _ in range(50):
        piece = inflate.decompress(bomb, most)
        assert len(piece) <= most
        out += len(piece)
        bomb = inflate.unconsumed_tail
        if inflate.eof or not bomb:
            break
    assert out == min(50 * most, 3 << 20)
    assert Limits().ratio < (3 << 20) / 3000


def test_what_is_no_deflate_raises_the_error_of_zlib() -> None:
    with pytest.raises(zlib.error):
        inflating().decompress(b"\xff" * 100, 1000)
    cut = inflating()
    cut.decompress(b"\x4b", 1000)
    assert (cut.flush(), cut.eof) == (b"", False)
