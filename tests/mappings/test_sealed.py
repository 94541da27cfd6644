"""A pack from a stranger can be wrong; it cannot read or send anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from annexa.mappings import sealed as module
from annexa.mappings import watchdog
from annexa.mappings.errors import EvaluationError, PackError
from annexa.mappings.sealed import Limits, Sealed


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Sealed]:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (tmp_path / "other.duckdb").touch()
    with Sealed(tmp_path / "x.duckdb", tmp_path / "scratch", Limits(memory="128MB")) as sealed:
        sealed.trusted("create table kept as select range as a from range(1000)")
        sealed.seal()
        yield sealed


@pytest.mark.parametrize(
    "sql",
    [
        "select * from '{folder}/secret.csv'",
        "select * from read_csv('{folder}/secret.csv')",
        "select * from read_text('{folder}/secret.csv')",
        "select * from glob('{folder}/*')",
        "copy kept to '{folder}/out.csv'",
        "copy kept from '{folder}/secret.csv'",
        "export database '{folder}/out'",
        "attach '{folder}/other.duckdb' as other",
        "select * from 'https://example.org/x.csv'",
        "select * from read_parquet('s3://bucket/x')",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set memory_limit = '10GB'",
        "set timezone = 'Europe/Berlin'",
        "reset lock_configuration",
        "pragma enable_external_access = true",
        "create secret (type s3, key_id 'x')",
    ],
)
def test_nothing_gets_in_or_out(db: Sealed, tmp_path: Path, sql: str) -> None:
    with pytest.raises(PackError) as refused:
        db.run(sql.format(folder=tmp_path), where="rule X")
    assert str(refused.value).startswith("rule X: ")
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "out.csv").exists()
    assert not (tmp_path / "out").exists()


def test_a_variable_of_ours_is_no_table_before_the_seal_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sealed(None, tmp_path, Limits()) as db:
        rows = db._connection.sql("select 42 as a")  # DuckDB would read it where its name is seen
        monkeypatch.setattr(module, "secret", rows, raising=False)
        with pytest.raises(PackError, match=r"rule X: .*secret does not exist"):
            db.run("select * from secret", where="rule X")


def test_tables_made_before_still_work(db: Sealed) -> None:
    assert db.run("select count(*) from kept", where="rule X") == [(1000,)]


def test_too_much_memory_is_an_error_with_a_name(db: Sealed) -> None:
    with pytest.raises(EvaluationError, match="rule X: needs more than 128MB of memory"):
        db.run(f"select list(range::varchar || '{'x' * 200}') from range(5000000)", where="rule X")


@pytest.mark.parametrize(
    "sql",
    [
        "with recursive r as (select 1 as a union all select a + 1 from r) select max(a) from r",
        "with recursive r as (select 1 as a union all select 1 from r) select count(*) from r",
        "select count(*) from range(1000000000000)",
        "select sum(a.range * b.range) from range(10000000) a, range(10000000) b",
    ],
)
def test_what_would_run_for_ever_is_stopped(tmp_path: Path, sql: str) -> None:
    with Sealed(None, tmp_path, Limits(memory="128MB", timeout_s=0.2)) as db:
        db.seal()
        with pytest.raises(EvaluationError, match=r"rule X: ran longer than 0\.2 s"):
            db.run(sql, where="rule X")
        assert db.run("select 1", where="rule X") == [(1,)]  # and takes nothing with it


@pytest.mark.parametrize(
    "sql",
    [
        "select len(generate_series(1, 1000000000000))",
        "select len(repeat(repeat('x', 100000), 100000))",
        "select len(list(a.range)) from range(100000) a, range(100000) b",
    ],
)
def test_a_bomb_is_refused_with_a_name(db: Sealed, sql: str) -> None:
    with pytest.raises((EvaluationError, PackError), match=r"^rule X: "):
        db.run(sql, where="rule X")


@pytest.mark.parametrize(
    "call",
    [
        "repeat('x', 900000000)",
        "\"repeat\" ('x', 900000000)",
        "main.LPAD /* a */ -- b\n ('x', 900000000, 'y')",
        "'x'.rpad(900000000, 'y')",
        "printf('%900000000d', 1)",
    ],
)
def test_what_builds_as_much_as_a_number_says_is_refused(db: Sealed, call: str) -> None:
    with pytest.raises(PackError, match=r"^rule X: uses [a-z]+\(\), which builds as much"):
        db.run(f"select strlen({call})", where="rule X")


def test_a_process_that_grows_beyond_the_limit_stops_the_statement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = iter([1 << 30])
    monkeypatch.setattr(watchdog, "resident_bytes", lambda: next(sizes, 1 << 40))
    with Sealed(None, tmp_path, Limits(memory="128MB")) as db:
        db.seal()
        with pytest.raises(EvaluationError, match="rule X: needs more than 128MB of memory"):
            db.run("select count(*) from range(1000000000000)", where="rule X")


def test_only_one_select_is_a_query(db: Sealed) -> None:
    assert db.tables_of("with a as (select * from kept) select * from a", "here") == {"kept"}
    for text in ("select 1; select 2", "drop table kept", "select", ""):
        with pytest.raises(PackError, match=r"^here: "):
            db.tables_of(text, "here")
