"""Jobs that have ended are events: each is described once, and none is lost."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from annexa.collectors.aws import jobs, listing, pace
from annexa.collectors.aws.jobs import Cursor, failure_of
from msgspec.json import decode

from .aws_objects import at, execution, labeling_job, pipeline
from .aws_server import Account, Server, aws_server, refusal
from .aws_shapes import shapes_checked

LABELING, EXECUTION = "aws.labeling_job", "aws.pipeline_execution"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with aws_server() as running, shapes_checked():
        yield running


@pytest.fixture
def account(server: Server, monkeypatch: pytest.MonkeyPatch) -> Account:
    server.behave()
    monkeypatch.setattr(listing, "PAGE", 2)
    account = Account(server)
    for name, value in account.keys.items():
        monkeypatch.setenv(name, value)
    return account


def names(account: Account, kind: str = LABELING) -> list[str]:
    return sorted(record["name"] for record in account.records(kind).values())


def opened(account: Account, kind: str = LABELING) -> set[str]:
    return decode(account.sink.cursors[kind], type=Cursor).open


def described(server: Server, operation: str = "DescribeLabelingJob") -> int:
    """Since the last time."""
    found = server.requests.count(operation)
    server.requests.clear()
    return found


def test_a_finished_job_is_described_once_and_never_again(account: Account, server: Server) -> None:
    for number in range(5):
        labeling_job(account, f"job-{number}", minute=number)
    assert account.read(LABELING).complete
    assert described(server) == 5
    assert account.read(LABELING).complete
    assert described(server) == 0
    assert names(account) == [f"job-{number}" for number in range(5)]


def test_a_running_job_is_an_event_when_it_has_ended(account: Account, server: Server) -> None:
    labeling_job(account, "long", LabelingJobStatus="InProgress")
    assert account.read(LABELING).complete
    assert (names(account), opened(account)) == ([], {"long"})
    account.read(LABELING)
    labeling_job(account, "long", LastModifiedTime=at(5000))
    assert account.read(LABELING).complete
    assert (names(account), opened(account)) == (["long"], set())
    (row,) = account.sink.rows[LABELING].values()
    assert row.happened_at is not None
    assert row.happened_at.isoformat() == at(5000)
    described(server)
    account.read(LABELING)
    assert described(server) == 0


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_a_job_that_could_not_be_described_is_named_and_read_the_next_time(
    account: Account, server: Server, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "SLOWEST", pace.FASTEST)  # test_aws_pace.py has the waiting
    for number in range(5):
        labeling_job(account, f"job-{number}", minute=number)
    server.fail("DescribeLabelingJob", refusal(code), when="job-1")
    receipt, _ = account.read_one(LABELING)
    assert receipt.verdict == "partial"
    assert [skip.what for skip in receipt.skipped] == ["labelling job job-1"]
    assert opened(account) == {"job-1"}
    assert len(names(account)) == 4
    assert account.read_one(LABELING)[0].verdict == "partial"
    server.behave()
    assert account.read(LABELING).complete
    assert described(server) == 1
    assert "job-1" in names(account)


def test_a_job_that_was_deleted_after_it_was_listed_is_gone_and_no_gap(
    account: Account, server: Server
) -> None:
    labeling_job(account, "stays", minute=1)
    labeling_job(account, "goes", minute=2)
    server.fail("DescribeLabelingJob", refusal("ResourceNotFound"), when="goes")
    assert account.read(LABELING).complete
    assert (names(account), opened(account)) == (["stays"], set())


def test_a_name_that_is_used_again_is_another_job(account: Account) -> None:
    labeling_job(account, "daily", minute=1)
    account.read(LABELING)
    labeling_job(account, "daily", CreationTime="2036-11-24T11:59:00+00:00")
    account.read(LABELING)
    assert names(account) == ["daily", "daily"]


def test_a_list_that_breaks_off_goes_on_where_it_stopped(account: Account, server: Server) -> None:
    for number in range(6):
        labeling_job(account, f"job-{number}", minute=60 * number)
    server.fail("ListLabelingJobs", refusal("InternalFailure", 500), after=2)
    assert account.read_one(LABELING)[0].verdict == "partial"
    assert names(account) == ["job-0", "job-1", "job-2", "job-3"]
    server.behave()
    assert account.read(LABELING).complete
    assert described(server) == 3, "the last one that was seen, and what is new"
    assert len(names(account)) == 6


def test_a_job_that_only_the_second_look_shows_is_not_forgotten(
    account: Account, server: Server
) -> None:
    labeling_job(account, "shown", minute=1)
    labeling_job(account, "hidden", minute=2)

    def without(asked: bytes, answer: bytes) -> bytes:
        said = json.loads(answer)
        if b"Ascending" in asked:
            said["LabelingJobSummaryList"] = [
                one for one in said["LabelingJobSummaryList"] if one["LabelingJobName"] == "shown"
            ]
        return json.dumps(said).encode()

    server.rewrites["ListLabelingJobs"] = without
    receipt, _ = account.read_one(LABELING)
    assert receipt.verdict == "partial"
    assert not receipt.checks[0].ok
    server.rewrites.clear()
    assert account.read(LABELING).complete
    assert names(account) == ["hidden", "shown"]


def test_no_further_jobs_are_read_when_too_many_are_open(
    account: Account, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST_OPEN", 3)
    for number in range(9):
        labeling_job(account, f"job-{number}", minute=number, LabelingJobStatus="InProgress")
    receipt, _ = account.read_one(LABELING)
    assert receipt.verdict == "partial"
    assert "after the first 3" in receipt.skipped[-1].what
    assert len(opened(account)) == 2
    for number in range(9):
        labeling_job(account, f"job-{number}", minute=number)
    assert account.read(LABELING).complete
    assert len(names(account)) == 9


def test_a_cursor_that_we_do_not_understand_is_no_cursor(account: Account) -> None:
    labeling_job(account, "job")
    account.sink.cursors[LABELING] = '{"open": 7}'
    assert account.read(LABELING).complete
    assert names(account) == ["job"]


def test_executions_of_all_pipelines_are_read_with_the_outcome_of_their_conditions(
    account: Account,
) -> None:
    for name in ("train", "score", "never-run"):
        pipeline(account, name)
    gate = {"StepName": "good-enough", "Metadata": {"Condition": {"Outcome": "False"}}}
    failed = {"StepName": "stop", "StepStatus": "Failed", "FailureReason": "ClientError: row 7 = x"}
    steps: list[dict[str, Any]] = [
        {"StepName": "fit", "Metadata": {"TrainingJob": {"Arn": "arn:job"}}, "AttemptCount": 2},
        gate,
        failed,
    ]
    first = execution(account, "train", 1, steps)
    execution(account, "train", 3, [])
    execution(account, "score", 2, [])
    receipt, records = account.read_one(EXECUTION)
    assert receipt.verdict == "complete", receipt
    assert sorted(record["pipeline"] for record in records.values()) == ["score", "train", "train"]
    (found,) = (record for record in records.values() if record["arn"] == first)
    assert found["created_by"] == "arn:aws:iam::1:user/eve"
    assert [(step["name"], step.get("type"), step.get("outcome")) for step in found["steps"]] == [
        ("fit", "TrainingJob", None),
        ("good-enough", "Condition", "False"),
        ("stop", None, None),
    ]
    assert (found["steps"][0]["made_arn"], found["steps"][0]["attempts"]) == ("arn:job", 2)
    assert found["steps"][2]["failure"] == "ClientError"
    assert "row 7" not in json.dumps(records)


def test_a_pipeline_whose_executions_are_refused_is_named_and_the_others_are_read(
    account: Account, server: Server
) -> None:
    pipeline(account, "mine")
    pipeline(account, "theirs")
    execution(account, "mine", 1, [])
    execution(account, "theirs", 2, [])
    server.fail("ListPipelineExecutions", refusal("AccessDeniedException"), when="theirs")
    receipt, records = account.read_one(EXECUTION)
    assert receipt.verdict == "partial"
    assert [skip.what for skip in receipt.skipped] == ["pipeline executions of theirs"]
    assert [record["pipeline"] for record in records.values()] == ["mine"]
    server.behave()
    assert account.read(EXECUTION).complete
    assert described(server, "DescribePipelineExecution") == 1


def test_steps_that_are_throttled_keep_the_execution_open(
    account: Account, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "SLOWEST", pace.FASTEST)  # test_aws_pace.py has the waiting
    pipeline(account, "train")
    arn = execution(account, "train", 1, [{"StepName": "fit"}])
    server.fail("ListPipelineExecutionSteps", refusal("ThrottlingException"))
    receipt, records = account.read_one(EXECUTION)
    assert (receipt.verdict, records) == ("partial", {})
    assert opened(account, EXECUTION) == {arn}


@pytest.mark.parametrize(
    ("reason", "failure"),
    [
        ("AlgorithmError: age=41, income=9", "AlgorithmError"),
        ("ClientError", "ClientError"),
        ("41, 9", "unnamed"),
        ("", None),
        (None, None),
    ],
)
def test_of_a_failure_only_its_kind_is_kept(reason: str | None, failure: str | None) -> None:
    assert failure_of(reason) == failure
