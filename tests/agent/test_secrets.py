"""Secrets never land: planted where people leave them on real platforms, found nowhere of ours."""

import io
import json
import sqlite3
import uuid
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard
from annexa.agent.demo.kube_objects import KubeAdmin
from annexa.agent.demo.moto_lookup_events import event, seed
from annexa.agent.demo.parts import KubeParts
from annexa.agent.entry import run
from annexa.agent.exit_codes import ExitCode

from ..collectors.planted import BY_CHANCE, CREDENTIALS, heart

SECRETS = [*CREDENTIALS.values(), BY_CHANCE]
ONE_LINE = [secret.replace("\n", " ") for secret in SECRETS]
REGION = "ap-southeast-2"
AWS_KINDS = "aws.model_package, aws.model_package_group, aws.model_card, aws.model, aws.bucket, "
AWS_KINDS += "aws.role, aws.management_event"
KEPT = ("owner", "approved_by", "intended_use")
Tags = dict[str, str]


def tags(number: int) -> Tags:
    """Keys whose values conventions keep, and one that they do not."""
    at = [SECRETS[(number + step) % len(SECRETS)] for step in range(len(KEPT) + 1)]
    return {**dict(zip(KEPT, at, strict=False)), f"free-{number}": at[-1]}


def plant_mlflow(url: str, name: str) -> None:
    from mlflow import MlflowClient
    from mlflow.entities import Param, RunTag

    client = MlflowClient(tracking_uri=url, registry_uri=url)
    for number, secret in enumerate(SECRETS):
        model = f"{name}-{number}"
        client.create_registered_model(model, tags=tags(number), description=secret)
    experiment = client.create_experiment(name, tags=tags(1))
    made = client.create_run(experiment, run_name=SECRETS[3], tags={"mlflow.user": SECRETS[4]})
    client.log_batch(
        made.info.run_id,
        params=[Param(f"p{n}", secret) for n, secret in enumerate(SECRETS)],
        tags=[RunTag(f"mlflow.source.{n}", secret) for n, secret in enumerate(SECRETS)],
    )
    client.create_model_version(
        f"{name}-0",
        source="s3://models/0",
        run_id=made.info.run_id,
        tags={f"t{n}": secret for n, secret in enumerate(SECRETS)} | tags(7),
        description=SECRETS[5],
        await_creation_for=0,
    )


def plant_kubernetes(kube: KubeParts, name: str) -> None:
    env = [{"name": f"E{n}", "value": secret} for n, secret in enumerate(SECRETS)]
    container = {"name": "m", "image": "m:1", "env": env, "args": ONE_LINE, "command": ONE_LINE}
    annotations = {f"free/{n}": secret for n, secret in enumerate(SECRETS)}
    labels = {"app": "m", "owner": BY_CHANCE, "approved-by": CREDENTIALS["GitHub token"]}

    def deployment(number: int) -> dict[str, Any]:
        kept = {"approved-by": SECRETS[number], "intended-use": SECRETS[number - 1]}
        meta = {"name": f"m{number}", "namespace": name, "annotations": {**annotations, **kept}}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        spec = {"selector": {"matchLabels": {"app": "m"}}, "template": template}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}

    KubeAdmin(kube).create(
        [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
            *(deployment(number) for number in range(len(SECRETS))),
        ]
    )


def plant_aws(url: str, name: str) -> None:
    import boto3

    def client(service: str) -> Any:
        return boto3.client(service, endpoint_url=url, region_name=REGION)

    listed = [{"Key": key, "Value": value} for key, value in tags(2).items()]
    sagemaker, s3 = client("sagemaker"), client("s3")
    sagemaker.create_model_package_group(ModelPackageGroupName=name, Tags=listed)
    sagemaker.create_model_package(
        ModelPackageGroupName=name,
        ModelPackageDescription=SECRETS[1],
        CustomerMetadataProperties={"owner": SECRETS[3], "free": SECRETS[4]},
    )
    sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn="arn:aws:iam::123456789012:role/x",
        PrimaryContainer={
            "Image": "i",
            "Environment": {f"E{n}": secret for n, secret in enumerate(SECRETS)},
        },
        Tags=listed,
    )
    for number, secret in enumerate(SECRETS):
        content = {
            "intended_uses": {"purpose_of_model": secret, "intended_uses": secret},
            "model_overview": {"model_owner": secret, "problem_type": secret},
        }
        card = f"{name}-{number}"
        sagemaker.create_model_card(
            ModelCardName=card, Content=json.dumps(content), ModelCardStatus="Draft", Tags=listed
        )
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": listed})
    seed(
        url,
        [
            event(
                name="UpdateEndpoint",
                at=datetime.now(UTC),
                actor="arn:aws:iam::123456789012:user/dana",
                region=REGION,
                request={"endpointName": secret, "name": secret, "apiKey": secret},
            )
            for secret in SECRETS
        ],
    )


def plant_documents(folder: Path) -> None:
    folder.mkdir()
    for number, secret in enumerate(ONE_LINE):
        fields: tuple[str, ...] = (
            "title",
            "owner",
            "approved_by",
            "approver_role",
            "api_key",
            "password",
            "extra",
        )
        if secret == BY_CHANCE:  # a title may be anything; only a free key tells that it is none
            fields = fields[4:]
        front = "".join(f"{field}: {json.dumps(secret)}\n" for field in fields)
        text = f"---\nid: d{number}\ntype: policy\n{front}---\n# {secret}\n\nSay {secret}.\n"
        (folder / f"d{number}.md").write_text(text)


@pytest.fixture(name="folder", scope="module")
def _folder(
    mlflow_url: str, moto_url: str, kube: KubeParts, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("secrets")
    name = f"plant-{uuid.uuid4().hex[:8]}"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "a")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "b")
        plant_mlflow(mlflow_url, name)
        plant_kubernetes(kube, name)
        plant_aws(moto_url, name)
        plant_documents(folder / "documents")
        (folder / "annexa.yaml").write_text(
            "organisation: {name: Nordlicht, timezone: UTC}\nsources:\n"
            f"  - {{id: mlflow/p, tracking_uri: '{mlflow_url}'}}\n"
            f"  - {{id: kubernetes/p, server: '{kube.server}', ca_file: '{kube.ca_file}', "
            f"token_file: '{kube.token_files['admin']}', namespaces: [{name}]}}\n"
            f"  - {{id: aws/p, region: {REGION}, endpoint_url: '{moto_url}', "
            f"kinds: [{AWS_KINDS}]}}\n"
            "  - {id: documents/p, path: documents}\n"
        )
        code = run(["collect", "--config", str(folder / "annexa.yaml")])
        assert code in (ExitCode.OK, ExitCode.INCOMPLETE)
        out = folder / "bundle.zip"
        year = str(datetime.now(UTC).year)
        program = ["export", "--period", year, "--out", str(out)]
        assert run([*program, "--config", str(folder / "annexa.yaml")]) == ExitCode.OK
        yield folder


def everything_in_the_ledger(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.glob("annexa.db*"):
        if path.is_file():
            yield path.name, path.read_bytes()
    (kept,) = folder.glob("annexa.db.tables/*/tables.duckdb")
    with duckdb.connect(str(kept), read_only=True) as tables:
        for (name,) in tables.execute("select table_name from duckdb_tables()").fetchall():
            for (row,) in tables.execute(f'select t::varchar from "{name}" t').fetchall():
                yield f"kept table {name}", row.encode()
    with sqlite3.connect(folder / "annexa.db") as database:
        segments = database.execute("select id, data from segment").fetchall()
        assert segments
        for number, data in segments:
            yield f"segment {number}", zstandard.ZstdDecompressor().decompress(data)


def unpacked(name: str, content: bytes, folder: Path) -> Iterator[tuple[str, bytes]]:
    yield name, content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for inner in archive.namelist():
                yield from unpacked(inner, archive.read(inner), folder)
    elif name.endswith(".parquet"):
        path = folder / "one.parquet"
        path.write_bytes(content)
        with duckdb.connect() as database:
            columns = database.sql(f"select * from '{path}'").columns
            cast = ", ".join(f'"{column}"::varchar' for column in columns)
            rows = database.execute(f"select {cast} from '{path}'").fetchall()
        yield name, repr(rows).encode()


def found_in(name: str, content: bytes) -> list[tuple[str, str]]:
    return [(name, secret) for secret in SECRETS if heart(secret).encode() in content]


def test_no_planted_credential_is_anywhere_in_the_ledger(folder: Path) -> None:
    places = list(everything_in_the_ledger(folder))
    assert any(b"plant-" in content for _, content in places), "nothing was collected"
    assert [hit for place in places for hit in found_in(*place)] == []


def test_no_planted_credential_is_in_any_file_of_the_bundle(folder: Path, tmp_path: Path) -> None:
    bundle = (folder / "bundle.zip").read_bytes()
    places = list(unpacked("bundle.zip", bundle, tmp_path))
    assert len(places) > 50
    assert any(b"plant-" in content for _, content in places)
    assert [hit for place in places for hit in found_in(*place)] == []


@pytest.mark.parametrize("platform", ["mlflow", "kubernetes", "aws", "documents"])
def test_what_was_redacted_is_listed_in_the_receipts(folder: Path, platform: str) -> None:
    from annexa.ledger import Ledger

    with Ledger.open(folder / "annexa.db", keys=folder / "keys", read_only=True) as ledger:
        receipt = ledger.latest_runs()[f"{platform}/p"].receipt
    guarded = sum(kind.guarded_values for kind in receipt.kinds)
    redacted = {name for kind in receipt.kinds for name in kind.redacted}
    assert guarded > 10
    assert len(redacted) > 5, redacted
