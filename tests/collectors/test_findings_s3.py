"""Reports under an S3 prefix, in moto, and a report that is larger than what is read at a time."""

import json
from collections.abc import Iterator

import pytest
from annexa.collectors.findings import prefix
from annexa.collectors.findings.kinds import FINDING, REPORT

from .aws_server import REGION, Account, Server, aws_server, xml_refusal
from .memory_sink import MemorySink
from .report_files import prowler, read


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with aws_server() as running:
        yield running


@pytest.fixture
def place(server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A bucket with one report of 40 findings, one that is broken and a web page."""
    server.behave()
    account = Account(server)
    for name, value in account.keys.items():
        monkeypatch.setenv(name, value)
    s3 = account.client("s3")
    bucket = f"reports-{account.number}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    found = [prowler(f"check-{number}") for number in range(40)]
    s3.put_object(Bucket=bucket, Key="scans/a.ocsf.json", Body=json.dumps(found).encode())
    s3.put_object(Bucket=bucket, Key="scans/b.json", Body=b"[{")
    s3.put_object(Bucket=bucket, Key="scans/a.html", Body=b"<p>")
    s3.put_object(Bucket=bucket, Key="elsewhere/c.json", Body=b"[]")
    return {"bucket": bucket, "prefix": "scans", "region": REGION, "endpoint_url": server.url}


def test_an_object_is_read_range_by_range(
    place: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefix, "_RANGE", 10_000)
    sink = MemorySink()
    receipts = read("", sink, s3=place)
    assert len(sink.subjects(FINDING)) == 40
    assert sink.subjects(REPORT) == ["a.ocsf.json"]
    assert [skip.what for skip in receipts["finding"].skipped] == ["b.json"]
    (read_again,) = [one for one in receipts["finding"].operations if one.calls > 1]
    assert (read_again.operation, read_again.calls) == ("s3:GetObject", 5)
    assert "1 files of other kinds" in receipts["report"].checks[0].note


def test_an_object_that_may_not_be_read_is_named_and_the_others_are_read(
    server: Server, place: dict[str, str]
) -> None:
    server.fail("GetObject", xml_refusal("AccessDenied", 403), when="b.json")
    sink = MemorySink()
    (skip,) = read("", sink, s3=place)["finding"].skipped
    assert (skip.what, skip.denied) == ("b.json", True)
    assert len(sink.subjects(FINDING)) == 40
