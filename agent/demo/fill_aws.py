"""Fills a moto server with the company's AWS account, through boto3."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from .fill_aws_platform import fill_platform, rotated_key
from .fill_aws_surroundings import fill_surroundings
from .fill_aws_work import fill_work
from .fill_objects import fill_objects
from .moto_lookup_events import ACCOUNT, event, seed
from .story import Data, Story, filled, instant

REGION = "eu-central-1"
_EXECUTION_ROLE = f"arn:aws:iam::{ACCOUNT}:role/model-trainer"

Client = Callable[[str], Any]


def fill_aws(story: Story, url: str) -> int:
    """Create buckets, models, endpoints, cards, roles, jobs and events; how many there are."""
    import boto3

    session = boto3.Session(
        aws_access_key_id="demo", aws_secret_access_key="demo", region_name=REGION
    )

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=url)

    company = story.data("aws.yaml")
    _buckets(client, company["buckets"])
    objects = fill_objects(story, client("s3"))
    _roles(client("iam"), company["roles"])
    sagemaker = client("sagemaker")
    platform, images = fill_platform(client, company)
    packages = _packages(sagemaker, company["package_groups"], images)
    for endpoint in company["endpoints"]:
        _endpoint(sagemaker, endpoint, packages, rotated_key(client))
    for card in company["cards"]:
        _card(sagemaker, card, packages)
    names = {f"package:{number}": arn for (_, number), arn in packages.items()}
    events = [*_events(filled(company["events"], names)), *_nightly(story, company)]
    seed(url, events)
    work = fill_work(story, url, client, names, company)
    work += fill_surroundings(url, client, rotated_key(client), company)
    counted = ("buckets", "roles", "endpoints", "cards")
    made = sum(len(company[part]) for part in counted) + platform + work + objects
    return made + len(packages) + len(events)


def _buckets(client: Client, buckets: Data) -> None:
    s3 = client("s3")
    key = rotated_key(client)
    for bucket in buckets:
        name = {"Bucket": bucket["name"]}
        s3.create_bucket(**name, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_tagging(**name, Tagging={"TagSet": _tags(bucket["tags"])})
        if bucket.get("versioned"):
            s3.put_bucket_versioning(**name, VersioningConfiguration={"Status": "Enabled"})
        if bucket.get("blocked"):
            switches = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy")
            block = dict.fromkeys((*switches, "RestrictPublicBuckets"), True)
            s3.put_public_access_block(**name, PublicAccessBlockConfiguration=block)
        if how := bucket.get("encrypted"):
            rule = {"SSEAlgorithm": how}
            if how == "kms":
                rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
            rules = [{"ApplyServerSideEncryptionByDefault": rule}]
            s3.put_bucket_encryption(**name, ServerSideEncryptionConfiguration={"Rules": rules})


def _roles(iam: Any, roles: Data) -> None:
    for role in roles:
        trusts = role["trusts"]
        kind = "Service" if trusts.endswith(".amazonaws.com") else "AWS"
        kind = "Federated" if ":saml-provider/" in trusts else kind
        trust = _policy({"Principal": {kind: trusts}, "Action": "sts:AssumeRole"})
        iam.create_role(RoleName=role["name"], AssumeRolePolicyDocument=trust)
        grant = _policy({"Action": role["actions"], "Resource": "*"})
        iam.put_role_policy(RoleName=role["name"], PolicyName="work", PolicyDocument=grant)


def _policy(statement: Mapping[str, Any]) -> str:
    allow = {"Effect": "Allow", **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def _packages(
    sagemaker: Any, groups: Data, images: Mapping[str, str]
) -> dict[tuple[str, int], str]:
    """Group and number -> ARN."""
    found = {}
    for group in groups:
        sagemaker.create_model_package_group(
            ModelPackageGroupName=group["name"],
            ModelPackageGroupDescription=group["description"],
            Tags=_tags(group["tags"]),
        )
        for number, package in enumerate(group["packages"], start=1):
            where = f"s3://nordlicht-models/{group['name']}/{number}/model.tar.gz"
            made = sagemaker.create_model_package(
                ModelPackageGroupName=group["name"],
                InferenceSpecification={
                    "Containers": [{"Image": images[group["image"]], "ModelDataUrl": where}],
                    "SupportedContentTypes": ["application/json"],
                    "SupportedResponseMIMETypes": ["application/json"],
                },
                ModelApprovalStatus=package["status"],
                MetadataProperties={"CommitId": package["commit"], "Repository": group["name"]},
                ModelMetrics=_metrics(group["name"], number),
            )
            found[group["name"], number] = made["ModelPackageArn"]
    return found


def _metrics(group: str, number: int) -> Data:
    where = f"s3://nordlicht-models/{group}/{number}/quality.json"
    statistics = {"ContentType": "application/json", "S3Uri": where}
    return {"ModelQuality": {"Statistics": statistics}}


def _endpoint(
    sagemaker: Any, endpoint: Data, packages: Mapping[tuple[str, int], str], key: str
) -> None:
    name = endpoint["name"]
    group, number = endpoint["package"]
    sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=_EXECUTION_ROLE,
        PrimaryContainer={"ModelPackageName": packages[group, number]},
        EnableNetworkIsolation=True,
    )
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[
            {
                "VariantName": "all",
                "ModelName": name,
                "InitialInstanceCount": 2,
                "InstanceType": "ml.m5.large",
            }
        ],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": endpoint["capture"],
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        },
        KmsKeyId=key,
    )
    sagemaker.create_endpoint(
        EndpointName=name, EndpointConfigName=name, Tags=_tags(endpoint["tags"])
    )


def _card(sagemaker: Any, card: Data, packages: Mapping[tuple[str, int], str]) -> None:
    group, number = card["package"]
    details = {"model_package_arn": packages[group, number], "model_package_version": number}
    sagemaker.create_model_card(
        ModelCardName=card["name"],
        Content=json.dumps({**card["content"], "model_package_details": details}),
        ModelCardStatus=card["status"],
        Tags=_tags(card["tags"]),
    )


def _events(events: Data) -> Iterator[dict[str, Any]]:
    for one in events:
        request = one["request"]
        package = request.get("modelPackageName")
        yield event(
            name=one["name"],
            at=instant(one["at"]),
            actor=f"arn:aws:sts::{ACCOUNT}:assumed-role/{one['role']}/{one['who']}",
            source=one.get("source", "sagemaker.amazonaws.com"),
            request=request,
            resources=[package] if package else (),
            error_code=one.get("error"),
            source_identity=one["who"],
        )


def _nightly(story: Story, company: Data) -> Iterator[dict[str, Any]]:
    for one in company["repeated_events"]:
        for day in range(1, one["days"] + 1):
            at = story.now - timedelta(days=day, hours=story.now.hour - 2)
            yield from _events([{**one, "at": at.isoformat()}])


def _tags(tags: Data) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
