"""Fills moto with what stands around the company's models: a cluster, checks, an agent, labels."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from .moto_lookup_events import ACCOUNT
from .moto_shelf import on_shelf, stock
from .story import Data, instant

REGION = "eu-central-1"
_WORKER = f"arn:aws:iam::{ACCOUNT}:role/model-trainer"
Client = Callable[[str], Any]


def fill_surroundings(url: str, client: Client, key: str, company: Data) -> int:
    """How many things there are. ``key`` is the id of a key of KMS."""
    for cluster in company["clusters"]:
        _cluster(client("eks"), cluster, key)
    for check in company["config_rules"]:
        _check(client("config"), check)
    shelf = [one for agent in company["agents"] for one in _agent(agent)]
    shelf += [_labels(job) for job in company["labelling"]]
    stock(url, shelf)
    return len(company["clusters"]) + len(company["config_rules"]) + len(shelf)


def _arn(service: str, rest: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:{service}:{REGION}:{account}:{rest}"


def _cluster(eks: Any, cluster: Data, key: str) -> None:
    encrypted = {"resources": ["secrets"], "provider": {"keyArn": _arn("kms", f"key/{key}")}}
    eks.create_cluster(
        name=cluster["name"],
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks",
        resourcesVpcConfig={"endpointPublicAccess": False, "endpointPrivateAccess": True},
        logging={"clusterLogging": [{"types": cluster["logs"], "enabled": True}]},
        encryptionConfig=[encrypted],
        tags=cluster["tags"],
    )


def _check(config: Any, check: Data) -> None:
    source = {"Owner": "AWS", "SourceIdentifier": check["source"]}
    config.put_config_rule(
        ConfigRule={
            "ConfigRuleName": check["name"],
            "Source": source,
            "Scope": {"ComplianceResourceTypes": check["types"]},
        }
    )


def _agent(agent: Data) -> Iterator[dict[str, Any]]:
    """The agent behind a guardrail, the alias that callers use, and its model."""
    arn, at = _arn("bedrock", f"agent/{agent['id']}"), instant(agent["at"]).isoformat()
    which, when = {"agentId": agent["id"]}, {"createdAt": at, "updatedAt": at}
    guardrail, version = agent["guardrail"]
    described = {
        **which,
        **when,
        "agentName": agent["name"],
        "agentArn": arn,
        "agentVersion": "DRAFT",
        "agentStatus": "PREPARED",
        "foundationModel": agent["model"],
        "idleSessionTTLInSeconds": 600,
        "agentResourceRoleArn": _WORKER,
        "guardrailConfiguration": {"guardrailIdentifier": guardrail, "guardrailVersion": version},
    }
    yield on_shelf("agent", described, arn=arn, tags=agent["tags"])
    alias = {
        **which,
        **when,
        "agentAliasId": agent["alias"],
        "agentAliasName": "live",
        "agentAliasStatus": "PREPARED",
        "routingConfiguration": [{"agentVersion": agent["version"]}],
    }
    yield on_shelf("agent-alias", {}, listed=alias, arn=f"{arn}/{agent['alias']}")
    model = {
        "modelArn": _arn("bedrock", f"foundation-model/{agent['model']}", ""),
        "modelId": agent["model"],
        "modelName": agent["model"],
        "providerName": agent["provider"],
        "modelLifecycle": {"status": "ACTIVE"},
    }
    yield on_shelf("foundation-model", {}, listed=model, arn=model["modelArn"])


def _labels(job: Data) -> dict[str, Any]:
    arn, began = _arn("sagemaker", f"labeling-job/{job['name']}"), instant(job["at"])
    labelled, failed = job["labelled"], job["failed"]
    task = {
        "WorkteamArn": _arn("sagemaker", "workteam/private-crowd/store-staff"),
        "UiConfig": {"UiTemplateS3Uri": f"{job['data']}/task.html"},
        "TaskTitle": "Empty places",
        "TaskDescription": "Mark each empty place on the shelf",
        "NumberOfHumanWorkersPerDataObject": job["people"],
        "TaskTimeLimitInSeconds": 600,
    }
    source = {"S3DataSource": {"ManifestS3Uri": f"{job['data']}/manifest.json"}}
    return on_shelf(
        "labeling-job",
        {
            "LabelingJobName": job["name"],
            "LabelingJobArn": arn,
            "LabelingJobStatus": "Completed",
            "JobReferenceCode": job["name"],
            "CreationTime": began.isoformat(),
            "LastModifiedTime": (began + timedelta(days=4)).isoformat(),
            "LabelCounters": {
                "TotalLabeled": labelled,
                "HumanLabeled": labelled,
                "MachineLabeled": 0,
                "FailedNonRetryableError": failed,
                "Unlabeled": 0,
            },
            "LabelAttributeName": "label",
            "InputConfig": {"DataSource": source},
            "OutputConfig": {"S3OutputPath": f"{job['data']}/labels"},
            "RoleArn": _WORKER,
            "HumanTaskConfig": task,
            "Tags": [{"Key": name, "Value": value} for name, value in job["tags"].items()],
        },
        listed={"WorkteamArn": task["WorkteamArn"]},
        arn=arn,
    )
