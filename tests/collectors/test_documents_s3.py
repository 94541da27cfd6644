"""Documents under an S3 prefix, in moto: versions, Object Lock, life cycle, refusals."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from annexa.collectors.documents import kinds, prefix
from annexa.collectors.documents.reader import Documents
from annexa.collectors.documents.settings import DocumentsSettings
from annexa.collectors.receipt import KindReceipt
from annexa.collectors.runner import read_source

from .aws_server import REGION, Account, Server, aws_server, xml_refusal
from .memory_sink import NOON, MemorySink, patient

POLICY = "---\nid: POL-1\ntitle: AI policy\nversion: {}\napproved_by: ines\n---\n## Purpose\nx\n"


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


def bucket(account: Account, *, versioned: bool = True, locked: bool = False) -> tuple[Any, str]:
    s3 = account.client("s3")
    name = f"documents-{account.number}"
    where = {"LocationConstraint": REGION}
    s3.create_bucket(
        Bucket=name, CreateBucketConfiguration=where, ObjectLockEnabledForBucket=locked
    )
    if versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return s3, name


def put(s3: Any, name: str, key: str, text: str, **more: Any) -> str:
    version: str = s3.put_object(Bucket=name, Key=key, Body=text.encode(), **more).get(
        "VersionId", "null"
    )
    return version


def read(
    server: Server, name: str, sink: MemorySink, below: str = "docs", **more: Any
) -> dict[str, KindReceipt]:
    place = {"bucket": name, "prefix": below, "region": REGION, "endpoint_url": server.url}
    settings = DocumentsSettings.model_validate({"id": "documents/s3", "s3": place, **more})
    receipt = read_source(Documents(settings), settings, slot=NOON, sink=sink, retry=patient())
    return {kind.kind.removeprefix("documents."): kind for kind in receipt.kinds}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_documents_are_read_with_all_their_versions(server: Server, account: Account) -> None:
    s3, name = bucket(account)
    first = put(s3, name, "docs/policies/ai.md", POLICY.format(1))
    second = put(s3, name, "docs/policies/ai.md", POLICY.format(2))
    put(s3, name, "docs/manual.pdf", "%PDF")
    put(s3, name, "docs/manual.pdf.meta.yaml", "id: MAN\ncontrols: [A.8.2]\n")
    put(s3, name, "docs/systems/a.yaml", "name: A\n")
    put(s3, name, "docs/plain.md", "no front matter")
    put(s3, name, "docs/folder/", "")
    put(s3, name, "docs-of-others/x.md", POLICY.format(1))
    sink = MemorySink()
    found = read(server, name, sink)
    assert sorted(sink.subjects(kinds.DOCUMENT)) == ["manual.pdf", "policies/ai.md"]
    assert sink.subjects(kinds.SYSTEM) == ["a"]
    record = sink.body(kinds.DOCUMENT, "policies/ai.md")
    assert (record["id"], record["version"], record["headings"]) == ("POL-1", "2", ["Purpose"])
    assert record["sha256"] == sha256(POLICY.format(2))
    assert record["modified_at"] >= record["first_committed_at"]
    assert "commit" not in record
    versions = {
        name.partition("@")[2]: sink.body(kinds.VERSION, name)
        for name in sink.subjects(kinds.VERSION)
        if name.startswith("policies/")
    }
    assert set(versions) == {first, second}
    assert versions[first]["sha256"] == sha256(POLICY.format(1))
    assert (versions[first]["version"], versions[first]["is_current"]) == ("1", False)
    assert versions[second]["is_current"] is True
    assert {name: kind.verdict for name, kind in found.items()} == {
        **dict.fromkeys(found, "complete"),
        **dict.fromkeys(("branch_protection", "merge", "push"), "unsupported"),
    }


def test_every_page_of_versions_is_read(
    server: Server, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefix, "PAGE_SIZE", 2)
    s3, name = bucket(account)
    for number in range(7):
        put(s3, name, f"docs/{number % 3}.md", POLICY.format(number))
    sink = MemorySink()
    found = read(server, name, sink)["document"]
    assert len(sink.subjects(kinds.VERSION)) == 7
    listed = next(one for one in found.operations if one.operation == "s3:ListObjectVersions")
    assert listed.calls == 4


def test_a_deleted_document_is_gone_and_its_past_is_too_but_not_one_that_came_back(
    server: Server, account: Account
) -> None:
    s3, name = bucket(account)
    put(s3, name, "docs/gone.md", POLICY.format(1))
    s3.delete_object(Bucket=name, Key="docs/gone.md")
    put(s3, name, "docs/back.md", POLICY.format(1))
    s3.delete_object(Bucket=name, Key="docs/back.md")
    put(s3, name, "docs/back.md", POLICY.format(2))
    sink = MemorySink()
    assert read(server, name, sink)["version"].verdict == "complete"
    assert sink.subjects(kinds.DOCUMENT) == ["back.md"]
    versions = [sink.body(kinds.VERSION, one) for one in sink.subjects(kinds.VERSION)]
    assert sorted(one["is_deletion"] for one in versions) == [False, False, True]
    assert [one["version"] for one in versions if one["is_current"]] == ["2"]


def test_object_lock_is_read_of_the_bucket_and_of_each_version(
    server: Server, account: Account
) -> None:
    s3, name = bucket(account, locked=True)
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Years": 3}}
    s3.put_object_lock_configuration(
        Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    until = datetime(2030, 1, 1, tzinfo=UTC)
    put(
        s3,
        name,
        "docs/a.md",
        POLICY.format(1),
        ObjectLockMode="COMPLIANCE",
        ObjectLockRetainUntilDate=until,
        ObjectLockLegalHoldStatus="ON",
    )
    sink = MemorySink()
    assert read(server, name, sink)["place"].verdict == "complete"
    assert sink.body(kinds.PLACE, "s3") == {
        "place": "s3",
        "keeps_versions": True,
        "lock_mode": "GOVERNANCE",
        "lock_days": 3 * 365,
    }
    version = sink.body(kinds.VERSION, sink.subjects(kinds.VERSION)[0])
    assert (version["lock_mode"], version["locked_until"]) == ("COMPLIANCE", "2030-01-01T00:00:00Z")
    assert version["legal_hold"] is True


def test_a_bucket_that_overwrites_or_throws_old_versions_away_says_so(
    server: Server, account: Account
) -> None:
    s3, name = bucket(account, versioned=False)
    put(s3, name, "docs/a.md", POLICY.format(1))
    put(s3, name, "docs/a.md", POLICY.format(2))

    def expiring(prefix: str, days: int, status: str = "Enabled") -> dict[str, Any]:
        noncurrent = {"NoncurrentDays": days}
        return {
            "ID": f"{prefix}{days}",
            "Status": status,
            "Filter": {"Prefix": prefix},
            "NoncurrentVersionExpiration": noncurrent,
        }

    rules = [expiring("", 90), expiring("docs/", 30), expiring("logs/", 1)]
    rules.append(expiring("docs/", 2, "Disabled"))
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    sink = MemorySink()
    read(server, name, sink)
    assert sink.body(kinds.PLACE, "s3") == {
        "place": "s3",
        "keeps_versions": False,
        "expires_after_days": 30,
    }
    assert [one.partition("@")[2] for one in sink.subjects(kinds.VERSION)] == ["null"]


def test_a_prefix_without_the_right_to_list_is_denied_with_the_action(
    server: Server, account: Account
) -> None:
    _, name = bucket(account)
    server.fail("ListObjectVersions", xml_refusal("AccessDenied", 403))
    sink = MemorySink()
    found = read(server, name, sink)
    assert (found["document"].verdict, found["version"].verdict) == ("denied", "denied")
    assert "s3:ListBucketVersions" in (found["document"].remedy or "")
    assert sink.subjects(kinds.DOCUMENT) == []


def test_an_object_that_may_not_be_read_is_named_and_the_rest_is_read(
    server: Server, account: Account
) -> None:
    s3, name = bucket(account)
    put(s3, name, "docs/open.md", POLICY.format(1))
    put(s3, name, "docs/closed.md", POLICY.format(1))
    server.fail("GetObject", xml_refusal("AccessDenied", 403), when="/docs/closed.md")
    sink = MemorySink()
    found = read(server, name, sink)
    assert sink.subjects(kinds.DOCUMENT) == ["open.md"]
    assert found["document"].verdict == found["version"].verdict == "partial"
    assert {skip.what.partition(" ")[0] for skip in found["version"].skipped} == {"closed.md"}


def test_a_bucket_that_is_not_there_is_a_gap(server: Server, account: Account) -> None:
    found = read(server, "no-such-bucket-here", MemorySink())
    del found["published_copy"]  # there are none to be read
    assert {kind.verdict for kind in found.values()} <= {"unavailable", "unsupported", "partial"}
    assert "NoSuchBucket" in (found["document"].problem or "")


@pytest.mark.parametrize(
    ("text", "bucket_name", "below"),
    [("s3://b-1/x/y", "b-1", "x/y"), ("b-1", "b-1", ""), ("b-1/x/", "b-1", "x/")],
)
def test_the_short_form_names_bucket_and_prefix(text: str, bucket_name: str, below: str) -> None:
    settings = DocumentsSettings.model_validate({"id": "documents/x", "s3": text})
    assert settings.s3 is not None
    assert (settings.s3.bucket, settings.s3.prefix) == (bucket_name, below)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"path": ".", "s3": "bucket"},
        {"s3": "bucket", "host": {"type": "github", "repository": "a/b"}},
        {"path": ".", "host": {"type": "github", "repository": "a"}},
        {"path": ".", "host": {"type": "gitlab", "repository": "a/../b"}},
        {"path": ".", "host": {"type": "github", "repository": "a/b", "url": "https://u:p@x"}},
        {"path": ".", "published": {"a": "ftp://x/y"}},
    ],
)
def test_settings_that_name_no_place_or_two_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"set one of|host goes|owner/name|expected"):
        DocumentsSettings.model_validate({"id": "documents/x", **wrong})
