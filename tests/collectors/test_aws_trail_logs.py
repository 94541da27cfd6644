"""Management events out of a trail's log files, and what its digest files say of them."""

import base64
import gzip
import hashlib
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from annexa.agent.demo.moto_lookup_events import event, seed
from annexa.collectors.aws.reader import AwsSettings
from annexa.collectors.aws.trail import log_file
from annexa.collectors.aws.trail.log_file import LogFile
from annexa.collectors.errors import UnexpectedAnswer
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from .aws_server import REGION, Account, Reply, Server, aws_server, refusal, xml_refusal

NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
KEY = rsa.generate_private_key(65537, 2048)
KIND = "aws.management_event"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with aws_server() as running:
        yield running


@pytest.fixture
def trail(server: Server, monkeypatch: pytest.MonkeyPatch) -> "Trail":
    server.behave()
    account = Account(server)
    for name, value in account.keys.items():
        monkeypatch.setenv(name, value)
    public = KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.PKCS1
    )
    keys = {"PublicKeyList": [{"Value": base64.b64encode(public).decode(), "Fingerprint": "f1"}]}
    server.fail("ListPublicKeys", Reply(200, json.dumps(keys).encode()))
    return Trail(account)


class Trail:
    """Delivers log files and digest files as CloudTrail does."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.bucket = f"trail-{account.number}"
        self.s3 = account.client("s3")
        place = {"LocationConstraint": REGION}
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration=place)

    def event(self, name: str, at: datetime, **more: Any) -> dict[str, Any]:
        actor = f"arn:aws:sts::{self.account.number}:assumed-role/deployer/anna"
        found = event(name=name, at=at, actor=actor, account=self.account.number, **more)
        detail: dict[str, Any] = json.loads(found["CloudTrailEvent"])
        return detail

    def deliver(self, at: datetime, *records: object, body: bytes | None = None) -> str:
        """One log file; its key."""
        if body is None:
            body = gzip.compress(json.dumps({"Records": list(records)}).encode())
        number = self.account.number
        unique = hashlib.sha256(body).hexdigest()[:16]
        key = (
            f"AWSLogs/{number}/CloudTrail/{REGION}/{at:%Y/%m/%d}/"
            f"{number}_CloudTrail_{REGION}_{at:%Y%m%dT%H%MZ}_{unique}.json.gz"
        )
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return key

    def digest(self, at: datetime, *keys: str, signer: Any = KEY) -> str:
        number = self.account.number
        name = f"{number}_CloudTrail-Digest_{REGION}_main_{REGION}_{at:%Y%m%dT%H%M%SZ}.json.gz"
        key = f"AWSLogs/{number}/CloudTrail-Digest/{REGION}/{at:%Y/%m/%d}/{name}"
        files = []
        for one in keys:
            packed = self.s3.get_object(Bucket=self.bucket, Key=one)["Body"].read()
            sha256 = hashlib.sha256(gzip.decompress(packed)).hexdigest()
            files.append({"s3Bucket": self.bucket, "s3Object": one, "hashValue": sha256})
        body = {
            "digestEndTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "digestS3Bucket": self.bucket,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": "f1",
            "previousDigestSignature": None,
            "logFiles": files,
        }
        content = json.dumps(body).encode()
        sha256 = hashlib.sha256(content).hexdigest()
        text = f"{body['digestEndTime']}\n{self.bucket}/{key}\n{sha256}\nnull"
        signature = signer.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()
        self.s3.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=gzip.compress(content),
            Metadata={"signature": signature, "signature-algorithm": "SHA256withRSA"},
        )
        return key

    def read(self, now: datetime = NOW, **more: Any) -> Any:
        settings = {"trail_logs": f"s3://{self.bucket}/AWSLogs", "trail_days": 5, **more}
        receipt = self.account.read(KIND, clock=lambda: now, **settings)
        return receipt.kinds[0]

    @property
    def names(self) -> list[str]:
        records = self.account.records(KIND).values()
        return sorted(record["event_name"] for record in records)


def test_events_that_write_are_read_from_all_files_of_all_days(trail: Trail) -> None:
    for days in (4, 1, 0):
        at = NOW - timedelta(days=days, hours=2)
        trail.deliver(
            at,
            trail.event(f"CreateEndpoint{days}", at),
            trail.event("DescribeEndpoint", at, read_only=True),
            trail.event("RunInstances", at, source="ec2.amazonaws.com"),
            {**trail.event("PutObject", at, source="s3.amazonaws.com"), "managementEvent": False},
        )
    found = trail.read()
    assert found.verdict == "complete", found
    assert trail.names == ["CreateEndpoint0", "CreateEndpoint1", "CreateEndpoint4"]


def test_both_ways_give_the_same_record_of_the_same_event(trail: Trail, server: Server) -> None:
    at = NOW - timedelta(hours=2)
    number = trail.account.number
    actor = f"arn:aws:sts::{number}:assumed-role/deployer/anna"
    one = event(
        name="UpdateModelPackage",
        at=at,
        actor=actor,
        account=number,
        request={"modelPackageName": "m", "modelApprovalStatus": "Approved", "free": "text"},
        source_identity="anna",
    )
    seed(server.url, [one])
    trail.deliver(at, json.loads(one["CloudTrailEvent"]))
    trail.account.read(KIND, clock=lambda: NOW)
    looked_up = trail.account.records(KIND)
    trail.account.sink.rows.clear()
    trail.account.sink.cursors.clear()
    assert trail.read().verdict == "complete"
    assert trail.account.records(KIND) == looked_up
    (record,) = looked_up.values()
    assert record["request"] == {
        "modelPackageName": "m",
        "modelApprovalStatus": "Approved",
        "free": None,
    }


def test_a_later_run_reads_only_files_that_were_stored_since(trail: Trail, server: Server) -> None:
    at = NOW - timedelta(hours=5)
    trail.deliver(at, trail.event("First", at))
    later = datetime.now(UTC) + timedelta(hours=1)  # files have the time of this machine
    assert trail.read(later).verdict == "complete"
    server.requests.clear()
    found = trail.read(later + timedelta(hours=1))
    assert found.verdict == "complete"
    assert [
        trace.operation for trace in found.operations if trace.operation == "s3:GetObject"
    ] == []


def test_a_file_that_comes_late_is_read_although_its_day_was(trail: Trail) -> None:
    at = NOW - timedelta(days=1)
    trail.deliver(at, trail.event("First", at))
    before = datetime.now(UTC) - timedelta(minutes=1)
    trail.read(before)
    trail.deliver(at - timedelta(minutes=30), trail.event("Late", at))
    trail.read(before + timedelta(hours=1))
    assert trail.names == ["First", "Late"]


def test_the_log_files_go_on_where_lookup_events_stopped(trail: Trail) -> None:
    trail.account.read(KIND, clock=lambda: NOW)  # only LookupEvents, which finds nothing
    for days in (1, 4):
        at = NOW - timedelta(days=days)
        trail.deliver(at, trail.event(f"Event{days}", at))
    trail.read(NOW + timedelta(hours=1))
    assert trail.names == ["Event1"]


def test_every_page_of_files_is_read(trail: Trail, server: Server) -> None:
    at = NOW - timedelta(hours=3)
    for minute in range(5):
        when = at + timedelta(minutes=minute)
        trail.deliver(when, trail.event(f"Event{minute}", when))
    server.list_size = 2
    found = trail.read()
    assert (found.verdict, len(trail.names)) == ("complete", 5)


def test_no_file_at_all_is_never_silence(trail: Trail) -> None:
    found = trail.read()
    assert found.verdict == "partial"
    assert [check.ok for check in found.checks] == [False]
    assert "trail_logs" in found.checks[0].note


def test_a_bucket_that_may_not_be_listed_is_denied(trail: Trail, server: Server) -> None:
    server.fail("ListObjectsV2", xml_refusal("AccessDenied", 403))
    found = trail.read()
    assert found.verdict == "denied"
    assert "grant s3:ListBucket" in str(found.remedy)


def test_a_file_that_may_not_be_read_is_named_and_read_again_the_next_time(
    trail: Trail, server: Server
) -> None:
    at = NOW - timedelta(days=4)
    trail.deliver(at, trail.event("First", at))
    server.fail("GetObject", xml_refusal("AccessDenied", 403))
    found = trail.read()
    assert found.verdict == "partial"
    assert "grant s3:GetObject" in found.skipped[0].remedy
    server.behave()
    assert trail.read(NOW + timedelta(hours=1)).verdict == "complete"
    assert trail.names == ["First"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"plain", "not packed with gzip"),
        (gzip.compress(b'{"Records": [{"eventID": "1"}]}', mtime=0)[:-12], "ends too early"),
        (gzip.compress(b'{"Records": [{"eventID"', mtime=0), "ends in the middle"),
        (gzip.compress(b"{}", mtime=0), "no list of records"),
        (gzip.compress(b'{"Records": [{"eventID": 7}]}', mtime=0), "another shape"),
    ],
)
def test_a_broken_file_is_named_and_the_others_are_read(
    trail: Trail, body: bytes, says: str
) -> None:
    at = NOW - timedelta(hours=3)
    trail.deliver(at, body=body)
    trail.deliver(at, trail.event("Whole", at))
    found = trail.read()
    assert found.verdict == "partial"
    assert says in found.skipped[0].problem
    assert trail.names == ["Whole"]


def check_of(found: Any) -> Any:
    return next(check for check in found.checks if "digest" in check.method)


def test_files_that_are_as_the_signed_digests_say_are_complete(trail: Trail) -> None:
    at = NOW - timedelta(hours=3)
    keys = [trail.deliver(at, trail.event(f"Event{number}", at)) for number in range(3)]
    trail.digest(at + timedelta(hours=1), *keys)
    found = trail.read()
    assert found.verdict == "complete", found
    assert check_of(found).found == "3 of them, 3 read now and the same"


def test_a_file_that_was_deleted_is_missed(trail: Trail) -> None:
    at = NOW - timedelta(hours=3)
    keys = [trail.deliver(at, trail.event(f"Event{number}", at)) for number in range(3)]
    trail.digest(at + timedelta(hours=1), *keys)
    trail.s3.delete_object(Bucket=trail.bucket, Key=keys[1])
    found = trail.read()
    assert found.verdict == "partial"
    assert f"{keys[1].rsplit('/', maxsplit=1)[-1]} is gone" in check_of(found).note


def test_a_file_that_was_changed_is_found(trail: Trail) -> None:
    at = NOW - timedelta(hours=3)
    key = trail.deliver(at, trail.event("DeleteTrail", at))
    trail.digest(at + timedelta(hours=1), key)
    body = gzip.compress(json.dumps({"Records": []}).encode())
    trail.s3.put_object(Bucket=trail.bucket, Key=key, Body=body)
    found = trail.read()
    assert found.verdict == "partial"
    assert "was changed" in check_of(found).note


def test_a_digest_that_somebody_else_signed_is_found(trail: Trail) -> None:
    at = NOW - timedelta(hours=3)
    key = trail.deliver(at, trail.event("First", at))
    trail.digest(at, key, signer=rsa.generate_private_key(65537, 2048))
    found = trail.read()
    assert found.verdict == "partial"
    assert "is not signed by CloudTrail" in check_of(found).note


def test_without_the_public_keys_the_digests_are_a_named_part(trail: Trail, server: Server) -> None:
    at = NOW - timedelta(hours=3)
    key = trail.deliver(at, trail.event("First", at))
    for hours in range(3):
        trail.digest(at + timedelta(hours=hours), key)
    server.behave()
    server.fail("ListPublicKeys", refusal("AccessDeniedException"))
    found = trail.read()
    assert found.verdict == "partial"
    assert [skip.what for skip in found.skipped] == ["the digest files: CloudTrail's public keys"]


@pytest.mark.parametrize(
    "address", ["http://b/AWSLogs", "s3://b/logs", "s3://bucket/AWSLogs/123456789012", "AWSLogs"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        AwsSettings(id="aws/x", region=REGION, trail_logs=address)


@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(), max_size=4),
        max_size=20,
    ),
    st.integers(min_value=1, max_value=40),
)
def test_records_are_cut_out_whole_wherever_the_chunks_end(
    records: list[dict[str, Any]], chunk: int
) -> None:
    content = json.dumps({"Records": records}, ensure_ascii=False).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_file, "_CHUNK_BYTES", chunk)
        file = LogFile("aws/x", "f", gzip.compress(content))
        assert list(file.records()) == records
    assert file.sha256 == hashlib.sha256(content).hexdigest()


def test_memory_is_bounded_by_a_chunk_and_a_bomb_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = json.dumps({"eventID": "x" * 1000})
    content = ('{"Records": [' + ",".join([record] * 40_000) + "]}").encode()
    packed = gzip.compress(content)
    tracemalloc.start()
    count = sum(1 for _ in LogFile("aws/x", "f", packed).records())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 40_000
    assert peak < len(content) / 10
    monkeypatch.setattr(log_file, "MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(UnexpectedAnswer, match="unpacks to more"):
        list(LogFile("aws/x", "f", packed).records())
