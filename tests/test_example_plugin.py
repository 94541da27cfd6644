"""The plugin in docs/example-plugin is real: it is installed, it is run, and the rules judge it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from annexa.agent.entry import run
from annexa.collectors import registry
from annexa.collectors.rehearsal import serving
from annexa.mappings.conventions import Conventions
from annexa.mappings.evaluation import evaluate
from annexa.mappings.pack import load_pack

from .mappings.planting import Company, open_ledger, part

PLUGIN = Path(__file__).parents[1] / "docs" / "example-plugin"


def forget() -> None:
    for name in [name for name in sys.modules if name.startswith("annexa_shelf")]:
        del sys.modules[name]
    for found in (registry.all_kinds, registry.usable_kinds, registry.broken_plugins):
        found.cache_clear()


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip installed it; building leaves files behind, so a copy is built."""
    folder = tmp_path_factory.mktemp("plugin")
    shutil.copytree(PLUGIN, folder / "source")
    quiet = ["--quiet", "--no-index", "--disable-pip-version-check", "--no-compile"]
    program = [sys.executable, "-m", "pip", "install", *quiet, "--no-deps", "--no-build-isolation"]
    subprocess.run([*program, "--target", str(folder / "site"), str(folder / "source")], check=True)
    return folder / "site"


@pytest.fixture(name="installed")
def _installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(site)
    forget()
    yield
    forget()


def fresh(site: Path, *program: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    return subprocess.run(
        [sys.executable, *program],
        env={**environment, "PYTHONPATH": str(site)},
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_installed_with_its_entry_points_and_its_own_tests_pass(site: Path) -> None:
    shown = fresh(site, "-m", "annexa.agent.entry", "plugins", "--json")
    (shelf,) = (one for one in json.loads(shown.stdout)["collectors"] if one["name"] == "shelf")
    assert shelf["module"] == "annexa_shelf:Shelf (package annexa-shelf)"
    assert [kind["kind"] for kind in shelf["kinds"]] == ["shelf.model_version"]
    tests = fresh(
        site, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", str(PLUGIN / "tests")
    )
    assert tests.returncode == 0, tests.stdout


@pytest.fixture(name="tests_of_it")
def _tests_of_it(installed: None) -> ModuleType:
    """For the Shelf server that they have."""
    module = ModuleType("shelf_tests")
    exec(compile((PLUGIN / "tests/test_shelf.py").read_text(), "test_shelf", "exec"), vars(module))
    return module


def test_its_models_are_judged_by_the_rules_of_the_pack(
    tests_of_it: ModuleType, tmp_path: Path
) -> None:
    """Beside a company whose other sources were read: what they say of it is no doubt then."""
    tests_of_it.VERSIONS[1]["created_by"] = "dana"  # who approved it
    tests_of_it.VERSIONS[2]["approval"]["state"] = "refused"
    with serving(tests_of_it.server) as url:
        found = tests_of_it.read(url)
    with open_ledger(tmp_path) as ledger:
        Company().plant(ledger)
        with ledger.begin("shelf/test", found.receipt.slot) as writing:
            kind = registry.kind("shelf.model_version")
            writing.add(kind, list(found.rows[kind.name].values()))
            writing.commit(found.receipt)
        with evaluate(ledger, part("A.6.2.4-3", pack=load_pack()), Conventions()) as judged:
            rows = {row.subject: row.outcome for row in judged.rows("A.6.2.4-3")}
    ours = {subject: said for subject, said in rows.items() if subject.startswith("shelf/")}
    assert ours == {  # whoever trained an approved version did not approve it
        "shelf/test:model_version:churn/1": "pass",
        "shelf/test:model_version:churn/2": "fail",
    }


def test_the_command_line_reads_it_and_explains_its_records(
    tests_of_it: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "annexa.yaml"
    with serving(tests_of_it.server) as url:
        config.write_text(
            "organisation: {name: Nordlicht, timezone: UTC}\n"
            f"sources:\n  - {{id: shelf/prod, url: '{url}', timeout_s: 5}}\n"
        )
        assert run(["collect", "--no-assess", "--config", str(config)]) == 0
    capsys.readouterr()
    subject = "shelf/prod:model_version:churn/1"
    assert run(["explain", subject, "--config", str(config), "--json"]) == 0
    results = json.loads(capsys.readouterr().out)["results"]
    assert {"A.6.2.4-3": "pass"}.items() <= {one["rule"]: one["outcome"] for one in results}.items()


def test_the_packs_digest_names_its_fragments(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without = load_pack()
    monkeypatch.syspath_prepend(site)
    forget()
    with_it = load_pack()
    forget()
    assert with_it.digest != without.digest
    (fragment,) = {one.file for one in with_it.view("registered").fragments} - {
        one.file for one in without.view("registered").fragments
    }
    assert fragment == "views/registered.shelf.sql"
