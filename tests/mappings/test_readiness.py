"""Before an audit: what is missing, one line each, with who has to act and what to do."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from annexa.ledger import Gap
from annexa.mappings.errors import PackError
from annexa.mappings.evaluation import Evaluation
from annexa.mappings.pack import BUILTIN, load_pack
from annexa.mappings.readiness import History, Missing, Stage, readiness

from .planting import NOW, PACK, Company, part

LONG = History(judged_since=NOW - timedelta(days=400), gaps=())


def missing(
    evaluation: Evaluation, stage: Stage, history: History = LONG
) -> dict[tuple[str, str], Missing]:
    return {(one.topic, one.about): one for one in readiness(evaluation, history, stage)}


@pytest.fixture(scope="module")
def well_run(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    return Company().evaluate(tmp_path_factory.mktemp("well"))


def test_each_clause_that_needs_a_document_and_has_none_is_a_line(well_run: Evaluation) -> None:
    found = missing(well_run, "1")
    named = {document.control for document in well_run.documents}
    for clause in PACK.catalogue.clauses:
        there = ("document", clause.id) in found
        assert there == (clause.documented and clause.id not in named), clause.id


def test_each_line_says_who_acts_and_what_to_do(well_run: Evaluation) -> None:
    for one in missing(well_run, "surveillance").values():
        assert one.owner
        assert one.what
        assert one.todo
        assert one.controls or one.topic == "history"


def test_stage_2_asks_for_all_that_stage_1_asks_for(well_run: Evaluation) -> None:
    assert missing(well_run, "1").keys() <= missing(well_run, "2").keys()
    assert missing(well_run, "2").keys() <= missing(well_run, "surveillance").keys()


def test_a_common_finding_is_told_by_its_rule_and_is_gone_when_that_holds(
    well_run: Evaluation, tmp_path: Path
) -> None:
    assert ("finding", "monitoring") not in missing(well_run, "2")
    company = Company()
    company.services[0].metadata.annotations.pop("monitored-by")
    few = company.evaluate(tmp_path, pack=part("A.6.2.6-1"))
    found = missing(few, "2")["finding", "monitoring"]
    assert "A.6.2.6-1" in found.what
    assert ("finding", "monitoring") not in missing(few, "1")


def test_what_no_record_can_show_is_asked_of_a_person(well_run: Evaluation) -> None:
    assert "ask for it" in missing(well_run, "2")["finding", "rollback"].what


def test_a_source_that_could_not_be_read_is_a_line_with_its_remedy(tmp_path: Path) -> None:
    company = Company(verdicts={"mlflow.run": "denied", "mlflow.model_version": "denied"})
    judged = company.evaluate(tmp_path, pack=part("A.6.2.4-2", "A.7.5-1"))
    (found,) = [one for one in readiness(judged, LONG, "1") if one.topic == "source"]
    assert (found.about, found.todo) == ("mlflow/prod", "grant list")
    assert "mlflow.model_version: HTTP 403, and 1 more" in found.what
    assert {"A.6.2.4", "A.7.5"} <= set(found.controls)


def test_a_short_history_is_said(well_run: Evaluation) -> None:
    assert ("history", "ledger") not in missing(well_run, "2")
    short = History(judged_since=NOW - timedelta(days=10), gaps=())
    assert "only" in missing(well_run, "2", short)["history", "ledger"].what
    never = History(judged_since=None, gaps=())
    assert "before" in missing(well_run, "2", never)["history", "ledger"].what


def test_surveillance_asks_for_gaps_that_stay_open(well_run: Evaluation) -> None:
    gap = Gap(
        id="G1", rule="A.9.4-1", system="credit-risk", source=None, owner="dana", outcome="fail",
        cause="no use is stated", subjects=[], count=1, opened_at=NOW - timedelta(days=91),
        closed_at=None, opened_leaf=1, closed_leaf=None,
    )  # fmt: skip
    history = History(judged_since=LONG.judged_since, gaps=(gap,))
    found = missing(well_run, "surveillance", history)["history", "A.9.4-1"]
    assert (found.owner, "no use is stated" in found.what) == ("dana", True)
    assert ("history", "A.9.4-1") not in missing(well_run, "2", history)


def test_a_finding_that_names_a_rule_that_there_is_not_is_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BUILTIN / "iso42001", tmp_path / "pack"))
    file = folder / "readiness.yaml"
    file.write_text(file.read_text("utf-8").replace("A.6.2.8-1", "A.6.2.8-99"), "utf-8")
    with pytest.raises(PackError, match=r"readiness\.yaml: logs: names 'A\.6\.2\.8-99'"):
        load_pack(folder)
