"""A ``kubernetes_audit/…`` source in ``annexa.yaml``: the log of one API server."""

from pathlib import Path

from pydantic import model_validator

from ..intake import PushSettings
from .kinds import WATCHED


class KubernetesAuditSettings(PushSettings, frozen=True):
    """Events are read from the file that ``--audit-log-path`` names, or pushed by the API server's
    audit webhook (``push_secret_env`` or ``push_secret_file`` is the token in its kubeconfig)."""

    path: Path | None = None
    """The log itself; what it is rotated into is read, too. Each API server has a log and is a
    source of its own."""
    cluster: str | None = None
    """Id of the source that reads this cluster's objects: ``kubernetes/eu-1``."""
    resources: tuple[str, ...] | None = WATCHED
    """``plural.group``; events of others are dropped. ``null`` keeps all."""

    @model_validator(mode="after")
    def _has_one_place(self) -> "KubernetesAuditSettings":
        if (self.path is None) == (self.push_secret is None):
            raise ValueError("give one of path and push_secret_env (or _file)")
        return self
