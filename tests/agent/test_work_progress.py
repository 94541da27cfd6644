"""A bar on a terminal; elsewhere plain lines, and none for what is done soon."""

import sys

import pytest
from annexa.agent.work_progress import WorkProgress


def test_a_long_job_tells_its_estimate_in_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([0.0, 4.0, 30.0, 30.0, 31.0])
    with WorkProgress("verify", clock=lambda: next(times)) as work:
        work.bytes_done(1, 100)
        work.bytes_done(60, 100)
        work.bytes_done(61, 100)
    out, err = capsys.readouterr()
    assert (out, err) == ("", "annexa: verify, 60% done, about 20 s left\n")


def test_the_name_of_a_step_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([0.0, 30.0, 30.0])
    with WorkProgress("export", clock=lambda: next(times)) as work:
        work.step("con\x1b[2Jtrols")
    assert "\x1b" not in capsys.readouterr().err


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter(range(0, 1000, 100))
    with WorkProgress("export", quiet=True, clock=lambda: float(next(times))) as work:
        work.step("controls")
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with WorkProgress("export") as work:
        work.step("controls")
    assert "export" in capsys.readouterr().err
