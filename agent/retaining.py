"""``retention:`` in ``annexa.yaml``: how long contents are kept, and what is held all the same."""

from collections.abc import Callable
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field, field_validator

from .complaint import did_you_mean
from .errors import ConfigError
from .timing import duration

if TYPE_CHECKING:
    from ..ledger import Cutoff

NEVER = "never"
Text = Annotated[str, Field(min_length=1, max_length=500)]


class Hold(BaseModel, extra="forbid", frozen=True):
    """Nothing that it covers is deleted while it stands here."""

    name: Text
    reason: Text
    sources: tuple[str, ...] = ("*",)
    """Patterns such as ``mlflow/*``."""
    kinds: tuple[str, ...] = ("*",)

    def covers(self, source: str, kind: str) -> bool:
        return any(fnmatchcase(source, one) for one in self.sources) and any(
            fnmatchcase(kind, one) for one in self.kinds
        )


class RetentionSettings(BaseModel, extra="forbid", frozen=True):
    bodies: str = NEVER
    """How long the content of a record's version is kept after it changed or went: ``1095d``."""
    kinds: dict[str, str] = {}
    """Kind -> the same for it alone; events are deleted only if their kind stands here."""
    holds: tuple[Hold, ...] = ()

    @field_validator("bodies")
    @classmethod
    def _is_time(cls, value: str) -> str:
        if value != NEVER:
            duration(value)
        return value

    @field_validator("kinds")
    @classmethod
    def _are_times(cls, value: dict[str, str]) -> dict[str, str]:
        for one in value.values():
            cls._is_time(one)
        return value

    @property
    def text(self) -> str:
        """The policy in a line, for the leaf that says what was deleted under it."""
        kinds = [f"{kind} {time}" for kind, time in sorted(self.kinds.items())]
        return "; ".join([f"bodies {self.bodies}", *kinds])

    def hold_on(self, source: str, kind: str) -> Hold | None:
        return next((hold for hold in self.holds if hold.covers(source, kind)), None)


def policy(settings: RetentionSettings, now: datetime) -> "Callable[[str, str], Cutoff]":
    """What may go of each source and kind, as of ``now``.

    Raises:
        ConfigError: A kind that nothing reads.
    """
    from ..collectors.registry import all_kinds
    from ..ledger import Cutoff

    for kind in settings.kinds:
        if kind not in all_kinds():
            raise ConfigError(
                "retention: kinds", f"no kind {kind!r}", remedy=did_you_mean(kind, all_kinds())
            )

    def before(time: str) -> datetime | None:
        return None if time == NEVER else now - duration(time)

    def cutoff(source: str, kind: str) -> Cutoff:
        if settings.hold_on(source, kind) is not None:
            return Cutoff()
        own = settings.kinds.get(kind)
        return Cutoff(state=before(own or settings.bodies), event=before(own) if own else None)

    return cutoff
