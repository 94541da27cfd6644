"""SageMaker: endpoints with what they serve, and model cards, against moto."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from annexa.collectors.aws import listing

from .aws_server import Account, Server, aws_server, refusal

ENDPOINT, CARD = "aws.endpoint", "aws.model_card"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with aws_server() as running:
        yield running


@pytest.fixture
def account(server: Server, monkeypatch: pytest.MonkeyPatch) -> Account:
    server.behave()
    monkeypatch.setattr(listing, "PAGE", 2)
    account = Account(server)
    for name, value in account.keys.items():
        monkeypatch.setenv(name, value)
    return account


def endpoint(account: Account, name: str, **environment: str) -> None:
    sagemaker = account.client("sagemaker")
    sagemaker.create_model(
        ModelName=f"model-{name}",
        PrimaryContainer={
            "Image": "registry/credit:1",
            "ModelDataUrl": "s3://m/credit",
            "Environment": environment,
        },
        ExecutionRoleArn=f"arn:aws:iam::{account.number}:role/serving",
    )
    sagemaker.create_endpoint_config(
        EndpointConfigName=f"config-{name}",
        ProductionVariants=[
            {
                "VariantName": "main",
                "ModelName": f"model-{name}",
                "InitialInstanceCount": 2,
                "InstanceType": "ml.m5.large",
            }
        ],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 50,
            "DestinationS3Uri": "s3://capture",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        },
        KmsKeyId="key-1",
    )
    sagemaker.create_endpoint(
        EndpointName=name,
        EndpointConfigName=f"config-{name}",
        Tags=[{"Key": "environment", "Value": "production"}],
    )


def card(account: Account, name: str, content: str) -> None:
    account.client("sagemaker").create_model_card(
        ModelCardName=name, Content=content, ModelCardStatus="Approved"
    )


def test_an_endpoint_is_merged_with_its_configuration_its_models_and_its_tags(
    account: Account,
) -> None:
    for number in range(5):
        endpoint(account, f"credit-{number}", API_KEY="very secret", MODE="fast")
    receipt, records = account.read_one(ENDPOINT, keep=["environment"])
    assert receipt.verdict == "complete", receipt
    assert sorted(records) == [f"credit-{number}" for number in range(5)]
    found = records["credit-0"]
    assert found["tags"] == {"environment": "production"}
    assert (found["data_capture_enabled"], found["data_capture_percent"]) == (True, 50)
    assert found["kms_key_id"] == "key-1"
    (variant,) = found["variants"]
    assert (variant["instance_type"], variant["instance_count"]) == ("ml.m5.large", 2)
    assert variant["model"] == {
        "name": "model-credit-0",
        "image": "registry/credit:1",
        "model_data_url": "s3://m/credit",
        "environment_names": ["API_KEY", "MODE"],
        "role_arn": f"arn:aws:iam::{account.number}:role/serving",
        "in_vpc": False,
        "network_isolation": False,
    }


def test_values_of_environment_variables_are_never_kept(account: Account) -> None:
    endpoint(account, "credit", API_KEY="very secret")
    account.read_one(ENDPOINT)
    stored = b"".join(row.body for row in account.sink.rows[ENDPOINT].values())
    assert b"API_KEY" in stored
    assert b"very secret" not in stored


def test_an_endpoint_whose_model_was_deleted_still_names_it(account: Account) -> None:
    endpoint(account, "credit")
    account.client("sagemaker").delete_model(ModelName="model-credit")
    receipt, records = account.read_one(ENDPOINT)
    assert receipt.verdict == "complete"
    assert records["credit"]["variants"][0]["model"] == {"name": "model-credit"}


def test_a_refused_configuration_leaves_nulls_not_false(account: Account, server: Server) -> None:
    endpoint(account, "credit")
    server.fail("DescribeEndpointConfig", refusal("AccessDeniedException"))
    receipt, records = account.read_one(ENDPOINT)
    assert receipt.verdict == "partial"
    assert "data_capture_enabled" not in records["credit"]


def test_of_a_model_card_only_the_names_of_filled_sections_are_kept(account: Account) -> None:
    content: dict[str, Any] = {
        "model_overview": {"model_name": "credit", "model_description": "confidential text"},
        "intended_uses": {"purpose_of_model": " ", "factors": []},
        "training_details": {"objective_function": {"function": {"function": "Minimize"}}},
        "made_up": {"a": "b"},
    }
    for number in range(5):
        card(account, f"card-{number}", json.dumps(content))
    receipt, records = account.read_one(CARD)
    assert receipt.verdict == "complete", receipt
    assert len(records) == 5
    assert records["card-0"]["sections"] == ["model_overview", "training_details"]
    assert records["card-0"]["model_name"] == "credit"
    assert "confidential" not in json.dumps(records)


@pytest.mark.parametrize("content", ["not json", "[1]", '{"model_overview":'])
def test_a_card_that_cannot_be_read_is_named_not_taken_as_empty(
    account: Account, content: str
) -> None:
    card(account, "odd", content)
    receipt, records = account.read_one(CARD)
    assert (receipt.verdict, records) == ("partial", {})
    assert "model card odd" in receipt.skipped[0].what
