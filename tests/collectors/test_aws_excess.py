"""What our AWS principal may do that we never need, as far as it may ask that."""

from pathlib import Path

import pytest
from annexa.agent.excess import excess_of
from annexa.agent.permissions import aws_actions
from annexa.agent.sources import read_sources
from annexa.collectors import registry
from annexa.collectors.aws.excess import HARMFUL
from annexa.collectors.call import RunnerCall
from annexa.collectors.contract import Identity

from .memory_sink import patient
from .misbehaving import Reply, Request, misbehaving

ME = "arn:aws:sts::123456789012:assumed-role/annexa/annexa"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")


def answer(request: Request) -> Reply:
    assert b"role%2Fannexa" in request.body, "an assumed role is asked for as the role"
    members = "".join(
        f"<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>"
        f"</member>"
        for action, decision in (
            ("s3:GetObject", "allowed"),
            ("iam:PassRole", "implicitDeny"),
            ("kms:Decrypt", "explicitDeny"),
        )
    )
    result = f"<EvaluationResults>{members}</EvaluationResults>"
    body = f"<SimulatePrincipalPolicyResult>{result}</SimulatePrincipalPolicyResult>"
    name = "SimulatePrincipalPolicyResponse"
    return Reply(200, f"<{name}>{body}</{name}>".encode())


def excess(reply: Reply | None = None) -> tuple[tuple[str, ...], str | None]:
    with misbehaving(lambda request: reply or answer(request)) as server:
        entry = {"id": "aws/a", "region": "eu-west-1", "endpoint_url": server.url}
        (source,) = read_sources([entry], where="annexa.yaml", folder=Path())
        call = RunnerCall(source.id, retry=patient())
        found = excess_of(source, Identity(caller=ME, endpoint=server.url), call)
    return found.found, found.unknown


def test_harmful_actions_that_are_allowed_are_named() -> None:
    assert excess() == (("s3:GetObject",), None)


def test_where_nobody_may_ask_it_is_said_to_be_unknown_and_how_to_know() -> None:
    refused = b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
    found, unknown = excess(Reply(403, refused))
    assert found == ()
    assert "iam:SimulatePrincipalPolicy" in (unknown or "")


def test_none_of_what_is_looked_for_is_in_the_shipped_policy() -> None:
    assert not set(HARMFUL) & set(aws_actions(registry.load("aws").kinds))
