"""Six states, kept apart; a person's document is never replaced by a machine's pass."""

from pathlib import Path

import pytest
from annexa.mappings.outcome import STATES

from .planting import PACK, Company, part

MANUAL = [control.id for control in PACK.catalogue.controls if control.kind == "manual"]


def test_a_company_in_order_is_supported_everywhere(tmp_path: Path) -> None:
    coverage = Company().evaluate(tmp_path).coverage
    assert coverage.count() == {
        "supported": 38, "stale": 0, "failing": 0, "unread": 0, "waiting": 0, "excluded": 0,
    }  # fmt: skip
    assert tuple(coverage.count()) == STATES
    clauses = {one.control: one for one in coverage.clauses}
    assert list(clauses) == [clause.id for clause in PACK.catalogue.clauses]
    documented = [clause.id for clause in PACK.catalogue.clauses if clause.documented]
    assert {clauses[clause].state for clause in documented} == {"supported"}
    assert clauses["5.1"].state == "waiting"  # that it approved a policy is not all of leadership
    assert clauses["5.1"].reason.startswith("no document names 5.1")
    assert coverage.of("8.1") == clauses["8.1"]


def test_manual_controls_wait_until_a_document_names_them(tmp_path: Path) -> None:
    company = Company()
    del company.papers["handbook"]
    found = company.evaluate(tmp_path)
    for control in MANUAL:
        if control != "A.2.2":
            assert found.coverage.of(control).state == "waiting", control
    assert found.coverage.of("A.2.2").state == "supported"
    assert found.coverage.of("A.4.6").reason == (
        "no document names A.4.6; needed: Competence matrix and training records"
    )
    assert found.coverage.of("A.6.2.5").state == "supported"  # automated: no document needed
    assert found.coverage.of("8.2").state == "waiting"  # documented information is missing
    assert found.coverage.of("A.6.2.4").state == "waiting"  # partial: rules pass, document missing
    assert {gap.rule for gap in found.gaps() if gap.outcome == "manual-pending"} >= {
        "A.4.6",
        "A.6.2.4",
    }


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"approved_by": None}, "waiting"),
        ({"approved_at": None}, "waiting"),
        ({"approved_at": "2027-01-01"}, "waiting"),  # not yet
        ({"review_by": "2026-11-23"}, "stale"),
        ({"review_by": "2026-11-24"}, "supported"),  # until the end of that day
        ({"review_by": None, "approved_at": "2025-11-23"}, "stale"),
        ({"review_by": None, "approved_at": "2025-11-26"}, "supported"),
        ({"controls": [" a.4.6 "]}, "supported"),
        ({"systems": ["another"]}, "waiting"),
        ({"systems": ["credit-risk"]}, "supported"),
    ],
)
def test_a_document_counts_when_approved_and_current(
    tmp_path: Path, change: dict[str, object], state: str
) -> None:
    company = Company()
    for name, value in change.items():
        setattr(company.papers["handbook"], name, value)
    pack = part(*(rule.id for rule in PACK.rules_for("A.4.6")))
    found = company.evaluate(tmp_path, pack=pack)
    assert found.coverage.of("A.4.6", "credit-risk").state == state
    assert found.coverage.of("A.4.6").state == state


def test_an_automated_control_without_a_rule_waits_for_a_person(tmp_path: Path) -> None:
    state = Company().evaluate(tmp_path, pack=part("A.4.3-1")).coverage.of("A.6.2.5")
    assert (state.state, state.by_person) == ("waiting", True)
    assert state.reason == "no rule of this pack tests the system records; a person has to"


def test_failing_goes_before_waiting_and_names_the_rule(tmp_path: Path) -> None:
    company = Company()
    del company.papers["handbook"]
    company.buckets[0].encrypted = False
    few = part(*(rule.id for rule in PACK.rules_for("A.4.3")))
    state = company.evaluate(tmp_path, pack=few).coverage.of("A.4.3")
    assert state.state == "failing"
    assert state.reason == "A.4.3-1 (credit-risk): 1 of 2: bucket loans is not encrypted"
    assert not state.by_person


def test_the_states_are_stored_beside_the_results(tmp_path: Path) -> None:
    import duckdb

    found = Company().evaluate(tmp_path)
    with duckdb.connect(str(found.database), read_only=True) as db:
        rows = db.execute("select control, system_id, state from control_state").fetchall()
        cells = db.execute("select count(*) from cell").fetchall()
    assert len(rows) == 38 * 2
    assert cells == [(len(found.cells),)]
    with pytest.raises(KeyError):
        found.coverage.of("A.99")
