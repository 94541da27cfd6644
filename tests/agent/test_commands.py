"""The whole command line over a small company: a cluster behind HTTP and a folder of documents."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.entry import run
from annexa.agent.exit_codes import ExitCode

from ..collectors.misbehaving import Reply
from ..mappings.planting import PACK
from ..mappings.test_overlay import overlay
from ..mappings.test_pack import RULE
from .cluster import KSERVE, Cluster, cluster, service, write_company

WRONG = {"given": {"encrypted": False}, "expect": "pass"}
HOSTILE = "\x1b[31m[bold]x[/bold]\u202e'; drop table x;--\n../<script>=cmd()😀"


@dataclass
class Company:
    folder: Path
    cluster: Cluster
    capsys: pytest.CaptureFixture[str]

    def annexa(self, *arguments: str, code: int = ExitCode.OK) -> str:
        """Run a command and return what it wrote to standard output."""
        found = run([*arguments, "--config", str(self.folder / "annexa.yaml")])
        out, self.err = self.capsys.readouterr()
        assert found == code, (found, out, self.err)
        assert "Traceback" not in self.err
        return out

    def json(self, *arguments: str, code: int = ExitCode.OK) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.annexa(*arguments, "--json", code=code))
        return body


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Cluster]]:
    """Collected once; each test works on a copy."""
    folder = tmp_path_factory.mktemp("collected")
    with cluster() as there:
        there.items[KSERVE].append(service(HOSTILE, HOSTILE, HOSTILE))
        write_company(folder, there.url)
        assert run(["collect", "--config", str(folder / "annexa.yaml"), "--json"]) == ExitCode.OK
        yield folder, there


@pytest.fixture
def company(
    collected: tuple[Path, Cluster], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Company:
    original, there = collected
    there.answer = lambda _request: None
    folder = tmp_path / "company"
    shutil.copytree(original, folder)
    capsys.readouterr()
    return Company(folder, there, capsys)


def test_collect_records_every_page_of_every_kind(company: Company) -> None:
    body = company.json("collect")
    assert body["schema"] == "annexa.collect/1"
    kinds = {kind["kind"]: kind for one in body["receipts"] for kind in one["kinds"]}
    assert kinds["kubernetes.inference_service"]["items"] == 6
    assert kinds["kubernetes.inference_service"]["pages"] == 3
    assert kinds["documents.system"]["items"] == 1
    assert "salt" not in json.dumps(body)
    assert body["gaps"] > 0


def test_a_refused_kind_is_code_4_a_recorded_gap_and_no_loss_of_the_rest(
    company: Company,
) -> None:
    company.cluster.answer = lambda request: Reply(403) if request.path == KSERVE else None
    body = company.json("collect", code=ExitCode.INCOMPLETE)
    verdicts = {kind["kind"]: kind["verdict"] for one in body["receipts"] for kind in one["kinds"]}
    assert verdicts.pop("kubernetes.inference_service") == "denied"
    assert set(verdicts.values()) == {"complete", "unsupported"}  # a folder has no host
    gaps = company.json("gaps")["gaps"]
    assert any(gap["source"] == "kubernetes/shop" for gap in gaps)
    # what was there before is still there: a refusal proves no absence
    history = company.json("history", "kubernetes/shop:inference_service:shop/scorer-1")
    assert history["intervals"][-1]["until"] is None


def test_one_source_alone_is_read_when_asked(company: Company) -> None:
    body = company.json("collect", "--source", "documents/aims", "--no-assess")
    assert [one["source"] for one in body["receipts"]] == ["documents/aims"]
    assert "tally" not in body


def test_status_keeps_six_states_apart_and_adds_up_nothing(company: Company) -> None:
    body = company.json("status")
    states = {"supported", "stale", "failing", "unread", "waiting", "excluded"}
    assert set(body["coverage"][""]) == states
    assert "credit-risk" in body["systems"]
    assert len({one["control"] for one in body["controls"]}) >= 38
    text = company.annexa("status")
    assert "5 automated, 20 partial, 13 manual" in text
    assert "A.6.2.5" in text
    for word in ("compliant", "conforms", "certified"):
        assert word not in text.lower()


def test_status_of_one_system_and_of_a_system_that_is_none(company: Company) -> None:
    body = company.json("status", "--system", "credit-risk")
    assert body["systems"] == ["credit-risk"]
    company.annexa("status", "--system", "credit-rsk", code=ExitCode.ERROR)
    assert 'did you mean "credit-risk"' in company.err


def test_the_same_evidence_is_seen_through_another_framework(company: Company) -> None:
    body = company.json("status", "--framework", "eu-ai-act", "--system", "credit-risk")
    own = company.json("status", "--system", "credit-risk")
    states = {one["control"]: one["state"] for one in own["controls"]
              if one["system_id"] == "credit-risk"}  # fmt: skip
    states |= {one["control"]: one["state"] for one in own["clauses"]}
    articles = {one["reference"]: one for one in body["references"]}
    assert [one["control"] for one in articles["Art. 12"]["controls"]] == ["A.6.2.8"]
    for article in articles.values():
        for one in article["controls"]:
            assert one["state"] == states.get(one["control"])
    text = company.annexa("status", "--framework", "eu-ai-act")
    assert "not equivalence" in text
    assert "no presumption of conformity" in text
    assert "2027-12-02" in text
    company.annexa("status", "--framework", "soc2", code=ExitCode.PACK)
    assert "use one of eu-ai-act, iso-27001, nist-ai-rmf" in company.err


def test_status_before_anything_was_collected_supports_nothing(company: Company) -> None:
    body = company.json("status", "--at", "2020-01-01")
    assert body["run"] == 0
    assert all(one["state"] != "supported" for one in body["controls"])


def test_gaps_say_whose_since_when_and_why(company: Company) -> None:
    gaps = company.json("gaps")["gaps"]
    assert gaps
    assert all(gap["owner"] and gap["cause"] and gap["opened_at"] for gap in gaps)
    assert all(gap["closed_at"] is None for gap in gaps)
    owners = {gap["owner"] for gap in gaps if gap["system"] == "credit-risk"}
    assert owners == {"dana@example.org"}
    assert "dana@example.org" in company.annexa("gaps", "--system", "credit-risk")


def test_a_rule_is_explained_down_to_the_leaf(company: Company) -> None:
    body = company.json("explain", "A.6.2.5-1")
    assert body["about"] == "rule"
    assert body["rows"] == 6
    assert body["sql"]["pass"]
    proof = body["evidence"]
    assert proof["kind"] == "kubernetes.inference_service"
    leaf = company.json("ledger", "log")["leaves"][proof["leaf"]]
    assert leaf["type"] == "run"
    assert leaf["body"]["run"] == proof["run"]
    text = company.annexa("explain", "A.6.2.5-1")
    assert proof["sha256"] in text
    assert "as system:sa:annexa" in text


def test_a_control_is_explained_with_what_is_looked_for(company: Company) -> None:
    body = company.json("explain", "A.6.2.5")
    assert (body["about"], body["class"]) == ("control", "automated")
    assert {state["system_id"] for state in body["states"]} >= {"credit-risk"}
    assert "looked for: " in company.annexa("explain", "A.6.2.5")


def test_a_subject_is_explained_with_its_versions_and_its_rules(company: Company) -> None:
    subject = "kubernetes/shop:inference_service:shop/scorer-0"
    body = company.json("explain", subject)
    assert body["about"] == "subject"
    assert len(body["intervals"]) == 1
    assert "A.6.2.5-1" in {result["rule"] for result in body["results"]}
    assert subject in company.annexa("explain", subject)


def test_a_source_is_explained_with_what_it_leaves_in_doubt(company: Company) -> None:
    company.cluster.answer = lambda request: Reply(403) if request.path == KSERVE else None
    company.annexa("collect", code=ExitCode.INCOMPLETE)
    body = company.json("explain", "kubernetes/shop")
    assert body["about"] == "source"
    assert body["in_doubt"]
    assert "denied" in company.annexa("explain", "kubernetes/shop")


@pytest.mark.parametrize("what", ["A.6.2.99", "nonsense", "kubernetes/shop:deployment:shop/none"])
def test_what_is_not_there_is_one_line(company: Company, what: str) -> None:
    company.annexa("explain", what, code=ExitCode.ERROR)
    assert company.err.count("\n") == 1


def test_history_shows_each_version_and_what_changed(company: Company) -> None:
    changed = service("scorer-0", "s3://models/new")
    before = list(company.cluster.items[KSERVE])
    company.cluster.items[KSERVE] = [changed, *before[1:]]
    try:
        company.annexa("collect")
        company.annexa("collect")
    finally:
        company.cluster.items[KSERVE] = before
    body = company.json("history", "kubernetes/shop:inference_service:shop/scorer-0")
    first, second = body["intervals"]
    assert first["until"] == second["from"]
    assert second["changed"] == ["spec"]
    assert second["until"] is None


def test_a_hostile_name_changes_neither_the_terminal_nor_the_outcome(company: Company) -> None:
    for arguments in (["status"], ["gaps"], ["explain", "A.6.2.5-1"], ["collect"]):
        text = company.annexa(*arguments)
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "\\x1b[31m[bold]x[/bold]\\u202e" in company.annexa("explain", "A.6.2.5-1")


def test_the_ledger_verifies_and_shows_its_log_and_checkpoint(company: Company) -> None:
    report = company.json("ledger", "verify")["report"]
    assert report["ok"]
    assert report["runs"] == 2
    assert "verified" in company.annexa("ledger", "verify")
    log = company.json("ledger", "log", "--limit", "2")
    assert len(log["leaves"]) == 2
    assert log["leaves"][-1]["type"] == "evaluation"
    assert company.annexa("ledger", "checkpoint").startswith("annexa/")


def test_an_edited_ledger_is_code_5_and_says_what_does_not_fit(company: Company) -> None:
    with sqlite3.connect(company.folder / "annexa.db") as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master")]
        for trigger in [name for name in tables if "_no_" in name or name.startswith("no_")]:
            database.execute(f'drop trigger if exists "{trigger}"')
        for (trigger,) in database.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            database.execute(f'drop trigger "{trigger}"')
        database.execute("update run set source = 'kubernetes/other' where source like 'kube%'")
    database.close()
    company.annexa("ledger", "verify", code=ExitCode.LEDGER)
    assert company.err.count("\n") == 1


@pytest.mark.parametrize("command", ["status", "gaps", "collect", "ledger verify"])
def test_a_ledger_that_is_none_is_one_line_and_code_5(company: Company, command: str) -> None:
    (company.folder / "annexa.db").write_bytes(b"not a database, but long enough" * 100)
    for beside in company.folder.glob("annexa.db-*"):
        beside.unlink()
    company.annexa(*command.split(), code=ExitCode.LEDGER)
    assert company.err.count("\n") == 1


def test_a_broken_pack_is_code_6_and_what_was_collected_stays(company: Company) -> None:
    config = company.folder / "annexa.yaml"
    config.write_text(config.read_text().replace("pack: ./few", "pack: ./mine"))
    (company.folder / "mine").mkdir()
    company.annexa("collect", code=ExitCode.PACK)
    assert company.json("ledger", "verify")["report"]["runs"] == 4


def test_a_bundle_is_exported_verified_and_replayed(company: Company) -> None:
    year = f"{datetime.now(UTC):%Y}"
    bundle = str(company.folder / "bundle.zip")
    body = company.json("export", "--period", year, "--out", bundle)
    company.annexa("export", "--period", year, "--out", bundle, code=ExitCode.ERROR)
    assert "is there already" in company.err
    for command in ("verify", "replay"):
        assert run([command, bundle, "--json"]) == ExitCode.OK
        assert json.loads(company.capsys.readouterr().out)["ok"]
    assert run(["verify", bundle, "--fingerprint", body["key_fingerprint"]]) == ExitCode.OK
    assert run(["verify", bundle, "--fingerprint", "0" * 64]) == ExitCode.BUNDLE
    assert run(["verify", bundle, "--fingerprint", "x"]) == ExitCode.ERROR
    company.capsys.readouterr()
    leaf = company.json("ledger", "log")["leaves"][body["leaf"]]
    assert leaf["type"] == "export"


def test_a_bundle_that_is_none_or_was_changed_is_one_line_and_its_code(company: Company) -> None:
    bundle = company.folder / "bundle.zip"
    company.annexa("export", "--period", f"{datetime.now(UTC):%Y}", "--out", str(bundle))
    changed = bytearray(bundle.read_bytes())
    changed[len(changed) // 2] ^= 1
    bundle.write_bytes(changed)
    for command in ("verify", "replay"):
        assert run([command, str(bundle)]) == ExitCode.BUNDLE
        assert run([command, str(company.folder / "none.zip")]) == ExitCode.ERROR
        assert company.capsys.readouterr().err.endswith("name the bundle that you were given\n")


@pytest.mark.parametrize("period", ["2026-Q5", "yesterday", "2026-02-01..2026-01-01"])
def test_a_period_that_is_none_is_code_2(company: Company, period: str) -> None:
    out = str(company.folder / "x.zip")
    company.annexa("export", "--period", period, "--out", out, code=ExitCode.USAGE)
    assert company.err.count("\n") == 1


def test_doctor_counts_what_the_conventions_matched(company: Company) -> None:
    body = company.json("doctor")
    found = {(one["kind"], one["meaning"]): one for one in body["conventions"]}
    system = found["kubernetes.inference_service", "system"]
    assert (system["matched"], system["total"]) == (6, 6)
    owner = found["kubernetes.inference_service", "owner"]
    assert (owner["matched"], owner["total"]) == (0, 6)
    assert found["kubernetes.namespace", "system"]["matched"] == 0
    assert "6 of 6 inference_service" in company.annexa("doctor")
    config = company.folder / "annexa.yaml"
    config.write_text(config.read_text() + "conventions: {kubernetes: {system: team}}\n")
    assert "0 of 6 inference_service" in company.annexa("doctor")


def test_a_collector_that_cannot_be_loaded_is_a_gap_and_the_rest_is_read(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    from annexa.collectors import registry
    from annexa.collectors.errors import PluginError

    def require(name: str) -> None:
        if name == "kubernetes":
            raise PluginError(
                "collector kubernetes",
                "is not installed",
                remedy='pip install "annexa[kubernetes]"',
            )

    monkeypatch.setattr(registry, "require", require)
    body = company.json("collect", code=ExitCode.INCOMPLETE)
    shop, aims = body["receipts"]
    assert {kind["verdict"] for kind in shop["kinds"]} == {"unavailable"}
    assert {kind["remedy"] for kind in shop["kinds"]} == {'pip install "annexa[kubernetes]"'}
    assert {kind["verdict"] for kind in aims["kinds"]} == {"complete", "unsupported"}
    gaps = company.json("gaps")["gaps"]
    assert any(gap["rule"] == "source" and gap["source"] == "kubernetes/shop" for gap in gaps)


def test_plugins_lists_what_is_read_and_which_right_it_needs(company: Company) -> None:
    assert run(["plugins", "--json"]) == ExitCode.OK
    body = json.loads(company.capsys.readouterr().out)
    names = {one["name"] for one in body["collectors"]}
    assert names >= {"aws", "documents", "kubernetes", "mlflow"}
    assert all(kind["permission"] for one in body["collectors"] for kind in one["kinds"])


def test_mapping_lint_test_and_docs_take_the_built_in_pack_with_an_overlay(
    company: Company,
) -> None:
    own = RULE | {"id": "ACME-1", "examples": [*RULE["examples"], WRONG]}
    more = ["--overlay", str(overlay(company.folder / "acme", rules=[own])), "--json"]

    def said(*command: str, code: int = ExitCode.OK) -> dict[str, Any]:
        assert run(["mapping", *command, *more]) == code
        found: dict[str, Any] = json.loads(company.capsys.readouterr().out)
        return found

    linted = said("lint")
    assert linted["rules"] == len(PACK.rules) + 1
    assert linted["version"] == f"{PACK.version} + acme 3"
    tried = said("test", code=ExitCode.PACK)
    assert tried["failed"] == 1
    assert {one["rule"] for one in tried["examples"]} >= {"ACME-1", "A.4.3-1"}
    assert "ACME-1 Everything is encrypted" in said("docs")["text"]


@pytest.mark.parametrize(
    "command",
    [["status"], ["gaps"], ["ledger", "verify"], ["export", "--period", "2026", "--out", "x.zip"]],
)
def test_what_needs_a_ledger_asks_for_a_first_collect_and_makes_none(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "annexa.yaml"
    config.write_text("organisation: {name: New}\n")
    assert run([*command, "--config", str(config)]) == ExitCode.CONFIGURATION
    assert "there is none at" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["annexa.yaml"]
