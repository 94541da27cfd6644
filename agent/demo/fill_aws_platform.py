"""Fills moto with what surrounds the company's models: trail, logs, keys, images, alarms."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from .story import Data

_DIGEST = "sha256:" + "5d" * 32  # moto takes any
Client = Callable[[str], Any]


def fill_platform(client: Client, company: Data) -> tuple[int, Mapping[str, str]]:
    """How many things there are, and image repository -> URI of its image by digest."""
    for trail in company["trails"]:
        _trail(client("cloudtrail"), trail)
    for group in company["log_groups"]:
        _log_group(client("logs"), group)
    for alarm in company["alarms"]:
        _alarm(client("cloudwatch"), alarm)
    images = {one["repository"]: _image(client("ecr"), one) for one in company["images"]}
    _block_public_access(client("s3control"), company["account"])
    counted = ("trails", "log_groups", "alarms", "images")
    return sum(len(company[part]) for part in counted), images


def rotated_key(client: Client) -> str:
    """A key of KMS for data or models; its id."""
    kms = client("kms")
    key = str(kms.create_key(Description="models")["KeyMetadata"]["KeyId"])
    kms.enable_key_rotation(KeyId=key)
    return key


def _trail(cloudtrail: Any, trail: Data) -> None:
    cloudtrail.create_trail(
        Name=trail["name"],
        S3BucketName=trail["bucket"],
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
        EnableLogFileValidation=True,
    )
    data = [
        {"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{one}/" for one in trail["data"]]}
    ]
    cloudtrail.put_event_selectors(
        TrailName=trail["name"],
        EventSelectors=[
            {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": data}
        ],
    )
    cloudtrail.start_logging(Name=trail["name"])


def _log_group(logs: Any, group: Data) -> None:
    logs.create_log_group(logGroupName=group["name"])
    logs.put_retention_policy(logGroupName=group["name"], retentionInDays=group["days"])


def _alarm(cloudwatch: Any, alarm: Data) -> None:
    cloudwatch.put_metric_alarm(
        AlarmName=alarm["name"],
        Namespace="Nordlicht/Models",
        MetricName=alarm["metric"],
        Dimensions=[{"Name": "EndpointName", "Value": alarm["endpoint"]}],
        Statistic="Average",
        Period=3600,
        EvaluationPeriods=3,
        Threshold=alarm["above"],
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="breaching",
        AlarmActions=[alarm["tells"]],
    )


def _image(ecr: Any, image: Data) -> str:
    name = image["repository"]
    repository = ecr.create_repository(
        repositoryName=name,
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
        encryptionConfiguration={"encryptionType": "KMS"},
    )["repository"]
    kind = "application/vnd.docker"
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{kind}.distribution.manifest.v2+json",
        "config": {
            "mediaType": f"{kind}.container.image.v1+json",
            "size": 7023,
            "digest": "sha256:" + "c0" * 32,
        },
        "layers": [],
    }
    ecr.put_image(
        repositoryName=name,
        imageManifest=json.dumps(manifest),
        imageTag=image["tag"],
        imageDigest=_DIGEST,
    )
    ecr.start_image_scan(repositoryName=name, imageId={"imageTag": image["tag"]})
    return f"{repository['repositoryUri']}@{_DIGEST}"


def _block_public_access(control: Any, account: str) -> None:
    """Through a bare address: S3 Control would put the account's number before the host."""
    from ...collectors.aws.clients import without_account

    control.meta.events.register("before-sign.s3-control", without_account)
    switches = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy")
    control.put_public_access_block(
        AccountId=account,
        PublicAccessBlockConfiguration=dict.fromkeys((*switches, "RestrictPublicBuckets"), True),
    )
