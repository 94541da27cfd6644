"""``docs/kinds.md``: every kind of every collector, as two tables for each of them."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ..collectors import registry
from ..collectors.contract import Kind
from ..collectors.redaction import nested_structs

_INTRODUCTION = """\
# Kinds of evidence

Made by `make docs` from the kinds themselves; do not edit it by hand.

The fields of a kind are an allow-list: what is not named here is never stored. **Values kept for**
names the maps with free keys (tags, annotations, parameters): every key is kept, a value only for
the keys named here, for those that a convention names and for those in a source's `keep` setting.
A kept value that looks like a credential is replaced by null and counted in the receipt.
**Left out** are fields of the platform that change without meaning. **Fresh** is how old the newest
complete reading may be before a rule over it is `stale`, unless the rule says otherwise.
"""


def kinds_page() -> str:
    """The page, in Markdown.

    Raises:
        PluginError: A plugin is broken.
    """
    parts = [_INTRODUCTION]
    for name in registry.names():
        collector = registry.load(name)
        parts += _section(f"{name} ({collector.stability})", collector.kinds)
    parts += _section("annexa itself", registry.OWN_KINDS)
    return "\n".join(parts)


def _section(title: str, kinds: Iterable[Kind]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| kind | mode | fresh | permission | cross-check |"
    yield "|---|---|---|---|---|"
    for kind in kinds:
        yield _row(f"`{kind.name}`", kind.mode, kind.freshness, kind.permission, kind.cross_check)
    yield "\n| kind | fields | values kept for | left out |"
    yield "|---|---|---|---|"
    for kind in kinds:
        yield _row(f"`{kind.name}`", _fields(kind.record), _guarded(kind), _named(kind.volatile))
    yield ""


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _fields(record: type[msgspec.Struct]) -> str:
    """``name, metadata {name, labels}``, as they are stored."""
    shown = []
    for field in msgspec.structs.fields(record):
        inner = ", ".join(_fields(one) for one in nested_structs(field.type))
        shown.append(f"{field.encode_name} {{{inner}}}" if inner else field.encode_name)
    return ", ".join(shown)


def _guarded(kind: Kind) -> str:
    return "; ".join(
        f"{path}: {', '.join(f'`{key}`' for key in keys) or 'none of its own'}"
        for path, keys in kind.guarded.items()
    )


def _named(names: Iterable[Any]) -> str:
    return ", ".join(f"`{name}`" for name in names)
