"""Trails, keys, images, alarms, log groups, clusters, data quality, rules of AWS Config."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from annexa.agent.demo.moto_missing import ANSWERS

from .aws_server import REGION, Account, Reply, Server, aws_server, refusal


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


def said(answer: dict[str, Any]) -> Reply:
    return Reply(200, json.dumps(answer).encode())


def trail(account: Account, **more: Any) -> Any:
    bucket = f"trail-{account.number}"
    place = {"LocationConstraint": REGION}
    account.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    client = account.client("cloudtrail")
    client.create_trail(Name="main", S3BucketName=bucket, **more)
    return client


def test_a_trail_says_whether_it_logs_and_whether_its_files_can_be_checked(
    account: Account,
) -> None:
    client = trail(account, EnableLogFileValidation=True, IsMultiRegionTrail=True)
    _, before = account.read_one("aws.trail")
    (found,) = before.values()
    assert (found["is_logging"], found["log_file_validation"]) == (False, True)
    client.start_logging(Name="main")
    receipt, after = account.read_one("aws.trail")
    (found,) = after.values()
    assert (receipt.verdict, found["is_logging"], found["is_multi_region"]) == (
        "complete",
        True,
        True,
    )
    assert found["home_region"] == REGION


@pytest.mark.parametrize(
    ("kept", "writes", "reads"),
    [("All", True, True), ("WriteOnly", True, False), ("ReadOnly", False, True)],
)
def test_basic_selectors_say_which_management_events_and_data_are_logged(
    account: Account, kept: str, writes: bool, reads: bool
) -> None:
    data = [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::b/"]}]
    selector = {"ReadWriteType": kept, "IncludeManagementEvents": True, "DataResources": data}
    trail(account).put_event_selectors(TrailName="main", EventSelectors=[selector])
    _, records = account.read_one("aws.trail")
    (found,) = records.values()
    assert (found["logs_management_writes"], found["logs_management_reads"]) == (writes, reads)
    assert found["data_resource_types"] == ["AWS::S3::Object"]
    assert found["selectors"][0]["data_resources"] == {"AWS::S3::Object": ["arn:aws:s3:::b/"]}


@pytest.mark.parametrize(
    ("only", "writes", "reads"),
    [(None, True, True), ("false", True, False), ("true", False, True)],
)
def test_advanced_selectors_are_read_as_what_they_take(
    account: Account, only: str | None, writes: bool, reads: bool
) -> None:
    management: list[dict[str, Any]] = [
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]},
    ]
    if only:
        management.append({"Field": "readOnly", "Equals": [only]})
    data = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::Bedrock::Guardrail"]},
    ]
    trail(account).put_event_selectors(
        TrailName="main",
        AdvancedEventSelectors=[{"FieldSelectors": management}, {"FieldSelectors": data}],
    )
    _, records = account.read_one("aws.trail")
    (found,) = records.values()
    assert (found["logs_management_writes"], found["logs_management_reads"]) == (writes, reads)
    assert found["data_resource_types"] == ["AWS::Bedrock::Guardrail"]
    assert found["selectors"][0]["excluded_sources"] == ["kms.amazonaws.com"]


def test_a_refused_status_leaves_the_trail_with_a_null(account: Account, server: Server) -> None:
    trail(account)
    server.fail("GetTrailStatus", refusal("AccessDeniedException"))
    receipt, records = account.read_one("aws.trail")
    (found,) = records.values()
    assert receipt.verdict == "partial"
    assert "is_logging" not in found
    assert "grant cloudtrail:GetTrailStatus" in receipt.skipped[0].remedy


def test_rotation_is_asked_of_keys_that_kms_rotates_and_of_no_others(account: Account) -> None:
    kms = account.client("kms")
    rotated = kms.create_key()["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=rotated)
    plain = kms.create_key()["KeyMetadata"]["Arn"]
    signing = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    receipt, records = account.read_one("aws.key")
    assert receipt.verdict == "complete"
    assert {arn: key.get("rotation_enabled") for arn, key in records.items()} == {
        rotated: True,
        plain: False,
        signing: None,
    }


def test_rotation_of_keys_that_belong_to_aws_is_not_asked_for(
    account: Account, server: Server
) -> None:
    account.client("kms").create_key()
    server.rewrites["DescribeKey"] = lambda asked, answer: answer.replace(b"CUSTOMER", b"AWS")
    receipt, records = account.read_one("aws.key")
    (found,) = records.values()
    assert (receipt.verdict, found["manager"]) == ("complete", "AWS")
    assert "rotation_enabled" not in found
    assert "GetKeyRotationStatus" not in server.requests


def test_every_page_of_keys_is_read(account: Account, server: Server) -> None:
    made = {account.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(5)}

    def page(asked: bytes, answer: bytes) -> bytes:
        at = int(json.loads(asked).get("Marker", "0"))
        keys = json.loads(answer)["Keys"]
        rest = {"Truncated": True, "NextMarker": str(at + 2)} if at + 2 < len(keys) else {}
        return json.dumps({"Keys": keys[at : at + 2], **rest}).encode()

    server.rewrites["ListKeys"] = page
    receipt, records = account.read_one("aws.key")
    assert (receipt.verdict, set(records)) == ("complete", made)
    assert receipt.operations[0].calls == 3


def manifest(number: int) -> str:
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": number}
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": {**config, "digest": f"sha256:{number:064x}"},
            "layers": [],
        }
    )


def test_images_are_read_by_digest_with_tags_and_findings(account: Account) -> None:
    ecr = account.client("ecr")
    ecr.create_repository(
        repositoryName="forecast",
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
    )
    ecr.create_repository(repositoryName="shelf")
    ecr.put_image(repositoryName="forecast", imageManifest=manifest(1), imageTag="v1")
    ecr.put_image(repositoryName="shelf", imageManifest=manifest(2), imageTag="v2")
    repositories = account.read_one("aws.image_repository")[1]
    assert repositories["forecast"]["tag_mutability"] == "IMMUTABLE"
    assert repositories["forecast"]["scans_on_push"] is True
    receipt, images = account.read_one("aws.image")
    assert receipt.verdict == "complete", receipt
    assert sorted(image["tags"] for image in images.values()) == [["v1"], ["v2"]]
    registry = f"{account.number}.dkr.ecr.{REGION}.amazonaws.com/"
    for image in images.values():
        assert image["uri"] == f"{registry}{image['repository']}@{image['digest']}"


def test_scan_findings_are_counted_by_severity_and_ecrs_own_signatures_told(
    account: Account, server: Server
) -> None:
    account.client("ecr").create_repository(repositoryName="forecast")
    image = {
        "registryId": account.number,
        "repositoryName": "forecast",
        "imageDigest": "sha256:aa",
        "imageTags": ["v1"],
        "imagePushedAt": 1_790_000_000,
        "imageScanStatus": {"status": "COMPLETE"},
        "imageScanFindingsSummary": {"findingSeverityCounts": {"CRITICAL": 2, "LOW": 9}},
        "lastRecordedPullTime": 1_790_000_001,
    }
    signature = {**image, "imageDigest": "sha256:bb", "imageTags": []}
    signature |= {"subjectManifestDigest": "sha256:aa", "artifactMediaType": "application/notary"}
    server.fail("DescribeImages", said({"imageDetails": [image, signature]}))
    status = [{"signingProfileArn": "arn:aws:signer:::p", "status": "COMPLETE"}]
    server.fail("DescribeImageSigningStatus", said({"signingStatuses": status}))
    receipt, images = account.read_one("aws.image")
    assert receipt.verdict == "complete", receipt
    found = images["forecast@sha256:aa"]
    assert (found["findings"], found["scan_status"]) == ({"CRITICAL": 2, "LOW": 9}, "COMPLETE")
    assert found["signing_status"] == ["COMPLETE"]
    assert "pull" not in json.dumps(found).lower()
    assert images["forecast@sha256:bb"]["subject_digest"] == "sha256:aa"
    assert server.requests.count("DescribeImageSigningStatus") == 1  # only where there is a tag


def test_a_region_without_signing_still_gives_its_images(account: Account, server: Server) -> None:
    account.client("ecr").create_repository(repositoryName="forecast")
    account.client("ecr").put_image(
        repositoryName="forecast", imageManifest=manifest(1), imageTag="v1"
    )
    server.fail("DescribeImageSigningStatus", refusal("UnknownOperationException"))
    receipt, images = account.read_one("aws.image")
    assert (receipt.verdict, len(images)) == ("complete", 1)


def test_alarms_on_a_metric_are_read_with_what_they_do(account: Account) -> None:
    account.client("cloudwatch").put_metric_alarm(
        AlarmName="wape",
        Namespace="Models",
        MetricName="wape",
        Dimensions=[{"Name": "EndpointName", "Value": "forecast"}],
        Statistic="Average",
        Period=300,
        EvaluationPeriods=1,
        Threshold=0.25,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[f"arn:aws:sns:{REGION}:{account.number}:oncall"],
    )
    receipt, records = account.read_one("aws.alarm")
    assert receipt.verdict == "complete"
    assert (records["wape"]["threshold"], records["wape"]["period_s"]) == ("0.25", 300)
    assert records["wape"]["dimensions"] == [{"name": "EndpointName", "value": "forecast"}]
    assert records["wape"]["actions"] == [f"arn:aws:sns:{REGION}:{account.number}:oncall"]


def test_alarms_on_other_alarms_are_read_too(account: Account, server: Server) -> None:
    alarm = {"AlarmName": "any", "AlarmArn": "arn:aws:x", "AlarmRule": "ALARM(wape)"}
    answer = {"CompositeAlarms": [alarm], "MetricAlarms": []}
    server.fail("DescribeAlarms", said(answer))
    receipt, records = account.read_one("aws.alarm")
    assert (receipt.verdict, records["any"]["rule"]) == ("complete", "ALARM(wape)")
    assert records["any"]["is_composite"] is True


def test_a_log_group_without_an_end_is_kept_for_ever(account: Account) -> None:
    logs = account.client("logs")
    for number in range(60):  # more than a page
        logs.create_log_group(logGroupName=f"/models/{number}")
    logs.put_retention_policy(logGroupName="/models/1", retentionInDays=365)
    receipt, records = account.read_one("aws.log_group")
    assert (receipt.verdict, len(records)) == ("complete", 60)
    assert records["/models/1"]["retention_days"] == 365
    assert "retention_days" not in records["/models/2"]


def test_a_cluster_says_which_logs_it_writes_and_who_may_enter(
    account: Account, server: Server
) -> None:
    logging = {"clusterLogging": [{"types": ["audit", "api"], "enabled": True}]}
    account.client("eks").create_cluster(
        name="prod",
        roleArn=f"arn:aws:iam::{account.number}:role/eks",
        resourcesVpcConfig={},
        logging=logging,
    )
    principal = f"arn:aws:iam::{account.number}:role/deployer"
    server.fail("ListAccessEntries", said({"accessEntries": [principal]}))
    entry = {"principalArn": principal, "type": "STANDARD", "kubernetesGroups": ["deployers"]}
    server.fail("DescribeAccessEntry", said({"accessEntry": entry}))
    scope = {"type": "namespace", "namespaces": ["credit"]}
    policies = [{"policyArn": "arn:aws:eks::aws:p/Edit", "accessScope": scope}]
    answer = {"clusterName": "prod", "associatedAccessPolicies": policies}
    server.fail("ListAssociatedAccessPolicies", said(answer))
    assert account.read_one("aws.cluster")[1]["prod"]["log_types"] == ["api", "audit"]
    receipt, records = account.read_one("aws.cluster_access")
    assert receipt.verdict == "complete", receipt
    assert records[f"prod/{principal}"] == {
        "cluster": "prod",
        "principal_arn": principal,
        "type": "STANDARD",
        "groups": ["deployers"],
        "policies": [
            {"arn": "arn:aws:eks::aws:p/Edit", "scope": "namespace", "namespaces": ["credit"]}
        ],
    }


def test_a_cluster_whose_access_entries_are_refused_is_named(
    account: Account, server: Server
) -> None:
    account.client("eks").create_cluster(
        name="prod", roleArn=f"arn:aws:iam::{account.number}:role/eks", resourcesVpcConfig={}
    )
    server.fail("ListAccessEntries", refusal("AccessDeniedException", 403))
    receipt, _ = account.read_one("aws.cluster_access")
    assert receipt.verdict == "partial"
    assert [skip.what for skip in receipt.skipped] == ["cluster prod"]


def test_data_quality_results_are_events_and_a_later_run_asks_for_newer_ones_only(
    account: Account, server: Server
) -> None:
    result = {
        "ResultId": "dqresult-1",
        "StartedOn": 1_790_000_000,
        "CompletedOn": 1_790_000_060,
        "RulesetName": "orders",
        "Score": 0.5,
        "DataSource": {"GlueTable": {"DatabaseName": "sales", "TableName": "orders"}},
        "RuleResults": [
            {"Name": "Rule_1", "Result": "PASS", "EvaluatedMetrics": {"Column.x": 1.0}},
            {"Name": "Rule_2", "Result": "FAIL", "EvaluationMessage": "Value: 17 of row 4"},
        ],
    }
    server.fail("ListDataQualityResults", said({"Results": [{"ResultId": "dqresult-1"}]}))
    server.fail("GetDataQualityResult", said(result))
    receipt, records = account.read_one("aws.data_quality_result")
    assert receipt.verdict == "complete", receipt
    found = records["dqresult-1"]
    assert (found["score"], found["rules_passed"], found["rules_failed"]) == ("0.5", 1, 1)
    assert (found["database"], found["table"]) == ("sales", "orders")
    assert "row 4" not in json.dumps(found)
    account.read("aws.data_quality_result")
    asked = json.loads(server.bodies["ListDataQualityResults"])
    assert datetime.fromtimestamp(asked["Filter"]["StartedAfter"], UTC) < datetime.now(UTC)


def test_a_result_that_cannot_be_read_now_is_asked_for_again(
    account: Account, server: Server
) -> None:
    server.fail("ListDataQualityResults", said({"Results": [{"ResultId": "dqresult-1"}]}))
    server.fail("GetDataQualityResult", refusal("AccessDeniedException"))
    receipt, _ = account.read_one("aws.data_quality_result")
    assert receipt.verdict == "partial"
    account.read("aws.data_quality_result")
    assert "Filter" not in json.loads(server.bodies["ListDataQualityResults"])


def test_rules_of_aws_config_come_with_what_it_says_of_them(
    account: Account, server: Server
) -> None:
    rules = [
        {
            "ConfigRuleName": name,
            "ConfigRuleArn": f"arn:aws:config:::{name}",
            "Source": {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"},
        }
        for name in ("good", "bad")
    ]
    judged = [
        {"ConfigRuleName": "good", "Compliance": {"ComplianceType": "COMPLIANT"}},
        {
            "ConfigRuleName": "bad",
            "Compliance": {
                "ComplianceType": "NON_COMPLIANT",
                "ComplianceContributorCount": {"CappedCount": 3},
            },
        },
    ]
    server.fail("DescribeConfigRules", said({"ConfigRules": rules}))
    server.fail("DescribeComplianceByConfigRule", said({"ComplianceByConfigRules": judged}))
    receipt, records = account.read_one("aws.config_rule")
    assert receipt.verdict == "complete", receipt
    assert {name: rule["outcome"] for name, rule in records.items()} == {
        "good": "pass",
        "bad": "fail",
    }
    assert records["bad"]["failing_resources"] == 3
    server.behave()
    server.fail("DescribeConfigRules", said({"ConfigRules": rules}))
    receipt, records = account.read_one("aws.config_rule")
    assert (receipt.verdict, receipt.checks[0].ok) == ("partial", False)
    assert {rule["outcome"] for rule in records.values()} == {"inconclusive"}


LISTS = {
    "aws.trail": "DescribeTrails",
    "aws.key": "ListKeys",
    "aws.image_repository": "DescribeRepositories",
    "aws.image": "DescribeRepositories",
    "aws.alarm": "DescribeAlarms",
    "aws.log_group": "DescribeLogGroups",
    "aws.config_rule": "DescribeConfigRules",
    "aws.data_quality_result": "ListDataQualityResults",
    "aws.cluster": "ListClusters",
    "aws.cluster_access": "ListClusters",
}


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (refusal("AccessDeniedException", 403), "denied"),
        (refusal("UnknownOperationException"), "unsupported"),
        (refusal("ValidationException", 400, "closed to new customers"), "unsupported"),
        (Reply(200, b"{}"), "unavailable"),
        (Reply(200, b'{"'), "unavailable"),
    ],
    ids=["refused", "unknown here", "closed", "empty", "cut"],
)
def test_what_cannot_be_listed_is_never_empty(
    account: Account, server: Server, kind: str, reply: Reply, verdict: str
) -> None:
    server.fail(LISTS[kind], reply)
    receipt, records = account.read_one(kind)
    assert (receipt.verdict, records) == (verdict, {})


@pytest.mark.parametrize("operation", ANSWERS)
def test_what_is_added_to_moto_has_the_shape_that_botocore_describes(operation: str) -> None:
    from botocore.loaders import Loader

    service, _, name = operation.partition(":")
    model = Loader().load_service_model(service, "service-2")
    shape = model["shapes"][model["operations"][name]["output"]["shape"]]
    assert ANSWERS[operation].keys() <= shape["members"].keys()
    for member, value in ANSWERS[operation].items():
        items = model["shapes"][shape["members"][member]["shape"]]["member"]["shape"]
        for item in value:
            assert item.keys() <= model["shapes"][items]["members"].keys()
