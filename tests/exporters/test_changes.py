"""What a bundle says of the time since the bundle before it."""

import csv
import dataclasses
import shutil
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from annexa.exporters.bundle import export_bundle
from annexa.exporters.changes import FIRST, Changes, change_text, changes
from annexa.exporters.earlier import Earlier, given_bundle, last_bundle
from annexa.exporters.errors import BundleError
from annexa.exporters.facts import open_gaps
from annexa.ledger import EvaluationRecord, GapNow, Ledger
from annexa.mappings.evaluation import Evaluation

from ..mappings.planting import NOW
from .whole_bundle import ORGANISATION, QUARTER, Whole

OCTOBER = datetime.fromisoformat("2026-10-05T00:00:00+00:00")


def test_the_first_bundle_says_that_there_is_none_before_it(whole: Whole) -> None:
    folder = "data/07_exceptions_findings/changes_since_last_bundle"
    assert FIRST in whole.text(f"{folder}.md")
    (row,) = whole.table(f"{folder}.csv")
    assert (row["what"], row["detail"]) == ("none", FIRST)


def test_a_bundle_of_the_same_instant_is_no_earlier_one(whole: Whole) -> None:
    assert whole.ledger.log.of_type("export")
    assert last_bundle(whole.ledger, whole.evaluation.at) is None


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Its clock goes a minute on with every reading of it, from the 5th of October."""
    minutes = iter(range(1000))
    with Ledger.open(
        tmp_path / "ledger.db", clock=lambda: OCTOBER + timedelta(minutes=next(minutes))
    ) as opened:
        yield opened


def _before(evaluation: Evaluation, at: datetime) -> EvaluationRecord:
    """An evaluation that found one thing otherwise, and a gap that is gone by now."""
    gone = GapNow(rule="A.9.9-1", owner="kim", cause="nobody looked", count=1)
    record = evaluation.record()
    was = dict(record.outcomes) | {("A.6.2.5-1", None): "inconclusive", ("A.9.9-1", None): "fail"}
    return dataclasses.replace(
        record, at=at, outcomes=was, gaps=[gone, *evaluation.gaps()[1:]], pack_digest="00" * 32
    )


def _since_october(ledger: Ledger, evaluation: Evaluation) -> Changes:
    as_of = OCTOBER + timedelta(seconds=30)
    ledger.save_evaluation(_before(evaluation, as_of))
    body = {"bundle_sha256": "ab" * 32, "period": "2026-Q3", "as_of": as_of.isoformat()}
    leaf = ledger.append("export", body)
    ledger.save_evaluation(evaluation.record())
    earlier = last_bundle(ledger, evaluation.at)
    assert earlier == Earlier(as_of=as_of, period="2026-Q3", sha256="ab" * 32, leaf=leaf)
    found = changes(ledger, evaluation, earlier, open_gaps(ledger, evaluation))
    assert found is not None
    return found


def test_what_moved_since_the_last_export_is_listed(ledger: Ledger, whole: Whole) -> None:
    found = _since_october(ledger, whole.evaluation)
    moved = {(one.about, one.system): (one.before, one.after) for one in found.moved}
    now = whole.evaluation.outcomes.get(("A.6.2.5-1", None))
    assert moved == {
        ("A.6.2.5-1", None): ("inconclusive", now),
        ("A.9.9-1", None): ("fail", None),
    }
    assert [gap.rule for gap in found.closed] == ["A.9.9-1"]
    assert [gap.now for gap in found.opened] == whole.evaluation.gaps()[:1]
    assert [(one.what, one.before) for one in found.replaced] == [("pack", "00" * 32)]
    text = change_text(found)
    assert "the bundle of 2026-Q3, leaf" in text
    assert "- A.9.9-1: fail → not judged" in text
    assert "## Gap closed (1)" in text


def test_a_bundle_in_a_file_is_compared_row_by_row(whole: Whole, tmp_path: Path) -> None:
    database = shutil.copy(whole.evaluation.database, tmp_path / "later.duckdb")
    with duckdb.connect(str(database)) as connection:
        bucket = "rule_id = 'A.4.3-1' and subject like '%:loans'"
        connection.execute(f"update result set outcome = 'pass', reason = null where {bucket}")
    cells = [
        dataclasses.replace(cell, outcome="pass") if cell.rule_id == "A.4.3-1" else cell
        for cell in whole.evaluation.cells
    ]
    later = dataclasses.replace(
        whole.evaluation, at=NOW + timedelta(minutes=1), cells=cells, _file=Path(database)
    )
    summary = export_bundle(
        whole.ledger,
        later,
        period=QUARTER,
        out=tmp_path / "later.zip",
        keys=whole.folder / "keys",
        organisation=ORGANISATION,
        since=whole.summary.path,
    )
    with zipfile.ZipFile(summary.path) as archive:
        names = {name.rpartition("/")[2]: name for name in archive.namelist()}
        text = archive.read(names["changes_since_last_bundle.md"]).decode()
        rows = archive.read(names["results_changed_since_last_bundle.csv"]).decode("utf-8-sig")
        assert str(tmp_path.parent) not in archive.read(names["index.html"]).decode()
    assert f"given as a file, sha256 {whole.summary.sha256}" in text
    assert "## Rule (1)" in text
    assert "- A.4.3-1 (credit-risk): fail → pass" in text
    assert "## Control" not in text
    header, row = csv.reader(rows.splitlines())
    assert header == ["rule_id", "subject", "system_id", "before", "after"]
    assert (row[0], row[3:]) == ("A.4.3-1", ["fail", "pass"])
    assert any(name.endswith("_2026Q4_v2.csv") for name in names)


def test_a_file_that_is_no_earlier_bundle_of_this_ledger_is_refused(
    whole: Whole, ledger: Ledger, pristine: Path, tmp_path: Path
) -> None:
    note, later = whole.ledger.checkpoint(), NOW + timedelta(hours=1)
    with pytest.raises(BundleError, match="not an earlier instant"):
        given_bundle(whole.summary.path, checkpoint=note, at=NOW)
    for path in (pristine, whole.summary.path):
        with pytest.raises(BundleError, match="of another ledger"):
            given_bundle(path, checkpoint=ledger.checkpoint(), at=later)
    with pytest.raises(BundleError, match="name a bundle"):
        given_bundle(tmp_path / "none.zip", checkpoint=note, at=later)
    (tmp_path / "cut.zip").write_bytes(whole.summary.path.read_bytes()[:-3])
    with pytest.raises(BundleError, match="does not verify"):
        given_bundle(tmp_path / "cut.zip", checkpoint=note, at=later)
