"""A registry-heavy platform of any size, in a real ledger: records of the kinds' real shapes."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from annexa.collectors import canonical
from annexa.collectors.aws import kinds as aws
from annexa.collectors.contract import Kind, Record, Row
from annexa.collectors.documents import kinds as documents
from annexa.collectors.kubernetes import boundaries, meta, serving, workloads
from annexa.collectors.kubernetes.kinds import KINDS as KUBERNETES
from annexa.collectors.mlflow import kinds as mlflow
from annexa.collectors.receipt import KindReceipt, Receipt
from annexa.ledger import Ledger

NOW = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)  # after all that is sealed
SYSTEMS = 100
PAGE = 5000


def records(total: int) -> Iterator[tuple[str, Kind, Iterator[Record]]]:
    """Source, kind and records; the shares are those of a registry-heavy platform."""
    sixth = total // 6
    yield "documents/git", documents.SYSTEM, (_system(n) for n in range(SYSTEMS))
    yield "mlflow/prod", mlflow.REGISTERED_MODEL, (_model(n) for n in range(sixth // 10))
    yield "mlflow/prod", mlflow.MODEL_VERSION, (_version(n) for n in range(2 * sixth))
    yield "mlflow/prod", mlflow.RUN, (_run(n) for n in range(2 * sixth))
    yield "kubernetes/eu-1", KUBERNETES["namespace"], (_namespace(n) for n in range(100))
    yield "kubernetes/eu-1", KUBERNETES["inference_service"], (_service(n) for n in range(sixth))
    yield "kubernetes/eu-1", KUBERNETES["deployment"], (_workload(n) for n in range(sixth // 2))
    yield "aws/1/eu-west-1", aws.BUCKET, (_bucket(n) for n in range(sixth // 10))
    rest = total - SYSTEMS - 2 * (sixth // 10) - 5 * sixth - 100 - sixth // 2
    yield "aws/1/eu-west-1", aws.MANAGEMENT_EVENT, (_event(n) for n in range(rest))


def _id(n: int) -> str:
    return hashlib.sha256(str(n).encode()).hexdigest()[:32]


def _day(n: int) -> datetime:
    return NOW - timedelta(days=200, minutes=n % 100_000)


def _system(n: int) -> Record:
    return documents.System(
        id=f"system-{n}", path=f"systems/{n}.yaml", owner=f"owner{n}@x.example",
        deputy=f"deputy{n}@x.example", stage="production", purpose="decides",
        affects_people=n % 2 == 0, user_facing=n % 3 == 0, third_parties=["a supplier"],
    )  # fmt: skip


def _model(n: int) -> Record:
    return mlflow.RegisteredModel(
        name=f"model-{n}", creation_timestamp=1_760_000_000_000 + n, has_description=True,
        tags={"ai-system-id": f"system-{n % SYSTEMS}"},
    )  # fmt: skip


def _version(n: int) -> Record:
    day = _day(n)
    return mlflow.ModelVersion(
        name=f"model-{n // 20}", version=str(n % 20 + 1), creation_timestamp=1_760_000_000_000 + n,
        last_updated_timestamp=1_760_000_100_000 + n, user_id=f"trainer{n % 40}",
        current_stage="None",
        source=f"s3://models-{n % 500}/{_id(n)}/artifacts/model", run_id=_id(n), status="READY",
        tags={
            "ai-system-id": f"system-{n % SYSTEMS}",
            "approval_status": "approved" if n % 7 else "pending",
            "approved_by": f"approver{n % 30}@x.example", "approved_at": day.isoformat(),
            "git": None, "team": None,
        },
        aliases=["champion"] if n % 20 == 0 else [],
    )  # fmt: skip


def _run(n: int) -> Record:
    return mlflow.Run(
        run_id=_id(n), run_name=f"run-{n}", experiment_id=str(n % 50), status="FINISHED",
        lifecycle_stage="active", user_id=f"trainer{n % 40}", start_time=1_759_000_000_000 + n,
        end_time=1_759_000_900_000 + n, artifact_uri=f"s3://models-{n % 500}/{_id(n)}/artifacts",
        tags={"mlflow.user": f"trainer{n % 40}", "mlflow.source.git.commit": _id(n), "other": None},
        params={"depth": None, "rate": None, "seed": None},
        metrics={"auc": Decimal("0.91"), "loss": Decimal("0.1234")},
        datasets=[
            mlflow.DatasetInput(
                name="train", digest=_id(n)[:8], source_type="s3",
                source=f"s3://data-{n % 900}/t", context="training",
            ),
            mlflow.DatasetInput(
                name="eval", digest=_id(n)[8:16] if n % 11 else None, source_type="s3",
                source=f"s3://data-{n % 900}/e", context="evaluation",
            ),
        ],
    )  # fmt: skip


def _namespace(n: int) -> Record:
    stage = "production" if n % 3 else "staging"
    return boundaries.Namespace(metadata=meta.Meta(name=f"ns-{n}", labels={"environment": stage}))


def _meta(n: int, name: str) -> meta.Meta:
    return meta.Meta(
        name=f"{name}-{n}", namespace=f"ns-{n % 100}", uid=_id(n), creation_timestamp=_day(n),
        labels={"app": name, "ai-system-id": f"system-{n % SYSTEMS}"},
        annotations={
            "deployed-by": f"deployer{n % 20}@x.example", "deployed-at": _day(n).isoformat(),
            "monitored-by": "grafana/ai", "kubectl.kubernetes.io/last-applied-configuration": None,
        },
    )  # fmt: skip


def _service(n: int) -> Record:
    logger = serving.Logger(mode="all", url="http://sink") if n % 13 else None
    model = serving.ModelSpec(
        model_format=serving.ModelFormat(name="mlflow"),
        storage_uri=f"s3://models-{n % 500}/{_id(n)}/artifacts/model",
    )
    return serving.InferenceService(
        metadata=_meta(n, "service"),
        spec=serving.InferenceSpec(predictor=serving.Predictor(model=model, logger=logger)),
    )


def _workload(n: int) -> Record:
    container = workloads.Container(name="main", image=f"registry.example/app-{n}:latest")
    return workloads.Deployment(
        metadata=_meta(n, "app"),
        spec=workloads.WorkloadSpec(
            replicas=2,
            template=workloads.PodTemplate(spec=workloads.PodSpec(containers=[container])),
        ),
    )


def _bucket(n: int) -> Record:
    name = f"models-{n}" if n < 500 else f"data-{n}"
    return aws.Bucket(
        name=name, region="eu-west-1", created_at=_day(n), encrypted=n % 17 != 0,
        encryption_algorithm="aws:kms", versioned=n % 2 == 0, public_access_blocked=n % 19 != 0,
    )  # fmt: skip


def _event(n: int) -> Record:
    return aws.ManagementEvent(
        event_id=_id(n), event_name="UpdateEndpoint" if n % 2 else "UpdateModelPackage",
        event_source="sagemaker.amazonaws.com", event_time=_day(n), region="eu-west-1",
        actor=f"arn:aws:iam::1:user/u{n % 50}", actor_type="IAMUser", read_only=False,
        resources=[f"arn:aws:sagemaker:eu-west-1:1:endpoint/e{n % 1000}"],
        request={"endpointName": f"e{n % 1000}", "endpointConfigName": f"c{n}"},
    )  # fmt: skip


def fill(ledger: Ledger, total: int, *, slot: datetime = NOW, changed: int = 0) -> int:
    """Plant everything, one run a source; returns the bytes of the bodies.

    Args:
        changed: So many model versions have another tag than the first time.
    """
    size = 0
    by_source: dict[str, list[tuple[Kind, Iterator[Record]]]] = {}
    for source, kind, found in records(total):
        by_source.setdefault(source, []).append((kind, found))
    for source, kinds in by_source.items():
        with ledger.begin(source, slot) as run:
            for kind, found in kinds:
                page: list[Row] = []
                for number, record in enumerate(found):
                    if isinstance(record, mlflow.ModelVersion) and number < changed:
                        record.tags = record.tags | {"seen": "again"}
                    body = canonical.encode(record)
                    size += len(body)
                    page.append(
                        Row(
                            subject=kind.subject(record),
                            sha256=canonical.sha256(body),
                            body=body,
                            happened_at=kind.happened_at(record) if kind.happened_at else None,
                        )
                    )
                    if len(page) == PAGE:
                        run.add(kind, page)
                        page = []
                run.add(kind, page)
            run.commit(_receipt(source, slot, [kind for kind, _ in kinds]))
    return size


def _receipt(source: str, slot: datetime, kinds: list[Kind]) -> Receipt:
    return Receipt(
        source=source, slot=slot, started_at=slot, finished_at=slot, collector="bench",
        collector_version="0", agent_version="0", config_sha256="00",
        kinds=[
            KindReceipt(
                kind=kind.name, verdict="complete", started_at=slot, finished_at=slot, pages=1,
                items=0, permission="", cross_check="", schema_sha256="",
            )
            for kind in kinds
        ],
    )  # fmt: skip
