"""The real servers of the sample platform, each a context manager that cleans up behind itself.

``mlflow_server`` and ``moto`` come from their packages; ``kube_api`` is a real kube-apiserver with
etcd from ``KUBEBUILDER_ASSETS``. All listen on 127.0.0.1 at free ports, keep their data and logs
under the folder they are given, and end with the block or with the process, however it ends.
"""

import contextlib
import os
import secrets
import ssl
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .certificates import ServerFiles, write_server_files
from .process import PartError, Process, Progress, answers, free_port, running, silent

User = Literal["admin", "reader", "visitor", "nobody"]
USERS: dict[User, str] = {
    "admin": "annexa-demo-admin,admin,system:masters",
    "reader": "system:serviceaccount:annexa:annexa,reader,"
    '"system:serviceaccounts,system:serviceaccounts:annexa"',
    "visitor": "system:serviceaccount:annexa:visitor,visitor,"
    '"system:serviceaccounts,system:serviceaccounts:annexa"',
    "nobody": "system:serviceaccount:edge:annexa,nobody,system:serviceaccounts",
}
"""Who may ask: an administrator, two accounts that roles can be bound to, one without any."""

ASSETS = "KUBEBUILDER_ASSETS"
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "PYTHONWARNINGS": "ignore",
}

_AUDIT_POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - {level: None, verbs: [get, list, watch]}
  - {level: None, resources: [{group: coordination.k8s.io, resources: [leases]}]}
  - {level: Metadata}
"""


@dataclass(frozen=True, kw_only=True)
class KubeParts:
    """A Kubernetes API server and who may ask it."""

    server: str
    ca_file: Path | None
    """None: it speaks plain HTTP (the simulated one)."""
    tokens: dict[User, str]
    token_files: dict[User, Path]
    real: bool
    audit_log: Path
    """Where the server writes who changed what."""

    def tls(self) -> ssl.SSLContext | None:
        """What a client needs to trust the server; None for plain HTTP."""
        return ssl.create_default_context(cafile=str(self.ca_file)) if self.ca_file else None

    def to_json(self) -> dict[str, Any]:
        """For another process; see `from_json`."""
        return {
            "server": self.server,
            "ca_file": str(self.ca_file) if self.ca_file else None,
            "tokens": self.tokens,
            "token_files": {user: str(path) for user, path in self.token_files.items()},
            "real": self.real,
            "audit_log": str(self.audit_log),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "KubeParts":
        ca_file = stored["ca_file"]
        return cls(
            server=stored["server"],
            ca_file=Path(ca_file) if ca_file else None,
            tokens=stored["tokens"],
            token_files={user: Path(path) for user, path in stored["token_files"].items()},
            real=stored["real"],
            audit_log=Path(stored["audit_log"]),
        )


def assets() -> Path | None:
    """The folder with ``etcd`` and ``kube-apiserver``, if there is one."""
    folder = os.environ.get(ASSETS)
    if folder and all((Path(folder) / name).exists() for name in ("etcd", "kube-apiserver")):
        return Path(folder)
    return None


@contextlib.contextmanager
def mlflow_server(
    folder: Path,
    *,
    progress: Progress = silent,
    cancelled: threading.Event | None = None,
    options: Sequence[str] = (),
    environment: Mapping[str, str] = {},
) -> Iterator[str]:
    """A real ``mlflow server`` on SQLite; yields its URL. It takes 9 to 40 s to come up."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    program = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--no-serve-artifacts"]
    program += ["--backend-store-uri", f"sqlite:///{folder.resolve()}/mlflow.db"]
    program += ["--default-artifact-root", str(folder.resolve() / "artifacts")]
    program += ["--host", "127.0.0.1", "--port", str(port), *options]
    with running("mlflow", program, folder=folder, environment={**_QUIET, **environment}) as server:
        url = f"http://127.0.0.1:{port}"
        server.wait_until(
            answers(f"{url}/health"), timeout_s=180, progress=progress, cancelled=cancelled
        )
        yield url


@contextlib.contextmanager
def mlflow_auth_server(folder: Path, admin_password: str) -> Iterator[str]:
    """As `mlflow_server`, with MLflow's auth app, whose first user is ``admin``."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder.resolve() / "basic_auth.ini"
    settings.write_text(
        "[mlflow]\ndefault_permission = NO_PERMISSIONS\n"
        f"database_uri = sqlite:///{folder.resolve()}/auth.db\nadmin_username = admin\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
        # A password is hashed 600,000 times: with every request that takes longer than the answer.
        "auth_cache_ttl_seconds = 300\n"
    )
    environment = {
        "MLFLOW_AUTH_CONFIG_PATH": str(settings),
        "MLFLOW_AUTH_ADMIN_PASSWORD": admin_password,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_urlsafe(24),
    }
    with mlflow_server(
        folder, options=["--app-name", "basic-auth"], environment=environment
    ) as url:
        yield url


@contextlib.contextmanager
def moto(
    folder: Path, *, progress: Progress = silent, cancelled: threading.Event | None = None
) -> Iterator[str]:
    """A ``moto_server`` that also answers CloudTrail's LookupEvents; yields its URL."""
    port = free_port()
    program = [sys.executable, "-m", "annexa.agent.demo.moto_process", str(port)]
    with running("moto", program, folder=folder, environment={"MOTO_PORT": str(port)}) as server:
        url = f"http://127.0.0.1:{port}"
        server.wait_until(
            answers(f"{url}/moto-api/data.json"),
            timeout_s=120,
            progress=progress,
            cancelled=cancelled,
        )
        yield url


@contextlib.contextmanager
def real_kube_api(
    folder: Path,
    *,
    progress: Progress = silent,
    cancelled: threading.Event | None = None,
    options: Sequence[str] = (),
) -> Iterator[KubeParts]:
    """A real kube-apiserver with RBAC; users and tokens are those of ``USERS``."""
    programs = assets()
    if programs is None:
        raise PartError(
            "demo/kubernetes",
            f"{ASSETS} names no folder with etcd and kube-apiserver",
            remedy="set it as in setup-envtest, or use the simulated API server",
        )
    folder = folder.resolve()
    files = write_server_files(folder / "pki")
    tokens, token_files = write_tokens(folder / "tokens")
    with _etcd(programs, folder, cancelled) as etcd_url:
        port = free_port()
        program = [*_apiserver(programs, folder, files, etcd_url, port), *options]
        with running("kube-apiserver", program, folder=folder) as server:
            url = f"https://127.0.0.1:{port}"
            context = ssl.create_default_context(cafile=str(files.certificate))
            ready = answers(f"{url}/readyz", token=tokens["admin"], context=context)
            server.wait_until(ready, timeout_s=120, progress=progress, cancelled=cancelled)
            yield KubeParts(
                server=url,
                ca_file=files.certificate,
                tokens=tokens,
                token_files=token_files,
                real=True,
                audit_log=folder / "audit.log",
            )


@contextlib.contextmanager
def kube_api(
    folder: Path, *, progress: Progress = silent, cancelled: threading.Event | None = None
) -> Iterator[KubeParts]:
    """The real server where ``KUBEBUILDER_ASSETS`` names one, otherwise the simulated one."""
    if assets() is not None:
        with real_kube_api(folder, progress=progress, cancelled=cancelled) as real:
            yield real
        return
    from .simulated_kube import simulated_kube_api

    with simulated_kube_api(folder) as (simulated, _):
        progress("kubernetes: simulated in this process (KUBEBUILDER_ASSETS names no server)")
        yield simulated


def write_tokens(folder: Path) -> tuple[dict[User, str], dict[User, Path]]:
    """Make a token for each of ``USERS``, and the API server's own file of them, ``all.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens = {user: secrets.token_urlsafe(24) for user in USERS}
    paths: dict[User, Path] = {user: folder / user for user in USERS}
    for user, path in paths.items():
        path.touch(mode=0o600)
        path.write_text(tokens[user])
    everybody = folder / "all.csv"
    everybody.touch(mode=0o600)
    everybody.write_text("".join(f"{tokens[user]},{USERS[user]}\n" for user in USERS))
    return tokens, paths


@contextlib.contextmanager
def _etcd(programs: Path, folder: Path, cancelled: threading.Event | None) -> Iterator[str]:
    client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    program = [str(programs / "etcd"), "--data-dir", str(folder / "etcd")]
    program += ["--listen-client-urls", client, "--advertise-client-urls", client]
    program += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
    program += ["--initial-cluster", f"default={peer}"]
    # The data lives as long as the demo: waiting for the disk would only make it slower.
    with running("etcd", [*program, "--unsafe-no-fsync"], folder=folder) as etcd:
        _wait_for_etcd(etcd, client, cancelled)
        yield client


def _wait_for_etcd(etcd: Process, url: str, cancelled: threading.Event | None) -> None:
    etcd.wait_until(answers(f"{url}/health"), timeout_s=60, cancelled=cancelled)


def _apiserver(
    programs: Path, folder: Path, files: ServerFiles, etcd_url: str, port: int
) -> list[str]:
    issuer = "https://kubernetes.default.svc"
    policy = folder / "audit-policy.yaml"
    policy.write_text(_AUDIT_POLICY)
    return [
        str(programs / "kube-apiserver"),
        f"--etcd-servers={etcd_url}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={port}",
        f"--tls-cert-file={files.certificate}",
        f"--tls-private-key-file={files.key}",
        f"--token-auth-file={folder / 'tokens' / 'all.csv'}",
        "--authorization-mode=RBAC",
        f"--service-account-issuer={issuer}",
        f"--service-account-key-file={files.account_key}",
        f"--service-account-signing-key-file={files.account_key}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--disable-admission-plugins=ServiceAccount",
        f"--cert-dir={folder / 'pki'}",
        f"--audit-policy-file={policy}",
        f"--audit-log-path={folder / 'audit.log'}",
    ]
