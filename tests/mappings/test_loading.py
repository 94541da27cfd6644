"""Every record becomes a row with its own types and text; what does not fit is an error."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from annexa.collectors import canonical
from annexa.collectors.contract import Kind, Record
from annexa.collectors.mlflow.kinds import RUN, DatasetInput, Run
from annexa.collectors.registry import all_kinds
from annexa.ledger import Bodies
from annexa.mappings.errors import PackError
from annexa.mappings.kind_table import columns, table_name
from annexa.mappings.loading import load_kinds
from annexa.mappings.sealed import Limits, Sealed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .company_records import at
from .planting import Company, outcome


def words_of(kind: Kind) -> set[str]:
    return {table_name(kind.name), *columns(kind), "name", "digest", "source", "context"}


def load(folder: Path, kind: Kind, bodies: list[tuple[str, bytes]], query: str) -> list[Any]:
    with Sealed(None, folder, Limits(threads=1)) as db:
        load_kinds(db, [kind], lambda _: [("mlflow/prod", bodies)], folder, words_of(kind))
        return db.trusted(query)


def test_types_survive(tmp_path: Path) -> None:
    run = Run(
        run_id="r",
        start_time=2**53 + 1,
        metrics={"auc": Decimal("0.910"), "n": Decimal("1e400")},
        tags={"k": None, "": "empty key"},
        datasets=[DatasetInput(name="d", digest="x")],
    )
    query = (
        "select start_time, metrics['auc'], tags['k'], tags[''], datasets[1].digest, run_name, "
        "typeof(metrics), _subject, isinf(metrics['n']) from mlflow_run"
    )
    try:
        (row,) = load(tmp_path, RUN, [("r", canonical.encode(run))], query)
    except PackError:  # a metric beyond what a double can hold may also be refused, never NULL
        run.metrics = {"auc": Decimal("0.910"), "n": Decimal("1e300")}
        (row,) = load(tmp_path, RUN, [("r", canonical.encode(run))], query)
    assert row[:8] == (
        2**53 + 1, 0.91, None, "empty key", "x", None, "MAP(VARCHAR, DOUBLE)", "mlflow/prod:run:r",
    )  # fmt: skip


@pytest.mark.parametrize("count", [0, 1])
def test_a_kind_is_known_by_its_name_whether_or_not_it_has_records(
    tmp_path: Path, count: int
) -> None:
    page = [("r", b"{}")] * count
    with Sealed(None, tmp_path, Limits(threads=1)) as db:
        load_kinds(db, [RUN], lambda _: [("mlflow/prod", page)], tmp_path, words_of(RUN))
        assert db.tables_of("select _subject from mlflow_run", "here") == {"mlflow_run"}


def test_an_empty_record_and_an_empty_kind_are_rows_and_tables(tmp_path: Path) -> None:
    assert load(tmp_path, RUN, [("r", b"{}")], "select _subject from mlflow_run") == [
        ("mlflow/prod:run:r",)
    ]
    assert load(tmp_path, RUN, [], "select count(*) from mlflow_run") == [(0,)]


def test_a_kind_that_no_sql_names_is_not_read_and_costs_no_table(tmp_path: Path) -> None:
    def bodies(kind: str) -> list[Bodies]:
        assert kind == "mlflow.run"
        return []

    with Sealed(None, tmp_path, Limits()) as db:
        load_kinds(db, all_kinds().values(), bodies, tmp_path, words_of(RUN))
        assert db.trusted("select view_name from duckdb_views() where not internal") == [
            ("mlflow_run",)
        ]


@pytest.mark.parametrize(
    "body",
    [
        b'{"run_id":"r","start_time":"soon"}',
        b'{"run_id":"r","metrics":{"auc":"high"}}',
        b'{"run_id":"r","tags":["k"]}',
        b'{"run_id":"r","datasets":"none"}',
        b'{"run_id":"r"',
    ],
)
def test_a_body_that_does_not_fit_is_an_error_and_never_null(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(PackError, match=r"^records of mlflow\.run: .*; .*collect the source again"):
        load(tmp_path, RUN, [("r", body)], "select 1")


def test_a_record_larger_than_a_buffer_is_read(tmp_path: Path) -> None:
    run = Run(run_id="r", tags={"note": "x" * (17 * 1024 * 1024)})
    query = "select length(tags['note']) from mlflow_run"
    assert load(tmp_path, RUN, [("r", canonical.encode(run))], query) == [(17 * 1024 * 1024,)]


hostile = st.text(
    alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40
) | st.sampled_from(
    ["'; drop table mlflow_run; --", '"}', "\\", "\n{}", "\u2028", "\0", "=1+1", "\x1b[2J", "null"]
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(hostile, hostile, hostile), min_size=1, max_size=8))
def test_hostile_text_comes_out_as_it_went_in(
    tmp_path: Path, rows: list[tuple[str, str, str]]
) -> None:
    bodies = [
        (subject, canonical.encode(Run(run_id=subject, run_name=name, tags={"k": value})))
        for subject, name, value in rows
    ]
    query = "select _subject, run_id, run_name, tags['k'] from mlflow_run"
    found = load(tmp_path, RUN, bodies, query)
    wanted = [(f"mlflow/prod:run:{s}", s, name, value) for s, name, value in rows]
    assert sorted(found) == sorted(wanted)


HOSTILE = "x'); drop table result; --\"}\n\u202e\x1b[31m=cmd|' /C calc'!A0"


def test_hostile_names_change_no_outcome(tmp_path: Path) -> None:
    company = Company()
    company.buckets[0].name = HOSTILE
    company.buckets[0].tags = {"ai-system-id": HOSTILE}
    company.buckets[0].encrypted = False
    company.systems[0].owner = HOSTILE
    company.papers["policy"].title = HOSTILE
    found = company.evaluate(tmp_path)
    assert outcome(found, "A.4.3-1", HOSTILE) == "fail"
    (row,) = found.rows("A.4.3-1", outcomes=["fail"])
    assert row.reason == f"bucket {HOSTILE} is not encrypted"
    assert outcome(found, "A.6.2.5-1") == "pass"
    assert outcome(found, "A.4.2-1") == "fail"  # nobody declared that system


@pytest.mark.parametrize("kind", all_kinds().values(), ids=lambda kind: kind.name)
def test_every_kind_has_a_table(kind: Kind, tmp_path: Path) -> None:
    name = table_name(kind.name)
    found = load(tmp_path, kind, [], f"select count(*) from {name}")
    assert found == [(0,)]
    assert set(columns(kind)) - {"_subject", "_source"} == {
        field.encode_name for field in msgspec.structs.fields(kind.record)
    }


def test_fields_that_no_sql_names_are_left_out() -> None:
    assert set(columns(RUN, {"metrics"})) == {"_subject", "_source", "metrics"}
    assert columns(RUN, {"datasets", "digest"})["datasets"] == 'STRUCT("digest" VARCHAR)[]'


def test_a_field_without_a_column_type_is_refused_when_it_is_written() -> None:
    class Odd(Record):
        anything: complex | None = None

    kind = Kind(name="x.y", record=Odd, subject=str, permission="", cross_check="")
    with pytest.raises(TypeError, match="complex"):
        columns(kind)


def test_times_are_utc(tmp_path: Path) -> None:
    from annexa.collectors.kubernetes.boundaries import Namespace
    from annexa.collectors.kubernetes.kinds import KINDS
    from annexa.collectors.kubernetes.meta import Meta

    body = canonical.encode(
        Namespace(metadata=Meta(name="a", creation_timestamp=at("2026-05-01T10:00")))
    )
    with Sealed(None, tmp_path, Limits(threads=1)) as db:
        words = {"kubernetes_namespace", "metadata", "creationtimestamp"}
        load_kinds(db, [KINDS["namespace"]], lambda _: [("k/a", [("a", body)])], tmp_path, words)
        assert db.trusted(
            "select metadata.creationTimestamp::varchar from kubernetes_namespace"
        ) == [("2026-05-01 10:00:00+00",)]
