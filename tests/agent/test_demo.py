"""`annexa demo` does the whole job over real servers, names every fault, leaves nothing running.

The demo runs once for all workers; `shared_parts` sees to that.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from annexa import AnnexaError
from annexa.agent.demo import parts
from annexa.agent.demo.command import MARKER, prepare
from annexa.agent.demo.faults import FAULTS, Fault
from annexa.agent.demo.story import Story
from annexa.ledger import Ledger

PROGRAM = [sys.executable, "-m", "annexa.agent.entry"]
SUPPOSED_TO_BE_FOREIGN = {
    "AWS_PROFILE": "not-there",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "MLFLOW_TRACKING_TOKEN": "somebody-elses",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
}


@dataclass(frozen=True)
class Demo:
    """One finished run and what it said."""

    out: Path
    code: int
    said: str
    told: str

    @property
    def bundle(self) -> Path:
        (bundle,) = self.out.glob("*.zip")
        return bundle

    def lines_of(self, fault: str) -> list[str]:
        """The two lines about a fault."""
        lines = self.said.splitlines()
        at = next(n for n, line in enumerate(lines) if line.startswith(f"{fault} "))
        return lines[at : at + 2]


def run(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={**os.environ, **environment},
    )


def running_in(folder: Path) -> list[str]:
    """Command lines of the processes that work in ``folder``; the demo's parts all do."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            inside = (entry / "cwd").readlink().is_relative_to(folder)
            text = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, ValueError):
            continue
        if inside and text:
            found.append(text)
    return found


def nothing_runs_in(folder: Path, within_s: float = 15) -> bool:
    deadline = time.monotonic() + within_s
    while running_in(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not running_in(folder)


@pytest.fixture(scope="session")
def demo(shared_parts: Any) -> Demo:
    def once(_stack: object, folder: Path) -> dict[str, Any]:
        out = folder / "demo-out"
        done = run("demo", "--out", out, **SUPPOSED_TO_BE_FOREIGN)
        return {"out": str(out), "code": done.returncode, "said": done.stdout, "told": done.stderr}

    value = shared_parts.use("demo", once)
    return Demo(Path(value["out"]), value["code"], value["said"], value["told"])


def test_the_whole_job_ends_well_and_shows_its_progress(demo: Demo) -> None:
    assert demo.code == 0, demo.told
    for step in ("mlflow: up", "moto: up", "reading the sources", "judging", "stopped"):
        assert step in demo.told
    assert "Traceback" not in demo.told
    if parts.assets() is not None:
        assert "kube-apiserver: up" in demo.told


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.id for fault in FAULTS])
def test_each_deliberate_fault_is_named_with_control_system_and_reason(
    demo: Demo, fault: Fault
) -> None:
    head, reason = demo.lines_of(fault.id)
    assert fault.control in head.split()
    assert (fault.system or "the organisation") in head
    assert head.endswith(fault.outcome)
    for word in fault.mentions:
        assert word in reason


def test_the_source_that_answers_403_is_inconclusive_and_never_a_pass(demo: Demo) -> None:
    source = next(line for line in demo.said.splitlines() if line.startswith("kubernetes/edge "))
    assert "  0 of 21  " in source
    assert "HTTP 403" in source
    heading, *table = demo.said[demo.said.index("control  class") :].splitlines()[:39]
    column = heading.split().index("shelf-vision")
    states = {row.split()[0]: row.split()[column] for row in table}
    for control in ("A.4.5", "A.6.2.5", "A.6.2.6", "A.6.2.8", "A.7.5"):
        assert states[control] == "unread"


@pytest.mark.parametrize("version", ["credit-risk-scorer/4", "demand-forecast/4"])
def test_the_lineage_of_two_systems_leads_from_deployment_to_raw_data(
    demo: Demo, version: str
) -> None:
    subject = f"mlflow/prod:model_version:{version}"
    done = run("lineage", subject, "--json", "--config", demo.out / "annexa.yaml")
    found = json.loads(done.stdout)
    assert any(hop["origin_type"] == "deployment" for hop in found["used_by"])
    assert {"run", "dataset", "place", "bucket"} <= {node["type"] for node in found["nodes"]}
    assert any(node["id"].startswith("postgres://erp.") for node in found["nodes"])
    counts = found["counts"]
    assert (counts["broken"], counts["unknown"]) == (0, 0), counts
    guessed = [
        hop for node in found["nodes"] for hop in node["hops"] if hop["certainty"] != "recorded"
    ]
    assert {hop["rule"] for hop in guessed} == {"the version in force when it was read"}


def test_reviews_branch_protection_and_object_versions_are_among_the_evidence(demo: Demo) -> None:
    with Ledger.open(demo.out / "annexa.db", create=False) as ledger:
        merges = [json.loads(one.body) for one in ledger.events("documents.merge")]
        (branch,) = ledger.snapshot().records("documents.branch_protection")
        objects = [one.subject for one in ledger.snapshot().records("aws.object_version")]
    assert all(merge["reviews"][0]["state"] == "approved" for merge in merges)
    assert all(merge["signatures"][0]["verified"] for merge in merges)
    assert json.loads(branch.body)["may_bypass"] == []
    assert sum("instalments/train-4.parquet" in one for one in objects) == 2
    assert re.search(r"^documents/governance +\d+  11 of 11", demo.said, re.MULTILINE)


def test_the_tally_of_what_a_machine_can_show_is_honest(demo: Demo) -> None:
    assert "5 are automated, 20 partial and 13 manual" in demo.said
    for word in ("compliant", "conforms", "certified"):
        assert word not in demo.said.lower()


def test_coverage_keeps_six_states_apart_and_each_column_adds_up_to_38(demo: Demo) -> None:
    lines = demo.said[demo.said.index("\nstate ") :].splitlines()[2:8]
    rows = {line.split()[0]: [int(n) for n in line.split()[1:]] for line in lines}
    assert list(rows) == ["supported", "stale", "failing", "unread", "waiting", "excluded"]
    assert {sum(column) for column in zip(*rows.values(), strict=True)} == {38}


def test_the_bundle_verifies_for_somebody_who_has_only_python(demo: Demo) -> None:
    assert run("verify", demo.bundle).returncode == 0
    assert run("replay", demo.bundle).returncode == 0
    with zipfile.ZipFile(demo.bundle) as bundle:
        (script,) = (name for name in bundle.namelist() if name.endswith("/verify.py"))
        alone = demo.bundle.parent / "verify.py"
        alone.write_bytes(bundle.read(script))
    done = subprocess.run(
        [sys.executable, "-I", str(alone), str(demo.bundle)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_ledger_and_configuration_answer_after_the_servers_are_gone(demo: Demo) -> None:
    config = demo.out / "annexa.yaml"
    done = run("gaps", "--config", config, "--json")
    assert done.returncode == 0, done.stderr
    gaps = json.loads(done.stdout)["gaps"]
    assert {(fault.rule, fault.system) for fault in FAULTS} <= {
        (gap["rule"], gap["system"]) for gap in gaps
    }
    assert run("ledger", "verify", "--config", config).returncode == 0


def test_nothing_runs_on_after_the_demo(demo: Demo) -> None:
    assert nothing_runs_in(demo.out)


def test_no_secret_of_the_demo_is_in_what_it_hands_out(demo: Demo) -> None:
    tokens = [path.read_text() for path in (demo.out / "platform").rglob("tokens/*")]
    assert len(tokens) >= 5
    with zipfile.ZipFile(demo.bundle) as bundle:
        everything = b"".join(bundle.read(name) for name in bundle.namelist())
    for token in tokens:
        assert token.encode() not in everything
        assert token not in demo.said + demo.told


@pytest.mark.parametrize(("end", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15)])
def test_everything_stops_when_it_is_told_to_stop(
    tmp_path: Path, end: signal.Signals, code: int
) -> None:
    out = tmp_path / "out"
    with subprocess.Popen(
        [*PROGRAM, "demo", "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        deadline = time.monotonic() + 120
        while len(running_in(out)) < 4:  # two servers at least, each with what holds its leash
            assert time.monotonic() < deadline
            assert started.poll() is None
            time.sleep(0.1)
        started.send_signal(end)
        assert started.stderr is not None
        told = started.stderr.read()
        assert started.wait(60) == code
    assert "Traceback" not in told
    assert nothing_runs_in(out)


def test_a_part_that_cannot_start_is_one_line_and_stops_the_others(tmp_path: Path) -> None:
    broken = tmp_path / "assets"
    broken.mkdir()
    for name in ("etcd", "kube-apiserver"):
        (broken / name).write_text("#!/bin/sh\necho no such flag\nexit 7\n")
        (broken / name).chmod(0o755)
    out = tmp_path / "out"
    done = run("demo", "--out", out, KUBEBUILDER_ASSETS=str(broken))
    *_, last = done.stderr.splitlines()
    assert done.returncode == 1
    assert last.startswith("annexa: demo/etcd: ended with exit code 7 before it answered")
    assert "'no such flag'; read " in last
    assert "Traceback" not in done.stderr
    assert nothing_runs_in(out)


def test_a_folder_that_a_demo_did_not_make_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(AnnexaError, match="is there already and was not made by `annexa demo`"):
        prepare(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    done = run("demo", "--out", tmp_path / "thesis.txt")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_a_folder_that_a_demo_made_is_replaced_and_links_are_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    out = tmp_path / "out"
    prepare(out)
    (out / "annexa.db").touch()
    (out / "link").symlink_to(elsewhere)
    prepare(out)
    assert [path.name for path in out.iterdir()] == [MARKER]
    assert (elsewhere / "kept").exists()


def test_the_company_has_four_systems_six_models_and_twenty_versions() -> None:
    models = Story().data("mlflow.yaml")["models"]
    assert len(models) == 6
    assert sum(len(model["versions"]) for model in models) == 20
    assert {model["tags"]["ai-system-id"] for model in models} == {
        "credit-risk",
        "demand-forecast",
        "shelf-vision",
        "support-assistant",
    }
    assert len(Story().data("documents/soa.yaml")["controls"]) == 38
