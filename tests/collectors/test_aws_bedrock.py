"""Bedrock's kinds, against moto and the shelf; every shape checked against AWS's own."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from annexa.collectors.aws import listing, pace

from .aws_bedrock_objects import (
    MODEL,
    agent,
    customize,
    evaluation_job,
    guardrail,
    knowledge_base,
)
from .aws_objects import arn, at, put
from .aws_server import REGION, Account, Reply, Server, aws_server, refusal
from .aws_shapes import shapes_checked

LOGGING, GUARDRAIL = "aws.bedrock_invocation_logging", "aws.bedrock_guardrail"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with aws_server() as running, shapes_checked():
        yield running


@pytest.fixture
def account(server: Server, monkeypatch: pytest.MonkeyPatch) -> Account:
    server.behave()
    monkeypatch.setattr(listing, "PAGE", 2)
    account = Account(server)
    for name, value in account.keys.items():
        monkeypatch.setenv(name, value)
    return account


def read(account: Account, kind: str, **more: Any) -> dict[str, Any]:
    receipt, records = account.read_one(kind, **more)
    assert receipt.verdict == "complete", receipt
    assert "s3cr3t" not in json.dumps(records)
    return records


def test_every_version_of_every_guardrail_says_which_policies_it_has_and_no_words(
    account: Account,
) -> None:
    for name in ("a", "b", "c"):
        for version in ("DRAFT", "1", "2"):
            guardrail(account, name, version)
    records = read(account, GUARDRAIL)
    assert sorted(records) == sorted(f"{n}/{v}" for n in "abc" for v in ("1", "2", "DRAFT"))
    found = records["a/1"]
    assert (found["denied_topics"], found["words"], found["patterns"]) == (1, 2, 1)
    assert found["word_lists"] == ["PROFANITY"]
    assert [(one["type"], one["enabled"]) for one in found["content_filters"]] == [
        ("HATE", True),
        ("INSULTS", False),
    ]
    assert found["pii"] == [{"type": "EMAIL", "action": "ANONYMIZE"}]
    assert (found["grounding"][0]["type"], found["grounding"][0]["threshold"]) == (
        "GROUNDING",
        "0.7",
    )


def test_a_guardrail_whose_versions_are_refused_is_named_and_the_others_are_read(
    account: Account, server: Server
) -> None:
    guardrail(account, "mine", "DRAFT")
    guardrail(account, "theirs", "DRAFT")
    server.fail("ListGuardrails", refusal("AccessDeniedException", 403), when="theirs")
    receipt, records = account.read_one(GUARDRAIL)
    assert (receipt.verdict, list(records)) == ("partial", ["mine/DRAFT"])
    assert [skip.what for skip in receipt.skipped] == ["guardrails of theirs/DRAFT"]
    assert receipt.skipped[0].denied
    assert "bedrock:ListGuardrails" in receipt.skipped[0].remedy


def test_a_guardrail_that_was_deleted_after_it_was_listed_is_gone_and_no_gap(
    account: Account, server: Server
) -> None:
    guardrail(account, "stays", "DRAFT")
    guardrail(account, "goes", "DRAFT")
    gone = refusal("ResourceNotFoundException", 404)
    server.fail("ListGuardrails", gone, when="guardrailIdentifier=goes")
    assert list(read(account, GUARDRAIL)) == ["stays/DRAFT"]


def test_a_region_without_invocation_logging_has_a_record_that_says_so(account: Account) -> None:
    assert read(account, LOGGING) == {REGION: {"region": REGION, "configured": False}}


def test_invocation_logging_says_where_to_and_what(account: Account) -> None:
    account.client("s3").create_bucket(
        Bucket=f"logs-{account.number}",
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    account.client("bedrock").put_model_invocation_logging_configuration(
        loggingConfig={
            "s3Config": {"bucketName": f"logs-{account.number}", "keyPrefix": "p"},
            "textDataDeliveryEnabled": True,
            "imageDataDeliveryEnabled": False,
        }
    )
    found = read(account, LOGGING)[REGION]
    assert (found["configured"], found["text"], found["images"]) == (True, True, False)
    assert (found["bucket"], found["prefix"]) == (f"logs-{account.number}", "p")


@pytest.mark.parametrize(
    "answer",
    [
        refusal("UnknownOperationException", 404, "Unknown operation"),
        refusal("ValidationException", 400, "Unknown Operation"),
    ],
)
def test_an_operation_that_the_region_does_not_have_is_unsupported_however_it_is_said(
    account: Account, server: Server, answer: Reply
) -> None:
    server.fail("ListCustomModels", answer)
    receipt, records = account.read_one("aws.bedrock_custom_model")
    assert (receipt.verdict, records) == ("unsupported", {})


@pytest.mark.parametrize("body", [b'{"modelSummaries": [', b"", b'{"other": []}'])
def test_a_list_that_was_cut_short_is_never_an_empty_list(
    account: Account, server: Server, body: bytes
) -> None:
    server.fail("ListImportedModels", Reply(200, body, "application/json"))
    receipt, _ = account.read_one("aws.bedrock_imported_model")
    assert receipt.verdict == "unavailable"


def test_a_custom_model_and_the_job_that_made_it_tell_their_data(account: Account) -> None:
    keep = ["ai-system-id", "epochCount"]
    customize(account, "InProgress")
    assert read(account, "aws.bedrock_customization_job", keep=keep) == {}
    customize(account, "Completed")
    (job,) = read(account, "aws.bedrock_customization_job", keep=keep).values()
    assert (job["status"], job["output_model"], job["ended_at"][:16]) == (
        "Completed",
        "tuned",
        at(60)[:16],
    )
    assert job["hyperparameters"] == {"epochCount": "2", "password": None}
    assert job["training_data_uri"] == "s3://data/train"
    assert job["validation_data_uris"] == ["s3://data/held-out"]
    assert job["trained_on_logs"] is False
    assert job["tags"] == {"ai-system-id": "assistant"}
    (model,) = read(account, "aws.bedrock_custom_model", keep=keep).values()
    assert (model["name"], model["customization"]) == ("tuned", "FINE_TUNING")
    assert (model["training_loss"], model["validation_losses"]) == ("0.25", ["0.5"])
    assert model["hyperparameters"] == {"epochCount": "2", "password": None}
    assert model["tags"] == {"ai-system-id": "assistant", "x": None}


def test_imported_models_throughput_profiles_and_foundation_models(account: Account) -> None:
    imported = arn(account, "bedrock", "imported-model/x")
    put(
        account,
        "imported-model",
        {
            "modelArn": imported,
            "modelName": "x",
            "jobArn": "arn:job",
            "modelDataSource": {"s3DataSource": {"s3Uri": "s3://m/x?sig=s3cr3t"}},
            "creationTime": at(0),
            "modelArchitecture": "llama",
        },
        arn=imported,
        tags={"a": "s3cr3t"},
    )
    throughput = arn(account, "bedrock", "provisioned-model/t")
    put(
        account,
        "provisioned-model",
        {},
        listed={
            "provisionedModelName": "t",
            "provisionedModelArn": throughput,
            "modelArn": imported,
            "desiredModelArn": imported,
            "foundationModelArn": "arn:f",
            "modelUnits": 1,
            "desiredModelUnits": 1,
            "status": "InService",
            "creationTime": at(0),
            "lastModifiedTime": at(0),
        },
        arn=throughput,
    )
    for kind in ("APPLICATION", "SYSTEM_DEFINED"):
        profile = arn(account, "bedrock", f"inference-profile/{kind}")
        put(
            account,
            "inference-profile",
            {},
            listed={
                "inferenceProfileName": kind,
                "inferenceProfileArn": profile,
                "inferenceProfileId": kind,
                "models": [{"modelArn": "arn:b"}, {"modelArn": "arn:a"}],
                "status": "ACTIVE",
                "type": kind,
            },
            arn=profile,
        )
    put(
        account,
        "foundation-model",
        {},
        listed={
            "modelArn": "arn:f",
            "modelId": MODEL,
            "providerName": "Anthropic",
            "modelLifecycle": {"status": "LEGACY", "endOfLifeTime": at(60)},
        },
    )
    assert read(account, "aws.bedrock_imported_model")[imported]["source_uri"] == "s3://m/x?…"
    found = read(account, "aws.bedrock_provisioned_throughput")[throughput]
    assert (found["model_arn"], found["status"]) == (imported, "InService")
    profiles = read(account, "aws.bedrock_inference_profile")
    assert list(profiles) == ["APPLICATION"]
    assert profiles["APPLICATION"]["model_arns"] == ["arn:a", "arn:b"]
    model = read(account, "aws.bedrock_foundation_model")[MODEL]
    assert (model["provider"], model["lifecycle"]) == ("Anthropic", "LEGACY")


def test_an_agent_says_which_model_acts_behind_which_guardrail(account: Account) -> None:
    agent(account, "AGENT1")
    for number in range(3):
        put(
            account,
            "agent-alias",
            {},
            listed={
                "agentId": "AGENT1",
                "agentAliasId": f"TSTALIAS0{number}",
                "agentAliasName": "live",
                "agentAliasStatus": "PREPARED",
                "routingConfiguration": [{"agentVersion": "3"}],
                "aliasInvocationState": "REJECT_INVOCATIONS",
                "createdAt": at(number),
                "updatedAt": at(number),
            },
            arn=f"alias-{number}",
        )
    found = read(account, "aws.bedrock_agent", keep=["ai-system-id"])["AGENT1"]
    assert (found["foundation_model"], found["guardrail"], found["guardrail_version"]) == (
        MODEL,
        "g",
        "1",
    )
    assert found["overrides_prompts"] is True
    assert found["tags"] == {"ai-system-id": "assistant"}
    assert len(found["aliases"]) == 3
    assert found["aliases"][0]["versions"] == ["3"]
    assert found["aliases"][0]["accepts_invocations"] is False


def test_a_knowledge_base_says_where_its_knowledge_comes_from_and_nothing_of_credentials(
    account: Account,
) -> None:
    knowledge_base(account)
    found = read(account, "aws.bedrock_knowledge_base")["BASE1"]
    assert (found["type"], found["embedding_model_arn"]) == (
        "VECTOR",
        "arn:aws:bedrock:eu-central-1::foundation-model/embed",
    )
    assert (found["storage"], found["storage_arn"]) == ("RDS", "arn:rds")
    assert {one["type"]: one["locations"] for one in found["data_sources"]} == {
        "S3": ["s3://docs/a/"],
        "WEB": ["https://example.org/x?…"],
        "CONFLUENCE": ["https://wiki.example.org"],
    }


def test_a_data_source_that_is_throttled_leaves_the_knowledge_base_as_it_was_seen_last(
    account: Account, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "SLOWEST", pace.FASTEST)  # test_aws_pace.py has the waiting
    knowledge_base(account)
    server.fail("GetDataSource", refusal("ThrottlingException", 429))
    receipt, records = account.read_one("aws.bedrock_knowledge_base")
    assert (receipt.verdict, records) == ("partial", {})
    assert {skip.what for skip in receipt.skipped} == {"knowledge base BASE1"}


def test_an_evaluation_job_says_what_was_measured_by_whom_and_no_instructions(
    account: Account,
) -> None:
    for number in range(3):
        evaluation_job(account, number)
    records = read(account, "aws.bedrock_evaluation_job")
    assert len(records) == 3
    found = next(iter(records.values()))
    assert (found["models"], found["evaluators"], found["custom_metrics"]) == (
        [MODEL],
        ["judge"],
        ["tone"],
    )
    assert found["measured"] == [
        {
            "task": "Generation",
            "dataset": "own",
            "dataset_uri": "s3://data/prompts",
            "metrics": ["Builtin.Accuracy", "Builtin.Toxicity"],
        }
    ]


def test_nothing_can_be_put_on_the_shelf_that_aws_would_not_answer(account: Account) -> None:
    with pytest.raises(ValueError, match="modelLifecycel"):
        put(
            account,
            "foundation-model",
            {"modelLifecycel": {}},
            listed={"modelArn": "a", "modelId": "b"},
        )
    with pytest.raises(ValueError, match="jobType"):
        put(account, "evaluation-job", {"jobName": "x"}, arn="y")
