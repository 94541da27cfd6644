"""An attestation stands where a document would, until it ends or is taken back."""

from datetime import timedelta
from pathlib import Path

import pytest
from annexa.collectors.attestations import Attestation

from .planting import NOW, Company, outcome, part

SAID = {
    "statement": "All who approve models were trained",
    "who": "ines@nordlicht.example",
    "stated_at": NOW - timedelta(days=30),
    "recorded_at": NOW - timedelta(days=30),
    "key_id": "SHA256:x",
    "signed_text": "{}",
    "signature": "x",
    "made": "elsewhere",
    "controls": ["a.4.6"],
}


def said(name: str, *, days: int = 365, withdraws: str | None = None) -> Attestation:
    return Attestation(id=name, expires_at=NOW + timedelta(days=days), withdraws=withdraws, **SAID)  # type: ignore[arg-type]  # texts


@pytest.mark.parametrize(
    ("attestations", "found", "state"),
    [
        ([said("a")], "pass", "supported"),
        ([said("a", days=-1)], "manual-pending", "stale"),
        ([said("a"), said("b", withdraws="a")], "manual-pending", "waiting"),
        ([], "manual-pending", "waiting"),
    ],
)
def test_rule_and_coverage_say_the_same(
    tmp_path: Path, attestations: list[Attestation], found: str, state: str
) -> None:
    company = Company(attestations=attestations)
    del company.papers["handbook"]
    evaluation = company.evaluate(tmp_path, pack=part("A.4.6-D1"))
    assert outcome(evaluation, "A.4.6-D1") == found
    assert evaluation.coverage.of("A.4.6").state == state
    lines = [gap for gap in evaluation.gaps() if gap.rule in ("A.4.6", "A.4.6-D1")]
    assert len(lines) == (0 if found == "pass" else 1)
