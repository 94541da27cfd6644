"""The model versions of a Shelf server, and who approved them.

Source:      GET /api/versions?after=... of Shelf 2
Permissions: a token with the scope versions:read
Stability:   beta
"""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from annexa.collectors.contract import (
    Call,
    Check,
    Identity,
    Kind,
    Page,
    Reader,
    Record,
    Settings,
    Skip,
)
from annexa.collectors.json_api import JsonApi

GRANT = "a token with the scope versions:read"


class Approval(Record):
    state: str
    by: str | None = None
    at: datetime | None = None


class ModelVersion(Record):
    model: str
    version: int
    artifact: str | None = None
    created_at: datetime | None = None
    created_by: str | None = None
    approval: Approval | None = None
    labels: dict[str, str | None] = {}


MODEL_VERSION = Kind(
    name="shelf.model_version",
    record=ModelVersion,
    subject=lambda version: f"{version.model}/{version.version}",
    guarded={"labels": ("stage",)},
    volatile=("downloads", "last_downloaded_at"),
    permission=GRANT,
    cross_check="the server's own total",
)


class ShelfSettings(Settings):
    url: str
    token_env: str | None = None
    """Name of the environment variable with the token."""


class Versions(msgspec.Struct):
    versions: list[ModelVersion]
    total: int
    after: str | None = None


class Account(msgspec.Struct):
    name: str
    scopes: list[str] = []


class VersionReader:
    """Reads `MODEL_VERSION`."""

    kind = MODEL_VERSION

    def __init__(self, api: JsonApi) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """All versions of all models, by model and number."""
        seen = total = 0

        def fetch(token: str | None) -> tuple[Versions, str | None]:
            page = self._api.get(call, "/api/versions", Versions, after=token)
            return page, page.after

        for page in call.every_page("GET /api/versions", fetch):
            seen, total = seen + len(page.versions), page.total
            yield Page(records=page.versions)
        yield Check(
            method="the server's own total", expected=str(total), found=str(seen), ok=total == seen
        )


class Shelf:
    """Reads one Shelf server."""

    name = "shelf"
    version = "1"
    stability = "beta"
    settings = ShelfSettings
    kinds = (MODEL_VERSION,)

    def __init__(self, settings: ShelfSettings) -> None:
        token = os.environ.get(settings.token_env or "")
        self._settings = settings
        self._api = JsonApi(
            settings.id,
            settings.url,
            timeout_s=settings.timeout_s,
            headers={"authorization": f"Bearer {token}"} if token else {},
            grant=GRANT,
        )

    def identity(self, call: Call) -> Identity:
        """Whose token it is; a token without ``models:*`` sees the models of its team only."""
        found = call.once("GET /api/me", lambda: self._api.get(call, "/api/me", Account))
        return Identity(
            caller=found.name,
            endpoint=self._settings.url,
            sees_everything="models:*" in found.scopes,
        )

    def readers(self) -> Sequence[Reader]:
        """One for each kind."""
        return [VersionReader(self._api)]
