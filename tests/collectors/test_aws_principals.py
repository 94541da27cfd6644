"""Users, groups, policies, Access Analyzer, and what holds for the whole account."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from annexa.collectors.aws.clients import without_account

from .aws_server import (
    Account,
    Reply,
    Server,
    aws_server,
    query_refusal,
    refusal,
    xml_refusal,
)


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


def document(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def actions(record: dict[str, Any]) -> list[str]:
    return [action for grant in record["grants"] for action in grant["actions"]]


def company(account: Account) -> Any:
    """Five users of whom two are in a group, and a policy of which the second version holds."""
    iam = account.client("iam")
    policy = iam.create_policy(PolicyName="approve", PolicyDocument=document("s3:GetObject"))
    arn = policy["Policy"]["Arn"]
    newer = document("sagemaker:UpdateModelPackage")
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=newer, SetAsDefault=True)
    iam.create_group(GroupName="approvers")
    iam.attach_group_policy(GroupName="approvers", PolicyArn=arn)
    for number in range(5):
        iam.create_user(UserName=f"user-{number}", Tags=[{"Key": "team", "Value": "secret"}])
    for number in range(2):
        iam.add_user_to_group(GroupName="approvers", UserName=f"user-{number}")
    iam.put_user_policy(
        UserName="user-4", PolicyName="own", PolicyDocument=document("s3:PutObject")
    )
    iam.create_access_key(UserName="user-4")
    return arn


def test_users_are_read_with_their_groups_and_what_they_are_granted(account: Account) -> None:
    company(account)
    receipt, records = account.read_one("aws.user")
    assert receipt.verdict == "complete", receipt
    by_name = {record["name"]: record for record in records.values()}
    assert by_name["user-0"]["groups"] == ["approvers"]
    assert "groups" not in by_name["user-3"]
    assert actions(by_name["user-4"]) == ["s3:PutObject"]
    assert by_name["user-0"]["tags"] == {"team": None}
    assert "AKIA" not in json.dumps(records)


def test_groups_grant_what_their_policies_in_force_do(account: Account) -> None:
    arn = company(account)
    receipt, records = account.read_one("aws.group")
    assert receipt.verdict == "complete", receipt
    (group,) = records.values()
    assert group["attached_policies"] == [arn]
    assert actions(group) == ["sagemaker:UpdateModelPackage"]


def test_customer_policies_are_read_in_the_version_in_force(account: Account) -> None:
    arn = company(account)
    receipt, records = account.read_one("aws.managed_policy")
    assert receipt.verdict == "complete", receipt
    assert records.keys() == {arn}
    assert (records[arn]["version"], records[arn]["attachments"]) == ("v2", 1)
    assert actions(records[arn]) == ["sagemaker:UpdateModelPackage"]


def test_managed_policies_are_read_once_for_all_principals(
    account: Account, server: Server
) -> None:
    company(account)
    server.requests.clear()
    receipt = account.read("aws.role", "aws.user", "aws.group")
    assert receipt.complete, receipt
    asked = [
        trace.parameters["Filter"]
        for kind in receipt.kinds
        for trace in kind.operations
        if "Filter" in trace.parameters
    ]
    assert sorted(asked) == ["Group", "LocalManagedPolicy, AWSManagedPolicy", "Role", "User"]


@pytest.mark.parametrize(
    ("kind", "key"),
    [("aws.user", "Users"), ("aws.group", "Groups"), ("aws.managed_policy", "Policies")],
)
def test_one_that_is_not_in_the_list_is_missed(
    account: Account, server: Server, kind: str, key: str
) -> None:
    company(account)
    summary = f"<entry><key>{key}</key><value>99</value></entry>"
    body = (
        "<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap>"
        f"{summary}</SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>"
    )
    server.fail("GetAccountSummary", Reply(200, body.encode(), "text/xml"))
    receipt, _ = account.read_one(kind)
    assert (receipt.verdict, receipt.checks[0].expected) == ("partial", "99")


@pytest.mark.parametrize("kind", ["aws.user", "aws.group", "aws.managed_policy"])
def test_a_refused_list_is_denied_never_empty(account: Account, server: Server, kind: str) -> None:
    server.fail("GetAccountAuthorizationDetails", query_refusal("AccessDenied", 403))
    receipt, records = account.read_one(kind)
    assert (receipt.verdict, records) == ("denied", {})
    assert "grant iam:GetAccountAuthorizationDetails" in str(receipt.remedy)


def test_the_account_says_whether_it_blocks_public_access_for_all_buckets(
    account: Account,
) -> None:
    switches = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy")
    block = dict.fromkeys((*switches, "RestrictPublicBuckets"), True)
    _, before = account.read_one("aws.account_settings")
    assert before[account.number]["public_access_blocked"] is False
    control = account.client("s3control")
    control.meta.events.register("before-sign.s3-control", without_account)
    control.put_public_access_block(AccountId=account.number, PublicAccessBlockConfiguration=block)
    receipt, after = account.read_one("aws.account_settings")
    assert receipt.verdict == "complete"
    assert after[account.number]["public_access_blocked"] is True
    assert after[account.number]["root_has_access_keys"] is False


def test_a_refused_part_of_the_account_is_null_and_named(account: Account, server: Server) -> None:
    server.fail("GetPublicAccessBlock", xml_refusal("AccessDenied", 403))
    receipt, records = account.read_one("aws.account_settings")
    assert receipt.verdict == "partial"
    assert "public_access_blocked" not in records[account.number]
    assert "grant s3:GetAccountPublicAccessBlock" in receipt.skipped[0].remedy


def finding(id_: str) -> dict[str, Any]:
    at = "2026-05-01T00:00:00Z"
    return {
        "id": id_,
        "status": "ACTIVE",
        "resource": "arn:aws:s3:::models",
        "resourceType": "AWS::S3::Bucket",
        "resourceOwnerAccount": "123456789012",
        "findingType": "ExternalAccess",
        "createdAt": at,
        "updatedAt": at,
        "analyzedAt": at,
    }


def test_findings_are_read_page_by_page_with_their_analyzer(
    account: Account, server: Server
) -> None:
    def page(asked: bytes, answer: bytes) -> bytes:
        more = {} if b"nextToken" in asked else {"nextToken": "2"}
        return json.dumps({"findings": [finding(f"f{len(more)}")], **more}).encode()

    server.rewrites["ListFindingsV2"] = page
    receipt, records = account.read_one("aws.access_finding")
    assert receipt.verdict == "complete", receipt
    assert records.keys() == {"f0", "f1"}
    assert records["f0"]["type"] == "ExternalAccess"
    assert records["f0"]["analyzer_arn"].endswith(":analyzer/account")
    assert "analyzed" not in json.dumps(records)


def test_an_analyzer_whose_findings_are_refused_is_named(account: Account, server: Server) -> None:
    server.fail("ListFindingsV2", refusal("AccessDeniedException", 403))
    receipt, _ = account.read_one("aws.access_finding")
    assert receipt.verdict == "partial"
    assert receipt.skipped[0].what.endswith(":analyzer/account")
    assert "grant access-analyzer:ListFindings" in receipt.skipped[0].remedy


def test_an_account_without_an_analyzer_has_none_and_that_is_complete(
    account: Account, server: Server
) -> None:
    server.fail("ListAnalyzers", Reply(200, b'{"analyzers": []}', "application/json"))
    for kind in ("aws.access_analyzer", "aws.access_finding"):
        receipt, records = account.read_one(kind)
        assert (receipt.verdict, records) == ("complete", {})
