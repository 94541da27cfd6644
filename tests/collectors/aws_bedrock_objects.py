"""Objects of Bedrock for tests, as AWS would describe them; what must not be kept is ``s3cr3t``."""

from typing import Any

from annexa.agent.demo.moto_shelf import on_shelf, stock

from .aws_objects import arn, at, put
from .aws_server import REGION, Account

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"


def guardrail(account: Account, name: str, version: str) -> None:
    name_of = arn(account, "bedrock", f"guardrail/{name}")
    described = {
        "name": name,
        "guardrailId": name,
        "guardrailArn": name_of,
        "version": version,
        "status": "READY",
        "topicPolicy": {"topics": [{"name": "s3cr3t", "definition": "s3cr3t", "type": "DENY"}]},
        "contentPolicy": {
            "filters": [
                {"type": "HATE", "inputStrength": "HIGH", "outputStrength": "LOW"},
                {
                    "type": "INSULTS",
                    "inputStrength": "LOW",
                    "outputStrength": "LOW",
                    "inputEnabled": False,
                    "outputEnabled": False,
                },
            ]
        },
        "wordPolicy": {
            "words": [{"text": "s3cr3t"}, {"text": "s3cr3t"}],
            "managedWordLists": [{"type": "PROFANITY"}],
        },
        "sensitiveInformationPolicy": {
            "piiEntities": [{"type": "EMAIL", "action": "ANONYMIZE"}],
            "regexes": [{"name": "s3cr3t", "pattern": "s3cr3t", "action": "BLOCK"}],
        },
        "contextualGroundingPolicy": {"filters": [{"type": "GROUNDING", "threshold": 0.7}]},
        "createdAt": at(0),
        "updatedAt": at(1),
        "blockedInputMessaging": "s3cr3t",
        "blockedOutputsMessaging": "s3cr3t",
        "kmsKeyArn": "key-1",
    }
    listed = {"id": name, "arn": name_of}
    stock(
        account.server.url,
        [
            on_shelf(
                "guardrail",
                described,
                listed=listed,
                arn=f"{name_of}:{version}",
                account=account.number,
            )
        ],
    )


def customize(account: Account, status: str) -> None:
    job, model = (arn(account, "bedrock", f"{kind}/x") for kind in ("job", "custom-model"))
    common = {
        "baseModelArn": f"arn:aws:bedrock:{REGION}::foundation-model/{MODEL}",
        "hyperParameters": {"epochCount": "2", "password": "s3cr3t"},
        "trainingDataConfig": {"s3Uri": "s3://data/train"},
        "validationDataConfig": {"validators": [{"s3Uri": "s3://data/held-out"}]},
        "outputDataConfig": {"s3Uri": "s3://data/out"},
        "customizationType": "FINE_TUNING",
        "trainingMetrics": {"trainingLoss": 0.25},
        "validationMetrics": [{"validationLoss": 0.5}],
        "creationTime": at(0),
    }
    put(
        account,
        "customization-job",
        {
            **common,
            "jobArn": job,
            "jobName": "tune",
            "outputModelName": "tuned",
            "roleArn": f"arn:aws:iam::{account.number}:role/tuner",
            "status": status,
            "endTime": at(60),
        },
        arn=job,
        tags={"ai-system-id": "assistant"},
    )
    put(
        account,
        "custom-model",
        {**common, "modelArn": model, "modelName": "tuned", "jobArn": job},
        listed={"baseModelName": MODEL},
        arn=model,
        tags={"ai-system-id": "assistant", "x": "s3cr3t"},
    )


def agent(account: Account, name: str) -> str:
    agent_arn = arn(account, "bedrock", f"agent/{name}")
    put(
        account,
        "agent",
        {
            "agentId": name,
            "agentName": "support",
            "agentArn": agent_arn,
            "agentVersion": "DRAFT",
            "instruction": "s3cr3t" * 10,
            "agentStatus": "PREPARED",
            "foundationModel": MODEL,
            "idleSessionTTLInSeconds": 60,
            "agentResourceRoleArn": f"arn:aws:iam::{account.number}:role/agent",
            "createdAt": at(0),
            "updatedAt": at(0),
            "promptOverrideConfiguration": {
                "promptConfigurations": [
                    {"promptCreationMode": "OVERRIDDEN", "basePromptTemplate": "s3cr3t"}
                ]
            },
            "guardrailConfiguration": {"guardrailIdentifier": "g", "guardrailVersion": "1"},
        },
        arn=agent_arn,
        tags={"ai-system-id": "assistant"},
    )
    return agent_arn


def knowledge_base(account: Account) -> None:
    base = arn(account, "bedrock", "knowledge-base/BASE1")
    put(
        account,
        "knowledge-base",
        {
            "knowledgeBaseId": "BASE1",
            "name": "manuals",
            "knowledgeBaseArn": base,
            "roleArn": "arn:role",
            "knowledgeBaseConfiguration": {
                "type": "VECTOR",
                "vectorKnowledgeBaseConfiguration": {
                    "embeddingModelArn": "arn:aws:bedrock:eu-central-1::foundation-model/embed"
                },
            },
            "storageConfiguration": {
                "type": "RDS",
                "rdsConfiguration": {
                    "resourceArn": "arn:rds",
                    "credentialsSecretArn": "arn:s3cr3t",
                    "databaseName": "d",
                    "tableName": "t",
                    "fieldMapping": {
                        "primaryKeyField": "p",
                        "vectorField": "v",
                        "textField": "t",
                        "metadataField": "m",
                    },
                },
            },
            "status": "ACTIVE",
            "createdAt": at(0),
            "updatedAt": at(0),
        },
        arn=base,
    )
    sources: dict[str, dict[str, Any]] = {
        "S3": {"s3Configuration": {"bucketArn": "arn:aws:s3:::docs", "inclusionPrefixes": ["a/"]}},
        "WEB": {
            "webConfiguration": {
                "sourceConfiguration": {
                    "urlConfiguration": {
                        "seedUrls": [{"url": "https://u:s3cr3t@example.org/x?t=s3cr3t"}]
                    }
                }
            }
        },
        "CONFLUENCE": {
            "confluenceConfiguration": {
                "sourceConfiguration": {
                    "hostUrl": "https://wiki.example.org",
                    "hostType": "SAAS",
                    "authType": "BASIC",
                    "credentialsSecretArn": "arn:s3cr3t",
                }
            }
        },
    }
    for kind, config in sources.items():
        put(
            account,
            "data-source",
            {
                "knowledgeBaseId": "BASE1",
                "dataSourceId": kind,
                "name": kind.lower(),
                "status": "AVAILABLE",
                "dataSourceConfiguration": {"type": kind, **config},
                "createdAt": at(0),
                "updatedAt": at(0),
            },
            arn=f"{account.number}-{kind}",
        )


def evaluation_job(account: Account, number: int) -> None:
    job = arn(account, "bedrock", f"evaluation-job/{number}")
    put(
        account,
        "evaluation-job",
        {
            "jobName": f"eval-{number}",
            "jobArn": job,
            "status": "Completed",
            "roleArn": "arn:role",
            "jobType": "Automated",
            "applicationType": "ModelEvaluation",
            "evaluationConfig": {
                "automated": {
                    "datasetMetricConfigs": [
                        {
                            "taskType": "Generation",
                            "dataset": {
                                "name": "own",
                                "datasetLocation": {"s3Uri": "s3://data/prompts"},
                            },
                            "metricNames": ["Builtin.Toxicity", "Builtin.Accuracy"],
                        }
                    ],
                    "evaluatorModelConfig": {
                        "bedrockEvaluatorModels": [{"modelIdentifier": "judge"}]
                    },
                    "customMetricConfig": {
                        "customMetrics": [
                            {
                                "customMetricDefinition": {
                                    "name": "tone",
                                    "instructions": "s3cr3t",
                                }
                            }
                        ],
                        "evaluatorModelConfig": {
                            "bedrockEvaluatorModels": [{"modelIdentifier": "judge"}]
                        },
                    },
                }
            },
            "inferenceConfig": {"models": [{"bedrockModel": {"modelIdentifier": MODEL}}]},
            "outputDataConfig": {"s3Uri": "s3://data/scores"},
            "creationTime": at(number),
            "lastModifiedTime": at(number + 9),
        },
        listed={"evaluationTaskTypes": ["Generation"]},
        arn=job,
    )
