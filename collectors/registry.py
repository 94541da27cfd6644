"""Which collectors there are: an explicit table, and the entry points of plugins.

A plugin package says, in its own ``pyproject.toml``::

    [project.entry-points."annexa.collectors"]
    feast = "annexa_feast.reader:Feast"

Modules of readers import their platform's client inside functions only, so everything here is
cheap and works without any extra installed.
"""

import importlib
import importlib.metadata
import importlib.util
import re
from collections.abc import Mapping
from functools import cache

from pydantic import ValidationError

from .attestations import ATTESTATION
from .contract import Collector, Kind, Settings
from .errors import PluginError, SettingsError

GROUP = "annexa.collectors"

BUILTIN = {
    "mlflow": "annexa.collectors.mlflow.reader:MLflow",
    "kubernetes": "annexa.collectors.kubernetes.reader:Kubernetes",
    "kubernetes_audit": "annexa.collectors.kubernetes_audit.reader:KubernetesAudit",
    "aws": "annexa.collectors.aws.reader:Aws",
    "documents": "annexa.collectors.documents.reader:Documents",
    "openlineage": "annexa.collectors.openlineage.reader:OpenLineage",
    "manifests": "annexa.collectors.manifests.reader:Manifests",
    "findings": "annexa.collectors.findings.reader:Findings",
}

# The client library that a collector cannot work without; the extra has the collector's name.
CLIENTS = {"mlflow": "mlflow", "kubernetes": "kubernetes", "aws": "boto3"}

OWN_KINDS = (ATTESTATION,)
"""Read by no collector: a command puts them into the ledger."""

_SOURCE_ID = re.compile(r"(?P<collector>[a-z][a-z0-9_]*)(/[A-Za-z0-9][A-Za-z0-9._-]*)+")
_PARTS = ("name", "version", "stability", "settings", "kinds", "identity", "readers")


def names() -> list[str]:
    """All collectors, sorted.

    Raises:
        PluginError: Two of them have one name.
    """
    return sorted(_table())


def location(name: str) -> str:
    """Where the collector ``name`` lives, ``module:Class``, with its package for a plugin.

    Raises:
        PluginError: There is no such collector.
    """
    table = _table()
    if name not in table:
        raise PluginError(
            f"collector {name}",
            "there is no such collector",
            remedy=f"use one of {', '.join(sorted(table))}, or install the plugin that has it",
        )
    return table[name]


def load(name: str) -> type[Collector]:
    """The class of the collector ``name``.

    Raises:
        PluginError: It does not exist, cannot be imported, or is not a collector.
    """
    return _loaded(name, location(name))


def _loaded(name: str, where: str) -> type[Collector]:
    module, _, attribute = where.split(" ", maxsplit=1)[0].partition(":")
    try:
        found = importlib.import_module(_own(module))
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:  # a plugin's module may raise anything while it is imported
        raise PluginError(
            f"collector {name}",
            f"{where} cannot be loaded ({type(error).__name__})",
            remedy="reinstall or remove the package that it comes from",
        ) from error
    return _checked(name, where, found)


def build(raw: Mapping[str, object]) -> tuple[Collector, Settings]:
    """A source from its entry in ``sources:``.

    Raises:
        SettingsError: The entry is wrong; the message names the key.
        PluginError: The collector does not exist, or its client library is not installed.
    """
    source = raw.get("id")
    match = _SOURCE_ID.fullmatch(source) if isinstance(source, str) else None
    if match is None:
        raise SettingsError(
            "sources",
            "an entry has no usable id",
            remedy="give it one like mlflow/prod: a collector, a slash, a name of your own",
        )
    name, source = match["collector"], match[0]
    collector = load(name)
    try:
        settings = collector.settings.model_validate(dict(raw))
    except ValidationError as error:
        raise _settings_error(source, collector, error) from None
    known = {kind.name for kind in collector.kinds}
    for kind in settings.kinds or ():
        if kind not in known:
            raise SettingsError(
                source,
                f"kinds names {kind!r}, which this collector does not read",
                remedy=f"use some of {', '.join(sorted(known))}",
            )
    require(name)
    return _construct(collector, settings), settings


def require(name: str) -> None:
    """See that the client library of the built-in collector ``name`` is installed.

    Raises:
        PluginError: It is not; the message says what to install.
    """
    client = CLIENTS.get(name)
    if client is not None and importlib.util.find_spec(client) is None:
        raise PluginError(
            f"collector {name}",
            f"the Python package {client} is not installed",
            remedy=f'pip install "annexa[{name}]"',
        )


@cache
def all_kinds() -> dict[str, Kind]:
    """Every kind of every collector, and those that annexa itself makes, by name, sorted.

    Raises:
        PluginError: A collector cannot be loaded, or two of them have a kind of one name.
    """
    found = {kind.name: kind for kind in OWN_KINDS}
    for name in names():
        for kind in _kinds(name, location(name)):
            if kind.name in found:
                raise PluginError(
                    f"collector {name}",
                    f"the kind {kind.name} is there twice",
                    remedy=f"a kind's name begins with its collector's: {name}.…",
                )
            found[kind.name] = kind
    return dict(sorted(found.items()))


@cache
def usable_kinds() -> dict[str, Kind]:
    """`all_kinds` without those of `broken_plugins`.

    For judging what was read: one such plugin must not stop it. Whoever uses this says that what
    was read of any other kind is in doubt.
    """
    found = {kind.name: kind for kind in OWN_KINDS}
    for name in (*BUILTIN, *sorted(_places().keys() - BUILTIN.keys() - broken_plugins())):
        for kind in _kinds(name, _places()[name][0]):
            found.setdefault(kind.name, kind)  # nobody takes the place of one of ours
    return dict(sorted(found.items()))


@cache
def broken_plugins() -> frozenset[str]:
    """Collectors of plugins that cannot be loaded, or that have one name with another."""
    plugins = {name: places for name, places in _places().items() if name not in BUILTIN}
    return frozenset(
        name for name, places in plugins.items() if len(places) > 1 or not _loads(name, places[0])
    )


def _loads(name: str, place: str) -> bool:
    try:
        _kinds(name, place)
    except PluginError:
        return False
    return True


def kind(name: str) -> Kind:
    """The kind called ``name``.

    Raises:
        PluginError: No collector has it.
    """
    try:
        return all_kinds()[name]
    except KeyError:
        raise PluginError(
            f"kind {name}", "no collector reads it", remedy="install the plugin that has it"
        ) from None


def _kinds(name: str, place: str) -> tuple[Kind, ...]:
    kinds = tuple(_loaded(name, place).kinds)
    if all(isinstance(kind, Kind) for kind in kinds):
        return kinds
    raise PluginError(
        f"collector {name}",
        "its kinds are not all contract.Kind",
        remedy="report it to its author",
    )


def _table() -> dict[str, str]:
    """Name -> ``module:Class``, for plugins with their package's name in brackets behind it."""
    table = {}
    for name, places in _places().items():
        if len(places) > 1:
            raise PluginError(
                f"collector {name}",
                f"two plugins have this name: {places[0]} and {places[1]}",
                remedy="remove one of the two packages",
            )
        table[name] = places[0]
    return table


def _places() -> dict[str, list[str]]:
    """As `_table`, with every place that claims the name; ours first."""
    found = {name: [place] for name, place in BUILTIN.items()}
    for entry in importlib.metadata.entry_points(group=GROUP):
        package = f" (package {entry.dist.name})" if entry.dist else ""
        places = found.setdefault(entry.name, [])
        if (place := f"{entry.value}{package}") not in places:
            places.append(place)
    return found


def _own(module: str) -> str:
    """The built-in table is right wherever this package is imported from."""
    root = __package__.rpartition(".")[0]
    return module.replace("annexa.", f"{root}.", 1) if module.startswith("annexa.coll") else module


def _checked(name: str, where: str, found: object) -> type[Collector]:
    missing = [part for part in _PARTS if not hasattr(found, part)]
    if isinstance(found, type) and not missing and getattr(found, "name", None) == name:
        return found
    what = f"has no {missing[0]}" if missing else f"is not a collector called {name}"
    raise PluginError(
        f"collector {name}",
        f"{where} {what}",
        remedy="see contract.Collector; report it to its author",
    )


def _construct(collector: type[Collector], settings: Settings) -> Collector:
    make: type = collector
    made: Collector = make(settings)
    return made


def _settings_error(
    source: str, collector: type[Collector], error: ValidationError
) -> SettingsError:
    """The first complaint, without the value: it may be a secret in the wrong place."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    key = ".".join(str(part) for part in first["loc"]) or "settings"
    allowed = ", ".join(sorted(collector.settings.model_fields))
    if first["type"] == "extra_forbidden":
        return SettingsError(source, f"unknown key {key!r}", remedy=f"known keys: {allowed}")
    if first["type"] == "missing":
        return SettingsError(source, f"{key} is missing", remedy=f"add it; known keys: {allowed}")
    problem = first["msg"].removeprefix("Value error, ")
    where = f"{source}.{key}" if first["loc"] else source
    return SettingsError(
        where, problem[:1].lower() + problem[1:], remedy="correct it in annexa.yaml"
    )
