"""A pack is data from somebody: what is wrong with it is said with file, rule and what to do."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from annexa.mappings.errors import PackError
from annexa.mappings.examples import check_examples, run_examples
from annexa.mappings.lint import check_texts
from annexa.mappings.pack import BUILTIN, Pack, load_pack

from .planting import PACK, Company, outcome, part

RULE: dict[str, Any] = {
    "id": "X-1",
    "title": "Everything is encrypted",
    "controls": ["A.4.3"],
    "population": "storage",
    "pass": "encrypted",
    "reason": "name",
    "severity": "minor",
    "step": "Look.",
    "examples": [
        {"given": {"encrypted": True}, "expect": "pass"},
        {"given": {"encrypted": False}, "expect": "fail"},
        {"given": {}, "expect": "inconclusive"},
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "pack"
    shutil.copytree(BUILTIN / "iso42001", target)
    return target


def with_rule(folder: Path, **changes: object) -> Pack:
    rule = {key: value for key, value in (RULE | changes).items() if value is not None}
    (folder / "rules" / "own.yaml").write_text(yaml.safe_dump([rule]))
    return load_pack(folder)


def mine(folder: Path, **changes: object) -> Pack:
    """Only that rule."""
    return part("X-1", pack=with_rule(folder, **changes))


def test_every_example_of_every_rule_gives_what_it_expects() -> None:
    results = run_examples(PACK)
    assert [str(result) for result in results if not result.is_right] == []
    assert len(results) >= 4 * len(PACK.rules)


def test_there_are_enough_rules_over_enough_controls() -> None:
    assert len(PACK.rules) >= 18
    annex = {c for rule in PACK.rules for c in rule.controls if c.startswith("A.")}
    assert len(annex) >= 13


def test_the_digest_changes_with_any_file(folder: Path) -> None:
    digest = load_pack(folder).digest
    assert digest == PACK.digest
    with (folder / "views" / "soa.documents.sql").open("a") as file:
        file.write("\n-- one more line\n")
    assert load_pack(folder).digest != digest


def test_a_rule_of_ones_own_is_evaluated(folder: Path, tmp_path: Path) -> None:
    pack = with_rule(folder, scope="organisation")
    alone = part("X-1", pack=pack)
    assert check_examples(alone) == 1 + len(RULE["examples"])
    found = Company().evaluate(tmp_path, pack=alone)
    assert outcome(found, "X-1") == "fail"  # a bucket with holiday photos counts here


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"controls": ["A.99"]}, "rules/own.yaml: rule X-1: names the control 'A.99'"),
        ({"controls": []}, "names no control"),
        ({"population": "buckets"}, "has the population 'buckets', which is no view"),
        ({"severity": "awful"}, "severity: input should be"),
        ({"freshness": "soon"}, "freshness: is not a time like 24h or 7d"),
        ({"on_empty": "pass"}, "on_empty: input should be"),
        ({"pas": "true"}, "pas: extra inputs are not permitted"),
        ({"examples": []}, "there is no example that expects fail, inconclusive, pass"),
        ({"where": "in_scope"}, "there is no example that expects outside"),
        ({"id": "A.4.3-1"}, "is in rules"),
        ({"pass": "encrypted and $limit > 1"}, "has no parameter 'limit'"),
    ],
)
def test_a_wrong_rule_is_refused(folder: Path, changes: dict[str, object], told: str) -> None:
    with pytest.raises(PackError) as refused:
        with_rule(folder, **changes)
    assert told in str(refused.value)
    assert "own.yaml" in str(refused.value) or "storage.yaml" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 6


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("encrypted is not false", "IS NOT TRUE or IS NOT FALSE"),
        ("name is distinct from 'x'", "IS DISTINCT FROM"),
        ("coalesce(encrypted, true)", "turns unknown into true"),
        ("coalesce(lower(name) = 'x', TRUE)", "turns unknown into true"),
        ("ifnull(encrypted, true)", "turns unknown into true"),
        ("list_bool_and([encrypted, versioned])", "aggregates booleans"),
        ("case when not encrypted then false else true end", "ELSE true"),
        ("1 / len(name) > 0", "divides with /"),
        ("encrypted and now() > as_of()", "asks the clock"),
        ("encrypted and random() > 0.5", "not the same twice"),
        ("encrypted and (select true)", "holds a query"),
        ("from_json(name, '\"INTEGER\"') > 1", "from_json"),
        ("encrypted; drop table storage", "holds a semicolon"),
    ],
)
def test_what_would_pass_in_silence_is_refused(folder: Path, expression: str, told: str) -> None:
    with pytest.raises(PackError, match="rule X-1: `pass` ") as refused:
        with_rule(folder, **{"pass": expression})
    assert told in str(refused.value)


def test_words_in_texts_and_comments_are_not_taken_for_sql() -> None:
    fine = PACK.rule("A.4.3-1").model_copy(
        update={"passes": "encrypted and name <> 'now() / is distinct from' -- random()"}
    )
    check_texts(fine, "here")


def test_a_rule_that_passes_what_nobody_knows_is_refused(folder: Path) -> None:
    with pytest.raises(PackError, match="the row about which nothing is known"):
        check_examples(mine(folder, **{"pass": "encrypted is null or encrypted"}))


def test_an_example_that_is_wrong_is_named(folder: Path) -> None:
    pack = mine(folder, **{"pass": "not encrypted"})
    with pytest.raises(PackError, match="rule X-1: example #1 expects pass and gives fail"):
        check_examples(pack)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"pass": "encripted"}, 'rule X-1: Binder Error: Referenced column "encripted"'),
        ({"pass": "encrypted and"}, "rule X-1: Parser Error"),
        ({"with": "select * from nowhere"}, "rule X-1: Catalog Error: Table with name nowhere"),
        ({"pass": "encrypted) as x, (1"}, "rule X-1: "),
        ({"reason": "no_such_function(name)"}, "rule X-1: Catalog Error"),
    ],
)
def test_sql_that_cannot_be_run_is_named(
    folder: Path, changes: dict[str, object], told: str
) -> None:
    with pytest.raises(PackError) as refused:
        check_examples(mine(folder, **changes))
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_expression_that_breaks_for_one_row_is_inconclusive_there(
    folder: Path, tmp_path: Path
) -> None:
    pack = mine(
        folder,
        scope="organisation",
        **{"pass": "encrypted and (length(name) // (ascii(name) - ascii('l'))) < 9"},  # loans
    )
    found = Company().evaluate(tmp_path, pack=pack)
    (cell,) = (c for c in found.cells if c.rule_id == "X-1")
    assert (cell.n_pass, cell.n_fail, cell.n_not_evaluated) == (2, 1, 1)
    rows = {row.subject.rpartition(":")[2]: row for row in found.rows("X-1")}
    assert rows["loans"].outcome == "inconclusive"
    assert rows["loans"].reason == "the rule could not be evaluated for this row"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("bucket.own.sql", "-- rows: none\nselect 1", "belongs to a view 'bucket'"),
        ("storage.sql", "-- rows: none\nselect 1", "is not named <view>.<name>.sql"),
        ("storage.own.sql", "select 1", "does not say where its rows come from"),
        ("storage.own.sql", "-- rows: nothing\nselect 1 as name", "is no kind and no view before"),
        ("storage.own.sql", "-- rows: none\nselect 1 as colour", "views/storage.own.sql: Binder"),
        ("storage.own.sql", "-- rows: none\nselect a from b", "views/storage.own.sql: Catalog"),
        ("storage.own.sql", "-- rows: none\ndrop table soa", "views/storage.own.sql: "),
    ],
)
def test_a_wrong_fragment_is_named(
    folder: Path, tmp_path: Path, name: str, text: str, told: str
) -> None:
    (folder / "views" / name).write_text(text)
    with pytest.raises(PackError) as refused:
        Company().evaluate(tmp_path, pack=part("A.4.3-1", pack=load_pack(folder)))
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_plugin_adds_rows_to_a_view_without_touching_its_rules(
    tmp_path: Path,
) -> None:
    extra = tmp_path / "plugin"
    extra.mkdir()
    (extra / "storage.tape.sql").write_text(
        "-- rows: tape.cartridge\n"
        "select 'tape/1:cartridge:7' as subject, 'tape/1' as source, 'credit-risk' as system_id, "
        "'7' as name, false as encrypted, true as in_scope"
    )
    few = part("A.4.3-1", pack=load_pack(fragments=[extra]))
    found = Company().evaluate(tmp_path, pack=few)
    (row,) = found.rows("A.4.3-1", outcomes=["fail"])
    assert row.subject == "tape/1:cartridge:7"


@pytest.mark.parametrize("file", ["pack.yaml", "catalogue.yaml", "views.yaml", "rules/model.yaml"])
def test_a_file_that_is_no_yaml_is_named(folder: Path, file: str) -> None:
    (folder / file).write_text("a: [1")
    with pytest.raises(PackError, match=f"{file}: is not YAML in line"):
        load_pack(folder)


def test_a_folder_without_a_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"has no pack\.yaml; use iso42001"):
        load_pack(tmp_path)
