"""How an organisation marks system, environment, owner and approval: settings, not assumptions.

Each *meaning* has, per platform, a list of keys; the first one that carries a value wins.
The defaults (a key may be a Kubernetes label or annotation, an MLflow or AWS tag):

===============  ===================  ==========================================  ===============
meaning          mlflow (tags)        kubernetes (labels, then annotations)       aws (tags)
===============  ===================  ==========================================  ===============
system           ai-system-id         ai-system-id                                ai-system-id
environment      environment          environment (else the namespace's)          environment
owner            owner                owner                                       owner
approval_status  approval_status      approval-status                             approval_status
approved_by      approved_by          approved-by                                 approved_by
approved_at      approved_at          approved-at                                 approved_at
deployed_by      deployed_by          deployed-by                                 deployed_by
deployed_at      deployed_at          deployed-at                                 deployed_at
model_name       (the name itself)    model-name                                  model-name
model_version    (the version)        model-version                               model-version
intended_use     intended_use         intended-use                                intended_use
monitored_by     monitored_by         monitored-by                                monitored_by
logs_to          (deployment)         logs-to                                     logs_to
evaluated_at     evaluated_at         (registry)                                  (registry)
===============  ===================  ==========================================  ===============

Every Kubernetes key is also taken with the prefix ``annexa.dev/``. Times are RFC 3339, ISO dates
(midnight UTC) or epoch seconds or milliseconds. MLflow tags of a version go before those of its
model. Documents carry their facts in named fields and need no keys.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import BaseModel, ValidationError, field_validator

from .errors import ConventionsError

Platform = Literal["mlflow", "kubernetes", "aws", "documents"]
PLATFORMS: tuple[Platform, ...] = get_args(Platform)

MEANINGS = (
    "system",
    "environment",
    "owner",
    "approval_status",
    "approved_by",
    "approved_at",
    "deployed_by",
    "deployed_at",
    "model_name",
    "model_version",
    "intended_use",
    "monitored_by",
    "logs_to",
    "evaluated_at",
)
"""What a key can mean; ``PlatformKeys`` has a field of each name."""


class PlatformKeys(BaseModel, extra="forbid", frozen=True):
    """The keys of one platform, per meaning; an empty tuple: this platform cannot say it."""

    system: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    approval_status: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    approved_at: tuple[str, ...] = ()
    deployed_by: tuple[str, ...] = ()
    deployed_at: tuple[str, ...] = ()
    model_name: tuple[str, ...] = ()
    model_version: tuple[str, ...] = ()
    intended_use: tuple[str, ...] = ()
    monitored_by: tuple[str, ...] = ()
    logs_to: tuple[str, ...] = ()
    evaluated_at: tuple[str, ...] = ()

    @field_validator("*", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    def of(self, meaning: str) -> tuple[str, ...]:
        keys: tuple[str, ...] = getattr(self, meaning)
        return keys

    def all(self) -> frozenset[str]:
        return frozenset(key for meaning in MEANINGS for key in self.of(meaning))


_SYSTEM = "ai-system-id"


def _tag_keys(*left_out: str) -> PlatformKeys:
    dashed = {"system": _SYSTEM, "model_name": "model-name", "model_version": "model-version"}
    return PlatformKeys(
        **{m: (dashed.get(m, m),) for m in MEANINGS if m not in left_out},
    )


def _kubernetes_keys() -> PlatformKeys:
    plain = {m: _SYSTEM if m == "system" else m.replace("_", "-") for m in MEANINGS}
    return PlatformKeys(
        **{m: (key, f"annexa.dev/{key}") for m, key in plain.items() if m != "evaluated_at"},
    )


class Conventions(BaseModel, extra="forbid", frozen=True):
    """``conventions:`` of ``annexa.yaml``; a meaning that is given replaces its default keys."""

    mlflow: PlatformKeys = _tag_keys("model_name", "model_version", "logs_to")
    kubernetes: PlatformKeys = _kubernetes_keys()
    aws: PlatformKeys = _tag_keys("evaluated_at")
    documents: PlatformKeys = PlatformKeys()
    production: tuple[str, ...] = ("production", "prod")
    """Values of ``environment`` that mean production, in any case."""
    production_aliases: tuple[str, ...] = ("champion", "production")
    """MLflow aliases whose version counts as being in production."""
    approved: tuple[str, ...] = ("approved",)
    """Values of ``approval_status`` that mean approved, in any case."""

    @classmethod
    def parse(cls, raw: Mapping[str, object] | None) -> "Conventions":
        """Layer the configuration over the defaults, meaning by meaning.

        Raises:
            ConventionsError: An unknown platform or meaning, or a wrong type.
        """
        default = cls()
        merged: dict[str, object] = {}
        for name, value in (raw or {}).items():
            if name in PLATFORMS and isinstance(value, Mapping):
                base: PlatformKeys = getattr(default, name)
                merged[name] = {**base.model_dump(), **value}
            else:
                merged[name] = value
        try:
            return cls.model_validate(merged)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(["conventions", *(str(part) for part in first["loc"])])
            raise ConventionsError(
                where,
                first["msg"].lower(),
                remedy=f"platforms are {', '.join(PLATFORMS)}; meanings are {', '.join(MEANINGS)}",
            ) from error

    def of(self, platform: Platform) -> PlatformKeys:
        keys: PlatformKeys = getattr(self, platform)
        return keys

    def keys(self, platform: str) -> frozenset[str]:
        """The tag, label and annotation keys whose values a collector of ``platform`` may keep."""
        if platform not in PLATFORMS:
            return frozenset().union(*(self.of(known).all() for known in PLATFORMS))
        return self.of(platform).all()
