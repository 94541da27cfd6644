"""The entries of ``sources:``, each turned into its collector's own settings."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .. import AnnexaError
from ..collectors import registry
from ..collectors.contract import Collector, Settings
from ..collectors.errors import PluginError
from .complaint import did_you_mean, first_complaint
from .errors import ConfigError
from .timing import Rhythm

_PATHS = ("path", "repository", "kubeconfig")
"""Settings that are paths, like every ``…_file``, even where their type is text."""

_ID = re.compile(r"[a-z][a-z0-9_]*(/[A-Za-z0-9][A-Za-z0-9._-]*)+")


@dataclass(frozen=True, kw_only=True)
class Source:
    """One configured place that is read."""

    id: str
    settings: Settings
    """The collector's own; the common part of them when it could not be loaded."""
    collector: type[Collector] | None
    problem: AnnexaError | None = None
    """Why the collector cannot work here: then each run of it is a recorded gap."""

    @property
    def platform(self) -> str:
        return self.id.partition("/")[0]

    @property
    def kind_names(self) -> tuple[str, ...]:
        """The kinds that are to be read; the platform stands for those that nobody knows."""
        if self.settings.kinds is not None:
            return self.settings.kinds
        if self.collector is None:
            return (self.platform,)
        return tuple(kind.name for kind in self.collector.kinds)


def read_sources(
    entries: Sequence[Mapping[str, Any]], *, where: str, folder: Path
) -> tuple[Source, ...]:
    """Check all entries.

    Raises:
        ConfigError: A key, a type or an id is wrong; the message says which.
    """
    first_seen: dict[str, int] = {}
    found = []
    for index, entry in enumerate(entries):
        for source in spread(_read_source(entry, index, where, folder)):
            if source.id in first_seen:
                raise ConfigError(
                    f"{where}: sources[{index}].id",
                    f'"{source.id}" is also the id of sources[{first_seen[source.id]}]',
                    remedy="give each source an id of its own",
                )
            first_seen[source.id] = index
            found.append(source)
    return tuple(found)


def spread(source: Source, found: Iterable[bytes] = ()) -> tuple[Source, ...]:
    """See `contract.Settings.spread`: most entries are one source, some stand for many."""
    return tuple(
        replace(source, id=settings.id, settings=settings)
        for settings in source.settings.spread(found)
    )


def _read_source(entry: Mapping[str, Any], index: int, where: str, folder: Path) -> Source:
    at = f"{where}: sources[{index}]"
    source_id = entry.get("id")
    if not isinstance(source_id, str) or not source_id:
        problem = "missing" if source_id is None else "expected text"
        raise ConfigError(f"{at}.id", problem, remedy="write collector/name, such as mlflow/prod")
    if not _ID.fullmatch(source_id):
        raise ConfigError(
            f"{at}.id",
            "is not collector/name (letters, digits, dots, dashes)",
            remedy="write one such as mlflow/prod",
        )
    collector, unusable = _collector(source_id.partition("/")[0], f"{at}.id")
    model = collector.settings if collector else Settings
    if collector is None:
        entry = {key: value for key, value in entry.items() if key in Settings.model_fields}
    try:
        settings = _from_folder(model.model_validate(dict(entry)), folder)
    except ValidationError as error:
        complaint = first_complaint(error, model, ("sources", index))
        raise ConfigError(
            f"{where}: {complaint.key}", complaint.problem, remedy=complaint.remedy
        ) from error
    _check_every(settings, at)
    _check_kinds(settings, collector, at)
    return Source(id=source_id, settings=settings, collector=collector, problem=unusable)


def _collector(name: str, at: str) -> tuple[type[Collector] | None, AnnexaError | None]:
    known = registry.names()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        remedy = (
            f'did you mean "{close[0]}"'
            if close
            else f"installed are {', '.join(sorted(known))}; install the plugin that reads it"
        )
        raise ConfigError(at, f'there is no collector "{name}"', remedy=remedy)
    collector = None
    try:
        collector = registry.load(name)
        registry.require(name)
    except PluginError as error:
        return collector, error
    return collector, None


def _from_folder(settings: Settings, folder: Path) -> Settings:
    """Paths count from the configuration's folder, wherever the agent is started."""
    moved: dict[str, Path | str] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, Path):
            moved[name] = folder / value.expanduser()
        elif isinstance(value, str) and _is_path(name, value):
            moved[name] = str(folder / Path(value).expanduser())
    return settings.model_copy(update=moved) if moved else settings


def _is_path(name: str, value: str) -> bool:
    return name.endswith("_file") or (name in _PATHS and "://" not in value)


def _check_kinds(settings: Settings, collector: type[Collector] | None, at: str) -> None:
    known = [kind.name for kind in collector.kinds] if collector else []
    for kind in settings.kinds or ():
        if known and kind not in known:
            raise ConfigError(
                f"{at}.kinds", f'"{kind}" is not read by it', remedy=did_you_mean(kind, known)
            )


def _check_every(settings: Settings, at: str) -> None:
    if settings.every is None:
        return
    try:
        Rhythm(settings.every)
    except ValueError as error:
        problem, _, remedy = str(error).partition("; ")
        raise ConfigError(f"{at}.every", problem, remedy=remedy) from error
