"""The collector ``kubernetes_audit``: who changed what is served, out of the API server's own log.

Source:       the file of ``--audit-log-path``, or the audit webhook
Permissions:  read on the file
Completeness: a rotated file is followed by its content; what was lost between two readings is named
Stability:    beta
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Literal

from ..contract import Call, Check, Identity, Kind, Page, Reader, Skip
from ..growing_files import GrowingFiles
from ..inbox import InboxReader
from ..intake import Receiver
from .kinds import EVENT, Event
from .receiver import Endpoint
from .settings import KubernetesAuditSettings
from .wire import event_reader


class FileReader:
    kind = EVENT

    def __init__(self, where: str, path: Path, read: Callable[[bytes], Event | None]) -> None:
        self._files = GrowingFiles(where, path, read, noun="audit events", is_one_log=True)

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        return self._files.pages(call, since)


class KubernetesAudit:
    """The audit log of one API server."""

    name: ClassVar[str] = "kubernetes_audit"
    version: ClassVar[str] = "1"
    stability: ClassVar[Literal["alpha", "beta", "stable"]] = "beta"
    settings: ClassVar[type[KubernetesAuditSettings]] = KubernetesAuditSettings
    kinds: ClassVar[tuple[Kind, ...]] = (EVENT,)

    def __init__(self, settings: KubernetesAuditSettings) -> None:
        self._settings = settings
        self._read = event_reader(settings.resources, settings.cluster)

    def identity(self, call: Call) -> Identity:
        """Neither a file nor an inbox knows users."""
        del call
        return Identity(
            caller="local user", endpoint=str(self._settings.path or self._settings.inbox)
        )

    def readers(self) -> Sequence[Reader]:
        """The one of the place that the settings name."""
        settings = self._settings
        if settings.path is not None:
            return [FileReader(settings.id, settings.path, self._read)]
        assert settings.inbox is not None
        return [InboxReader(EVENT, settings.inbox)]

    def receiver(self) -> Receiver | None:
        """See `intake.Receiving`."""
        secret = self._settings.push_secret
        return None if secret is None else Endpoint(secret, self._read)
