"""Requests slow down when AWS throttles them, and only then."""

from collections.abc import Iterator

import pytest
from annexa.collectors.aws import listing
from annexa.collectors.aws.pace import FASTEST, SLOWEST, Pace, Paces

from .aws_objects import labeling_job
from .aws_server import Account, Server, aws_server, refusal
from .memory_sink import FakeTime


def pace(time: FakeTime, start: float | None = 10.0) -> Pace:
    return Pace(start, now=time, sleep=time.sleep)


def taken(pace: Pace, time: FakeTime, seconds: float) -> int:
    """Requests that are made within ``seconds``."""
    end, count = time.now + seconds, 0
    while True:
        pace.wait()
        if time.now >= end:
            return count
        count += 1


def test_a_few_requests_do_not_wait_and_many_keep_the_rate() -> None:
    time = FakeTime()
    kept = pace(time)
    for _ in range(10):
        kept.wait()
    assert sum(time.slept) < 0.001
    assert 9 <= taken(kept, time, 0.99) <= 11


def test_what_is_never_throttled_becomes_as_fast_as_it_can() -> None:
    time = FakeTime()
    unhindered = pace(time)
    taken(unhindered, time, 15)
    assert unhindered.per_s == FASTEST


def test_many_requests_that_are_throttled_at_once_halve_the_rate_once() -> None:
    time = FakeTime()
    slowed = pace(time)
    for _ in range(16):
        slowed.throttled()
    assert slowed.per_s == 5
    assert taken(slowed, time, 0.99) <= 5


def test_after_it_was_throttled_it_grows_slowly() -> None:
    time = FakeTime()
    slowed = pace(time, 40.0)
    slowed.throttled()
    taken(slowed, time, 5)
    assert 24 <= slowed.per_s <= 26


def test_it_never_stops_altogether() -> None:
    time = FakeTime()
    slowed = pace(time)
    for _ in range(50):
        slowed.throttled()
        time.now += 1
    assert slowed.per_s == SLOWEST


def test_operations_are_slowed_each_on_its_own() -> None:
    paces = Paces()
    paces.of("sagemaker:ListTags", None).throttled()
    assert paces.of("sagemaker:ListTags", None).per_s == 10
    assert paces.of("sagemaker:DescribeModel", None).per_s == 20
    assert paces.of("s3:GetBucketTagging", None).per_s == FASTEST


@pytest.fixture
def server() -> Iterator[Server]:
    with aws_server() as running:
        yield running


def test_a_source_that_throttles_is_asked_more_slowly_and_read_in_full(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    throttled: list[str] = []
    monkeypatch.setattr(listing, "PAGE", 2)
    monkeypatch.setattr(Pace, "throttled", lambda self: throttled.append("once"))
    account = Account(server)
    for name, value in account.keys.items():
        monkeypatch.setenv(name, value)
    for number in range(5):
        labeling_job(account, f"job-{number}", minute=number)
    server.fail("DescribeLabelingJob", refusal("ThrottlingException"), times=3)
    assert account.read("aws.labeling_job").complete
    assert len(throttled) == 3
