"""``annexa custody``, as a person types it."""

from pathlib import Path

import pytest
from annexa.exporters.verify import verify_bundle

from ..exporters import small_bundle
from ..ledger.sample import open_ledger
from .command_line import CommandLine


def test_a_step_is_sealed_and_listed_and_a_wrong_one_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = small_bundle.write(tmp_path / "bundle.zip", tmp_path / "bundle-keys")
    digest = verify_bundle(bundle).statement["subject"][0]["digest"]["sha256"]
    (tmp_path / "annexa.yaml").write_text("organisation: {name: X}\n")
    line = CommandLine(tmp_path / "annexa.yaml", capsys)
    with open_ledger(tmp_path) as ledger:
        assert "no bundle" in line.annexa("custody", "list")
        ledger.append("export", {"bundle_sha256": digest})
    place = str(bundle)
    line.annexa("custody", "add", place, "lent", "--to", "A", code=2)
    line.annexa("custody", "add", place, "handed", "--to", " ", code=2)
    line.annexa("custody", "add", place, "handed", "--to", "A", "--by", "B", "--when", "2026-11-25")
    steps = line.json("custody", "list", place)["steps"]
    assert [(one["event"], one["to"]) for one in steps] == [("exported", ""), ("handed", "A")]
    assert steps[1]["bundle_sha256"] == digest
    assert "handed" in line.annexa("custody", "list")
