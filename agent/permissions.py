"""The least that each platform has to grant, put together from what the kinds say they need."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..collectors import registry
from ..collectors.contract import Kind
from .config import DEFAULT_NAME, Config, load

_AWS = re.compile(r"(?P<service>[a-z0-9-]+):(?P<action>[A-Z][A-Za-z0-9]+)")
_KUBERNETES = re.compile(
    r"(?P<verb>[a-z]+) on (?P<plural>\*|[a-z]+(?:/[a-z]+)?)(?:\.(?P<group>[a-z0-9.-]+))?"
)


@dataclass(frozen=True, order=True)
class ClusterRead:
    """One thing that the Kubernetes API is asked for."""

    group: str
    """Empty: the core group."""
    plural: str
    verb: str


def configuration(path: Path | None) -> Config | None:
    """The configuration that was named, or the one that is here; None when there is none.

    Raises:
        ConfigError: It is broken, or the one that was named is missing.
    """
    if path is None and "ANNEXA_CONFIG" not in os.environ and not Path(DEFAULT_NAME).exists():
        return None
    return load(path)


def kinds_of(platform: str, config: Config | None) -> list[Kind]:
    """Those that the sources of ``platform`` in ``config`` read; all of them without a
    configuration, or where it has no such source."""
    known = {kind.name: kind for kind in registry.load(platform).kinds}
    sources = [one for one in config.sources if one.platform == platform] if config else []
    if not sources:
        return list(known.values())
    wanted = {name for source in sources for name in source.kind_names}
    for source in sources:
        if source.settings.discovers is not None:
            wanted |= set(source.settings.discovered_kinds or known)
    return [kind for name, kind in known.items() if name in wanted]


def is_limited(config: Config | None) -> bool:
    """Whether every Kubernetes source reads some namespaces only."""
    found = [one for one in config.sources if one.platform == "kubernetes"] if config else []
    return bool(found) and all(getattr(one.settings, "namespaces", None) for one in found)


def aws_actions(kinds: Iterable[Kind]) -> list[str]:
    """``service:Action``, sorted."""
    return sorted({part for kind in kinds for part in _parts(kind) if _AWS.fullmatch(part)})


def listed_buckets(config: Config | None) -> list[str] | None:
    """ARNs of the buckets that the setting ``objects`` names; None without a source of AWS."""
    sources = [one for one in config.sources if one.platform == "aws"] if config else []
    if not sources:
        return None
    return sorted(arn for one in sources for arn in getattr(one.settings, "listed_buckets", ()))


def cluster_reads(kinds: Iterable[Kind], *, limited: bool | None = None) -> list[ClusterRead]:
    """What the list requests of ``kinds`` ask for, sorted.

    Sources that are limited to some namespaces get each of these by its name, others list all.
    ``limited`` says which there are; None: both.
    """
    found = set()
    for kind in kinds:
        for part in _parts(kind):
            if match := _KUBERNETES.fullmatch(part):
                found.add(ClusterRead(match["group"] or "", match["plural"], match["verb"]))
    every = ClusterRead("", "namespaces", "list")
    if every in found and limited is not False:
        found.add(ClusterRead("", "namespaces", "get"))
    if every in found and limited:
        found.remove(every)
    return sorted(found)


def in_words(kinds: Iterable[Kind]) -> dict[str, list[str]]:
    """What no policy can express: the right in words -> the kinds that need it."""
    found: dict[str, list[str]] = {}
    for kind in kinds:
        parts = _parts(kind)
        if not all(_AWS.fullmatch(part) or _KUBERNETES.fullmatch(part) for part in parts):
            found.setdefault(kind.permission, []).append(kind.name)
    return found


def _parts(kind: Kind) -> Sequence[str]:
    return kind.permission.split(", ")
