"""Whose credentials, which rights, and what is said when they do not suffice."""

import json
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from annexa.collectors.aws.clients import Clients
from annexa.collectors.aws.reader import Aws

from .aws_server import Account, Reply, Server, aws_server, query_refusal, refusal

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with aws_server() as running:
        yield running


@pytest.fixture
def account(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Account:
    server.behave()
    account = Account(server)
    for name, value in account.keys.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    server.requests.clear()
    return account


def test_the_receipt_says_who_read_where_and_when(account: Account, server: Server) -> None:
    receipt = account.read("aws.account")
    assert receipt.identity is not None
    assert receipt.identity.caller == f"arn:aws:sts::{account.number}:assumed-role/tester/tester"
    assert receipt.identity.endpoint == server.url
    assert str(receipt.identity.client).startswith("botocore 1.")
    assert receipt.clock_offset_s is not None
    assert -63 < float(receipt.clock_offset_s) < -57  # the test server's clock is a minute ahead
    assert account.records("aws.account")[account.number]["partition"] == "aws"


def test_every_kind_is_named_in_the_receipt_whatever_happens(
    account: Account, server: Server
) -> None:
    server.fail("GetCallerIdentity", query_refusal("ExpiredToken", 403))
    receipt = account.read()
    assert [kind.kind for kind in receipt.kinds] == [kind.name for kind in Aws.kinds]
    assert {kind.verdict for kind in receipt.kinds} == {"denied"}
    assert "role_arn" in str(receipt.kinds[0].remedy)


def test_no_credentials_is_a_refusal_that_says_how_to_get_some(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in account.keys:
        monkeypatch.delenv(name)
    receipt = account.read("aws.bucket")
    assert receipt.kinds[0].verdict == "denied"
    assert "AWS_ACCESS_KEY_ID" in str(receipt.kinds[0].remedy)


def test_an_unknown_profile_is_a_clear_error(account: Account) -> None:
    receipt = account.read("aws.bucket", profile="not-there")
    assert receipt.kinds[0].verdict == "unavailable"
    assert "profile" in str(receipt.kinds[0].problem)
    assert "annexa.yaml" in str(receipt.kinds[0].remedy)


def test_a_profile_is_used(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in account.keys:
        monkeypatch.delenv(name)
    lines = [f"{name.lower()} = {value}" for name, value in account.keys.items()]
    Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).write_text("\n".join(["[audit]", *lines]))
    receipt = account.read("aws.account", profile="audit")
    assert receipt.complete
    assert account.records("aws.account").keys() == {account.number}


def assumed(account: Account, **more: str) -> dict[str, str]:
    return {"role_arn": f"arn:aws:iam::{account.number}:role/annexa-reader", **more}


def test_a_role_is_assumed_and_read_as(account: Account, server: Server) -> None:
    receipt = account.read("aws.account", **assumed(account, external_id="audit-7"))
    assert receipt.complete, receipt
    assert receipt.identity is not None
    assert receipt.identity.caller.endswith(":assumed-role/annexa-reader/annexa")
    assert b"ExternalId=audit-7" in server.bodies["AssumeRole"]
    assert server.requests.count("AssumeRole") == 1


def test_a_role_that_expires_in_the_middle_is_assumed_again(
    account: Account, server: Server
) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    server.rewrites["AssumeRole"] = lambda _, answer: re.sub(
        rb"(<Expiration>)[^<]*", lambda match: match[1] + soon.encode(), answer
    )
    receipt = account.read("aws.account", "aws.bucket", **assumed(account))
    assert receipt.complete, receipt
    assert server.requests.count("AssumeRole") >= 3


def test_a_role_of_fifteen_minutes_is_not_assumed_with_every_request(
    account: Account, server: Server
) -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=15)).strftime("%Y-%m-%dT%H:%M:%SZ")
    server.rewrites["AssumeRole"] = lambda _, answer: re.sub(
        rb"(<Expiration>)[^<]*", lambda match: match[1] + soon.encode(), answer
    )
    receipt = account.read("aws.account", "aws.bucket", "aws.role", **assumed(account))
    assert receipt.complete, receipt
    assert server.requests.count("AssumeRole") == 1


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException"])
def test_credentials_that_a_service_takes_for_expired_are_renewed_once(
    account: Account, server: Server, code: str
) -> None:
    server.fail("ListKeys", refusal(code, 400), times=1)
    receipt = account.read("aws.account", "aws.key", **assumed(account))
    assert receipt.complete, receipt
    assert server.requests.count("AssumeRole") == 2


def test_of_many_threads_that_find_them_expired_one_renews_them(account: Account) -> None:
    clients = Clients(account.settings(**assumed(account)))
    before = clients.get("kms"), clients.renewals
    for _ in range(16):
        clients.renew(before[1])
    assert clients.renewals == before[1] + 1
    assert clients.get("kms") is not before[0]


def test_credentials_that_stay_expired_are_a_refusal(account: Account, server: Server) -> None:
    server.fail("ListKeys", refusal("ExpiredTokenException"))
    receipt = account.read("aws.key", **assumed(account))
    assert receipt.kinds[0].verdict == "denied"
    assert "renew the credentials" in str(receipt.kinds[0].remedy)
    assert server.requests.count("ListKeys") == 2


def test_a_role_that_may_not_be_assumed_names_that_action(account: Account, server: Server) -> None:
    server.fail("AssumeRole", query_refusal("AccessDenied", 403))
    receipt = account.read("aws.bucket", **assumed(account))
    assert receipt.kinds[0].verdict == "denied"
    assert "sts:AssumeRole in the caller's policy" in str(receipt.kinds[0].remedy)


def test_a_session_token_in_an_answer_is_never_told(account: Account, server: Server) -> None:
    token = account.keys["AWS_SESSION_TOKEN"]
    text = f"The Canonical String should have been x-amz-security-token:{token}"
    server.fail("GetCallerIdentity", query_refusal("SignatureDoesNotMatch", 403, text))
    receipt = account.read("aws.account")
    assert receipt.kinds[0].verdict == "denied"
    assert token[:20] not in repr(receipt)


def test_a_server_that_is_not_there_is_unavailable(account: Account) -> None:
    receipt = account.read("aws.bucket", endpoint_url="http://127.0.0.1:1")
    assert receipt.kinds[0].verdict == "unavailable"
    assert "EndpointConnectionError" in str(receipt.kinds[0].problem)


def test_an_answer_that_drips_in_does_not_hold_the_run(account: Account, server: Server) -> None:
    server.fail("ListModelCards", Reply(200, b" " * 2000, drip_s=0.02))
    began = time.monotonic()
    receipt = account.read("aws.model_card", timeout_s=0.3)
    assert receipt.kinds[0].verdict == "unavailable"
    assert time.monotonic() - began < 20  # five attempts; in full it would take 200 s
    assert "not complete" in str(receipt.kinds[0].problem)


def test_an_answer_that_ends_early_is_not_taken(account: Account, server: Server) -> None:
    whole = b'{"ModelCardSummaries": []}'
    cut = Reply(200, whole, headers={"Content-Length": str(len(whole) + 100)})
    server.fail("ListModelCards", cut)
    receipt = account.read("aws.model_card")
    assert receipt.kinds[0].verdict == "unavailable"
    server.behave()
    server.fail("ListModelCards", cut, times=2)
    assert account.read("aws.model_card").complete


def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    account: Account, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from annexa.collectors import answer

    read_body = answer.read_body
    monkeypatch.setattr(
        "annexa.collectors.aws.transport.read_body",
        lambda chunks, **limits: read_body(chunks, limit_bytes=1000, **limits),
    )
    server.fail("ListModelCards", Reply(200, b" " * 5000))
    receipt = account.read("aws.model_card")
    assert receipt.kinds[0].verdict == "unavailable"
    assert "larger than" in str(receipt.kinds[0].problem)


def _policy_actions() -> set[str]:
    policy = json.loads((ROOT / "deploy/aws/policy.json").read_text())
    return {action for part in policy["Statement"] for action in part["Action"]}


def test_the_shipped_policy_allows_exactly_what_the_kinds_say() -> None:
    needed: set[str] = set()
    for kind in Aws.kinds:
        if not kind.permission.startswith("none"):
            needed.update(re.findall(r"[a-z0-9-]+:[A-Z]\w+", kind.permission))
    assert _policy_actions() == needed


ENFORCED = (
    "aws.account",
    "aws.model_package",
    "aws.endpoint",
    "aws.model_card",
    "aws.bucket",
    "aws.role",
    "aws.user",
    "aws.group",
    "aws.managed_policy",
    "aws.trail",
    "aws.key",
    "aws.image_repository",
    "aws.image",
    "aws.log_group",
    "aws.management_event",
)
"""Kinds whose actions moto enforces, under the names that IAM has for them."""


def _one_of_each(account: Account) -> None:
    sagemaker, s3, iam = (account.client(name) for name in ("sagemaker", "s3", "iam"))
    sagemaker.create_model_package_group(
        ModelPackageGroupName="g", ModelPackageGroupDescription="d"
    )
    sagemaker.create_model_package(ModelPackageGroupName="g", ModelPackageDescription="d")
    role = f"arn:aws:iam::{account.number}:role/serving"
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"Image": "i"})
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(
        EndpointConfigName="c", ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    sagemaker.create_model_card(ModelCardName="k", Content="{}", ModelCardStatus="Draft")
    s3.create_bucket(
        Bucket=f"policy-{account.number}",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    iam.create_role(RoleName="r", AssumeRolePolicyDocument='{"Statement": []}')
    account.client("ecr").create_repository(repositoryName="images")
    account.client("kms").create_key()
    trail = account.client("cloudtrail")
    trail.create_trail(Name="trail", S3BucketName=f"policy-{account.number}")


def test_the_shipped_policy_is_enough_and_nothing_less_is(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against moto's own enforcement of IAM policies."""
    from moto.core.authorization import enable_iam_authentication
    from moto.s3.responses import ACTION_MAP

    for query, action in {  # moto takes these for s3:ListBucket
        "encryption": "GetEncryptionConfiguration",
        "object-lock": "GetBucketObjectLockConfiguration",
        "publicAccessBlock": "GetBucketPublicAccessBlock",
    }.items():
        monkeypatch.setitem(ACTION_MAP["BUCKET"]["GET"], query, action)
    _one_of_each(account)
    iam = account.client("iam")
    iam.create_user(UserName="annexa")
    keys = iam.create_access_key(UserName="annexa")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
    monkeypatch.delenv("AWS_SESSION_TOKEN")

    def verdicts(allowed: set[str], *kinds: str) -> dict[str, str]:
        statement = {"Effect": "Allow", "Action": sorted(allowed), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="annexa", PolicyName="annexa", PolicyDocument=document)
        with enable_iam_authentication():
            return {kind.kind: kind.verdict for kind in account.read(*kinds).kinds}

    everything = _policy_actions()
    assert verdicts(everything, *ENFORCED) == dict.fromkeys(ENFORCED, "complete")
    actions = {
        action: kind.name
        for kind in Aws.kinds
        if kind.name in ENFORCED and not kind.permission.startswith("none")
        for action in kind.permission.split(", ")
        if action != "ecr:DescribeImageSigningStatus"  # our addition to moto asks for no rights
    }
    for action, kind in actions.items():
        assert verdicts(everything - {action}, kind)[kind] in ("denied", "partial"), action


def test_refusal_shapes_are_what_the_services_send(account: Account, server: Server) -> None:
    server.fail("ListModelCards", refusal("AccessDeniedException"))
    server.fail("GetAccountAuthorizationDetails", query_refusal("AccessDenied", 403))
    receipt = account.read("aws.model_card", "aws.role")
    assert [kind.verdict for kind in receipt.kinds] == ["denied", "denied"]
