"""A whole bundle of a small company with faults, hostile names and one source that says 403."""

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from annexa.collectors.mlflow import kinds as mlflow
from annexa.exporters.bundle import ExportSummary, Organisation, export_bundle
from annexa.ledger import Ledger
from annexa.mappings.conventions import Conventions
from annexa.mappings.evaluation import Evaluation, evaluate
from annexa.mappings.pack import load_pack
from annexa.mappings.period import Period

from ..mappings.planting import NOW, Company, plant

HOSTILE = (
    "=cmd()",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    'a"b\n\x1b[31m|x|',
    "CON",
    "𝔘𝔫𝔦",
)
ORGANISATION = Organisation(name="Größe & Söhne <AG>", timezone="Europe/Berlin")
QUARTER = Period.parse("2026-Q4")


@dataclass
class Whole:
    folder: Path
    ledger: Ledger
    evaluation: Evaluation
    summary: ExportSummary
    unpacked: Path

    def export(self, name: str, period: Period = QUARTER) -> ExportSummary:
        return export_bundle(
            self.ledger,
            self.evaluation,
            period=period,
            out=self.folder / name,
            keys=self.folder / "keys",
            organisation=ORGANISATION,
            pdf=True,
        )

    def text(self, name: str) -> str:
        return (self.unpacked / name).read_text("utf-8-sig")

    def table(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.text(name), newline="")))


@contextmanager
def made(folder: Path) -> Iterator[Whole]:
    times = iter(range(1000))
    ledger = Ledger.open(
        folder / "ledger.db",
        keys=folder / "keys",
        clock=lambda: NOW - timedelta(minutes=30) + timedelta(seconds=next(times)),
    )
    company = Company()
    company.buckets[0].encrypted = False
    company.papers["policy"].review_by = "2026-06-01"
    company.plant(ledger)
    plant(ledger, "kubernetes/edge", [], verdicts={"*": "denied"}, systems=["shelf-vision"])
    models = [
        mlflow.ModelVersion(name=name, version="1", tags={"ai-system-id": name}) for name in HOSTILE
    ]
    plant(ledger, "mlflow/evil", [(mlflow.MODEL_VERSION, models)])
    evaluation = evaluate(ledger, load_pack(), Conventions(), at=NOW, database=folder / "e.duckdb")
    ledger.save_evaluation(evaluation.record())
    found = Whole(folder, ledger, evaluation, None, folder)  # type: ignore[arg-type]  # filled in below
    found.summary = found.export("bundle.zip")
    with zipfile.ZipFile(found.summary.path) as archive:
        archive.extractall(folder / "unpacked")
    (found.unpacked,) = (folder / "unpacked").iterdir()
    yield found
    evaluation.close()
    ledger.close()
