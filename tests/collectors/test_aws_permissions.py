"""Each kind of SageMaker and Bedrock names exactly the IAM actions of what it asks, no more."""

from collections.abc import Iterator

import pytest
from annexa.agent.demo.fill_aws import fill_aws
from annexa.agent.demo.moto_lookup_events import ACCOUNT
from annexa.agent.demo.story import Story
from annexa.collectors.aws.bedrock.readers import KINDS as BEDROCK
from annexa.collectors.aws.errors import action_of
from annexa.collectors.aws.sagemaker.readers import KINDS as SAGEMAKER
from annexa.collectors.contract import Kind

from .aws_bedrock_objects import agent, customize, evaluation_job, guardrail, knowledge_base
from .aws_objects import at, labeling_job, put
from .aws_server import Account, aws_server
from .aws_shapes import shapes_checked

# Of these nothing is made here, so that only their lists are asked for.
LISTED_ONLY = {
    "aws.feature_group",
    "aws.inference_component",
    "aws.processing_job",
    "aws.transform_job",
    "aws.monitoring_definition",
    "aws.bedrock_imported_model",
    "aws.bedrock_provisioned_throughput",
    "aws.bedrock_inference_profile",
}


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """The sample company's account, with one more of what it does not have."""
    with aws_server() as server:
        account = Account(server)
        account.number = ACCOUNT
        account.keys = {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo"}
        fill_aws(Story(), server.url)
        labeling_job(account, "shelves")
        guardrail(account, "extra", "1")
        customize(account, "Completed")
        agent(account, "AGENT1")
        knowledge_base(account)
        evaluation_job(account, 1)
        put(account, "foundation-model", {}, listed={"modelArn": "a", "modelId": at(0)})
        yield account


@pytest.mark.parametrize("kind", [*SAGEMAKER, *BEDROCK], ids=lambda kind: kind.name)
def test_a_kind_asks_for_what_its_permission_says(
    account: Account, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in account.keys.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    with shapes_checked() as asked:
        receipt, records = account.read_one(kind.name)
    assert receipt.verdict == "complete", receipt
    used = {action_of(one) for one in asked if not one.startswith("sts:")}
    granted = set(kind.permission.split(", "))
    if kind.name in LISTED_ONLY:
        assert used <= granted
    else:
        assert records or kind.name.startswith("aws.lineage")
        assert used == granted
