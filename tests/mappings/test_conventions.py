"""Conventions are settings; the defaults are pinned, and no key or value can become SQL."""

from datetime import UTC, datetime
from typing import Any

import pytest
from annexa.mappings.conventions import MEANINGS, Conventions
from annexa.mappings.errors import ConventionsError
from annexa.mappings.macros import rule_macros, view_macros
from annexa.mappings.sealed import Limits, Sealed
from hypothesis import given, settings
from hypothesis import strategies as st


def ask(conventions: Conventions, expression: str, *values: Any) -> Any:
    with Sealed(None, None, Limits(threads=1)) as db:
        for macro in (*rule_macros(datetime(2026, 7, 1, tzinfo=UTC)), *view_macros(conventions)):
            db.trusted(macro)
        ((answer,),) = db.trusted(f"select {expression}", values)
        return answer


def test_the_default_keys_are_these() -> None:
    default = Conventions()
    assert default.mlflow.all() == {
        "ai-system-id", "environment", "owner", "approval_status", "approved_by", "approved_at",
        "deployed_by", "deployed_at", "intended_use", "monitored_by", "evaluated_at",
    }  # fmt: skip
    plain = {
        "ai-system-id", "environment", "owner", "approval-status", "approved-by", "approved-at",
        "deployed-by", "deployed-at", "model-name", "model-version", "intended-use",
        "monitored-by", "logs-to",
    }  # fmt: skip
    assert default.keys("kubernetes") == plain | {f"annexa.dev/{key}" for key in plain}
    assert default.aws.system == ("ai-system-id",)
    assert default.production == ("production", "prod")
    assert default.production_aliases == ("champion", "production")


def test_a_given_meaning_replaces_its_keys_and_leaves_the_others() -> None:
    ours = Conventions.parse({"mlflow": {"system": "project", "owner": ["team", "lead"]}})
    assert ours.mlflow.system == ("project",)
    assert ours.mlflow.owner == ("team", "lead")
    assert ours.mlflow.approved_by == ("approved_by",)


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        ({"mlflow": {"sytem": "x"}}, "conventions.mlflow.sytem"),
        ({"sagemaker": {}}, "conventions.sagemaker"),
        ({"mlflow": {"system": 3}}, "conventions.mlflow.system"),
        ({"production": 1}, "conventions.production"),
        ({"mlflow": "x"}, "conventions.mlflow"),
    ],
)
def test_a_wrong_setting_is_named(raw: dict[str, object], where: str) -> None:
    with pytest.raises(ConventionsError) as refused:
        Conventions.parse(raw)
    assert refused.value.where == where
    assert refused.value.exit_code == 3


def test_the_first_key_with_a_value_wins_and_labels_go_before_annotations() -> None:
    ours = Conventions.parse({"mlflow": {"owner": ["team", "lead"]}})
    assert ask(ours, "mlflow_owner(map {'lead': 'b', 'team': 'a'})") == "a"
    assert ask(ours, "mlflow_owner(map {'lead': 'b', 'team': ' '})") == "b"
    assert ask(ours, "mlflow_owner(null::map(varchar, varchar))") is None
    both = "kubernetes_owner(map {'owner': 'label'}, map {'owner': 'note'})"
    assert ask(ours, both) == "label"
    prefixed = "kubernetes_owner(map {'x': ''}, map {'annexa.dev/owner': 'note'})"
    assert ask(ours, prefixed) == "note"


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1).filter(lambda t: t.strip() and "\0" not in t and t.isprintable()))
def test_a_hostile_key_finds_its_value_and_does_nothing_else(key: str) -> None:
    ours = Conventions.parse({"mlflow": {"owner": [key, "'); drop table x; --"]}})
    assert ask(ours, "mlflow_owner(map([?], ['found']))", key) == "found"
    assert ask(ours, "mlflow_owner(map([?], ['found']))", key + "!") is None


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("ana", "Ana", True),
        ("ana@x.example", "ana", True),
        ("ana", "ANA@x.example", True),
        ("ana@x.example", "ana@y.example", False),
        ("ana", "ben", False),
        (None, "ana", None),
        ("ana", None, None),
    ],
)
def test_one_person_under_two_names(a: str | None, b: str | None, same: bool | None) -> None:
    assert ask(Conventions(), "same_person(?, ?)", a, b) is same


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-05-01", "2026-05-01 00:00:00+00"),
        ("2026-05-01T10:00:00Z", "2026-05-01 10:00:00+00"),
        ("2026-05-01T10:00:00+02:00", "2026-05-01 08:00:00+00"),
        ("1700000000", "2023-11-14 22:13:20+00"),
        ("1700000000000", "2023-11-14 22:13:20+00"),
        ("last spring", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_is_read_as_people_write_it(written: str | None, read: str | None) -> None:
    assert ask(Conventions(), "instant(?)::varchar", written) == read


def test_an_unknown_environment_is_neither_production_nor_another() -> None:
    assert ask(Conventions(), "is_production(null::varchar)") is None
    assert ask(Conventions(), "is_production(' PROD ')") is True
    assert ask(Conventions(), "is_production('staging')") is False


def test_every_platform_can_be_asked_for_every_meaning() -> None:
    empty = Conventions.parse({"mlflow": {meaning: [] for meaning in MEANINGS}})
    for meaning in MEANINGS:
        assert ask(empty, f"mlflow_{meaning}(map {{'{meaning}': 'x'}})") is None
