"""What can be read, what to grant: asked of the source, one page a kind, nothing stored."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from annexa.agent.entry import run
from annexa.agent.exit_codes import ExitCode
from annexa.collectors.kubernetes.reader import Kubernetes

from ..collectors.misbehaving import Reply, Request, json_reply
from .cluster import DEPLOYMENTS, Cluster, cluster, write_company


@pytest.fixture
def there() -> Iterator[Cluster]:
    with cluster() as state:
        yield state


def test_everything_readable_is_code_0_and_only_first_pages_are_asked_for(
    there: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_company(tmp_path, there.url)
    assert run(["doctor", "--config", str(config), "--json"]) == ExitCode.OK
    body = json.loads(capsys.readouterr().out)
    assert body["schema"] == "annexa.doctor/1"
    cluster_, documents = body["sources"]
    assert cluster_["caller"] == "system:sa:annexa"
    found = {kind["kind"]: kind["items"] for kind in cluster_["kinds"]}
    assert found["kubernetes.inference_service"] == 2  # a page of five
    verdicts = {kind["verdict"] for kind in documents["kinds"]}
    assert verdicts == {"complete", "unsupported"}  # a folder has no host
    assert body["ledger"]["size"] == "not made yet"
    assert not list(tmp_path.glob("annexa.db*"))


def test_a_refusal_says_exactly_what_to_grant_and_the_rest_is_looked_at(
    there: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there.answer = lambda request: Reply(403) if request.path == DEPLOYMENTS else None
    config = write_company(tmp_path, there.url)
    assert run(["doctor", "--config", str(config)]) == ExitCode.INCOMPLETE
    out = capsys.readouterr().out
    (line,) = [one for one in out.splitlines() if one.startswith("kubernetes.deployment ")]
    assert "denied" in line
    assert "grant: " in line
    assert "list" in line
    assert "kubernetes.namespace " in out
    assert "documents.document " in out
    assert "t0ken-of-the-test" not in out


def test_a_server_that_is_down_is_named_for_each_of_its_kinds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_company(tmp_path, "http://127.0.0.1:9")
    code = run(["doctor", "--config", str(config), "--source", "kubernetes/shop", "--json"])
    assert code == ExitCode.INCOMPLETE
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    assert {kind["verdict"] for kind in source["kinds"]} == {"unavailable"}
    assert len(source["kinds"]) == len(Kubernetes.kinds)


def test_an_unknown_source_is_a_configuration_error(
    there: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_company(tmp_path, there.url)
    code = run(["doctor", "--config", str(config), "--source", "kubernetes/shpo"])
    assert code == ExitCode.CONFIGURATION
    assert 'did you mean "kubernetes/shop"' in capsys.readouterr().err


def test_rights_that_nothing_needs_are_named_and_nothing_is_said_where_nobody_knows(
    there: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def rights(request: Request) -> Reply | None:
        if not request.path.endswith("selfsubjectrulesreviews"):
            return None
        rules = [
            {"verbs": ["list"], "apiGroups": ["apps"], "resources": ["deployments"]},
            {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]},
            {"verbs": ["create"], "apiGroups": ["authorization.k8s.io"], "resources": ["x"]},
        ]
        return json_reply({"status": {"resourceRules": rules, "incomplete": False}}, 201)

    there.answer = rights
    config = write_company(tmp_path, there.url)
    run(["doctor", "--config", str(config)])
    out = capsys.readouterr().out
    assert "more than needed: get on secrets\n" in out
    assert "whether it may do more than it needs is not known: this platform does not tell" in out
