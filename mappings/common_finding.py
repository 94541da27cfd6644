"""What auditors find most often: one entry of a pack's ``readiness.yaml``."""

from pydantic import BaseModel


class CommonFinding(BaseModel, extra="forbid", frozen=True):
    """The rules show it beforehand, if any can."""

    id: str
    title: str
    controls: tuple[str, ...]
    rules: tuple[str, ...] = ()
    """They show it; none: no record can."""
    todo: str
