"""MLflow's auth app, as it is: an administrator sees everything, and others a shortened list."""

import uuid
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from annexa.collectors.contract import Kind
from annexa.collectors.mlflow.access import MLflowSettings
from annexa.collectors.mlflow.accounts import ROLE, USER
from annexa.collectors.mlflow.kinds import MODEL_VERSION, REGISTERED_MODEL
from annexa.collectors.mlflow.reader import MLflow
from annexa.collectors.mlflow.server import SERVER
from annexa.collectors.receipt import Receipt
from annexa.collectors.runner import read_source

from .memory_sink import NOON, MemorySink, patient

Login = tuple[str, str]


@dataclass
class Server:
    url: str
    admin: Login
    visitor: Login
    open_model: str
    """The visitor may read this one."""
    closed_model: str

    def post(self, path: str, *, api: int = 2, **body: Any) -> Any:
        address = f"{self.url}/api/{api}.0/mlflow/{path}"
        answer = requests.post(address, json=body, auth=self.admin, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def read(
        self, monkeypatch: pytest.MonkeyPatch, login: Login, sink: MemorySink, *kinds: Kind
    ) -> Receipt:
        monkeypatch.setenv("AUDITOR", login[0])
        monkeypatch.setenv("AUDITORS_PASSWORD", login[1])
        settings = MLflowSettings(
            id="mlflow/auth",
            tracking_uri=self.url,
            username_env="AUDITOR",
            password_env="AUDITORS_PASSWORD",
            kinds=tuple(kind.name for kind in kinds) or None,
        )
        return read_source(MLflow(settings), settings, slot=NOON, sink=sink, retry=patient())


@pytest.fixture(scope="module")
def server(mlflow_auth: tuple[str, str]) -> Server:
    url, password = mlflow_auth
    prefix = f"auth-{uuid.uuid4().hex[:8]}"
    visitor = (f"{prefix}-visitor", uuid.uuid4().hex)
    found = Server(url, ("admin", password), visitor, f"{prefix}-open", f"{prefix}-closed")
    found.post("users/create", username=visitor[0], password=visitor[1])
    for name in (found.open_model, found.closed_model):
        found.post("registered-models/create", name=name)
        found.post("model-versions/create", name=name, source="s3://b/m")
    found.post(
        "users/permissions/grant",
        api=3,
        username=visitor[0],
        resource_type="registered_model",
        resource_id=found.open_model,
        permission="READ",
    )
    return found


def test_an_administrator_sees_everything_and_the_receipt_says_so(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = MemorySink()
    receipt = server.read(monkeypatch, server.admin, sink)
    assert receipt.identity is not None
    assert (receipt.identity.caller, receipt.identity.sees_everything) == ("admin", True)
    assert {kind.kind: kind.verdict for kind in receipt.kinds if kind.verdict != "complete"} == {
        "mlflow.registry_event": "unsupported"  # no webhook is taken in
    }
    assert {server.open_model, server.closed_model} <= set(sink.subjects(REGISTERED_MODEL))
    assert sink.body(SERVER, "server")["auth_app"] is True


def test_anybody_else_gets_a_shortened_list_which_is_never_complete(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = MemorySink()
    receipt = server.read(monkeypatch, server.visitor, sink, REGISTERED_MODEL, MODEL_VERSION)
    assert receipt.identity is not None
    assert receipt.identity.caller == server.visitor[0]
    assert receipt.identity.sees_everything is False
    assert server.open_model in sink.subjects(REGISTERED_MODEL)
    assert server.closed_model not in sink.subjects(REGISTERED_MODEL)
    # MLflow says nothing of it: all checks of its own hold.
    assert all(check.ok for kind in receipt.kinds for check in kind.checks)
    assert {kind.verdict for kind in receipt.kinds} == {"partial"}


def test_no_kind_is_complete_for_somebody_who_sees_not_everything(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = server.read(monkeypatch, server.visitor, MemorySink())
    complete = {kind.kind for kind in receipt.kinds if kind.verdict == "complete"}
    assert complete == set()
    assert not receipt.complete


def test_users_and_roles_are_read_with_every_permission(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = server.post(
        "roles/create", api=3, name=f"{server.open_model}-approvers", workspace="default"
    )
    for pattern in ("*", server.open_model):
        server.post(
            "roles/permissions/add",
            api=3,
            role_id=role["role"]["id"],
            resource_type="registered_model",
            resource_pattern=pattern,
            permission="MANAGE",
        )
    server.post("roles/assign", api=3, username=server.visitor[0], role_id=role["role"]["id"])
    sink = MemorySink()
    receipt = server.read(monkeypatch, server.admin, sink, USER, ROLE)
    name = f"default/{server.open_model}-approvers"
    user = sink.body(USER, server.visitor[0])
    assert user["is_admin"] is False
    assert name in user["roles"]
    assert sink.body(ROLE, name)["permissions"] == [
        {"resource_type": "registered_model", "resource_pattern": one, "permission": "MANAGE"}
        for one in ("*", server.open_model)
    ]
    (own,) = (one for one in user["roles"] if one != name)
    assert sink.body(ROLE, own)["permissions"][0]["permission"] == "READ"
    assert sink.body(USER, "admin")["is_admin"] is True
    assert {kind.verdict for kind in receipt.kinds} == {"complete"}
    bodies = b"".join(row.body for rows in sink.rows.values() for row in rows.values())
    assert b"password" not in bodies


def test_a_wrong_password_is_denied_and_reads_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = MemorySink()
    receipt = server.read(monkeypatch, ("admin", "wrong"), sink)
    assert {kind.verdict for kind in receipt.kinds} == {"denied"}
    assert sink.rows == {}
