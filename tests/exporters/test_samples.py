"""Samples from the ledger and from a bundle: the same rows, and a script that draws them again."""

import csv
import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pytest
from annexa.exporters.bundle import export_bundle
from annexa.exporters.errors import BundleError, SampleRefused
from annexa.exporters.rows import Rows
from annexa.exporters.sampling.bundled import POPULATIONS, bundled_population
from annexa.exporters.sampling.evaluated import evaluated_population
from annexa.exporters.sampling.plan import Plan, refuse_incomplete, take
from annexa.exporters.sampling.population import Population, freeze
from annexa.exporters.sampling.record import SampleRecord, in_force, seal_population, seal_sample
from annexa.exporters.sampling.sizes import Sampling
from annexa.exporters.verify import verify_bundle
from annexa.ledger import Ledger
from msgspec import structs

from ..mappings.planting import NOW
from .whole_bundle import ORGANISATION, QUARTER, Whole

RANDOM = Plan(method="attribute", sampling=Sampling(), seed="2026-Q4", size=3)
STRATA = replace(RANDOM, method="stratified", size=4)
PICKS = Plan(method="judgement", sampling=Sampling(), by="A. Auditor")


@contextmanager
def population(whole: Whole, name: str) -> Iterator[Population]:
    with Rows(whole.evaluation.database, whole.folder) as rows:
        yield evaluated_population(whole.evaluation, rows, name)


def drawn(whole: Whole, name: str, plan: Plan, strata: str | None = None) -> SampleRecord:
    with population(whole, name) as found:
        return take(freeze(found, strata), plan)


@dataclass
class Sampled:
    folder: Path
    ledger: Ledger

    def table(self, name: str) -> list[dict[str, str]]:
        text = (self.folder / "data" / name).read_text("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture(scope="module")
def sampled(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampled]:
    """The whole bundle once more, after samples were recorded in a copy of its ledger."""
    folder = tmp_path_factory.mktemp("sampled")
    for part in ("", "-wal", "-shm"):
        beside = whole.ledger.path.with_name(whole.ledger.path.name + part)
        if beside.exists():
            shutil.copy(beside, folder / ("ledger.db" + part))
    keys = whole.folder / "keys"
    with Ledger.open(folder / "ledger.db", keys=keys, clock=lambda: NOW) as ledger:
        with population(whole, "model_version") as found:
            frozen = freeze(found, "source")
            assert seal_population(ledger, frozen, "") == seal_population(ledger, frozen, "")
            first = take(frozen, STRATA)
            seal_sample(ledger, first)
            gone = next(item for item in first.items if item.source == "mlflow/evil").row[:12]
            again = take(frozen, replace(STRATA, replaced={gone: "its owner left"}), first)
            seal_sample(ledger, structs.replace(again, supersedes=in_force(ledger)[0].leaf))
        with population(whole, "deployment") as found:
            picks = {next(found.rows())[0][:12]: "new"}
            seal_sample(ledger, take(freeze(found), replace(PICKS, picks=picks)))
        seal_sample(ledger, drawn(whole, "A.6.2.5-1", RANDOM))
        other = drawn(whole, "document", RANDOM)
        seal_sample(ledger, structs.replace(other, population_sha256="0" * 64))
        out = folder / "bundle.zip"
        export_bundle(
            ledger,
            whole.evaluation,
            period=QUARTER,
            out=out,
            keys=keys,
            organisation=ORGANISATION,
        )
        with zipfile.ZipFile(out) as archive:
            archive.extractall(folder / "unpacked")
        (unpacked,) = (folder / "unpacked").iterdir()
        assert verify_bundle(out).ok
        yield Sampled(unpacked, ledger)


def redrawn(folder: Path, *arguments: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-I", "sample.py", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize("name", ["deployment", "A.6.2.5-1", "model_version", "document"])
def test_a_bundle_gives_the_same_sample_as_the_ledger(whole: Whole, name: str) -> None:
    here = drawn(whole, name, RANDOM)
    with bundled_population(whole.summary.path, name) as found:
        there = take(freeze(found), RANDOM)
    assert there == here
    assert len(here.items) == min(3, here.rows)


def test_the_populations_are_listed_with_their_hash_and_what_is_missing(whole: Whole) -> None:
    lines = whole.table(f"data/{POPULATIONS}")
    views = {line["population"]: line for line in lines if not line["rule"]}
    assert views.keys() == {view.name for view in whole.evaluation.pack.views}
    with population(whole, "document") as found:
        frozen = freeze(found)
    assert views["document"]["sha256"] == frozen.sha256
    assert int(views["document"]["rows"]) == frozen.size
    assert views["document"]["complete"] == "true"
    assert views["deployment"]["complete"] == "false"
    assert "kubernetes/edge could not be read in full" in views["deployment"]["why_not"]
    with (
        pytest.raises(SampleRefused, match="is not complete: kubernetes/edge"),
        population(whole, "deployment") as found,
    ):
        refuse_incomplete(found, "")


def test_nothing_is_drawn_from_nothing(whole: Whole) -> None:
    empty = next(
        line["population"] for line in whole.table(f"data/{POPULATIONS}") if line["rows"] == "0"
    )
    with pytest.raises(SampleRefused, match="has no row, and an empty sample would prove nothing"):
        drawn(whole, empty, RANDOM)
    with pytest.raises(SampleRefused, match="is no view, rule or control"):
        drawn(whole, "nothing", RANDOM)
    with pytest.raises(SampleRefused, match="is no column of deployment"):
        drawn(whole, "deployment", STRATA, "colour")
    with pytest.raises(SampleRefused, match="stratum moon: has no row"):
        drawn(whole, "deployment", replace(STRATA, whole=frozenset({"moon"})), "environment")
    loose = replace(RANDOM, sampling=Sampling(expected=0.05), size=None)
    with pytest.raises(SampleRefused, match="are as many as could be tolerated"):
        drawn(whole, "deployment", loose)


def test_rows_that_a_rule_makes_itself_are_not_taken_for_those_of_its_view(
    whole: Whole, tmp_path: Path
) -> None:
    database = Path(shutil.copy(whole.evaluation.database, tmp_path / "own.duckdb"))
    with duckdb.connect(str(database)) as connection:
        connection.execute("insert into result values ('A.6.2.5-1', 'x', 'y', 'z', 'pass', '', 1)")
    with (
        pytest.raises(SampleRefused, match="judges rows that it makes itself, not those of depl"),
        Rows(database, tmp_path) as rows,
    ):
        evaluated_population(whole.evaluation, rows, "A.6.2.5-1")


def test_a_pick_has_to_be_one_row(whole: Whole) -> None:
    with pytest.raises(SampleRefused, match="is 0 rows of deployment"):
        drawn(whole, "deployment", replace(PICKS, picks={"nobody": "x"}))
    with pytest.raises(SampleRefused, match="nothing is picked"):
        drawn(whole, "deployment", PICKS)
    row = drawn(whole, "deployment", RANDOM).items[0]
    sample = drawn(whole, "deployment", replace(PICKS, picks={row.row[:12]: "looks odd"}))
    assert [(item.row, item.status, item.reason) for item in sample.items] == [
        (row.row, "judgement", "looks odd")
    ]
    assert (sample.seed, sample.by) == (None, "A. Auditor")


def test_recorded_samples_are_beside_their_populations(sampled: Sampled) -> None:
    by_method: dict[str, list[dict[str, str]]] = {}
    for row in sampled.table("03_controls/A.6.2.5/sample.csv"):
        assert row["population_file"] == "03_controls/A.6.2.5/population.csv"
        by_method.setdefault(row["method"], []).append(row)
    assert by_method.keys() == {"attribute", "stratified", "judgement"}
    statuses = [row["status"] for row in by_method["stratified"]]
    assert statuses.count("replaced") == statuses.count("replacement") == 1
    (gone,) = (row for row in by_method["stratified"] if row["status"] == "replaced")
    assert gone["reason"] == "its owner left"
    assert {row["sample"] for row in by_method["stratified"]} == {gone["sample"]}
    book = zipfile.ZipFile(sampled.folder / "data/01_index.xlsx")
    assert '<sheet name="Samples"' in book.read("xl/workbook.xml").decode()


def test_the_shipped_script_draws_every_sample_again(sampled: Sampled) -> None:
    code, lines = redrawn(sampled.folder)
    assert code == 0
    assert len(lines) > 3
    told = {line.rpartition(", ")[2] for line in lines}
    assert told == {"the same again", "of a population that is not here"}


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("seed", "2026-Q3", "the seed gives other items"),
        ("row_sha256", "f" * 64, "the seed gives other items"),
        ("stratum_size", "9", "the seed gives other items"),
        ("population_sha256", "f" * 64, "this is not the population that was frozen"),
    ],
)
def test_the_script_sees_what_was_tampered_with(
    sampled: Sampled, tmp_path: Path, column: str, value: str, told: str
) -> None:
    rows = sampled.table("03_controls/A.6.2.4/sample.csv")
    mine = [row for row in rows if row["method"] == "stratified"]
    for row in mine[: 1 if column == "row_sha256" else None]:
        row[column] = value
    with (tmp_path / "mine.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, mine[0].keys())
        writer.writeheader()
        writer.writerows(mine)
    code, (line,) = redrawn(sampled.folder, str(tmp_path / "mine.csv"))
    assert code == 1
    assert line.endswith(told)


def test_nothing_is_drawn_from_a_bundle_that_was_changed(whole: Whole, tmp_path: Path) -> None:
    data = bytearray(whole.summary.path.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "changed.zip").write_bytes(data)
    for path, error, told in (
        (tmp_path / "changed.zip", BundleError, "does not verify"),
        (whole.summary.path, SampleRefused, "is not in this bundle"),
    ):
        with pytest.raises(error, match=told), bundled_population(path, "nothing"):
            pass
