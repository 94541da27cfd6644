"""Objects of SageMaker and Bedrock for tests, as AWS would describe them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from annexa.agent.demo.moto_shelf import on_shelf, stock

from .aws_server import REGION, Account

SPRING = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def at(minutes: float) -> str:
    """So many minutes after 1 March 2026, 8:00."""
    return (SPRING + timedelta(minutes=minutes)).isoformat()


def arn(account: Account, service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{account.number}:{rest}"


def put(account: Account, resource: str, described: dict[str, Any], **more: Any) -> None:
    stock(account.server.url, [on_shelf(resource, described, account=account.number, **more)])


def labeling_job(account: Account, name: str, *, minute: float = 0, **more: Any) -> str:
    """Made at `at(minute)`; a second one of the same name replaces the first."""
    name_of = arn(account, "sagemaker", f"labeling-job/{name}")
    put(
        account,
        "labeling-job",
        {
            "LabelingJobName": name,
            "LabelingJobArn": name_of,
            "LabelingJobStatus": "Completed",
            "JobReferenceCode": "r",
            "CreationTime": at(minute),
            "LastModifiedTime": at(minute + 30),
            "LabelCounters": {"TotalLabeled": 7, "HumanLabeled": 5, "MachineLabeled": 2},
            "LabelAttributeName": "label",
            "InputConfig": {
                "DataSource": {"S3DataSource": {"ManifestS3Uri": "s3://data/manifest.json"}},
                "DataAttributes": {"ContentClassifiers": ["FreeOfAdultContent"]},
            },
            "OutputConfig": {"S3OutputPath": "s3://data/labels", "KmsKeyId": "key-1"},
            "RoleArn": f"arn:aws:iam::{account.number}:role/labeling",
            "HumanTaskConfig": {
                "WorkteamArn": arn(account, "sagemaker", "workteam/private-crowd/experts"),
                "UiConfig": {"UiTemplateS3Uri": "s3://data/template.html"},
                "TaskTitle": "secret title",
                "TaskDescription": "secret instructions",
                "NumberOfHumanWorkersPerDataObject": 3,
                "TaskTimeLimitInSeconds": 60,
            },
            "Tags": [{"Key": "ai-system-id", "Value": "vision"}],
            **more,
        },
        listed={"WorkteamArn": "w"},
        arn=name_of,
    )
    return name


def pipeline(account: Account, name: str, definition: str = "{}") -> None:
    account.client("sagemaker").create_pipeline(
        PipelineName=name,
        PipelineDefinition=definition,
        ClientRequestToken="t" * 32,
        RoleArn=f"arn:aws:iam::{account.number}:role/pipeline",
    )


def execution(
    account: Account,
    pipeline: str,
    number: int,
    steps: list[dict[str, Any]],
    status: str = "Succeeded",
) -> str:
    execution_arn = arn(account, "sagemaker", f"pipeline/{pipeline}/execution/e{number}")
    put(
        account,
        "pipeline-execution",
        {
            "PipelineArn": arn(account, "sagemaker", f"pipeline/{pipeline}"),
            "PipelineExecutionArn": execution_arn,
            "PipelineExecutionStatus": status,
            "CreationTime": at(number),
            "LastModifiedTime": at(number + 20),
            "CreatedBy": {"IamIdentity": {"Arn": "arn:aws:iam::1:user/eve"}},
        },
        listed={"PipelineName": pipeline, "StartTime": at(number)},
        arn=execution_arn,
    )
    for minute, step in enumerate(steps):
        where = {"PipelineExecutionArn": execution_arn}
        begins = {"StartTime": at(number + minute)}
        put(account, "pipeline-step", {}, listed={**where, **begins, **step})
    return execution_arn
