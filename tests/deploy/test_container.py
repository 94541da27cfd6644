"""The image's promises, held as far as that goes without a container engine."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [
        (word, rest.strip()) for word, _, rest in (ln.partition(" ") for ln in joined.splitlines())
    ]


def test_the_image_runs_as_a_user_without_rights_and_from_pinned_packages() -> None:
    found = instructions()
    final = found[max(i for i, (word, _) in enumerate(found) if word == "FROM") :]
    assert ("USER", "65532:65532") in final
    assert ("VOLUME", "/var/lib/annexa") in final
    installs = [rest for word, rest in found if word == "RUN" and "-r requirements" in rest]
    assert installs
    assert all("--require-hashes" in rest for rest in installs)
    assert not [rest for word, rest in final if word == "RUN"]


def test_everything_the_build_copies_is_let_in_and_nothing_else() -> None:
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    assert all((ROOT / name).exists() for name in allowed)
    assert not allowed & {"tests", "bench", "docs", ".git", "keys", "demo-out"}


def test_it_works_without_rights_on_a_read_only_root(tmp_path: Path) -> None:
    """bubblewrap gives what the image promises: a read-only root, no network, an own /tmp."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        pytest.skip("real part missing: apt-get install bubblewrap")
    state = tmp_path / "state"
    state.mkdir()
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "policy.md").write_text("---\nid: ai-policy\ntype: policy\n---\n# AI policy\n")
    config = tmp_path / "annexa.yaml"
    config.write_text(
        f"organisation: {{name: Test}}\nledger: {state}/annexa.db\nkeys: {state}/keys\n"
        f"sources:\n  - {{id: documents/aims, path: {documents}}}\n"
    )
    sandbox = [bwrap, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]
    for folder in (ROOT, Path(sys.prefix), Path(sys.base_prefix), tmp_path):  # may lie under /tmp
        sandbox += ["--ro-bind", str(folder), str(folder)]
    sandbox += ["--bind", str(state), str(state), "--unshare-net", "--unshare-user"]
    sandbox += ["--uid", "65532", "--gid", "65532", "--die-with-parent"]
    annexa = [sys.executable, "-m", "annexa.agent.entry"]
    env = {"PATH": os.environ["PATH"], "HOME": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        [*sandbox, *annexa, "collect", "--config", str(config)],
        capture_output=True, text=True, timeout=120, env=env, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert (state / "annexa.db").exists()
