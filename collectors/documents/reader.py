"""Reads documents: front matter, hashes and history, never the text.

Source:       a folder; the commit at ``ref`` (HEAD) of a git repository, with GitHub or GitLab as
              its host; or an S3 prefix
Permissions:  read on the folder, for git on the repository's objects; others: see kinds
Completeness: the working tree against the commit; folders and prefixes are listed twice
Stability:    beta
"""

import getpass
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Literal

from ..contract import Call, Identity, Kind, Reader, Settings
from ..web import Web
from . import kinds
from .collection import Collection, Layout
from .document_reader import DocumentReader
from .github import GitHub
from .gitlab import GitLab
from .host import RepositoryHost
from .host_api import HostApi
from .host_readers import MergeReader, ProtectionReader, PushReader, clone_of
from .opening import open_place
from .published import PublishedReader
from .registers import ApproverReader, PlaceReader, ReviewReader
from .settings import DocumentsSettings
from .version_reader import VersionReader
from .yaml_readers import StatementReader, SystemReader


def utc_now() -> datetime:
    return datetime.now(UTC)


class Documents:
    """One place with documents."""

    name: ClassVar[str] = "documents"
    version: ClassVar[str] = "2"
    stability: ClassVar[Literal["alpha", "beta", "stable"]] = "beta"
    settings: ClassVar[type[Settings]] = DocumentsSettings
    kinds: ClassVar[tuple[Kind, ...]] = (
        kinds.DOCUMENT,
        kinds.SOA_ENTRY,
        kinds.SYSTEM,
        kinds.VERSION,
        kinds.APPROVER,
        kinds.REVIEW,
        kinds.PLACE,
        kinds.PUBLISHED_COPY,
        kinds.BRANCH_PROTECTION,
        kinds.MERGE,
        kinds.PUSH,
    )

    def __init__(
        self, settings: DocumentsSettings, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._collection = self._collected()

    def identity(self, call: Call) -> Identity:
        """See `contract.Collector.identity`. It opens the place: the commit is pinned here."""
        self._collection = self._collected()
        place = call.once("open", lambda: self._collection.place)
        caller, endpoint = place.identity(call)
        return Identity(
            caller=caller or _user(),
            endpoint=endpoint,
            server=place.server,
            client=place.client,
            sees_everything=True,  # what may not be read is a Skip, never left out
        )

    def readers(self) -> Sequence[Reader]:
        """See `contract.Collector.readers`."""
        settings, collection = self._settings, self._collection
        where, names, host = settings.id, settings.front_matter, _host(settings)
        clone = clone_of(collection)
        web = Web(where, timeout_s=settings.timeout_s, headers={})
        return [
            DocumentReader(collection, names),
            StatementReader(collection),
            SystemReader(collection),
            VersionReader(collection, names),
            ApproverReader(collection),
            ReviewReader(collection, names),
            PlaceReader(collection),
            PublishedReader(collection, settings.published, web),
            ProtectionReader(where, host, clone),
            MergeReader(where, host),
            PushReader(where, host, clone, self._clock),
        ]

    def _collected(self) -> Collection:
        settings = self._settings
        layout = Layout(
            soa=settings.soa,
            inventory=settings.inventory.strip("/"),
            approvers=settings.approvers,
            reviews=settings.reviews,
        )
        return Collection(
            lambda: open_place(settings), layout, max_bytes=settings.max_file_mib * 1024**2
        )


def _host(settings: DocumentsSettings) -> RepositoryHost | None:
    if settings.host is None:
        return None
    api = HostApi(settings.id, settings.host, timeout_s=settings.timeout_s)
    return GitHub(api) if settings.host.type == "github" else GitLab(api)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user id that has no name
        return f"user id {os.getuid()}"
