"""The sample platform's servers start, answer, and are gone afterwards, however it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from annexa.agent.demo import process
from annexa.agent.demo.parts import KubeParts
from annexa.agent.demo.process import PartError, answers, free_port, running

SERVER = """
import http.server, sys
handler = http.server.SimpleHTTPRequestHandler
http.server.test(handler, port=int(sys.argv[1]), bind="127.0.0.1")
"""
FAMILY = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", sys.argv[1]])
time.sleep(600)
"""
PARENT = """
import sys, time
from pathlib import Path
from annexa.agent.demo.process import running
with running("family", [sys.executable, "-c", sys.argv[1], sys.argv[2]], folder=Path(sys.argv[3])):
    print("up", flush=True)
    time.sleep(600)
"""


def processes_with(mark: str) -> list[int]:
    """The processes whose command line has this argument."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if entry.name.isdigit() and mark.encode() in arguments and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def gone(mark: str, within_s: float = 15) -> bool:
    deadline = time.monotonic() + within_s
    while processes_with(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not processes_with(mark)


def test_a_server_answers_inside_the_block_and_is_gone_after_it(tmp_path: Path) -> None:
    port, mark = free_port(), f"{tmp_path}/mark"
    program = [sys.executable, "-c", SERVER, str(port), mark]
    with running("web", program, folder=tmp_path) as server:
        server.wait_until(answers(f"http://127.0.0.1:{port}"), timeout_s=30)
        assert processes_with(mark)
    assert gone(mark)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_child_or_grandchild_outlives_its_parent(tmp_path: Path, end: signal.Signals) -> None:
    mark = f"{tmp_path}/mark-{end.name}"
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, FAMILY, mark, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        while len(processes_with(mark)) < 3:  # parent, child, grandchild
            time.sleep(0.05)
        parent.send_signal(end)
        try:
            parent.wait(20)
        finally:
            parent.kill()
    assert gone(mark)


def test_a_program_that_ends_early_is_one_line_with_its_last_words(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "print('no such port'); raise SystemExit(7)"]
    with (
        pytest.raises(PartError, match=r"^demo/web: ended with exit code 7 .*'no such port'; read"),
        running("web", program, folder=tmp_path) as server,
    ):
        server.wait_until(lambda: False, timeout_s=30)


def test_a_program_that_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_REPORT_EVERY_S", 0.2)
    lines: list[str] = []
    program = [sys.executable, "-c", "import time; time.sleep(600)"]
    with (
        pytest.raises(PartError, match=r"^demo/web: did not answer within 1 s; read .*web\.log$"),
        running("web", program, folder=tmp_path, grace_s=0.2) as server,
    ):
        server.wait_until(lambda: False, timeout_s=0.8, progress=lines.append)
    assert any("starting" in line for line in lines)


def test_the_real_mlflow_server_answers(mlflow_url: str) -> None:
    with urllib.request.urlopen(f"{mlflow_url}/version", timeout=30) as answer:
        assert answer.read().startswith(b"3.")


def test_the_real_moto_server_answers(moto_url: str) -> None:
    assert answers(f"{moto_url}/moto-api/data.json")()


def test_the_real_api_server_knows_its_users(kube: KubeParts) -> None:
    context = kube.tls()
    path = f"{kube.server}/api/v1/namespaces"
    may = {  # the reader is left out: other tests bind roles to it while this one runs
        user: answers(path, token=token, context=context)()
        for user, token in kube.tokens.items()
        if user != "reader"
    }
    assert may == {"admin": True, "visitor": False, "nobody": False}
    assert not answers(path, token="wrong", context=context)()
