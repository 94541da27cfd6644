"""`annexa run` and the signals that end it, as processes."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.config import load
from annexa.agent.exit_codes import ExitCode
from annexa.ledger import Ledger

from ..collectors.misbehaving import Reply, Request
from .cluster import KSERVE, Cluster, cluster, write_company
from .receivers import alertmanager, needs_alertmanager, receiving


@pytest.fixture
def there() -> Iterator[Cluster]:
    with cluster() as state:
        yield state


class Process:
    """An `annexa` whose log lines can be waited for."""

    def __init__(self, *arguments: str, config: Path, **env: str) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "annexa.agent.entry", *arguments, "-c", str(config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **env},
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stderr is not None
        self.lines.extend(iter(self.popen.stderr.readline, ""))

    def wait_for(self, event: str, timeout_s: float = 120.0) -> dict[str, Any]:
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            for line in list(self.lines):
                if f'"event": "{event}"' in line:
                    found: dict[str, Any] = json.loads(line)
                    return found
            time.sleep(0.02)
        raise AssertionError(f"no {event!r} in {self.lines}")

    def end(self, number: int, timeout_s: float = 30.0) -> int:
        self.popen.send_signal(number)
        code = self.popen.wait(timeout_s)
        self._reader.join(5)
        return code


@contextmanager
def annexa(*arguments: str, config: Path, **env: str) -> Iterator[Process]:
    process = Process(*arguments, config=config, **env)
    try:
        yield process
    finally:
        process.popen.kill()
        process.popen.wait()
        process._reader.join(5)
        for pipe in (process.popen.stdout, process.popen.stderr):
            if pipe is not None:
                pipe.close()


def test_the_agent_reads_at_once_logs_json_and_ends_with_0_on_sigterm(
    there: Cluster, tmp_path: Path
) -> None:
    config = write_company(tmp_path, there.url, "schedule: {every: 1d}\n")
    with annexa("run", config=config) as agent:
        judged = agent.wait_for("judged")
        assert judged["gaps"] > 0
        assert agent.wait_for("scheduled")["rhythm"] == "1d"
        assert agent.end(signal.SIGTERM) == ExitCode.OK
        assert all(json.loads(line)["time"].endswith("Z") for line in agent.lines)
        assert "t0ken-of-the-test" not in "".join(agent.lines)


def test_the_agent_reads_again_when_it_is_due(there: Cluster, tmp_path: Path) -> None:
    config = write_company(tmp_path, there.url, "schedule: {every: 2s}\n")
    with annexa("run", config=config) as agent:
        agent.wait_for("judged")
        end = time.monotonic() + 60
        while sum('"judged"' in line for line in agent.lines) < 2:
            assert time.monotonic() < end, agent.lines
            time.sleep(0.05)
        assert agent.end(signal.SIGTERM) == ExitCode.OK
    settings = load(config)
    with Ledger.open(settings.ledger, keys=settings.keys) as ledger:
        slots = [run.slot for run in ledger.runs(source="documents/aims")]
        assert len(slots) == len(set(slots)) >= 2
        assert ledger.verify().ok


def test_sigterm_in_the_middle_of_a_list_leaves_nothing_half(
    there: Cluster, tmp_path: Path
) -> None:
    waiting = threading.Event()

    def slowly(request: Request) -> Reply | None:
        if request.path == KSERVE and "continue" in request.query:
            waiting.set()
            time.sleep(0.5)
        return None

    there.answer = slowly
    config = write_company(tmp_path, there.url, "schedule: {every: 1d}\n")
    with annexa("run", config=config) as agent:
        assert waiting.wait(120)
        assert agent.end(signal.SIGTERM) == ExitCode.OK
    settings = load(config)
    with Ledger.open(settings.ledger, keys=settings.keys) as ledger:
        assert not list(ledger.runs(source="kubernetes/shop"))
        assert ledger.verify().ok


def test_a_second_agent_on_one_ledger_is_refused(there: Cluster, tmp_path: Path) -> None:
    config = write_company(tmp_path, there.url, "schedule: {every: 1d}\n")
    with annexa("run", config=config) as first:
        first.wait_for("judged")
        with annexa("run", config=config) as second:
            assert second.popen.wait(120) == ExitCode.CONFIGURATION
            second._reader.join(5)
            assert "another `annexa run` works on it" in "".join(second.lines)
        assert first.end(signal.SIGTERM) == ExitCode.OK


def test_a_secret_that_is_not_set_shows_at_the_start(there: Cluster, tmp_path: Path) -> None:
    hook = "alerts: {webhook: {url: 'http://127.0.0.1:9', secret_env: ANNEXA_TEST_HOOK}}\n"
    config = write_company(tmp_path, there.url, hook)
    with annexa("run", "--once", config=config) as agent:
        assert agent.popen.wait(120) == ExitCode.CONFIGURATION
        agent._reader.join(5)
        assert "the variable ANNEXA_TEST_HOOK is not set" in "".join(agent.lines)
    assert there.requests == 0


def test_once_is_one_round_with_the_codes_of_collect(there: Cluster, tmp_path: Path) -> None:
    config = write_company(tmp_path, there.url, "schedule: {every: 1d}\n")
    there.answer = lambda request: Reply(403) if request.path == KSERVE else None
    with annexa("run", "--once", "--json", config=config) as agent:
        assert agent.popen.stdout is not None
        body = json.loads(agent.popen.stdout.read())
        assert agent.popen.wait(120) == ExitCode.INCOMPLETE
    assert body["schema"] == "annexa.run/1"
    assert len(body["receipts"]) == 2
    with annexa("run", "--once", "--json", config=config) as agent:
        assert agent.popen.stdout is not None
        assert json.loads(agent.popen.stdout.read())["receipts"] == []
        assert agent.popen.wait(120) == ExitCode.OK


def test_ctrl_c_ends_collect_at_once_even_while_a_server_is_silent(
    there: Cluster, tmp_path: Path
) -> None:
    waiting = threading.Event()

    def silent(request: Request) -> Reply | None:
        if request.path == KSERVE:
            waiting.set()
            return Reply(hold_s=30)
        return None

    there.answer = silent
    config = write_company(tmp_path, there.url)
    with annexa("collect", config=config) as process:
        assert waiting.wait(120)
        began = time.monotonic()
        assert process.end(signal.SIGINT) == ExitCode.INTERRUPTED
        assert time.monotonic() - began < 25  # the server is silent for 30
        assert process.lines[-1] == ("annexa: interrupted; nothing that was committed is lost\n")
        assert "Traceback" not in "".join(process.lines)
    settings = load(config)
    with Ledger.open(settings.ledger, keys=settings.keys) as ledger:
        assert ledger.verify().ok


def test_sigterm_waits_no_longer_than_its_grace_for_a_silent_server(
    there: Cluster, tmp_path: Path
) -> None:
    waiting = threading.Event()

    def silent(request: Request) -> Reply | None:
        if request.path == KSERVE:
            waiting.set()
            return Reply(hold_s=30)
        return None

    there.answer = silent
    config = write_company(tmp_path, there.url, "schedule: {every: 1d}\n")
    with annexa("run", "--grace", "0.5", config=config) as agent:
        assert waiting.wait(120)
        began = time.monotonic()
        assert agent.end(signal.SIGTERM) == ExitCode.OK
        assert time.monotonic() - began < 25  # the server is silent for 30
        assert "Traceback" not in "".join(agent.lines)


def test_one_gap_is_one_firing_and_one_resolved_at_the_real_alertmanager_and_at_a_webhook(
    there: Cluster, tmp_path: Path
) -> None:
    needs_alertmanager()
    with receiving() as pager, receiving() as hook, alertmanager(tmp_path, pager.url) as url:
        alerts = (
            "schedule: {every: 1s}\nalerts:\n"
            f"  alertmanager: {{url: {url}}}\n"
            f"  webhook: {{url: {hook.url}, secret_env: ANNEXA_TEST_HOOK}}\n"
        )
        config = write_company(tmp_path, there.url, alerts)
        for refused in (True, True, False, False):
            there.answer = lambda request, no=refused: Reply(403) if no else None  # type: ignore[misc]  # bound now
            with annexa("run", "--once", config=config, ANNEXA_TEST_HOOK="x" * 32) as agent:
                code = agent.popen.wait(120)
            assert code == (ExitCode.INCOMPLETE if refused else ExitCode.OK)
        assert _wait(lambda: len(_told(pager.seen)) == 2)
        time.sleep(1.5)
        assert _told(pager.seen) == ["firing", "resolved"]
    events = [json.loads(one.body) for one in hook.seen]
    of_source = [one["type"] for one in events if one["data"]["rule"] == "source"]
    assert of_source == ["dev.annexa.gap.opened", "dev.annexa.gap.closed"]
    assert len({one["id"] for one in events}) == len(events)


def _told(seen: list[Any]) -> list[str]:
    """What the pager was told of the gap of the source, in order."""
    groups = [json.loads(one.body) for one in seen]
    return [one["status"] for one in groups if one["commonLabels"].get("rule") == "source"]


def _wait(condition: Callable[[], bool], timeout_s: float = 60.0) -> bool:
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
