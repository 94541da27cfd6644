"""As whom we read an MLflow server, and whether it shows us everything."""

import re
from datetime import datetime

import msgspec

from ..contract import Call, Identity
from ..errors import UnexpectedAnswer, Unsupported
from ..http_answer import Answer
from .access import API, Api, MLflowSettings, NotThere

_VERSION = re.compile(rb"\d+\.\d+[\w.+-]{0,40}")


class _User(msgspec.Struct):
    username: str
    is_admin: bool


class _CurrentUser(msgspec.Struct):
    user: _User


def identity(api: Api, call: Call, settings: MLflowSettings) -> Identity:
    """Ask the server for its version, and its auth app, if it has one, for us.

    Raises:
        CollectionError: The server cannot be reached, refuses us, or is no MLflow.
    """
    version, server_time = version_of(api, call, settings.id)
    user = user_of(api, call)
    import mlflow

    return Identity(
        caller=user.username if user else _nameless(api),
        endpoint=settings.tracking_uri,
        server=f"MLflow {version}" if version else "MLflow, version unknown",
        client=f"mlflow {mlflow.__version__}",
        # Without the auth app nobody is kept from anything; a proxy in front may do so, unseen.
        sees_everything=user.is_admin if user else None,
        server_time=server_time,
    )


def version_of(api: Api, call: Call, where: str) -> tuple[str, datetime | None]:
    try:
        answer = call.once("GET /version", lambda: _received(call, api.get("/version")))
    except Unsupported:
        return "", _probe(api, call, where)
    text = answer.body.strip()
    if not _VERSION.fullmatch(text):
        raise UnexpectedAnswer(
            where,
            "GET /version answered with something that is not MLflow's version",
            remedy="check that tracking_uri is the address of an MLflow server",
        )
    return text.decode("ascii"), answer.server_time


def _probe(api: Api, call: Call, where: str) -> datetime | None:
    """Managed servers have no ``/version``; what has no experiments either is not MLflow."""
    path = f"{API}/experiments/search"
    try:
        answer = call.once(
            f"POST {path}", lambda: _received(call, api.post(path, {"max_results": 1}))
        )
    except Unsupported as error:
        raise UnexpectedAnswer(
            where,
            f"there is neither /version nor {path}",
            remedy="check that tracking_uri is the address of an MLflow server",
        ) from error
    return answer.server_time


def user_of(api: Api, call: Call) -> _User | None:
    """What the auth app calls us; None where there is no auth app.

    Servers older than ``users/current`` know the user whose name is in our credentials.
    """
    ways: list[tuple[str, dict[str, str]]] = [(f"{API}/users/current", {})]
    if api.credentials.username:
        ways.append((f"{API}/users/get", {"username": api.credentials.username}))
    for path, query in ways:
        try:
            answer = call.once(
                f"GET {path}",
                lambda path=path, query=query: _received(call, api.get(path, **query)),  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            )
        except NotThere:
            return None
        except Unsupported:
            continue
        return msgspec.json.decode(answer.body, type=_CurrentUser).user
    return None


def _nameless(api: Api) -> str:
    """The server has no say in who we are; the words say so."""
    credentials = api.credentials
    if credentials.username:
        return f"{credentials.username} (as our credentials say; the server has no auth app)"
    if credentials.token:
        return "the owner of a bearer token (the server has no auth app)"
    return "anonymous (the server has no auth app)"


def _received(call: Call, answer: Answer) -> Answer:
    call.received(len(answer.body), answer.body)
    return answer
