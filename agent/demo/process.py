"""A server as a child process: started, waited for until it answers, and stopped for sure."""

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ... import AnnexaError

Progress = Callable[[str], None]

_LEASH = Path(__file__).with_name("leash.py")
_POLL_S = 0.1
_REPORT_EVERY_S = 5.0


def silent(_line: str) -> None:
    """Progress for callers who want none."""


class PartError(AnnexaError):
    """A part of the sample platform could not be started."""


class Cancelled(Exception):
    """Another part failed, or the person gave up; it is not shown."""


class Process:
    """A running server, its log and the question whether it answers."""

    def __init__(self, name: str, child: "subprocess.Popen[bytes]", log: Path) -> None:
        self.name = name
        self.log = log
        self._child = child

    def wait_until(
        self,
        answers: Callable[[], bool],
        *,
        timeout_s: float,
        progress: Progress = silent,
        cancelled: threading.Event | None = None,
    ) -> None:
        """Poll ``answers`` until it is true.

        Raises:
            PartError: The program ended, or the time is over.
            Cancelled: ``cancelled`` was set.
        """
        started = reported = time.monotonic()
        while not answers():
            now = time.monotonic()
            if cancelled is not None and cancelled.is_set():
                raise Cancelled
            if (code := self._child.poll()) is not None:
                raise self._error(f"ended with exit code {code} before it answered")
            if now - started > timeout_s:
                raise self._error(f"did not answer within {timeout_s:.0f} s")
            if now - reported > _REPORT_EVERY_S:
                reported = now
                progress(f"{self.name}: starting, {now - started:.0f} s")
            time.sleep(_POLL_S)
        progress(f"{self.name}: up after {time.monotonic() - started:.1f} s")

    def _error(self, problem: str) -> PartError:
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else []
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        said = f", its last words were {last[:200]!r}" if last else ""
        return PartError(f"demo/{self.name}", problem + said, remedy=f"read {self.log}")


@contextlib.contextmanager
def running(
    name: str,
    program: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    grace_s: float = 3.0,
) -> Iterator[Process]:
    """Run ``program`` in its own process group; it is gone when the block is left.

    Its output goes to ``folder/<name>.log``. It ends also when this process is killed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        try:
            child = subprocess.Popen(
                [sys.executable, "-I", str(_LEASH), str(grace_s), *program],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        except OSError as error:
            raise PartError(
                f"demo/{name}", f"cannot be started ({error.strerror})", remedy="see the log folder"
            ) from error
    try:
        yield Process(name, child, log)
    finally:
        _let_go(child, grace_s)


def _let_go(child: "subprocess.Popen[bytes]", grace_s: float) -> None:
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(grace_s + 10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def free_port() -> int:
    """A TCP port of this machine that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(
    url: str, *, token: str | None = None, context: ssl.SSLContext | None = None
) -> Callable[[], bool]:
    """Return a question: does ``url`` answer 200 now?"""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, headers=headers)

    def ask() -> bool:
        try:
            with urllib.request.urlopen(request, timeout=5, context=context) as answer:
                return bool(answer.status == 200)
        except (OSError, ValueError):
            return False

    return ask
