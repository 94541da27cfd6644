"""The collector ``openlineage``: lineage events, pushed to us or read from files or a Marquez."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Literal

from ..contract import Call, Check, Identity, Kind, Page, Reader, Skip
from ..growing_files import GrowingFiles
from ..inbox import InboxReader
from ..intake import Receiver
from .kinds import EVENT
from .marquez import MarquezReader
from .receiver import Endpoint
from .settings import OpenLineageSettings
from .wire import read_event


class FileReader:
    """Everything that was added to a file or a folder of files since the cursor."""

    kind = EVENT

    def __init__(self, where: str, path: Path) -> None:
        self._files = GrowingFiles(where, path, read_event, noun="OpenLineage events")

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        return self._files.pages(call, since)


class OpenLineage:
    """OpenLineage run, job and dataset events."""

    name: ClassVar[str] = "openlineage"
    version: ClassVar[str] = "1"
    stability: ClassVar[Literal["alpha", "beta", "stable"]] = "beta"
    settings: ClassVar[type[OpenLineageSettings]] = OpenLineageSettings
    kinds: ClassVar[tuple[Kind, ...]] = (EVENT,)

    def __init__(self, settings: OpenLineageSettings) -> None:
        self._settings = settings

    def identity(self, call: Call) -> Identity:
        """None of the three places knows users."""
        del call
        settings = self._settings
        if settings.marquez_url is not None:
            caller = "bearer token" if settings.token_env else "anonymous"
            return Identity(caller=caller, endpoint=settings.marquez_url)
        return Identity(caller="local user", endpoint=str(settings.path or settings.inbox))

    def readers(self) -> Sequence[Reader]:
        """The one of the place that the settings name."""
        if self._settings.marquez_url is not None:
            return [MarquezReader(self._settings)]
        if self._settings.path is not None:
            return [FileReader(self._settings.id, self._settings.path)]
        assert self._settings.inbox is not None
        return [InboxReader(EVENT, self._settings.inbox)]

    def receiver(self) -> Receiver | None:
        """See `intake.Receiving`."""
        secret = self._settings.push_secret
        return None if secret is None else Endpoint(secret)
