"""Versions of objects: all of them, deletions too, and a second count that has to agree."""

from collections.abc import Iterator

import pytest

from .aws_server import REGION, Account, Reply, Server, aws_server, xml_refusal

KIND = "aws.object_version"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with aws_server() as running:
        yield running


@pytest.fixture
def account(server: Server, monkeypatch: pytest.MonkeyPatch) -> Account:
    server.behave()
    account = Account(server)
    for name, value in account.keys.items():
        monkeypatch.setenv(name, value)
    return account


@pytest.fixture
def bucket(account: Account) -> str:
    """With ``loans/a.parquet`` in three versions, ``loans/b.parquet`` deleted, and another
    folder."""
    s3 = account.client("s3")
    name = f"data-{account.number}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for number in range(3):
        s3.put_object(Bucket=name, Key="loans/a.parquet", Body=b"a" * number)
    s3.put_object(Bucket=name, Key="loans/b.parquet", Body=b"b")
    s3.delete_object(Bucket=name, Key="loans/b.parquet")
    s3.put_object(Bucket=name, Key="other/c", Body=b"c")
    return name


def test_every_version_and_deletion_below_an_address_is_recorded(
    account: Account, server: Server, bucket: str
) -> None:
    server.list_size = 2
    receipt, records = account.read_one(KIND, objects=[f"s3://{bucket}/loans/"])
    assert receipt.verdict == "complete", receipt
    assert [check.found[:9] for check in receipt.checks] == ["1 objects"]
    assert server.requests.count("ListObjectVersions") == 3, "five versions, two at a time"
    assert len(records) == 5
    (deletion,) = [r for r in records.values() if r.get("is_delete_marker")]
    assert deletion["key"] == "loans/b.parquet"
    sizes = {r["size_bytes"] for r in records.values() if r["key"] == "loans/a.parquet"}
    assert sizes == {0, 1, 2}


def test_a_new_version_changes_no_record_of_the_old_ones(account: Account, bucket: str) -> None:
    _, before = account.read_one(KIND, objects=[f"s3://{bucket}/loans/"])
    account.client("s3").put_object(Bucket=bucket, Key="loans/a.parquet", Body=b"new")
    _, after = account.read_one(KIND, objects=[f"s3://{bucket}/loans/"])
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1


def test_a_bucket_without_versions_gives_one_version_called_null(account: Account) -> None:
    s3 = account.client("s3")
    name = f"plain-{account.number}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    key = 'it\'s "quoted"/<b>/=ü'
    s3.put_object(Bucket=name, Key=key, Body=b"x")
    receipt, records = account.read_one(KIND, objects=[f"s3://{name}/it"])
    assert receipt.verdict == "complete", receipt
    assert list(records) == [f"{name}/{key}?versionId=null"]


def test_a_list_of_objects_that_counts_more_makes_it_partial(
    account: Account, server: Server, bucket: str
) -> None:
    one = "<Contents><Key>x</Key><LastModified>2020-01-01T00:00:00Z</LastModified></Contents>"
    answer = f"<ListBucketResult><KeyCount>2</KeyCount>{2 * one}</ListBucketResult>"
    server.fail("ListObjectsV2", Reply(200, answer.encode(), "application/xml"))
    receipt, records = account.read_one(KIND, objects=[f"s3://{bucket}/loans/"])
    assert receipt.verdict == "partial"
    assert [(check.expected, check.ok) for check in receipt.checks] == [("2 objects", False)]
    assert len(records) == 5


def test_an_address_that_is_refused_is_a_named_gap_and_the_others_are_read(
    account: Account, server: Server, bucket: str
) -> None:
    server.fail("ListObjectVersions", xml_refusal("AccessDenied", 403), when="loans")
    addresses = [f"s3://{bucket}/loans/", f"s3://{bucket}/other/"]
    receipt, records = account.read_one(KIND, objects=addresses)
    assert receipt.verdict == "partial"
    (skip,) = receipt.skipped
    assert (skip.what, skip.denied) == (f"objects below {addresses[0]}", True)
    assert "s3:ListBucketVersions" in skip.remedy
    assert [r["key"] for r in records.values()] == ["other/c"]


def test_without_an_address_nothing_is_listed_and_the_receipt_says_so(
    account: Account, server: Server, bucket: str
) -> None:
    receipt, records = account.read_one(KIND)
    assert (receipt.verdict, records) == ("complete", {})
    assert "none is named" in receipt.checks[0].note
    assert "ListObjectVersions" not in server.requests


@pytest.mark.parametrize("address", ["loans", "s3://b/*", "s3://bucket", "https://s3/x/y"])
def test_an_address_that_is_none_is_refused_with_the_configuration(
    account: Account, address: str
) -> None:
    with pytest.raises(ValueError, match="objects"):
        account.settings(objects=[address])
