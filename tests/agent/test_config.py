"""annexa.yaml: what is right loads, what is wrong is one line that names the key."""

from pathlib import Path
from textwrap import dedent

import pytest
from annexa import AnnexaError
from annexa.agent.config import load
from annexa.agent.errors import ConfigError
from annexa.agent.yaml_text import YamlProblem, parse
from hypothesis import given, settings
from hypothesis import strategies as st

GOOD = """\
organisation: {name: Nordlicht Handel, timezone: Europe/Berlin}
ledger: var/annexa.db
sources:
  - id: mlflow/prod
    tracking_uri: http://127.0.0.1:5000
  - id: documents/aims
    path: governance
conventions:
  mlflow: {system: our-system}
schedule: {every: 6h, jitter: 30s}
alerts:
  webhook: {url: "https://hooks.example.com/x", secret_env: HOOK}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "annexa.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return path


def test_a_right_file_loads_and_its_paths_count_from_its_folder(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD))
    assert config.organisation.name == "Nordlicht Handel"
    assert config.ledger == tmp_path / "var" / "annexa.db"
    assert config.keys == tmp_path / "keys"
    assert [source.id for source in config.sources] == ["mlflow/prod", "documents/aims"]
    assert "our-system" in config.conventions.keys("mlflow")
    assert config.schedule.jitter_s == 30


BAD = [
    ("sources:\n  - {id: mlflow/p, tracking_uri: http://x, trakcing: 1}",
     'annexa.yaml: sources[0].trakcing: unknown key; '),
    ("sources:\n  - {id: mlflow/p, tracking_uri: http://x, page_sise: 1}",
     'annexa.yaml: sources[0].page_sise: unknown key; did you mean "page_size"'),
    ("ledgr: x", 'annexa.yaml: ledgr: unknown key; did you mean "ledger"'),
    ("organisation: {name: x, timezon: UTC}",
     'annexa.yaml: organisation.timezon: unknown key; did you mean "timezone"'),
    ("organisation: {name: x, timezone: Mars/Base}",
     "annexa.yaml: organisation.timezone: no such time zone; write one such as Europe/Berlin"),
    ("organisation: {name: [x]}",
     "annexa.yaml: organisation.name: expected text, got a list; correct the value"),
    ("organisation: 7",
     "annexa.yaml: organisation: expected a mapping of keys to values, got a whole number; "),
    ("sources: 7", "annexa.yaml: sources: expected a list, got a whole number; "),
    ("sources:\n  - {id: mlflow/p, tracking_uri: http://x, timeout_s: soon}",
     "annexa.yaml: sources[0].timeout_s: expected a number, got text; correct the value"),
    ("sources:\n  - {tracking_uri: http://x}",
     "annexa.yaml: sources[0].id: missing; write collector/name, such as mlflow/prod"),
    ("sources:\n  - {id: mlflow, tracking_uri: http://x}",
     "annexa.yaml: sources[0].id: is not collector/name"),
    ("sources:\n  - {id: \"mlflow/a\\nb\", tracking_uri: http://x}",
     "annexa.yaml: sources[0].id: is not collector/name"),
    ("sources:\n  - {id: mlfow/p}",
     'annexa.yaml: sources[0].id: there is no collector "mlfow"; did you mean "mlflow"'),
    ("sources:\n  - {id: mlflow/p}", "annexa.yaml: sources[0].tracking_uri: missing; add it"),
    ("sources:\n  - {id: documents/p, path: a}\n  - {id: documents/p, path: b}",
     'annexa.yaml: sources[1].id: "documents/p" is also the id of sources[0]; '),
    ("sources:\n  - {id: documents/p, path: a, every: often}",
     "annexa.yaml: sources[0].every: expected a duration such as 30s, 15m, 6h or 7d; "),
    ("sources:\n  - {id: documents/p, path: a, every: '61 * * * *'}",
     "annexa.yaml: sources[0].every: not five cron fields; "),
    ("sources:\n  - {id: documents/p, path: a, kinds: [documents.documnet]}",
     'annexa.yaml: sources[0].kinds: "documents.documnet" is not read by it; did you mean'),
    ("schedule: {every: 0h}", "annexa.yaml: schedule.every: expected a duration"),
    ("schedule: {every: 1h, cron: '0 * * * *'}",
     'annexa.yaml: schedule: both "every" and "cron" are set; keep one of them'),
    ("alerts: {webhook: {url: 'ftp://x', secret_env: X}}",
     "annexa.yaml: alerts.webhook.url: not a web address; write https://host/path"),
    ("alerts: {alertmanager: {url: 'http://u:geheim@x'}}",
     "annexa.yaml: alerts.alertmanager.url: credentials in a web address; "),
    ("conventions: {mlflow: {sytem: a}}",
     'annexa.yaml: conventions.mlflow.sytem: unknown key; did you mean "system"'),
    ("conventions: {mflow: {system: a}}",
     'annexa.yaml: conventions.mflow: unknown key; did you mean "mlflow"'),
    ("ledger: a\nledger: b", "annexa.yaml: line 3: the key 'ledger' stands there twice; "),
    ("ledger: [a", "annexa.yaml: line 3: not YAML: "),
    ("ledger: !!python/object/apply:os.system [id]", "annexa.yaml: line 2: not YAML: "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), BAD, ids=[line[13:60] for _, line in BAD])
def test_what_is_wrong_is_one_line_that_names_the_key(tmp_path: Path, text: str, line: str) -> None:
    whole = text if "organisation" in text else f"organisation: {{name: x}}\n{text}"
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, whole + "\n"))
    message = str(caught.value)
    assert message.startswith(line), message
    assert "\n" not in message
    assert "geheim" not in message
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "annexa.yaml: is empty; "),
        (b"- a\n", "annexa.yaml: is no mapping of keys to values; "),
        (b"\xff\xfe\x00", "annexa.yaml: not UTF-8 text; "),
        (b"#" * (4 * 1024 * 1024 + 1), "annexa.yaml: larger than 4 MiB; "),
        (b"a: &a [*a]\n", "annexa.yaml: "),
    ],
)
def test_a_file_that_is_no_configuration_is_one_line(
    tmp_path: Path, content: bytes, line: str
) -> None:
    path = tmp_path / "annexa.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value).startswith(line)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file; run `annexa init`"):
        load(tmp_path / "annexa.yaml")


def test_several_faults_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"unknown key \(and 1 more\)"):
        load(written(tmp_path, "organisation: {name: x, nam: y}\nfoo: 1\n"))


def test_a_name_that_is_not_a_source_gets_the_nearest_one(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD))
    with pytest.raises(ConfigError, match='no source "mlflow/prd"; did you mean "mlflow/prod"'):
        config.source("mlflow/prd")


def test_the_environment_overrides_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNEXA_LEDGER", "/elsewhere")
    monkeypatch.setenv("LEDGER", "/elsewhere")
    assert load(written(tmp_path, GOOD)).ledger == tmp_path / "var" / "annexa.db"


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_value_or_a_yaml_problem(text: str) -> None:
    problem = ""
    try:
        parse(text)
    except YamlProblem as error:
        problem = error.problem
    assert "\n" not in problem


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=8), st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=8),
    st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2), max_size=2),
), max_size=4))  # fmt: skip
def test_any_mapping_is_a_configuration_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, mapping: dict[str, object]
) -> None:
    import json

    path = tmp_path_factory.mktemp("any") / "annexa.yaml"
    path.write_text(json.dumps({"organisation": {"name": "x"}, **mapping}))
    problem = ""
    try:
        load(path)
    except AnnexaError as error:
        problem = str(error)
    assert "\n" not in problem
