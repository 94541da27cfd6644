"""A first annexa.yaml from what is found: it loads, holds no secret, and overwrites nothing."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from annexa.agent.commands.init import init
from annexa.agent.config import load
from annexa.agent.discovery import Found, Place, discover, slug
from annexa.agent.errors import ConfigError
from annexa.agent.starter import starter
from hypothesis import given, settings
from hypothesis import strategies as st

KUBECONFIG = """\
apiVersion: v1
current-context: eu/prod
contexts:
  - {name: staging, context: {cluster: s, user: u}}
  - {name: eu/prod, context: {cluster: p, user: u}}
users:
  - {name: u, user: {token: geheim}}
"""


def place(folder: Path, environment: Mapping[str, str] | None = None) -> Place:
    home = folder / "home"
    (home / ".kube").mkdir(parents=True, exist_ok=True)
    (home / ".aws").mkdir(exist_ok=True)
    return Place(
        folder=folder,
        home=home,
        environment=environment or {},
        service_account=folder / "no-such-token",
    )


def test_nothing_found_is_a_file_that_loads_without_sources(tmp_path: Path) -> None:
    assert discover(place(tmp_path)) == []
    path = tmp_path / "annexa.yaml"
    path.write_text(starter('Nordlicht: "Handel" # \'', []))
    config = load(path)
    assert config.sources == ()
    assert config.organisation.name == 'Nordlicht: "Handel" # \''
    assert config.schedule.text == "6h"


def test_an_mlflow_address_is_taken_without_its_credentials(tmp_path: Path) -> None:
    uri = "https://me:geheim@mlflow.example.com:8443/base?x=geheim"
    (found,) = discover(place(tmp_path, {"MLFLOW_TRACKING_URI": uri}))
    assert found.id == "mlflow/mlflow.example.com"
    assert found.settings == {"tracking_uri": "https://mlflow.example.com:8443/base"}
    assert "geheim" not in starter("x", [found])


@pytest.mark.parametrize("uri", ["", "./mlruns", "databricks", "file:///x", "http://"])
def test_an_mlflow_address_that_is_no_server_is_no_source(tmp_path: Path, uri: str) -> None:
    assert discover(place(tmp_path, {"MLFLOW_TRACKING_URI": uri})) == []


def test_the_current_kubernetes_context_is_a_source_and_the_others_are_comments(
    tmp_path: Path,
) -> None:
    here = place(tmp_path)
    (here.home / ".kube" / "config").write_text(KUBECONFIG)
    found = discover(here)
    assert [(one.id, one.active) for one in found] == [
        ("kubernetes/eu-prod", True),
        ("kubernetes/staging", False),
    ]
    text = starter("x", found)
    assert "geheim" not in text
    assert '    context: "eu/prod"' in text
    assert "  # - id: kubernetes/staging" in text


def test_a_pod_is_a_source(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("geheim")
    here = Place(
        folder=tmp_path,
        home=tmp_path,
        environment={"KUBERNETES_SERVICE_HOST": "10.0.0.1"},
        service_account=token,
    )
    (found,) = discover(here)
    assert (found.id, found.settings) == ("kubernetes/in-cluster", {"in_cluster": True})


def test_aws_profiles_are_named_and_their_keys_are_not_looked_at(tmp_path: Path) -> None:
    here = place(tmp_path, {"AWS_PROFILE": "audit"})
    (here.home / ".aws" / "credentials").write_text(
        "[default]\naws_secret_access_key = geheim\n[audit]\naws_secret_access_key = geheim\n"
    )
    (here.home / ".aws" / "config").write_text("[profile audit]\nregion = eu-central-1\n")
    found = discover(here)
    assert [(one.id, one.active) for one in found] == [("aws/audit", True), ("aws/default", False)]
    assert found[0].settings == {"region": "eu-central-1", "profile": "audit"}
    assert "geheim" not in starter("x", found)


def test_a_folder_with_a_statement_of_applicability_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "governance").mkdir()
    (tmp_path / "governance" / "soa.yaml").write_text("controls: []\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "readme.md").write_text("# x\n")
    found = {one.id: one.active for one in discover(place(tmp_path))}
    assert found == {"documents/docs": False, "documents/governance": True}


@pytest.mark.parametrize("content", ["", "[", "- a", "contexts: 7", "\x00", "contexts: [{a: 1}]"])
def test_a_broken_kubeconfig_or_aws_file_is_as_if_it_were_not_there(
    tmp_path: Path, content: str
) -> None:
    here = place(tmp_path)
    (here.home / ".kube" / "config").write_text(content)
    (here.home / ".aws" / "config").write_text("no section = here\n")
    assert discover(here) == []


def test_what_is_there_is_not_overwritten_without_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "annexa.yaml"
    init(config=path, name="First")
    with pytest.raises(ConfigError, match="is there already; name another"):
        init(config=path, name="Second")
    assert load(path).organisation.name == "First"
    init(config=path, name="Second", force=True)
    assert load(path).organisation.name == "Second"


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_whatever_a_context_is_called_the_file_loads(
    tmp_path_factory: pytest.TempPathFactory, name: str, context: str, because: str
) -> None:
    found = Found(id=f"kubernetes/{slug(context)}", settings={"context": context}, because=because)
    path = tmp_path_factory.mktemp("init") / "annexa.yaml"
    path.write_text(starter(name or "x", [found]), encoding="utf-8")
    config = load(path)
    assert config.organisation.name == (name or "x")
    assert config.sources[0].settings.model_dump()["context"] == context
