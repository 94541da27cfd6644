"""The server itself: its version, and what is turned on."""

from collections.abc import Iterator

import msgspec

from ..contract import Call, Check, Kind, Page, Record, Skip
from ..errors import Unsupported
from .access import API_3, Api
from .caller import user_of, version_of
from .wire import Wire


class Server(Record):
    auth_app: bool
    """Whether MLflow itself decides who may do what."""
    version: str | None = None
    store_type: str | None = None
    workspaces: bool | None = None
    trace_archival: bool | None = None
    gateway: bool | None = None


SERVER = Kind(
    name="mlflow.server",
    record=Server,
    subject=lambda r: "server",
    permission="none: MLflow tells everybody",
    cross_check="none: a server is one",
)


class _Features(Wire):
    gateway: bool | None = None


class _Info(Wire):
    store_type: str | None = None
    workspaces_enabled: bool | None = None
    trace_archival_enabled: bool | None = None
    features_enabled: _Features = msgspec.field(default_factory=_Features)


class ServerReader:
    """One record; what an older server does not say stays unknown."""

    kind = SERVER

    def __init__(self, api: Api, where: str) -> None:
        self._api = api
        self._where = where

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        version, _ = version_of(self._api, call, self._where)
        info = self._info(call)
        record = Server(
            auth_app=user_of(self._api, call) is not None,
            version=version or None,
            store_type=info.store_type,
            workspaces=info.workspaces_enabled,
            trace_archival=info.trace_archival_enabled,
            gateway=info.features_enabled.gateway,
        )
        yield Page(records=[record])

    def _info(self, call: Call) -> _Info:
        path = f"{API_3}/server-info"

        def fetch() -> _Info:
            body = self._api.get(path).body
            call.received(len(body), body)
            return msgspec.json.decode(body, type=_Info)

        try:
            return call.once(f"GET {path}", fetch)
        except Unsupported:
            return _Info()
