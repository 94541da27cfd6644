"""Why a source could not be read.

AnnexaError
└── CollectionError          the run records a gap with this reason
    ├── SourceUnavailable    retry later: timeouts, 429, 5xx, a broken answer
    ├── AccessDenied         a person must grant a permission: 401, 403
    ├── UnexpectedAnswer     the source changed shape; the collector needs a fix
    └── Unsupported          the source does not offer this kind here (404 on the whole API)
PluginError                  a collector could not be found or loaded (exit code 3)
SettingsError                an entry of ``sources:`` is wrong (exit code 3)
"""

from typing import Literal

from .. import AnnexaError

Verdict = Literal["complete", "partial", "denied", "unavailable", "unsupported"]


class CollectionError(AnnexaError):
    """A source could not be read in full.

    It is never swallowed: the runner stores it in the receipt as a gap, so that "we could
    not look" is never mistaken for "we looked and found nothing".
    """

    exit_code = 4
    verdict: Verdict = "unavailable"


class SourceUnavailable(CollectionError):
    """The source did not answer, or said to come back later.

    Only this one is retried. ``retry_after_s`` is the source's own wish, in seconds.
    """

    def __init__(
        self, where: str, problem: str, *, remedy: str, retry_after_s: float | None = None
    ) -> None:
        super().__init__(where, problem, remedy=remedy)
        self.retry_after_s = retry_after_s


class AccessDenied(CollectionError):
    """The source knows us and says no, or does not know us."""

    verdict = "denied"


class UnexpectedAnswer(CollectionError):
    """The source answered something that its API does not promise."""


class Unsupported(CollectionError):
    """This source does not offer this kind: an API group, a region, a closed service."""

    verdict = "unsupported"


class PluginError(AnnexaError):
    """A collector is unknown, cannot be loaded, or shares its name with another."""

    exit_code = 3


class SettingsError(AnnexaError):
    """One source's settings have an unknown key, a wrong type or an impossible value."""

    exit_code = 3
