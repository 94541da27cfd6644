import importlib
import importlib.metadata
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors import registry
from annexa.collectors.errors import PluginError, SettingsError
from annexa.collectors.kubernetes.reader import Kubernetes

KUBERNETES = {"id": "kubernetes/eu", "context": "eu"}


def plugin(folder: Path, package: str, entries: str, code: str = "") -> None:
    """What ``pip install`` of a plugin leaves behind."""
    (folder / f"{package}.py").write_text(code)
    info = folder / f"{package}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[annexa.collectors]\n{entries}\n")


def forget() -> None:
    for found in (registry.all_kinds, registry.usable_kinds, registry.broken_plugins):
        found.cache_clear()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    forget()
    yield tmp_path
    forget()


FEAST = """
from annexa.collectors.contract import Kind, Record, Settings

class Feature(Record):
    name: str

class Feast:
    name = "feast"; version = "1"; stability = "alpha"; settings = Settings
    kinds = (Kind(name="feast.feature", record=Feature, subject=lambda r: r.name,
                  permission="read", cross_check="none: a test"),)
    def __init__(self, settings): self.given = settings
    def identity(self, call): raise NotImplementedError
    def readers(self): return []
"""


def test_every_built_in_collector_has_its_kinds_under_its_own_name() -> None:
    assert set(registry.names()) >= {"aws", "documents", "kubernetes", "mlflow"}
    kinds = registry.all_kinds()
    assert list(kinds) == sorted(kinds)
    own = {kind.name.partition(".")[0] for kind in registry.OWN_KINDS}
    assert {name.partition(".")[0] for name in kinds} == {*registry.names(), *own}
    assert registry.kind("kubernetes.deployment") in Kubernetes.kinds


def test_a_plugin_is_found_by_its_entry_point(site: Path) -> None:
    plugin(site, "annexa_feast", "feast = annexa_feast:Feast", FEAST)
    assert "feast" in registry.names()
    assert registry.location("feast") == "annexa_feast:Feast (package annexa_feast)"
    collector, settings = registry.build({"id": "feast/prod", "timeout_s": 5})
    assert (collector.name, settings.timeout_s) == ("feast", 5)
    assert "feast.feature" in registry.all_kinds()


def test_two_plugins_of_one_name_are_an_error_that_names_both(site: Path) -> None:
    plugin(site, "one", "feast = one:A")
    plugin(site, "two", "feast = two:B")
    with pytest.raises(PluginError) as caught:
        registry.names()
    assert "one:A (package one)" in str(caught.value)
    assert "two:B (package two)" in str(caught.value)


def test_a_plugin_cannot_take_the_place_of_a_built_in(site: Path) -> None:
    plugin(site, "evil", "mlflow = evil:MLflow")
    with pytest.raises(
        PluginError, match=r"annexa\.collectors\.mlflow\.reader:MLflow and evil:MLf"
    ):
        registry.load("kubernetes")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("raise RuntimeError('hunter2')", "cannot be loaded (RuntimeError); reinstall or remove"),
        ("", "cannot be loaded (AttributeError)"),
        ("class Feast: pass", "has no name; see contract.Collector"),
        (FEAST.replace('name = "feast"', 'name = "other"'), "is not a collector called feast"),
    ],
)
def test_a_broken_plugin_is_named_in_one_line(site: Path, code: str, text: str) -> None:
    package = f"broken{abs(hash(code))}"
    plugin(site, package, f"feast = {package}:Feast", code)
    with pytest.raises(PluginError) as caught:
        registry.load("feast")
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_without_a_broken_plugin_the_usable_kinds_are_all(site: Path) -> None:
    plugin(site, "annexa_feast", "feast = annexa_feast:Feast", FEAST)
    assert registry.usable_kinds() == registry.all_kinds()


@pytest.mark.parametrize(
    ("package", "code"),
    [
        ("raises", "raise RuntimeError"),
        ("odd_kinds", FEAST.replace("kinds = (Kind", "kinds = ('feast.feature',) or (Kind")),
    ],
)
def test_the_kinds_of_others_are_usable_beside_a_broken_plugin(
    site: Path, package: str, code: str
) -> None:
    before = registry.usable_kinds()
    forget()
    plugin(site, package, f"feast = {package}:Feast", code)
    assert registry.usable_kinds() == before
    assert registry.broken_plugins() == {"feast"}
    with pytest.raises(PluginError, match="collector feast: "):
        registry.all_kinds()


def test_of_two_plugins_with_one_name_neither_is_usable_and_others_are(site: Path) -> None:
    before = registry.usable_kinds()
    forget()
    plugin(site, "rival_one", "feast = rival_one:Feast", FEAST)
    plugin(site, "rival_two", "feast = rival_two:Feast", FEAST)
    plugin(site, "taker", "mlflow = taker:MLflow", FEAST)
    plugin(site, "good", "tape = good:Feast", FEAST.replace("feast", "tape"))
    assert registry.usable_kinds().keys() == before.keys() | {"tape.feature"}
    assert registry.broken_plugins() == {"feast"}


def test_no_plugin_takes_the_place_of_a_kind_of_ours(site: Path) -> None:
    before = registry.usable_kinds()
    forget()
    plugin(site, "thief", "feast = thief:Feast", FEAST.replace("feast.feature", "mlflow.run"))
    assert registry.usable_kinds() == before


def test_an_unknown_collector_says_which_there_are() -> None:
    with pytest.raises(
        PluginError, match="collector nope: there is no such collector; use one of aws"
    ):
        registry.build({"id": "nope/x"})


@pytest.mark.parametrize("name", sorted(registry.CLIENTS))
def test_a_missing_extra_says_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec

    def find_spec(module: str, package: str | None = None) -> Any:
        return None if module == registry.CLIENTS[name] else found(module, package)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    with pytest.raises(PluginError) as caught:
        registry.require(name)
    assert str(caught.value).endswith(f'is not installed; pip install "annexa[{name}]"')


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"id": "kubernetes"}, "sources: an entry has no usable id; give it one like mlflow/prod"),
        ({"id": "kubernetes/../x"}, "sources: an entry has no usable id"),
        ({"id": 7}, "sources: an entry has no usable id"),
        (
            {"contxt": "hunter2"},
            "kubernetes/eu: unknown key 'contxt'; known keys: ca_file, context",
        ),
        ({"page_size": "hunter2"}, "kubernetes/eu.page_size: input should be a valid integer"),
        ({"page_size": 0}, "kubernetes/eu.page_size: input should be greater than or equal to 1"),
        (
            {"in_cluster": True},
            "kubernetes/eu: use one of context or kubeconfig, in_cluster, server",
        ),
        ({"context": None, "server": "https://h"}, "kubernetes/eu: server needs token_file"),
        ({"namespaces": []}, "kubernetes/eu: namespaces is empty; leave it out"),
        ({"kinds": ["kubernetes.secret"]}, "kubernetes/eu: kinds names 'kubernetes.secret', which"),
    ],
)
def test_wrong_settings_are_one_line_that_names_the_key_and_not_the_value(
    change: dict[str, Any], text: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        registry.build({**KUBERNETES, **change})
    assert str(caught.value).startswith(text)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_looking_up_kinds_and_building_a_source_imports_no_platform_client() -> None:
    program = (
        "import sys; from annexa.collectors import registry; registry.all_kinds();"
        f"registry.build({KUBERNETES!r});"
        "print({'kubernetes', 'mlflow', 'boto3', 'dulwich'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
