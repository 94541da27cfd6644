"""S3 posture and IAM roles: absent, refused and gone are three different things."""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from annexa.collectors.aws.access.policies import grants, principals
from hypothesis import given
from hypothesis import strategies as st

from .aws_server import (
    REGION,
    Account,
    Reply,
    Server,
    aws_server,
    query_refusal,
    xml_refusal,
)

BUCKET, ROLE = "aws.bucket", "aws.role"


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


def bucket(account: Account, name: str, *, good: bool = False, blocked: int = 4) -> str:
    s3 = account.client("s3")
    name = f"{name}-{account.number}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if not good:
        return name
    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "key-1"}
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
    )
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    switches = (
        "BlockPublicAcls",
        "IgnorePublicAcls",
        "BlockPublicPolicy",
        "RestrictPublicBuckets",
    )
    s3.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration={
            switch: number < blocked for number, switch in enumerate(switches)
        },
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket=name,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "old",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "logs/"},
                    "Expiration": {"Days": 400},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                    "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}],
                }
            ]
        },
    )
    s3.put_bucket_tagging(
        Bucket=name, Tagging={"TagSet": [{"Key": "ai-system-id", "Value": "credit"}]}
    )
    return name


def test_every_page_of_buckets_is_read_with_its_posture(account: Account) -> None:
    bare = bucket(account, "bare")
    good = [bucket(account, f"good-{number}", good=True) for number in range(4)]
    receipt, records = account.read_one(BUCKET, keep=["ai-system-id"])
    assert receipt.verdict == "complete", receipt
    assert sorted(records) == sorted([bare, *good])
    assert receipt.operations[0].calls == 3
    found = records[good[0]]
    assert (found["encrypted"], found["encryption_algorithm"]) == (True, "aws:kms")
    assert (found["kms_key_id"], found["versioned"]) == ("key-1", True)
    assert (found["public_access_blocked"], found["tags"]) == (True, {"ai-system-id": "credit"})


def test_an_absent_setting_is_false_and_no_failure(account: Account) -> None:
    name = bucket(account, "bare")
    receipt, records = account.read_one(BUCKET)
    assert receipt.verdict == "complete"
    found = records[name]
    settings = ("encrypted", "versioned", "public_access_blocked", "policy_is_public")
    assert [found[key] for key in (*settings, "object_lock")] == [False] * 5
    assert "tags" not in found
    assert found["lifecycle"] == []
    assert all(not operation.failures for operation in receipt.operations)


def test_retention_is_read_with_its_rules_and_locks(account: Account) -> None:
    kept = bucket(account, "kept", good=True)
    s3 = account.client("s3")
    locked = f"locked-{account.number}"
    place = {"LocationConstraint": REGION}
    s3.create_bucket(
        Bucket=locked, CreateBucketConfiguration=place, ObjectLockEnabledForBucket=True
    )
    s3.put_object_lock_configuration(
        Bucket=locked,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 2}},
        },
    )
    receipt, records = account.read_one(BUCKET)
    assert receipt.verdict == "complete", receipt
    assert records[kept]["lifecycle"] == [
        {
            "id": "old",
            "enabled": True,
            "prefix": "logs/",
            "expires_days": 400,
            "old_versions_expire_days": 30,
            "transitions": ["90d GLACIER"],
        }
    ]
    found = records[locked]
    assert (found["object_lock"], found["object_lock_mode"]) == (True, "COMPLIANCE")
    assert found["object_lock_days"] == 730


def test_a_public_policy_is_told_as_s3_judges_it(account: Account, server: Server) -> None:
    name = bucket(account, "open")
    body = b"<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>"
    server.fail("GetBucketPolicyStatus", Reply(200, body, "application/xml"))
    _, records = account.read_one(BUCKET)
    assert records[name]["policy_is_public"] is True


def test_only_wanted_buckets_cost_requests_and_all_are_listed(
    account: Account, server: Server
) -> None:
    names = [bucket(account, name) for name in ("models", "other")]
    server.requests.clear()
    receipt, records = account.read_one(BUCKET, bucket_details=["models-*"])
    assert (receipt.verdict, sorted(records)) == ("complete", names)
    assert server.requests.count("GetBucketTagging") == 1
    assert records[names[1]]["listed_only"] is True
    assert "encrypted" not in records[names[1]]


@pytest.mark.parametrize("blocked", [0, 1, 2, 3])
def test_public_access_is_blocked_by_all_four_switches_only(account: Account, blocked: int) -> None:
    name = bucket(account, "half", good=True, blocked=blocked)
    _, records = account.read_one(BUCKET)
    assert records[name]["public_access_blocked"] is False


@pytest.mark.parametrize(
    ("operation", "field", "action"),
    [
        ("GetBucketEncryption", "encrypted", "s3:GetEncryptionConfiguration"),
        ("GetBucketVersioning", "versioned", "s3:GetBucketVersioning"),
        ("GetPublicAccessBlock", "public_access_blocked", "s3:GetBucketPublicAccessBlock"),
        ("GetBucketTagging", "tags", "s3:GetBucketTagging"),
        ("GetBucketPolicyStatus", "policy_is_public", "s3:GetBucketPolicyStatus"),
        ("GetBucketLifecycleConfiguration", "lifecycle", "s3:GetLifecycleConfiguration"),
        ("GetObjectLockConfiguration", "object_lock", "s3:GetBucketObjectLockConfiguration"),
    ],
)
def test_a_refusal_on_one_bucket_is_null_there_and_touches_no_other(
    account: Account, server: Server, operation: str, field: str, action: str
) -> None:
    names = [bucket(account, f"good-{number}", good=True) for number in range(3)]
    server.fail(operation, xml_refusal("AccessDenied", 403), when=names[1])
    receipt, records = account.read_one(BUCKET, keep=["ai-system-id"])
    assert receipt.verdict == "partial"
    assert [(skip.what, skip.denied) for skip in receipt.skipped] == [(f"bucket {names[1]}", True)]
    assert f"grant {action}" in receipt.skipped[0].remedy
    assert [field in records[name] for name in names] == [True, False, True]


def test_a_bucket_that_is_deleted_while_we_read_is_left_out(
    account: Account, server: Server
) -> None:
    names = [bucket(account, f"b-{number}") for number in range(3)]
    server.fail("GetBucketVersioning", xml_refusal("NoSuchBucket", 404), when=names[0])
    receipt, records = account.read_one(BUCKET)
    assert receipt.verdict == "complete"
    assert sorted(records) == names[1:]


def test_slow_down_is_waited_out(account: Account, server: Server) -> None:
    names = [bucket(account, f"b-{number}") for number in range(3)]
    server.fail("GetBucketTagging", xml_refusal("SlowDown", 503), times=3)
    receipt, records = account.read_one(BUCKET)
    assert (receipt.verdict, sorted(records)) == ("complete", names)


def test_a_refused_list_of_buckets_is_denied_never_empty(account: Account, server: Server) -> None:
    server.fail("ListBuckets", xml_refusal("AccessDenied", 403))
    receipt, records = account.read_one(BUCKET)
    assert (receipt.verdict, records) == ("denied", {})
    assert "grant s3:ListAllMyBuckets" in str(receipt.remedy)


@pytest.mark.parametrize("body", [b"<ListAllMyBucketsResult><Buckets><Bucket>", b"<html/>", b""])
def test_a_broken_list_of_buckets_is_never_empty(
    account: Account, server: Server, body: bytes
) -> None:
    server.fail("ListBuckets", Reply(200, body, "application/xml"))
    receipt, records = account.read_one(BUCKET)
    assert (receipt.verdict, records) == ("unavailable", {})


def test_buckets_are_asked_in_their_own_region(account: Account, server: Server) -> None:
    name = bucket(account, "here")

    def add_region(asked: bytes, answer: bytes) -> bytes:
        return answer.replace(b"</Bucket>", b"<BucketRegion>ap-south-1</BucketRegion></Bucket>")

    server.rewrites["ListBuckets"] = add_region
    _, records = account.read_one(BUCKET)
    assert records[name]["region"] == "ap-south-1"
    assert any("/ap-south-1/s3/" in header for header in server.authorizations)


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com", "AWS": ["111111111111", "*"]},
            "Action": "sts:AssumeRole",
        }
    ],
}


def role(account: Account, name: str, *, path: str = "/", **policies: Any) -> str:
    iam = account.client("iam")
    made = iam.create_role(
        RoleName=name,
        Path=path,
        AssumeRolePolicyDocument=json.dumps(TRUST),
        Tags=[{"Key": "owner", "Value": "ml"}],
    )
    for policy, document in policies.items():
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
    arn: str = made["Role"]["Arn"]
    return arn


def statement(**parts: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **parts}]}


def test_roles_are_read_with_all_that_their_policies_grant(account: Account) -> None:
    iam = account.client("iam")
    arns = [
        role(account, f"role-{number}", inline=statement(Action=["s3:GetObject", "s3:PutObject"]))
        for number in range(5)
    ]
    for number in range(3):
        document = statement(NotAction="iam:*", Condition={"Bool": {"aws:ViaAWSService": "true"}})
        policy = iam.create_policy(PolicyName=f"p{number}", PolicyDocument=json.dumps(document))
        iam.attach_role_policy(RoleName="role-0", PolicyArn=policy["Policy"]["Arn"])
    receipt, records = account.read_one(ROLE, keep=["owner"])
    assert receipt.verdict == "complete", receipt
    assert sorted(records) == sorted(arns)
    found = records[arns[0]]
    assert found["trusted"] == ["AWS:*", "AWS:111111111111", "Service:sagemaker.amazonaws.com"]
    assert len(found["attached_policies"]) == 3
    assert found["grants"][0] == {
        "effect": "Allow",
        "actions": ["s3:GetObject", "s3:PutObject"],
        "resources": ["*"],
        "conditional": False,
    }
    assert (
        found["grants"][1:]
        == [{"effect": "Allow", "not_actions": ["iam:*"], "resources": ["*"], "conditional": True}]
        * 3
    )
    assert found["tags"] == {"owner": "ml"}
    assert [check.ok for check in receipt.checks] == [True]


def test_a_role_that_is_not_in_the_list_is_missed(account: Account, server: Server) -> None:
    role(account, "role-1")
    role(account, "role-2")

    server.rewrites["GetAccountSummary"] = partial(_counted, 3)
    receipt, _ = account.read_one(ROLE)
    assert receipt.verdict == "partial"
    assert [(check.expected, check.found) for check in receipt.checks] == [
        ("3", "2, of which 0 service-linked")
    ]


def test_service_linked_roles_may_or_may_not_be_in_iams_own_number(
    account: Account, server: Server
) -> None:
    role(account, "role-1")
    role(account, "linked", path="/aws-service-role/x.amazonaws.com/")
    for number in (1, 2):
        server.rewrites["GetAccountSummary"] = partial(_counted, number)
        receipt, _ = account.read_one(ROLE)
        assert receipt.verdict == "complete", number


def test_a_policy_that_cannot_be_read_is_named(account: Account, server: Server) -> None:
    arn = role(account, "role-1")
    policy = account.client("iam").create_policy(
        PolicyName="p", PolicyDocument=json.dumps(statement(Action="s3:*"))
    )
    account.client("iam").attach_role_policy(RoleName="role-1", PolicyArn=policy["Policy"]["Arn"])
    server.rewrites["GetAccountAuthorizationDetails"] = lambda asked, answer: (
        answer if b"=Role" in asked else b"<a><b/></a>"
    )
    receipt, records = account.read_one(ROLE)
    assert receipt.verdict == "unavailable"  # a list of policies without a word of its end
    server.behave()
    server.rewrites["GetAccountAuthorizationDetails"] = lambda asked, answer: answer.replace(
        quote(json.dumps(statement(Action="s3:*"))).encode(), b"garbage"
    ).replace(b"<IsDefaultVersion>true", b"<IsDefaultVersion>false")
    receipt, records = account.read_one(ROLE)
    assert receipt.verdict == "partial"
    assert [skip.what for skip in receipt.skipped] == [f"role role-1: {policy['Policy']['Arn']}"]
    assert "grants" not in records[arn]


def test_a_refused_summary_is_a_check_that_was_not_made(account: Account, server: Server) -> None:
    role(account, "role-1")
    server.fail("GetAccountSummary", query_refusal("AccessDenied", 403))
    receipt, records = account.read_one(ROLE)
    assert (receipt.verdict, len(records)) == ("partial", 1)
    assert "iam:GetAccountSummary" in f"{receipt.remedy} {receipt.skipped}"


@pytest.mark.parametrize(
    "encode",
    [lambda document: document, json.dumps, lambda document: quote(json.dumps(document))],
    ids=["mapping", "json", "url-encoded"],
)
def test_a_policy_document_is_read_however_it_is_written(encode: Any) -> None:
    (grant,) = grants(encode(statement(Action="s3:*", NotResource=["a%20b"]))) or []
    assert grant.actions == ["s3:*"]
    assert grant.resources == ["*", "not:a%20b"]
    assert principals(encode(TRUST)) == [
        "AWS:*",
        "AWS:111111111111",
        "Service:sagemaker.amazonaws.com",
    ]


def test_a_single_statement_needs_no_list() -> None:
    (grant,) = grants({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}) or []
    assert grant.effect == "Deny"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.text() | JSON | st.fixed_dictionaries({"Statement": JSON | st.lists(JSON)}))
def test_no_document_breaks_the_reading(document: object) -> None:
    for reads in (grants, principals):
        assert reads(document) is None or isinstance(reads(document), list)


def _counted(number: int, _asked: bytes, answer: bytes) -> bytes:
    return re.sub(
        rb"(<key>Roles</key>\s*<value>)\d+", lambda match: match[1] + b"%d" % number, answer
    )
