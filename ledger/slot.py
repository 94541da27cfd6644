"""Due times of a source, each answered by at most one run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Slot:
    source: str
    due: datetime
    state: Literal["claimed", "committed", "missed"]
    """``claimed``: somebody is reading, or was killed while reading."""
    at: datetime
    """When it came into this state."""
    run: int | None
    """Of a committed one."""
