"""A bundle of a period that was over before the ledger began shows nothing that came later."""

from pathlib import Path

from annexa.collectors.aws.kinds import ManagementEvent
from annexa.exporters.bundle import Organisation, export_bundle
from annexa.exporters.replay import replay_bundle
from annexa.exporters.verify import verify_bundle
from annexa.mappings.conventions import Conventions
from annexa.mappings.evaluation import evaluate
from annexa.mappings.pack import load_pack
from annexa.mappings.period import Period

from ..mappings.company_records import at
from ..mappings.planting import Company, open_ledger
from ..mappings.small_pack import write_small_pack


def test_what_was_read_after_a_period_is_not_in_its_bundle(tmp_path: Path) -> None:
    event = ManagementEvent(
        event_id="e1",
        event_name="UpdateEndpoint",
        event_source="sagemaker.amazonaws.com",
        event_time=at("2026-08-01"),
    )
    period, pack = Period.parse("2026-Q3"), load_pack(write_small_pack(tmp_path / "pack"))
    with open_ledger(tmp_path) as ledger:
        Company(events=[event]).plant(ledger)
        with evaluate(ledger, pack, Conventions(), period=period) as evaluation:
            summary = export_bundle(
                ledger,
                evaluation,
                period=period,
                out=tmp_path / "q3.zip",
                keys=tmp_path / "keys",
                organisation=Organisation(name="Nordlicht", timezone="UTC"),
            )
            assert not [cell for cell in evaluation.cells if cell.outcome == "pass"]
    report = verify_bundle(summary.path)
    assert (report.ok, report.records) == (True, 0)
    assert replay_bundle(summary.path).ok
