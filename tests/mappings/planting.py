"""Plants evidence in a real ledger the way a run does, for a small company without any fault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from annexa.collectors import canonical
from annexa.collectors.attestations import ATTESTATION, SOURCE, Attestation
from annexa.collectors.aws import kinds as aws
from annexa.collectors.aws.access import kinds as access
from annexa.collectors.contract import Kind, Record, Row
from annexa.collectors.documents import kinds as documents
from annexa.collectors.errors import Verdict
from annexa.collectors.kubernetes import access_rights, boundaries, meta, serving
from annexa.collectors.kubernetes import workloads as running
from annexa.collectors.kubernetes.kinds import KINDS as KUBERNETES
from annexa.collectors.manifests.kinds import OBJECT
from annexa.collectors.mlflow import kinds as mlflow
from annexa.collectors.receipt import KindReceipt, Receipt
from annexa.collectors.registry import all_kinds
from annexa.ledger import Ledger
from annexa.mappings.conventions import Conventions
from annexa.mappings.evaluation import Evaluation, evaluate
from annexa.mappings.pack import Pack, load_pack
from annexa.mappings.pack_views import Views

from . import company_records as made
from .answer_evidence import AnswerEvidence
from .cluster_evidence import ClusterEvidence, emergency
from .company_records import service
from .declared_evidence import DeclaredEvidence
from .found_evidence import FoundEvidence
from .paper_trail import PaperTrail, papers, statement
from .platform_evidence import PlatformEvidence

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
READ_AT = NOW - timedelta(hours=1)

PACK = load_pack()


def part(*rules: str, pack: Pack = PACK) -> Pack:
    """The pack with these rules only, and the views that they read: DuckDB plans a sixth of it."""
    kept = tuple(pack.rule(rule) for rule in rules)
    views = Views(all=pack.views, files=()).read_by(kept)
    return replace(pack, rules=kept, views=views)


def open_ledger(folder: Path, *, sealed_at: datetime = READ_AT) -> Ledger:
    return Ledger.open(folder / "ledger.db", clock=lambda: sealed_at)


def row(kind: Kind, record: Record) -> Row:
    body = canonical.encode(record)
    return Row(
        subject=kind.subject(record),
        sha256=canonical.sha256(body),
        body=body,
        happened_at=kind.happened_at(record) if kind.happened_at else None,
    )


def plant(
    ledger: Ledger,
    source: str,
    records: Sequence[tuple[Kind, Sequence[Record]]],
    *,
    verdicts: Mapping[str, Verdict] | None = None,
    systems: Sequence[str] | None = None,
    read_at: datetime = READ_AT,
) -> None:
    """Commit one run of ``source``; kinds of the platform that have no records were read too."""
    platform = source.partition("/")[0]
    kinds = [kind for kind in all_kinds().values() if kind.name.startswith(f"{platform}.")]
    with ledger.begin(source, read_at) as run:
        for kind, found in records:
            run.add(kind, [row(kind, record) for record in found])
        run.commit(
            Receipt(
                source=source,
                slot=read_at,
                started_at=read_at,
                finished_at=read_at,
                collector=platform,
                collector_version="0",
                agent_version="0",
                config_sha256="00",
                systems=None if systems is None else list(systems),
                kinds=[_kind_receipt(kind, read_at, verdicts or {}) for kind in kinds],
            )
        )


def _kind_receipt(kind: Kind, read_at: datetime, verdicts: Mapping[str, Verdict]) -> KindReceipt:
    verdict = verdicts.get(kind.name, verdicts.get("*", "complete"))
    return KindReceipt(
        kind=kind.name,
        verdict=verdict,
        started_at=read_at,
        finished_at=read_at,
        pages=1,
        items=0,
        permission=kind.permission,
        cross_check=kind.cross_check,
        schema_sha256="00",
        problem=None if verdict == "complete" else "HTTP 403",
        remedy=None if verdict == "complete" else "grant list",
    )


@dataclass
class Company:
    """One AI system, ``credit-risk``, with everything in order; a test breaks one thing."""

    version: mlflow.ModelVersion = field(default_factory=made.newest_version)
    former_versions: list[mlflow.ModelVersion] = field(
        default_factory=lambda: [made.former_version()]
    )
    run: mlflow.Run = field(default_factory=made.run)
    platform: PlatformEvidence = field(default_factory=PlatformEvidence)
    answers: AnswerEvidence = field(default_factory=AnswerEvidence)
    found: FoundEvidence = field(default_factory=FoundEvidence)
    declared: DeclaredEvidence = field(default_factory=DeclaredEvidence)
    services: list[serving.InferenceService] = field(default_factory=lambda: [service()])
    workloads: list[running.Deployment] = field(default_factory=lambda: [made.workload()])
    binding: access_rights.RoleBinding = field(default_factory=made.binding)
    buckets: list[aws.Bucket] = field(
        default_factory=lambda: [
            made.bucket("loans"),
            made.bucket("models"),
            aws.Bucket(name="holiday-photos", encrypted=False),
        ]
    )
    roles: list[access.Role] = field(
        default_factory=lambda: [
            made.iam_role("deployer", "sagemaker:CreateEndpoint"),
            made.iam_role("approver", "sagemaker:UpdateModelPackage"),
        ]
    )
    endpoints: list[aws.Endpoint] = field(default_factory=list)
    packages: list[aws.ModelPackage] = field(default_factory=list)
    cards: list[aws.ModelCard] = field(default_factory=list)
    events: list[aws.ManagementEvent] = field(default_factory=lambda: [emergency()])
    cluster: ClusterEvidence = field(default_factory=ClusterEvidence)
    papers: dict[str, documents.Document] = field(default_factory=papers)
    statement: dict[str, documents.SoaEntry] = field(default_factory=statement)
    paper_trail: PaperTrail = field(default_factory=PaperTrail)
    attestations: list[Attestation] = field(default_factory=list)
    systems: list[documents.System] = field(default_factory=lambda: [made.system()])
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    """Kind -> how its reading ended; complete when left out."""
    cluster_systems: tuple[str, ...] | None = None
    read_at: datetime = READ_AT

    @property
    def service(self) -> serving.InferenceService:
        return self.services[0]

    @property
    def predictor(self) -> serving.Predictor:
        """Of the one service."""
        assert self.service.spec is not None
        assert self.service.spec.predictor is not None
        return self.service.spec.predictor

    @property
    def served(self) -> serving.ModelSpec:
        """The model that it serves."""
        assert self.predictor.model is not None
        return self.predictor.model

    @property
    def notes(self) -> dict[str, str | None]:
        return self.service.metadata.annotations

    def plant(self, ledger: Ledger) -> None:
        for source, records, systems in self._sources():
            plant(
                ledger,
                source,
                records,
                verdicts=self.verdicts,
                systems=systems,
                read_at=self.read_at,
            )

    def _attested(
        self,
    ) -> list[tuple[str, list[tuple[Kind, Sequence[Record]]], tuple[str, ...] | None]]:
        return [(SOURCE, [(ATTESTATION, self.attestations)], None)] if self.attestations else []

    def _sources(
        self,
    ) -> list[tuple[str, list[tuple[Kind, Sequence[Record]]], tuple[str, ...] | None]]:
        model = mlflow.RegisteredModel(name="credit-risk", tags={"ai-system-id": "credit-risk"})
        spaces = [boundaries.Namespace(metadata=meta.Meta(name=name)) for name in ("prod", "web")]
        trail = self.paper_trail.records(list(self.papers.values()))
        return [
            (
                "documents/git",
                [
                    *trail,
                    (documents.SOA_ENTRY, list(self.statement.values())),
                    (documents.SYSTEM, self.systems),
                ],
                None,
            ),
            *self._attested(),
            (
                "mlflow/prod",
                [
                    (mlflow.REGISTERED_MODEL, [model]),
                    (mlflow.MODEL_VERSION, [self.version, *self.former_versions]),
                    (mlflow.RUN, [self.run]),
                    *self.answers.records(),
                ],
                None,
            ),
            (
                "kubernetes/eu-1",
                [
                    (KUBERNETES["inference_service"], self.services),
                    (KUBERNETES["deployment"], self.workloads),
                    (KUBERNETES["namespace"], spaces),
                    (KUBERNETES["role"], [made.role()]),
                    (KUBERNETES["role_binding"], [self.binding]),
                    *self.cluster.records(),
                ],
                self.cluster_systems,
            ),
            (
                "aws/1/eu-west-1",
                [
                    (aws.BUCKET, [*self.buckets, self.platform.audit_bucket]),
                    (access.ROLE, self.roles),
                    (aws.ENDPOINT, [*self.endpoints, self.platform.canary]),
                    (aws.MODEL_PACKAGE, self.packages),
                    (aws.MODEL_CARD, self.cards),
                    (aws.MANAGEMENT_EVENT, self.events),
                    *self.platform.records(),
                ],
                None,
            ),
            ("findings/scans", self.found.records(), None),
            (
                "manifests/eu-1",
                [(OBJECT, self.declared.objects(self.services, self.workloads))],
                None,
            ),
        ]

    def evaluate(self, folder: Path, *, pack: Pack = PACK, **more: Any) -> Evaluation:
        """Plant everything in a new ledger and evaluate it at `NOW`."""
        with open_ledger(folder, sealed_at=self.read_at) as ledger:
            self.plant(ledger)
            database = folder / "evaluation.duckdb"
            settings: dict[str, Any] = {"at": NOW, "database": database, **more}
            return evaluate(ledger, pack, Conventions(), **settings)


def outcome(evaluation: Evaluation, rule: str, system: str | None = "credit-risk") -> str:
    """The outcome of one cell; of the organisation's when the rule is about it."""
    scope = evaluation.pack.rule(rule).scope
    wanted = None if scope == "organisation" else system
    (found,) = (c for c in evaluation.cells if (c.rule_id, c.system_id) == (rule, wanted))
    return found.outcome
