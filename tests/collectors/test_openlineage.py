"""OpenLineage events: what is kept of them, from files and from a Marquez."""

import gzip
import json
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors import registry
from annexa.collectors.openlineage import files
from annexa.collectors.openlineage.kinds import EVENT
from annexa.collectors.openlineage.lines import Lines
from annexa.collectors.openlineage.wire import read_event
from annexa.collectors.receipt import KindReceipt
from annexa.collectors.runner import read_source

from .lineage_events import PRODUCER, dataset, facet, line, run_event
from .memory_sink import NOON, MemorySink, patient
from .misbehaving import Reply, Request, json_reply, misbehaving


class Source:
    """One source that is read again and again, with a ledger's memory of cursors."""

    def __init__(self, **settings: Any) -> None:
        self.collector, self.settings = registry.build({"id": "openlineage/test", **settings})
        self.sink = MemorySink()

    def read(self) -> KindReceipt:
        before = set(self.sink.rows.get(EVENT.name, {}))
        given = dict(self.sink.rows.get(EVENT.name, {}))
        self.sink.rows.clear()
        receipt = read_source(
            self.collector, self.settings, slot=NOON, sink=self.sink, retry=patient()
        )
        self.given = [json.loads(row.body) for row in self.sink.rows.get(EVENT.name, {}).values()]
        new = {k: v for k, v in self.sink.rows.get(EVENT.name, {}).items() if k not in before}
        self.new = [json.loads(row.body) for row in new.values()]
        self.sink.rows[EVENT.name] = given | new
        (kind,) = receipt.kinds
        return kind


def jobs(events: list[Any]) -> list[str]:
    return [event["job_name"] for event in events]


FULL = run_event(
    inputs=[
        dataset(
            "s3://raw",
            "/customers.parquet",
            version=facet(datasetVersion="v7"),
            ownership=facet(owners=[{"name": "team:data", "type": "MAINTAINER"}]),
            symlinks=facet(identifiers=[{"namespace": "hive://m", "name": "c", "type": "TABLE"}]),
            schema=facet(fields=[{"name": "income", "type": "int"}]),
        )
        | {
            "inputFacets": {
                "dataQualityAssertions": facet(
                    assertions=[
                        {
                            "assertion": "not_null",
                            "success": False,
                            "column": "id",
                            "actual": "hunter2",
                            "content": "select hunter2",
                        }
                    ]
                )
            }
        }
    ],
    outputs=[dataset("s3://feature", "f", columnLineage=facet(fields={"a": {"inputFields": []}}))],
    run_facets={
        "parent": facet(
            run={"runId": "0190b0b4-1111-7000-8000-000000000009"},
            job={"namespace": "airflow", "name": "daily"},
        ),
        "environmentVariables": facet(environmentVariables=[{"name": "KEY", "value": "hunter2"}]),
        "errorMessage": facet(message="hunter2", programmingLanguage="python"),
        "tags": facet(tags=[{"key": "mlflow.run_id", "value": "abc", "source": "USER"}]),
    },
    job_facets={
        "sql": facet(query="select hunter2 from customers"),
        "sourceCode": facet(language="python", sourceCode="print('hunter2')"),
        "sourceCodeLocation": facet(
            type="git", url="https://u:hunter2@git.example.com/p?token=hunter2", version="abc123"
        ),
        "ownership": facet(owners=[{"name": "user:anna"}]),
        "tags": facet(tags=[{"key": "note", "value": "hunter2", "source": "USER"}]),
    },
)


def test_an_event_keeps_who_what_and_when_and_nothing_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "e.ndjson").write_bytes(line(FULL))
    source = Source(path=str(tmp_path))
    assert source.read().verdict == "complete"
    (event,) = source.new
    assert "hunter2" not in str(source.sink.rows)
    assert event["inputs"] == [
        {
            "namespace": "s3://raw",
            "name": "/customers.parquet",
            "version": "v7",
            "owners": ["team:data"],
            "symlinks": [{"namespace": "hive://m", "name": "c", "type": "TABLE"}],
            "assertions": [{"assertion": "not_null", "success": False, "column": "id"}],
        }
    ]
    assert event["outputs"][0]["has_column_lineage"] is True
    assert event["parent_job_name"] == "daily"
    assert event["code"]["version"] == "abc123"
    assert event["job_owners"] == ["user:anna"]
    assert event["tags"] == {"mlflow.run_id": "abc", "note": None}


def test_addresses_lose_their_credentials_before_an_event_is_kept_anywhere() -> None:
    place = dataset("postgres://u:hunter2@db:5432", "s3://k:hunter2@raw/x?token=hunter2")
    event = read_event(line(FULL | {"inputs": [place]}))
    assert event.code is not None
    assert event.code.url == "https://git.example.com/p"
    assert event.inputs[0].namespace == "postgres://db:5432"
    assert event.inputs[0].name == "s3://raw/x"


def test_the_same_event_written_differently_is_one_event() -> None:
    one = run_event(at="2026-11-20T10:00:00Z")
    other = dict(reversed(run_event(at="2026-11-20T12:00:00+02:00").items()))
    assert read_event(line(one)).id == read_event(line(other)).id
    assert read_event(line(run_event(event_type="START"))).id != read_event(line(one)).id


def test_job_and_dataset_events_are_events_too() -> None:
    job = {k: v for k, v in run_event().items() if k not in ("run", "eventType")}
    about = {
        "eventTime": "2026-11-20T10:00:00Z",
        "producer": PRODUCER,
        "dataset": dataset("s3://raw", "x", version=facet(datasetVersion="1")),
    }
    assert read_event(line(job)).form == "job"
    event = read_event(line(about))
    assert (event.form, event.outputs[0].version) == ("dataset", "1")
    assert EVENT.subject(event).startswith("dataset/")


@pytest.mark.parametrize(
    "change",
    [
        {"eventTime": "2026-11-20T10:00:00"},
        {"eventTime": "yesterday"},
        {"eventType": "DONE"},
        {"run": {"runId": "7"}},
        {"inputs": [{"name": "x"}]},
        {"inputs": {"namespace": "a", "name": "b"}},
        {"producer": None},
        {"job": None, "run": None},
    ],
)
def test_what_the_specification_does_not_allow_is_no_event(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        read_event(line(run_event() | change))
    assert "yesterday" not in str(caught.value)


def test_a_deleted_facet_is_no_fault() -> None:
    gone = {"version": facet(_deleted=True), "columnLineage": facet(_deleted=True)}
    event = read_event(line(run_event(inputs=[dataset("s3://raw", "x", **gone)])))
    assert event.inputs[0].version is None
    assert event.inputs[0].has_column_lineage is False


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
    monkeypatch.setattr(files, "SLACK_NS", -1)
    (tmp_path / "0.json").chmod(0)  # changes its ctime: the newest now
    opened: list[str] = []

    class Counted(Lines):
        def __init__(self, path: Path, stat: Any) -> None:
            opened.append(path.name)
            super().__init__(path, stat)

    monkeypatch.setattr(files, "Lines", Counted)
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
    monkeypatch.setattr("annexa.collectors.openlineage.lines.LONGEST", 2000)
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


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"path": "x", "marquez_url": "http://m"},
        {"path": "x", "push_secret_env": "S"},
        {"marquez_url": "ftp://m"},
        {"marquez_url": "http://u:p@m"},
        {"push_secret_env": "S", "push_secret_file": "f"},
    ],
)
def test_a_source_has_exactly_one_place(settings: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="openlineage/test"):
        registry.build({"id": "openlineage/test", **settings})


class Marquez:
    """Answers as ``OpenLineageDao`` queries: by event time, ties in any order."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.events = events

    def __call__(self, request: Request) -> Reply:
        if request.path != "/api/v1/events/lineage":
            return Reply(404)
        after, before = (_time(request.query[name]) for name in ("after", "before"))
        found = [e for e in self.events if after <= _time(e["eventTime"]) < before]
        ties = request.number % 2 == 1  # another plan of the database, another order of ties
        found.sort(key=lambda e: e["run"]["runId"], reverse=ties)
        found.sort(
            key=lambda e: _time(e["eventTime"]), reverse=request.query["sortDirection"] == "desc"
        )
        start, size = int(request.query["offset"]), int(request.query["limit"])
        return json_reply({"events": found[start : start + size], "totalCount": len(found)})


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def spread(count: int, step: timedelta) -> Iterator[dict[str, Any]]:
    for number in range(count):
        at = datetime(2026, 11, 20, tzinfo=UTC) + number * step
        yield run_event(number, at=at.isoformat(), job=str(number))


@pytest.mark.parametrize("step", [timedelta(seconds=1), timedelta(microseconds=1)])
def test_every_page_of_a_marquez_is_read(step: timedelta) -> None:
    with misbehaving(Marquez(list(spread(97, step)))) as server:
        source = Source(marquez_url=server.url + "/api/v1/", page_size=10)
        receipt = source.read()
        assert receipt.verdict == "complete"
        assert len(source.given) == 97
        (check,) = receipt.checks
        assert "97" in check.note


def test_events_of_one_instant_beyond_a_page_are_paged_within_it() -> None:
    same = [run_event(n, at="2026-11-20T10:00:00Z", job=str(n)) for n in range(30)]
    marquez = Marquez(same + list(spread(5, timedelta(seconds=1))))
    marquez.events.sort(key=lambda event: event["run"]["runId"])
    with misbehaving(lambda request: marquez(Request("GET", request.path, request.query, 0))) as m:
        source = Source(marquez_url=m.url, page_size=8)
        source.read()
    assert len(source.given) == 35


def test_what_reaches_a_marquez_late_is_still_read() -> None:
    marquez = Marquez(list(spread(20, timedelta(minutes=1))))
    with misbehaving(marquez) as server:
        source = Source(marquez_url=server.url, page_size=7)
        source.read()
        late = run_event(100, at="2026-11-20T00:00:30Z", job="late")
        marquez.events.append(late)
        source.read()
        assert jobs(source.new) == ["late"]


def test_a_marquez_that_keeps_events_back_is_partial() -> None:
    marquez = Marquez(list(spread(5, timedelta(seconds=1))))

    def forgetful(request: Request) -> Reply:
        if request.query["sortDirection"] == "asc":
            return json_reply({"events": marquez.events[:3]})
        return marquez(request)

    with misbehaving(forgetful) as server:
        receipt = Source(marquez_url=server.url).read()
    assert receipt.verdict == "partial"


def test_a_token_goes_to_marquez_and_a_missing_one_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MARQUEZ_TOKEN", "t0k3n")
    with misbehaving(Marquez([])) as server:
        Source(marquez_url=server.url, token_env="MARQUEZ_TOKEN").read()
        assert {r.headers["authorization"] for r in server.requests} == {"Bearer t0k3n"}
        monkeypatch.delenv("MARQUEZ_TOKEN")
        receipt = Source(marquez_url=server.url, token_env="MARQUEZ_TOKEN").read()
    assert receipt.verdict == "denied"


def test_an_event_of_a_marquez_that_is_none_is_named() -> None:
    bad = run_event(1) | {"job": None, "run": None}
    with misbehaving(lambda request: json_reply({"events": [bad, run_event(2)]})) as server:
        source = Source(marquez_url=server.url)
        receipt = source.read()
    assert receipt.verdict == "partial"
    assert len(source.given) == 1


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    name = "'; drop table x; --\x1b[2J\n=cmd()|' /../../etc"
    (tmp_path / "e.json").write_bytes(
        line(run_event(inputs=[dataset(name, name)], job=name, run_id=str(uuid.uuid4())))
    )
    source = Source(path=str(tmp_path))
    source.read()
    assert source.given[0]["job_name"] == name
    (subject,) = source.sink.subjects(EVENT)
    assert subject.replace("/", "").replace("-", "").isalnum()
