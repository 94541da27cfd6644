"""Every measure of ``bench/`` still runs. Nothing else calls them, so a function that was renamed
would be noticed only by whoever needs a figure. What they print at these sizes means nothing."""

import runpy
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from annexa.agent.demo.parts import KubeParts

from tests.exporters import small_bundle

BENCH = Path(__file__).parents[1] / "bench"
SMALL = {
    "evaluate": ("--records", "300", "--runs", "1"),
    "export": (
        "--help",
    ),  # judging and writing a whole bundle takes as long as all others together
    "ledger_write": ("--records", "200"),
    "many_sources": ("--sources", "2", "--repeat", "1"),
    "memory": ("--objects", "600"),
    "s3_posture": ("2", "--delay", "0", "--rounds", "1"),
    "tampering": ("--bytes", "6", "--structural", "2"),
}
"""The measures that make their own input, and what makes it small."""


def test_no_measure_is_forgotten() -> None:
    assert {*SMALL, "collect", "verify"} == {path.stem for path in BENCH.glob("[a-z]*.py")}


@pytest.mark.parametrize("name", SMALL)
def test_a_measure_runs(name: str) -> None:
    run(name, *SMALL[name])


def test_verifying_is_measured(tmp_path: Path) -> None:
    bundle = small_bundle.write(tmp_path / "bundle.zip", tmp_path / "keys")
    run("verify", str(bundle), "--runs", "1")


def test_collecting_is_measured_on_a_real_cluster(
    kube: KubeParts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server is that of all tests, so only the measure's own namespace is looked at."""
    bench = runpy.run_path(str(BENCH / "collect.py"))
    bench["fill_kubernetes"](kube, 3)
    path = "/apis/apps/v1/namespaces/bench/deployments"
    source = {
        "id": "kubernetes/bench",
        "server": kube.server,
        "ca_file": str(kube.ca_file),
        "token_file": str(kube.token_files["admin"]),
        "namespaces": ["bench"],
        "page_size": 2,
    }
    with closing(bench["Bare"](kube.server, kube.tls(), kube.tokens["admin"])) as bare:
        subject = bench["Subject"](
            name="Deployments",
            source=source,
            kind="kubernetes.deployment",
            bare=lambda: bare.list(path, {"limit": 2}, "continue", bench["kubernetes_token"]),
        )
        bench["measure"](subject, 3, 1, tmp_path)
    assert "unchanged round" in capsys.readouterr().out


def run(name: str, *arguments: str) -> None:
    """One that fails shows its traceback."""
    subprocess.run([sys.executable, str(BENCH / f"{name}.py"), *arguments], check=True)
