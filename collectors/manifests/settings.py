"""A ``manifests/…`` source in ``annexa.yaml``: what is declared to run in one cluster."""

from pydantic import model_validator

from ..contract import Settings
from ..documents.settings import DocumentsSettings, Host


class ManifestsSettings(Settings, frozen=True):
    """A GitOps folder or repository. Nothing is rendered: what Helm, kustomize and others would
    make of it is named as unread; point this at rendered manifests where there are any."""

    cluster: str
    """Id of the source that reads what runs: ``kubernetes/eu-1``."""
    path: str | None = None
    """A folder, or a folder in a git repository: then its commit is read."""
    repository: str | None = None
    """A git repository: its folder, bare or not, or its https address, with ``host``'s token."""
    host: Host | None = None
    git: bool | None = None
    """Of ``path``: see a documents source."""
    ref: str = "HEAD"
    include: tuple[str, ...] = ()
    """Patterns of paths (``clusters/eu-1/*``, where ``*`` goes through folders, too); all when left
    out."""
    namespace: str | None = None
    """Of objects that name none, as the deploying tool sets it."""
    max_file_mib: int = 16

    @model_validator(mode="after")
    def _one_place(self) -> "ManifestsSettings":
        if (self.path is None) == (self.repository is None):
            raise ValueError("set one of path and repository")
        return self

    @property
    def place(self) -> DocumentsSettings:
        """The same place, as a documents source would name it."""
        return DocumentsSettings(
            id=self.id,
            path=self.path,
            repository=self.repository,
            host=self.host,
            git=self.git,
            ref=self.ref,
            timeout_s=self.timeout_s,
            deadline_s=self.deadline_s,
        )
