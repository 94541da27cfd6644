"""``annexa.yaml``: what to read, where to keep it, when, and whom to tell.

Its keys are public API. The environment overrides nothing: it only holds the secrets whose
variable *names* stand in the file. Relative paths count from the file's own folder.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from ..collectors.contract import Settings
from ..exporters.sampling.sizes import Sampling
from .archiving import ArchiveSettings
from .complaint import did_you_mean, first_complaint
from .errors import ConfigError
from .intake.settings import IntakeSettings
from .retaining import RetentionSettings
from .signing import SigningSettings
from .sources import Source, read_sources
from .timing import Rhythm, duration
from .web_address import web_address
from .yaml_text import YamlProblem, parse

if TYPE_CHECKING:
    from ..mappings.conventions import Conventions

DEFAULT_NAME = "annexa.yaml"
MAX_BYTES = 4 * 1024 * 1024


class Organisation(BaseModel, extra="forbid", frozen=True):
    name: str = Field(min_length=1, max_length=200)
    timezone: str = "UTC"
    """For display and for cron fields; everything that is stored is UTC."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
            raise ValueError("no such time zone; write one such as Europe/Berlin") from error
        return value


class Schedule(BaseModel, extra="forbid", frozen=True):
    """When ``annexa run`` reads the sources that have no ``every`` of their own."""

    every: str | None = None
    cron: str | None = None
    jitter: str | None = None
    """Each round starts up to this much later, so that many agents do not start at once."""

    @field_validator("every", "jitter")
    @classmethod
    def _is_duration(cls, value: str | None) -> str | None:
        if value is not None:
            duration(value)
        return value

    @field_validator("cron")
    @classmethod
    def _is_cron(cls, value: str | None) -> str | None:
        if value is not None:
            if len(value.split()) != 5:
                raise ValueError("not five cron fields; write minute hour day month weekday")
            Rhythm(value)
        return value

    @model_validator(mode="after")
    def _one_of_two(self) -> "Schedule":
        if self.every and self.cron:
            raise ValueError('both "every" and "cron" are set; keep one of them')
        return self

    @property
    def text(self) -> str:
        return self.every or self.cron or "24h"

    @property
    def jitter_s(self) -> float:
        return duration(self.jitter).total_seconds() if self.jitter else 0.0


class Webhook(BaseModel, extra="forbid", frozen=True):
    """A target of signed CloudEvents."""

    url: str
    secret_env: str
    """Name of the environment variable with the HMAC key."""

    _address = field_validator("url")(web_address)


class Alertmanager(BaseModel, extra="forbid", frozen=True):
    url: str
    """Its base address; ``/api/v2/alerts`` is added."""

    _address = field_validator("url")(web_address)


class Alerts(BaseModel, extra="forbid", frozen=True):
    webhook: Webhook | None = None
    alertmanager: Alertmanager | None = None


class _File(BaseModel, extra="forbid", frozen=True):
    """The file as written, sources and conventions aside."""

    organisation: Organisation
    ledger: Path = Path("annexa.db")
    keys: Path = Path("keys")
    sources: tuple[dict[str, Any], ...] = ()
    conventions: dict[str, Any] = {}
    pack: str | None = None
    packs: tuple[str, ...] | None = Field(default=None, min_length=1)
    overlays: tuple[Path, ...] = ()
    schedule: Schedule = Schedule()
    alerts: Alerts = Alerts()
    intake: IntakeSettings | None = None
    archive: ArchiveSettings | None = None
    people: Literal["named", "pseudonyms"] = "named"
    retention: RetentionSettings | None = None
    sampling: Sampling = Sampling()
    signing: SigningSettings = SigningSettings()

    @model_validator(mode="after")
    def _either_pack_or_packs(self) -> "_File":
        if self.pack is not None and self.packs is not None:
            raise ValueError("`pack` and `packs` are both there; list all of them under `packs`")
        return self


@dataclass(frozen=True, kw_only=True)
class Config:
    """A configuration that was read and found right."""

    path: Path
    organisation: Organisation
    ledger: Path
    keys: Path
    sources: tuple[Source, ...]
    packs: tuple[str, ...]
    """``iso42001``, or folders; the first is shown where no other is asked for."""
    overlays: tuple[Path, ...] = ()
    """Folders that are laid over the pack that each names, a later one over an earlier one."""
    schedule: Schedule
    alerts: Alerts
    intake: IntakeSettings | None
    archive: ArchiveSettings | None = None
    people: Literal["named", "pseudonyms"] = "named"
    """How people are kept from the next reading on: by name, or as keyed pseudonyms."""
    retention: RetentionSettings | None = None
    sampling: Sampling
    signing: SigningSettings
    raw_conventions: Mapping[str, Any]

    @cached_property
    def conventions(self) -> "Conventions":
        from ..mappings.conventions import Conventions

        return Conventions.parse(self.raw_conventions)

    @cached_property
    def sha256(self) -> str:
        """Of what decides a judgement: the sources without secrets, the conventions, the pack."""
        sources = [source.settings.model_dump(mode="json") for source in self.sources]
        decisive = {
            "organisation": self.organisation.model_dump(),
            "sources": sources,
            "conventions": self.conventions.model_dump(mode="json"),
            "pack": Path(self.packs[0]).name,
            "overlays": [overlay.name for overlay in self.overlays],
        }
        if len(self.packs) > 1:
            decisive["packs"] = [Path(pack).name for pack in self.packs]
        text = json.dumps(decisive, sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()

    def source(self, source_id: str) -> Source:
        """One configured source.

        Raises:
            ConfigError: There is none with this id.
        """
        for source in self.sources:
            if source.id == source_id:
                return source
        known = did_you_mean(source_id, (source.id for source in self.sources))
        raise ConfigError(self.path.name, f'no source "{source_id}"', remedy=known)

    def rhythm(self, settings: Settings) -> Rhythm:
        return Rhythm(settings.every or self.schedule.text, self.organisation.timezone)

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(ZoneInfo(self.organisation.timezone))


def load(path: Path | None = None) -> Config:
    """Read and check ``path``, by default ``$ANNEXA_CONFIG`` or ``annexa.yaml`` right here.

    Raises:
        ConfigError: The file is missing or broken; the message names the key.
    """
    if path is None:
        path = Path(os.environ.get("ANNEXA_CONFIG") or DEFAULT_NAME)
    where = path.name
    raw = _mapping(path)
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise _config_error(where, error, _File) from error
    folder = path.resolve().parent
    config = Config(
        path=path.resolve(),
        organisation=file.organisation,
        ledger=folder / file.ledger.expanduser(),
        keys=folder / file.keys.expanduser(),
        sources=read_sources(file.sources, where=where, folder=folder),
        packs=tuple(_pack(pack, folder) for pack in file.packs or (file.pack or "iso42001",)),
        overlays=tuple(folder / overlay.expanduser() for overlay in file.overlays),
        schedule=file.schedule,
        alerts=file.alerts,
        intake=file.intake.below(folder) if file.intake else None,
        archive=file.archive,
        people=file.people,
        retention=file.retention,
        sampling=file.sampling,
        signing=file.signing.below(folder),
        raw_conventions=file.conventions,
    )
    _check_conventions(config, where)
    return config


def _check_conventions(config: Config, where: str) -> None:
    from ..mappings.conventions import Conventions
    from ..mappings.errors import ConventionsError

    try:
        _ = config.conventions
    except ConventionsError as error:
        if isinstance(error.__cause__, ValidationError):
            raise _config_error(where, error.__cause__, Conventions, "conventions") from error
        raise ConfigError(f"{where}: {error.where}", error.problem, remedy=error.remedy) from error


def _config_error(
    where: str, error: ValidationError, model: type[BaseModel], *under: str
) -> ConfigError:
    found = first_complaint(error, model, under)
    return ConfigError(f"{where}: {found.key}", found.problem, remedy=found.remedy)


def _pack(value: str, folder: Path) -> str:
    return str(folder / value) if "/" in value or value.startswith(".") else value


def _mapping(path: Path) -> dict[Any, Any]:
    where = path.name
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(where, "larger than 4 MiB", remedy="this is no configuration")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            str(path), "no such file", remedy="run `annexa init`, or name one with --config"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(where, "not UTF-8 text", remedy="save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(
            str(path), f"cannot be read ({error.strerror})", remedy="check the path and its rights"
        ) from error
    try:
        raw = parse(text)
    except YamlProblem as error:
        at = f"{where}: {error.where}" if error.where else where
        raise ConfigError(at, error.problem, remedy="correct the file") from error
    if raw is None:
        raise ConfigError(where, "is empty", remedy="run `annexa init --force` for a new one")
    if not isinstance(raw, dict):
        raise ConfigError(where, "is no mapping of keys to values", remedy="correct the file")
    return raw


def format_utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
