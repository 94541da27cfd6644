"""SageMaker: model packages, and what holds for every list, against moto and odd answers."""

import json
import time
from collections.abc import Iterator

import pytest
from annexa.collectors.aws import listing
from annexa.collectors.errors import CollectionError

from .aws_server import Account, Reply, Server, aws_server, refusal

PACKAGE, ENDPOINT, CARD = "aws.model_package", "aws.endpoint", "aws.model_card"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with aws_server() as running:
        yield running


@pytest.fixture
def account(server: Server, monkeypatch: pytest.MonkeyPatch) -> Account:
    server.behave()
    monkeypatch.setattr(listing, "PAGE", 2)
    account = Account(server)
    for name, value in account.keys.items():
        monkeypatch.setenv(name, value)
    return account


def group(account: Account, name: str, versions: int, **tags: str) -> list[str]:
    sagemaker = account.client("sagemaker")
    sagemaker.create_model_package_group(
        ModelPackageGroupName=name,
        ModelPackageGroupDescription="d",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    return [
        sagemaker.create_model_package(
            ModelPackageGroupName=name,
            ModelPackageDescription="d",
            ModelApprovalStatus="Approved",
            CustomerMetadataProperties={"approved_by": f"person-{version}", "free": "text"},
            MetadataProperties={
                "CommitId": "abc",
                "Repository": "https://bot:s3cr3t@git.example/credit?token=1",
            },
            ModelMetrics={"Bias": {"Report": {"ContentType": "a", "S3Uri": "s3://m/bias"}}},
            InferenceSpecification={
                "Containers": [{"Image": "registry/credit:1", "ModelDataUrl": "s3://m/credit"}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )["ModelPackageArn"]
        for version in range(1, versions + 1)
    ]


def test_all_versions_of_all_groups_are_read_over_many_pages(account: Account) -> None:
    arns = group(account, "credit-risk", 5, **{"ai-system-id": "credit", "secret": "x"})
    arns += group(account, "demand", 4)
    group(account, "empty", 0)
    receipt, records = account.read_one(PACKAGE, keep=["ai-system-id", "approved_by"])
    assert receipt.verdict == "complete", receipt
    assert sorted(records) == sorted(arns)
    first = records[arns[0]]
    assert (first["group"], first["version"], first["approval_status"]) == (
        "credit-risk",
        1,
        "Approved",
    )
    assert first["containers"] == [
        {"image": "registry/credit:1", "model_data_url": "s3://m/credit"}
    ]
    assert (first["commit_id"], first["has_bias_metrics"], first["has_metrics"]) == (
        "abc",
        True,
        False,
    )
    lists = [o for o in receipt.operations if o.operation == "sagemaker:ListModelPackages"]
    assert [o.calls for o in lists] == [5, 5]
    assert all(check.ok for check in receipt.checks)


def test_a_version_has_its_groups_tags_and_its_own_metadata_and_no_other_values(
    account: Account,
) -> None:
    (arn,) = group(account, "credit-risk", 1, **{"ai-system-id": "credit", "secret": "x"})
    receipt, records = account.read_one(PACKAGE, keep=["ai-system-id", "approved_by"])
    assert records[arn]["tags"] == {
        "ai-system-id": "credit",
        "secret": None,
        "approved_by": "person-1",
        "free": None,
    }
    assert receipt.guarded_values == 2
    assert records[arn]["repository"].startswith("https://git.example/credit")
    assert "s3cr3t" not in json.dumps(records)


def test_a_deleted_version_is_told_and_does_not_make_the_population_partial(
    account: Account,
) -> None:
    arns = group(account, "credit-risk", 4)
    account.client("sagemaker")  # moto cannot delete packages: take it out of its store
    from moto.sagemaker.models import sagemaker_backends

    del sagemaker_backends[account.number]["eu-central-1"].model_packages[arns[1]]
    receipt, records = account.read_one(PACKAGE)
    assert receipt.verdict == "complete"
    assert len(records) == 3
    assert "credit-risk/2" in receipt.checks[1].note


def test_a_list_that_leaves_something_out_is_partial(account: Account, server: Server) -> None:
    group(account, "credit-risk", 5)
    again: list[int] = []

    def shorten(asked: bytes, answer: bytes) -> bytes:
        page = json.loads(answer)
        if json.loads(asked)["SortOrder"] == "Ascending" and not again:
            again.append(1)
            del page["ModelPackageSummaryList"][0]
        return json.dumps(page).encode()

    server.rewrites["ListModelPackages"] = shorten
    receipt, _ = account.read_one(PACKAGE)
    assert receipt.verdict == "partial"
    assert [(check.ok, check.expected, check.found) for check in receipt.checks[:1]] == [
        (False, "4 names", "5 names")
    ]


def test_what_is_made_while_we_read_does_not_make_the_list_partial(
    account: Account, server: Server
) -> None:
    arns = group(account, "credit-risk", 2)

    def one_more(asked: bytes, answer: bytes) -> bytes:
        page = json.loads(answer)
        if json.loads(asked)["SortOrder"] == "Descending":
            new = {**page["ModelPackageSummaryList"][0], "ModelPackageArn": "arn:new"}
            page["ModelPackageSummaryList"].append({**new, "CreationTime": time.time() + 120})
        return json.dumps(page).encode()

    server.rewrites["ListModelPackages"] = one_more
    receipt, records = account.read_one(PACKAGE)
    assert receipt.verdict == "complete", receipt
    assert sorted(records) == sorted(arns)
    assert receipt.checks[0].note == "1 made since the first list began"


def test_a_package_that_goes_while_we_read_is_left_out(account: Account, server: Server) -> None:
    arns = group(account, "credit-risk", 3)
    gone = refusal("ValidationException", message=f"Could not find {arns[0]}.")
    server.fail("DescribeModelPackage", gone, when=arns[0])

    def without(asked: bytes, answer: bytes) -> bytes:
        page = json.loads(answer)
        if json.loads(asked)["SortOrder"] == "Descending":
            listed = page["ModelPackageSummaryList"]
            page["ModelPackageSummaryList"] = [p for p in listed if p["ModelPackageArn"] != arns[0]]
        return json.dumps(page).encode()

    server.rewrites["ListModelPackages"] = without
    receipt, records = account.read_one(PACKAGE)
    assert receipt.verdict == "complete", receipt
    assert sorted(records) == sorted(arns[1:])


def test_what_was_refused_is_null_and_named_with_the_action_to_grant(
    account: Account, server: Server
) -> None:
    arns = group(account, "credit-risk", 3)
    server.fail("DescribeModelPackage", refusal("AccessDeniedException"), when=arns[0])
    receipt, records = account.read_one(PACKAGE)
    assert receipt.verdict == "partial"
    (skip,) = receipt.skipped
    assert skip.denied
    assert arns[0] in skip.what
    assert "grant sagemaker:DescribeModelPackage" in skip.remedy
    assert sorted(records) == sorted(arns)
    assert records[arns[0]]["approval_status"] == "Approved"  # the list says that
    assert "has_metrics" not in records[arns[0]]


def test_what_failed_keeps_what_the_last_run_saw(account: Account, server: Server) -> None:
    arns = group(account, "credit-risk", 3)
    server.fail("DescribeModelPackage", refusal("InternalFailure", 500), when=arns[0])
    receipt, records = account.read_one(PACKAGE)
    assert receipt.verdict == "partial"
    assert sorted(records) == sorted(arns[1:])
    assert [(skip.denied, "HTTP 500" in skip.problem) for skip in receipt.skipped] == [
        (False, True)
    ]


def test_throttling_in_the_middle_of_a_list_is_waited_out(account: Account, server: Server) -> None:
    arns = group(account, "credit-risk", 5)
    throttled = refusal("ThrottlingException", headers={"Retry-After": "3"})
    server.fail("ListModelPackages", throttled, times=2, after=1)
    receipt, records = account.read_one(PACKAGE)
    assert receipt.verdict == "complete"
    assert sorted(records) == sorted(arns)
    first = next(o for o in receipt.operations if o.operation == "sagemaker:ListModelPackages")
    assert (first.retries, first.failures) == (2, {"SourceUnavailable": 2})


def test_botocore_does_not_retry_on_its_own(account: Account, server: Server) -> None:
    server.fail("ListModelPackages", refusal("InternalFailure", 500))
    receipt, _ = account.read_one(PACKAGE)
    assert receipt.verdict == "unavailable"
    assert server.requests.count("ListModelPackages") == 5  # the runner's attempts, no more


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (b'{"ModelPackageSummaryList": [{"ModelPackageArn": "arn:', "unavailable"),
        (b"<html>please log in</html>", "unavailable"),
        (b"{}", "unavailable"),
        (b'{"ModelPackageSummaryList": [{"ModelPackageArn": 7}]}', "unavailable"),
    ],
)
def test_a_broken_answer_is_never_an_empty_list(
    account: Account, server: Server, body: bytes, verdict: str
) -> None:
    server.fail("ListModelPackages", Reply(200, body))
    receipt, records = account.read_one(PACKAGE)
    assert (receipt.verdict, receipt.items, records) == (verdict, 0, {})
    assert receipt.problem


def test_a_page_token_that_repeats_ends_the_list_as_partial(
    account: Account, server: Server
) -> None:
    group(account, "credit-risk", 5)

    def repeat(asked: bytes, answer: bytes) -> bytes:
        return json.dumps({**json.loads(answer), "NextToken": "again"}).encode()

    server.rewrites["ListEndpoints"] = repeat
    server.fail("ListEndpoints", Reply(200, b'{"Endpoints": [], "NextToken": "again"}'))
    receipt, _ = account.read_one(ENDPOINT)
    assert receipt.verdict == "unavailable"
    assert "second time" in str(receipt.problem)


def test_a_refused_list_is_denied_and_other_kinds_are_read(
    account: Account, server: Server
) -> None:
    group(account, "credit-risk", 1)
    server.fail("ListModelPackageGroups", refusal("AccessDeniedException"))
    receipt = account.read(PACKAGE, CARD)
    assert [kind.verdict for kind in receipt.kinds] == ["denied", "complete"]
    assert "sagemaker:ListModelPackageGroups" in str(receipt.kinds[0].remedy)


def test_a_refusal_on_the_second_page_keeps_the_first(account: Account, server: Server) -> None:
    arns = group(account, "credit-risk", 5)
    server.fail("ListModelPackages", refusal("AccessDeniedException"), after=1)
    receipt, records = account.read_one(PACKAGE)
    assert receipt.verdict == "partial"
    assert sorted(records) == sorted(arns[:2])
    assert "AccessDeniedException" in str(receipt.problem)


def test_an_operation_that_the_region_does_not_know_is_unsupported(
    account: Account, server: Server
) -> None:
    server.fail("ListModelCards", refusal("UnknownOperationException", 404))
    receipt, _ = account.read_one(CARD)
    assert receipt.verdict == "unsupported"


def test_no_objects_is_a_complete_read_of_nothing(account: Account) -> None:
    receipt = account.read(PACKAGE, ENDPOINT, CARD)
    assert [(kind.verdict, kind.items) for kind in receipt.kinds] == [("complete", 0)] * 3


def test_many_skips_are_counted_not_listed(
    account: Account, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from annexa.collectors.aws import parts

    monkeypatch.setattr(parts, "NAMED_SKIPS", 3)
    group(account, "credit-risk", 6)
    server.fail("DescribeModelPackage", refusal("AccessDeniedException"))
    receipt, _ = account.read_one(PACKAGE)
    assert [skip.what.partition(" ")[0] for skip in receipt.skipped] == ["model"] * 3 + ["3"]
    assert all(skip.denied for skip in receipt.skipped)


def test_errors_are_collection_errors() -> None:
    from annexa.collectors.aws.errors import Gone, NotConfigured

    assert issubclass(Gone, CollectionError)
    assert issubclass(NotConfigured, CollectionError)
