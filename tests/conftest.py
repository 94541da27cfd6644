"""Real parts for tests: one MLflow, one moto and one kube-apiserver for all xdist workers.

The worker that needs a part first starts it; the others use it. It is stopped by the worker that
started it, when no other uses it any more. Tests share these servers: use names of your own.
"""

import contextlib
import importlib.util
import json
import os
import random
import secrets
import signal
import socket
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.demo import parts
from annexa.agent.demo.certificates import write_server_files
from annexa.agent.demo.parts import KubeParts
from filelock import FileLock

_PATIENCE_S = 600.0
_WEBHOOKS = {
    # MLflow sends to public addresses over HTTPS only, and trusts no authority of ours.
    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https",
    "MLFLOW_WEBHOOK_CACHE_TTL": "1",
}

# What is started in the background ignores Ctrl-C, and its children inherit that: tests that
# interrupt a program would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where all real parts are required, a skipped test is a failed one, whatever skipped it."""
    report = yield
    if report.skipped and os.environ.get("ANNEXA_REQUIRE_ALL") == "1":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"ANNEXA_REQUIRE_ALL=1, but {reason}"
    return report


class SharedParts:
    """Who uses which part, in one JSON file per part beside a lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started: dict[str, contextlib.ExitStack] = {}
        self._used: set[str] = set()

    def use(self, name: str, start: Callable[[contextlib.ExitStack, Path], Any]) -> Any:
        """Return what ``start`` returned to the first who asked; it must be JSON."""
        with self._state(name) as state:
            if not state:
                stack = contextlib.ExitStack()
                state["value"] = start(stack, self.folder / name)
                state["users"] = []
                self._started[name] = stack
            state["users"].append(os.getpid())
            self._used.add(name)
            return state["value"]

    def release(self) -> None:
        """First let go of everything, then wait for the others: so no two wait for each other."""
        for name in self._used:
            with self._state(name) as state:
                state["users"].remove(os.getpid())
        for name, stack in self._started.items():
            deadline = time.monotonic() + _PATIENCE_S
            while self._others(name) and time.monotonic() < deadline:
                time.sleep(0.2)
            with self._state(name) as state:
                state.clear()
                stack.close()

    def _others(self, name: str) -> bool:
        with self._state(name) as state:
            return any(Path(f"/proc/{user}").exists() for user in state["users"])

    @contextlib.contextmanager
    def _state(self, name: str) -> Iterator[dict[str, Any]]:
        path = self.folder / f"{name}.json"
        with FileLock(self.folder / f"{name}.lock"):
            state = json.loads(path.read_text()) if path.exists() else {}
            yield state
            path.write_text(json.dumps(state))


@pytest.fixture(scope="session")
def shared_parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedParts]:
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "parts"
    folder.mkdir(exist_ok=True)
    shared = SharedParts(folder)
    yield shared
    shared.release()


@pytest.fixture(scope="session")
def mlflow_url(shared_parts: SharedParts) -> str:
    """A real ``mlflow server``, empty at first."""
    if importlib.util.find_spec("mlflow") is None or importlib.util.find_spec("flask") is None:
        pytest.skip('there is no mlflow server: pip install "annexa[demo]"')

    def start(stack: contextlib.ExitStack, folder: Path) -> Any:
        return stack.enter_context(parts.mlflow_server(folder, environment=_WEBHOOKS))

    url: str = shared_parts.use("mlflow", start)
    return url


@pytest.fixture(scope="session")
def mlflow_auth(shared_parts: SharedParts) -> tuple[str, str]:
    """A real ``mlflow server --app-name basic-auth``: its URL, and the password of ``admin``."""
    if importlib.util.find_spec("flask_wtf") is None:
        pytest.skip('there is no auth app of mlflow: pip install "annexa[dev]"')

    def start(stack: contextlib.ExitStack, folder: Path) -> Any:
        password = secrets.token_urlsafe(24)
        return stack.enter_context(parts.mlflow_auth_server(folder, password)), password

    url, password = shared_parts.use("mlflow-auth", start)
    return url, password


@pytest.fixture(scope="session")
def moto_url(shared_parts: SharedParts) -> str:
    """``moto_server`` with LookupEvents, empty at first; any access key is a good one."""
    if importlib.util.find_spec("moto") is None:
        pytest.skip('there is no moto_server: pip install "annexa[demo]"')
    url: str = shared_parts.use(
        "moto", lambda stack, folder: stack.enter_context(parts.moto(folder))
    )
    return url


@pytest.fixture(scope="session")
def kube_with_webhook(shared_parts: SharedParts) -> dict[str, Any]:
    """A real kube-apiserver, ``kube``, that pushes its audit events to ``intake``: the settings of
    an intake that a test may open there, for the source ``kubernetes_audit/push``."""
    if parts.assets() is None:
        pytest.skip(
            'there is no kube-apiserver: export KUBEBUILDER_ASSETS="$(setup-envtest use -p path)"'
        )

    def start(stack: contextlib.ExitStack, folder: Path) -> Any:
        intake, token, options = _audit_webhook(folder / "webhook")
        server = stack.enter_context(parts.real_kube_api(folder / "kube", options=options))
        return {"kube": server.to_json(), "intake": intake, "token": token}

    found: dict[str, Any] = shared_parts.use("kube", start)
    return found


def _audit_webhook(folder: Path) -> tuple[dict[str, str], str, list[str]]:
    """Settings of the intake, its secret, and options of the API server that push to it."""
    files = write_server_files(folder.resolve())
    port = next(one for one in random.sample(range(20_000, 32_000), 100) if _is_free(one))
    token = secrets.token_urlsafe(24)
    cluster = {
        "server": f"https://127.0.0.1:{port}/kubernetes_audit/push/audit",
        "certificate-authority": str(files.certificate),
    }
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "annexa", "cluster": cluster}],
        "users": [{"name": "apiserver", "user": {"token": token}}],
        "contexts": [{"name": "it", "context": {"cluster": "annexa", "user": "apiserver"}}],
        "current-context": "it",
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(kubeconfig))
    options = [f"--audit-webhook-config-file={path.resolve()}"]
    options += ["--audit-webhook-batch-max-wait=100ms", "--audit-webhook-initial-backoff=100ms"]
    intake = {"listen": f"127.0.0.1:{port}", "certificate_file": str(files.certificate)}
    return {**intake, "key_file": str(files.key)}, token, options


def _is_free(port: int) -> bool:
    """Below the ports that systems give away: nobody gets it by chance while the tests run."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="session")
def kube(kube_with_webhook: dict[str, Any]) -> KubeParts:
    """A real kube-apiserver with the users of ``parts.USERS``."""
    return KubeParts.from_json(kube_with_webhook["kube"])
