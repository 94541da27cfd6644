"""The zip and the CSV that we write, read back by the standard library."""

import csv
import hashlib
import io
import random
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from annexa.exporters.csv_text import cell_sql, csv_chunks, escaped, unescaped
from annexa.exporters.errors import ExportError
from annexa.exporters.names import Folder, plain
from annexa.exporters.packing import head_and_file
from annexa.exporters.verify import CHUNK, Limits, name_problem
from annexa.exporters.zip_writer import ZipWriter
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = st.from_regex(r"top(/[a-z0-9_][a-z0-9_-]{0,8}){1,3}", fullmatch=True).filter(
    lambda name: name_problem(name) is None
)
UTCS = st.just(UTC)
YEARS = datetime(1900, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(NAMES, st.lists(st.binary(max_size=300), max_size=3), max_size=6))
def test_what_goes_in_comes_out_and_nothing_else_matters(files: dict[str, list[bytes]]) -> None:
    written = []
    for _ in range(2):
        out = io.BytesIO()
        with closing(ZipWriter(out)) as writer:
            for name, chunks in files.items():
                writer.add(name, chunks)
            writer.finish()
        written.append(out.getvalue())
    assert written[0] == written[1]
    with zipfile.ZipFile(io.BytesIO(written[0])) as archive:
        assert archive.testzip() is None
        assert {n: archive.read(n) for n in archive.namelist()} == {
            name: b"".join(chunks) for name, chunks in files.items()
        }
        assert {info.date_time for info in archive.infolist()} <= {(1980, 1, 1, 0, 0, 0)}


def test_what_would_look_like_a_bomb_is_stored_as_it_is() -> None:
    out = io.BytesIO()
    with closing(ZipWriter(out)) as writer:
        writer.add("top/zeros", [bytes(CHUNK)] * 3)
        writer.finish()
    with zipfile.ZipFile(out) as archive:
        (info,) = archive.infolist()
        assert info.compress_type == zipfile.ZIP_STORED
        assert archive.read(info) == bytes(3 * CHUNK)
    assert Limits().ratio == 200


@pytest.mark.parametrize("name", ["../x", "/x", "top/con", "top/../x", "top/ü"])
def test_a_name_that_does_not_belong_is_never_written(name: str) -> None:
    with (
        closing(ZipWriter(io.BytesIO())) as writer,
        pytest.raises(ExportError, match="report this as a bug"),
    ):
        writer.add(name, ())


def test_files_are_written_in_their_order_however_long_each_takes(tmp_path: Path) -> None:
    big = random.Random(1).randbytes(3 << 20)
    (tmp_path / "rows").write_bytes(big)
    out = io.BytesIO()
    with closing(ZipWriter(out, scratch=tmp_path)) as writer:
        moved = writer.add_later("top/moved", head_and_file(b"head", tmp_path / "rows"))
        made = [writer.add(f"top/{n}", (big[: n << 18], b"end")) for n in range(9, -1, -1)]
        writer.finish()
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == ["top/moved", *(f"top/{n}" for n in range(9, -1, -1))]
        assert archive.read("top/moved") == b"head" + big
        assert archive.read("top/9") == big[: 9 << 18] + b"end"
    assert moved.result().sha256 == hashlib.sha256(b"head" + big).hexdigest()
    assert [one.result().size_bytes for one in made] == [(n << 18) + 3 for n in range(9, -1, -1)]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_breaks_off_is_not_in_the_zip_and_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield bytes(2 << 20)
        raise ValueError("the ledger is damaged")

    out = io.BytesIO()
    with closing(ZipWriter(out, scratch=tmp_path)) as writer:
        with pytest.raises(ValueError, match="damaged"):
            writer.add("top/a", broken())
        writer.add("top/b", (b"b",))
        writer.finish()
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == ["top/b"]


def test_what_cannot_be_packed_is_the_error_of_whoever_adds_it(tmp_path: Path) -> None:
    with (
        closing(ZipWriter(io.BytesIO(), scratch=tmp_path)) as writer,
        pytest.raises(FileNotFoundError),
    ):
        add_and_wait(writer, head_and_file(b"", tmp_path / "missing"))


def add_and_wait(writer: ZipWriter, chunks: Iterator[bytes]) -> None:
    writer.add_later("top/gone", chunks)
    writer.finish()


def test_a_name_is_written_once_whatever_its_case() -> None:
    with closing(ZipWriter(io.BytesIO())) as writer:
        writer.add("top/a", ())
        with pytest.raises(ExportError, match="is there already"):
            writer.add("top/A", ())


@given(st.lists(st.text(max_size=80), max_size=8, unique=True))
def test_any_texts_become_different_safe_names(texts: list[str]) -> None:
    folder = Folder()
    names = [folder.name(text) for text in texts]
    assert len({name.lower() for name in names}) == len(texts)
    assert names == [folder.name(text) for text in texts]
    assert all(name_problem(f"top/{name}") is None for name in names)


def test_names_of_sources_stay_readable(tmp_path: Path) -> None:
    assert plain("mlflow/prod") == "mlflow-prod"
    assert plain("aws/123456789012/eu-west-1") == "aws-123456789012-eu-west-1"
    assert plain("2026-01-01..2026-04-01") == "2026-01-01_2026-04-01"


@given(st.text())
def test_no_text_is_a_formula_and_none_is_lost(text: str) -> None:
    cell = escaped(text)
    assert cell[:1] not in set("=+-@\t\r\n＝＋－＠")
    assert unescaped(cell) == text.replace("\0", "\ufffd")


@given(st.lists(st.tuples(st.text(), st.none() | st.integers() | st.booleans()), max_size=5))
def test_rows_survive_the_csv_file(rows: list[tuple[str, int | None]]) -> None:
    written = b"".join(csv_chunks(("a", "b"), rows))
    assert written.startswith(b"\xef\xbb\xbfa,b\r\n")
    read = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    assert [unescaped(row[0]) for row in read[1:]] == [r[0].replace("\0", "\ufffd") for r in rows]


@given(
    st.lists(
        st.tuples(
            st.none() | st.text(),
            st.none() | st.booleans(),
            st.none() | st.integers(-(2**62), 2**62),
            st.none() | st.datetimes(*YEARS, timezones=UTCS),
        ),
        max_size=4,
    )
)
@settings(max_examples=30, deadline=None)
def test_duckdb_writes_the_cells_that_python_writes(
    rows: list[tuple[str | None, bool | None, int | None, datetime | None]],
) -> None:
    kinds = {"t": "VARCHAR", "b": "BOOLEAN", "n": "BIGINT", "seen": "TIMESTAMP WITH TIME ZONE"}
    with duckdb.connect() as connection:
        connection.execute("create table x (t varchar, b boolean, n bigint, seen timestamptz)")
        for text, flag, number, at in rows:
            written = None if at is None else at.isoformat()
            connection.execute("insert into x values (?, ?, ?, ?)", [text, flag, number, written])
        listed = ", ".join(cell_sql(name, kind) for name, kind in kinds.items())
        found = connection.execute(f"select {listed} from x order by rowid").fetchall()
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows([tuple(kinds), *found])
    assert b"".join(csv_chunks(tuple(kinds), rows)).decode("utf-8-sig") == buffer.getvalue()
