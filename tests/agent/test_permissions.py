"""What to grant: for what is read, and not for more."""

import json
from pathlib import Path

import pytest
import yaml
from annexa.agent.entry import run
from annexa.agent.exit_codes import ExitCode


def config(folder: Path, sources: str) -> str:
    path = folder / "annexa.yaml"
    path.write_text(f"organisation: {{name: N, timezone: UTC}}\nsources:\n{sources}")
    return str(path)


def cluster(name: str, more: str) -> str:
    return f"  - {{id: kubernetes/{name}, server: 'https://k', token_file: t, {more}}}\n"


def rules(out: str) -> dict[str, list[str]]:
    return {
        resource: rule["verbs"]
        for rule in yaml.safe_load(out)["rules"]
        for resource in rule["resources"]
    }


def test_only_the_kinds_that_some_source_reads_need_a_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = cluster("a", "kinds: [kubernetes.deployment]")
    sources += cluster("b", "kinds: [kubernetes.namespace]")
    assert run(["permissions", "kubernetes", "-c", config(tmp_path, sources)]) == ExitCode.OK
    assert rules(capsys.readouterr().out) == {
        "deployments": ["list"],
        "namespaces": ["get", "list"],
    }


def test_sources_of_some_namespaces_get_them_by_name_and_never_list_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = cluster("a", "kinds: [kubernetes.namespace], namespaces: [shop]")
    run(["permissions", "kubernetes", "-c", config(tmp_path, sources)])
    assert rules(capsys.readouterr().out) == {"namespaces": ["get"]}


def test_without_a_configuration_and_with_all_every_kind_is_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(["permissions", "aws"])
    everything = capsys.readouterr().out
    path = config(tmp_path, "  - {id: aws/a, region: eu-west-1, kinds: [aws.bucket]}\n")
    run(["permissions", "aws", "--all", "-c", path])
    assert capsys.readouterr().out == everything
    run(["permissions", "aws", "-c", path])
    (statement,) = json.loads(capsys.readouterr().out)["Statement"]
    assert statement["Sid"] == "ReadS3"
    assert "s3:ListAllMyBuckets" in statement["Action"]
    assert all(action.startswith("s3:") for action in statement["Action"])


def test_mlflow_has_no_policies_so_words_say_that_its_reader_can_write(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(["permissions", "mlflow"])
    out = capsys.readouterr().out
    assert "MLflow has no read-only administrator" in out
    assert "  mlflow.model_version\n" in out


def test_an_unknown_platform_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["permissions", "mainframe"]) == ExitCode.CONFIGURATION
    assert "there is no such collector" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("objects", "region", "resources"),
    [
        ("[s3://data/a/, s3://data/b/, 's3://more/x']", "eu-west-1",
         [["arn:aws:s3:::data", "arn:aws:s3:::more"]]),
        ("[s3://data/a/]", "cn-north-1", [["arn:aws-cn:s3:::data"]]),
        ("[]", "eu-west-1", []),
    ],
)  # fmt: skip
def test_objects_may_be_listed_in_the_buckets_that_the_configuration_names_only(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    objects: str,
    region: str,
    resources: list[list[str]],
) -> None:
    path = config(tmp_path, f"  - {{id: aws/a, region: {region}, objects: {objects}}}\n")
    run(["permissions", "aws", "-c", path])
    statements = json.loads(capsys.readouterr().out)["Statement"]
    listing = [one for one in statements if "s3:ListBucketVersions" in one["Action"]]
    assert [one["Resource"] for one in listing] == resources
