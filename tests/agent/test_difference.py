"""Two looks at a place that differ: which names only one of them has is stored and explained."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.entry import run
from annexa.agent.exit_codes import ExitCode
from annexa.collectors.documents.folder import Folder

from ..mappings.small_pack import write_small_pack

CONFIG = """
organisation: {name: Test}
pack: ./few
sources:
  - {id: documents/git, path: documents, git: false}
"""


def test_names_that_only_one_look_has_are_stored_and_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "annexa.yaml"
    config.write_text(CONFIG)
    write_small_pack(tmp_path / "few")
    folder = tmp_path / "documents"
    folder.mkdir()
    for name in ("old.md", "stays.md"):
        (folder / name).write_text(f"---\ntitle: {name}\n---\n")
    listed: Callable[[Folder], Any] = Folder.listed
    looks = 0

    def moving(place: Folder) -> Any:
        nonlocal looks
        looks += 1
        if looks == 2:
            (folder / "old.md").unlink()
            (folder / "new.md").write_text("---\ntitle: new\n---\n")
        return listed(place)

    monkeypatch.setattr(Folder, "listed", moving)
    assert run(["collect", "--no-assess", "--config", str(config)]) == ExitCode.INCOMPLETE
    capsys.readouterr()
    run(["explain", "documents/git", "--config", str(config), "--json"])
    checks = json.loads(capsys.readouterr().out)["checks"]
    (check,) = (one for one in checks if one["kind"] == "documents.document" and not one["ok"])
    assert (check["only_expected"], check["only_found"]) == (["old.md"], ["new.md"])
    run(["explain", "documents/git", "--config", str(config)])
    told = capsys.readouterr().out
    assert "Second looks that differ" in told
    assert "  only expected: old.md\n  only found: new.md\n" in told
