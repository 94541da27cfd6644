"""What the company's models on AWS go through: training, gates, monitoring, guardrails."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from .moto_lookup_events import ACCOUNT
from .moto_shelf import on_shelf, stock
from .story import Data, Story, filled, instant

REGION = "eu-central-1"
_TRAINER = f"arn:aws:iam::{ACCOUNT}:role/model-trainer"
_IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/forecast@sha256:" + "5d" * 32

Client = Callable[[str], Any]


def fill_work(
    story: Story, url: str, client: Client, names: Mapping[str, str], company: Data
) -> int:
    """How many things there are. ``names`` are the ARNs that the story's ``${package:N}`` mean."""
    sagemaker = client("sagemaker")
    for job in company["training_jobs"]:
        _train(sagemaker, job)
    shelf: list[dict[str, Any]] = []
    for pipeline in filled(company["pipelines"], names):
        _pipeline(sagemaker, pipeline)
        for execution in pipeline["executions"]:
            shelf += _execution(pipeline["name"], execution)
    for schedule in company["monitoring"]:
        shelf += _monitoring(story, schedule)
    for guardrail in company["guardrails"]:
        shelf += _guardrail(guardrail)
    stock(url, shelf)
    _log_invocations(client("bedrock"), company["invocation_logging"])
    return len(company["training_jobs"]) + len(company["pipelines"]) + len(shelf) + 1


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def _train(sagemaker: Any, job: Data) -> None:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": job["data"]}}
    sagemaker.create_training_job(
        TrainingJobName=job["name"],
        AlgorithmSpecification={"TrainingImage": _IMAGE, "TrainingInputMode": "File"},
        HyperParameters=job["hyperparameters"],
        RoleArn=_TRAINER,
        InputDataConfig=[{"ChannelName": "train", "DataSource": source}],
        OutputDataConfig={"S3OutputPath": job["output"]},
        ResourceConfig={"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
        StoppingCondition={"MaxRuntimeInSeconds": 7200},
        EnableNetworkIsolation=True,
        Tags=[{"Key": key, "Value": value} for key, value in job["tags"].items()],
    )


def _pipeline(sagemaker: Any, pipeline: Data) -> None:
    definition = {"Version": "2020-12-01", "Steps": pipeline["steps"]}
    sagemaker.create_pipeline(
        PipelineName=pipeline["name"],
        PipelineDefinition=json.dumps(definition),
        ClientRequestToken="annexa-demo-" * 3,
        RoleArn=_TRAINER,
    )


def _execution(pipeline: str, execution: Data) -> Iterator[dict[str, Any]]:
    """The execution and its steps: what the gate does not let through is not registered."""
    arn = _arn("sagemaker", f"pipeline/{pipeline}/execution/{execution['id']}")
    began = instant(execution["at"])
    steps: list[tuple[str, dict[str, Any]]] = [
        ("train", {"TrainingJob": {"Arn": _arn("sagemaker", f"training-job/{execution['id']}")}}),
        (
            "evaluate",
            {"ProcessingJob": {"Arn": _arn("sagemaker", f"processing-job/{execution['id']}")}},
        ),
        ("wape-below-limit", {"Condition": {"Outcome": str(execution["passed"])}}),
    ]
    if execution["passed"]:
        steps.append(("register", {"RegisterModel": {"Arn": execution["registers"]}}))
    times = [began + timedelta(minutes=20 * number) for number in range(len(steps) + 1)]
    yield on_shelf(
        "pipeline-execution",
        {
            "PipelineArn": _arn("sagemaker", f"pipeline/{pipeline}"),
            "PipelineExecutionArn": arn,
            "PipelineExecutionStatus": "Succeeded",
            "CreationTime": began.isoformat(),
            "LastModifiedTime": times[-1].isoformat(),
        },
        listed={"PipelineName": pipeline, "StartTime": began.isoformat()},
        arn=arn,
    )
    for number, (name, metadata) in enumerate(steps):
        step = {
            "StepName": name,
            "StepStatus": "Succeeded",
            "StartTime": times[number].isoformat(),
            "EndTime": times[number + 1].isoformat(),
            "Metadata": metadata,
            "PipelineExecutionArn": arn,
        }
        yield on_shelf("pipeline-step", {}, listed=step, arn=f"{arn}/{name}")


def _monitoring(story: Story, schedule: Data) -> Iterator[dict[str, Any]]:
    """The schedule and all its executions up to now; none found a violation."""
    arn = _arn("sagemaker", f"monitoring-schedule/{schedule['name']}")
    which = {"MonitoringScheduleName": schedule["name"], "MonitoringType": schedule["type"]}
    which["EndpointName"] = schedule["endpoint"]
    began = instant(schedule["at"])
    made = {"CreationTime": began.isoformat(), "LastModifiedTime": began.isoformat()}
    yield on_shelf(
        "monitoring-schedule",
        {
            **which,
            **made,
            "MonitoringScheduleArn": arn,
            "MonitoringScheduleStatus": "Scheduled",
            "MonitoringScheduleConfig": _config(schedule),
        },
        arn=arn,
    )
    at = began + timedelta(days=schedule["every_days"])
    while at < story.now:
        job = _arn("sagemaker", f"processing-job/{schedule['name']}-{at:%Y%m%d}")
        run = {
            **which,
            "ScheduledTime": at.isoformat(),
            "CreationTime": (at + timedelta(minutes=5)).isoformat(),
            "LastModifiedTime": (at + timedelta(minutes=25)).isoformat(),
            "MonitoringExecutionStatus": "Completed",
            "ProcessingJobArn": job,
        }
        yield on_shelf("monitoring-execution", {}, listed=run, arn=job)
        at += timedelta(days=schedule["every_days"])


def _config(schedule: Data) -> dict[str, Any]:
    where = schedule["baseline"]
    place = {"S3Output": {"S3Uri": f"{where}/reports", "LocalPath": "/opt/ml/processing/output"}}
    source = {"EndpointName": schedule["endpoint"], "LocalPath": "/opt/ml/processing/input"}
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
    return {
        "ScheduleConfig": {"ScheduleExpression": "cron(0 3 ? * * *)"},
        "MonitoringJobDefinition": {
            "BaselineConfig": {
                "ConstraintsResource": {"S3Uri": f"{where}/constraints.json"},
                "StatisticsResource": {"S3Uri": f"{where}/statistics.json"},
            },
            "MonitoringInputs": [{"EndpointInput": source}],
            "MonitoringOutputConfig": {"MonitoringOutputs": [place]},
            "MonitoringResources": {"ClusterConfig": cluster},
            "MonitoringAppSpecification": {"ImageUri": _IMAGE},
            "RoleArn": _TRAINER,
        },
    }


def _guardrail(guardrail: Data) -> Iterator[dict[str, Any]]:
    arn = _arn("bedrock", f"guardrail/{guardrail['id']}")
    at = instant(guardrail["at"]).isoformat()
    for version in guardrail["versions"]:
        described = {
            "name": guardrail["name"],
            "guardrailId": guardrail["id"],
            "guardrailArn": arn,
            "version": version,
            "status": "READY",
            "contentPolicy": {
                "filters": [
                    {"type": kind, "inputStrength": strength, "outputStrength": output}
                    for kind, strength, output in (
                        ("HATE", "HIGH", "HIGH"),
                        ("PROMPT_ATTACK", "HIGH", "NONE"),
                    )
                ]
            },
            "sensitiveInformationPolicy": {
                "piiEntities": [{"type": "EMAIL", "action": "ANONYMIZE"}]
            },
            "createdAt": at,
            "updatedAt": at,
            "blockedInputMessaging": "Please ask something else.",
            "blockedOutputsMessaging": "Please ask something else.",
        }
        listed = {"id": guardrail["id"], "arn": arn}
        tags = guardrail["tags"]
        yield on_shelf("guardrail", described, listed=listed, arn=f"{arn}:{version}", tags=tags)


def _log_invocations(bedrock: Any, logging: Data) -> None:
    bedrock.put_model_invocation_logging_configuration(
        loggingConfig={
            "s3Config": {"bucketName": logging["bucket"], "keyPrefix": logging["prefix"]},
            "textDataDeliveryEnabled": True,
            "imageDataDeliveryEnabled": False,
            "embeddingDataDeliveryEnabled": False,
        }
    )
