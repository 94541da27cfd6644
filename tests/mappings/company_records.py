"""The records of a small company in which everything is in order."""

from datetime import UTC, datetime
from decimal import Decimal

from annexa.collectors.aws import kinds as aws
from annexa.collectors.aws.access import kinds as access
from annexa.collectors.documents import kinds as documents
from annexa.collectors.kubernetes import access_rights, meta, serving
from annexa.collectors.kubernetes import workloads as running
from annexa.collectors.mlflow import kinds as mlflow


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def millis(day: str) -> int:
    return int(at(day).timestamp() * 1000)


def former_version() -> mlflow.ModelVersion:
    version = newest_version()
    version.version, version.aliases = "6", []
    version.creation_timestamp = millis("2026-02-01")
    version.source, version.run_id = "s3://models/credit-risk/6", None
    return version


def newest_version() -> mlflow.ModelVersion:
    return mlflow.ModelVersion(
        name="credit-risk",
        version="7",
        creation_timestamp=millis("2026-05-08"),
        user_id="carl",
        source="s3://models/credit-risk/7",
        run_id="r7",
        tags={
            "approval_status": "approved",
            "approved_by": "ana@nordlicht.example",
            "approved_at": "2026-05-10T09:00:00Z",
        },
        aliases=["champion"],
    )


def run() -> mlflow.Run:
    data = (
        ("loans", "d1", "training", "s3://loans"),
        ("scores", "d3", "training", "https://bureau.example"),
        ("loans-eval", "d2", "evaluation", "s3://loans"),
    )
    return mlflow.Run(
        run_id="r7",
        user_id="carl",
        status="FINISHED",
        start_time=millis("2026-05-07"),
        end_time=millis("2026-05-08"),
        tags={"mlflow.user": "carl", "mlflow.source.git.commit": "9f2c"},
        params={"depth": "6"},
        metrics={"auc": Decimal("0.91"), "auc_age_under_30": Decimal("0.9")},
        datasets=[
            mlflow.DatasetInput(name=name, digest=digest, source=f"{where}/{name}", context=use)
            for name, digest, use, where in data
        ],
    )


def service(name: str = "credit-risk", namespace: str = "prod") -> serving.InferenceService:
    return serving.InferenceService(
        metadata=meta.Meta(
            name=name,
            namespace=namespace,
            creation_timestamp=at("2026-05-12"),
            labels={"ai-system-id": "credit-risk", "environment": "production"},
            annotations={
                "deployed-by": "ben@nordlicht.example",
                "deployed-at": "2026-05-12T09:00:00Z",
                "monitored-by": "grafana/credit-risk",
            },
        ),
        spec=serving.InferenceSpec(
            predictor=serving.Predictor(
                model=serving.ModelSpec(storage_uri="s3://models/credit-risk/7"),
                logger=serving.Logger(mode="all", url="http://sink"),
            )
        ),
    )


def role() -> access_rights.Role:
    rule = access_rights.PolicyRule(
        verbs=["create", "patch"],
        api_groups=["serving.kserve.io"],
        resources=["inferenceservices"],
    )
    return access_rights.Role(metadata=meta.Meta(name="deployer", namespace="prod"), rules=[rule])


def binding() -> access_rights.RoleBinding:
    return access_rights.RoleBinding(
        metadata=meta.Meta(name="deployers", namespace="prod"),
        role_ref=access_rights.RoleRef(kind="Role", name="deployer"),
        subjects=[access_rights.Subject(kind="User", name="ben@nordlicht.example")],
    )


def bucket(name: str) -> aws.Bucket:
    return aws.Bucket(
        name=name,
        encrypted=True,
        kms_key_id="arn:key/k1",
        versioned=True,
        public_access_blocked=True,
    )


def iam_role(name: str, action: str) -> access.Role:
    return access.Role(
        arn=f"arn:aws:iam::1:role/{name}",
        name=name,
        grants=[access.PolicyGrant(effect="Allow", actions=[action], conditional=False)],
    )


def system() -> documents.System:
    return documents.System(
        id="credit-risk",
        path="systems/credit-risk.yaml",
        owner="olga@nordlicht.example",
        deputy="dora@nordlicht.example",
        role="deployer",
        stage="production",
        purpose="Scores loan applications",
        affects_people=True,
        user_facing=True,
        third_parties=["a bureau", "Acme GmbH"],
        data_sources=["https://bureau.example/scores"],
    )


def workload() -> running.Deployment:
    container = running.Container(name="main", image="registry.example/web@sha256:00")
    template = running.PodTemplate(spec=running.PodSpec(containers=[container]))
    meta = service("credit-web", "web").metadata
    meta.labels |= {"model-name": "credit-risk", "model-version": "7"}
    meta.annotations["logs-to"] = "loki/credit-web"
    return running.Deployment(metadata=meta, spec=running.WorkloadSpec(template=template))
