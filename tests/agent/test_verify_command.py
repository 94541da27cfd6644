"""``annexa verify`` with an earlier bundle, sign-offs and roots, as an auditor runs it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.entry import run
from annexa.agent.exit_codes import ExitCode

from ..exporters import small_bundle

Verify = Callable[..., tuple[int, str, str]]


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Verify:
    def called(*arguments: object) -> tuple[int, str, str]:
        code = run(["verify", *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return called


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    keys = tmp_path / "keys"
    old = small_bundle.write(tmp_path / "old.zip", keys, runs=1)
    return old, small_bundle.write(tmp_path / "new.zip", keys, runs=2)


def test_the_earlier_bundle_is_told_of(pair: tuple[Path, Path], verify: Verify) -> None:
    old, new = pair
    code, out, _ = verify(new, "--since", old, "--json")
    body: dict[str, Any] = json.loads(out)
    assert (code, body["ok"], body["log_size"]) == (ExitCode.OK, True, 3)
    assert body["since"] == {"path": str(old), "log_size": 2}
    assert (body["signoffs"], body["timestamps"], body["notes"]) == ([], [], [])
    assert body["signers"] == [body["fingerprint"]]


def test_what_does_not_follow_is_code_7_and_what_is_not_there_code_1(
    pair: tuple[Path, Path], verify: Verify, tmp_path: Path
) -> None:
    old, new = pair
    code, out, _ = verify(old, "--since", new)
    assert (code, "give them the other way round" in out) == (ExitCode.BUNDLE, True)
    for option, told in (
        ("--since", "cannot be read"),
        ("--signoffs", "cannot be read"),
        ("--tsa-roots", "holds no certificates in PEM"),
    ):
        code, _, err = verify(new, option, tmp_path / "none")
        assert (code, told in err) == (ExitCode.ERROR, True), err
        assert len(err.splitlines()) == 1
