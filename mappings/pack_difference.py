"""What one version of a pack has that another has not, in words that a reviewer needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from .pack import Pack

_SAYS_NOTHING = frozenset({"examples", "renew", "step", "title", "until"})
"""Parts of a rule that change no outcome."""


@dataclass(frozen=True, kw_only=True)
class PartChange:
    what: str
    """``rule``, ``view``, ``control``, ``clause`` or ``crosswalk``."""
    id: str
    change: str
    """``added``, ``removed`` or ``changed``."""
    parts: tuple[str, ...] = ()
    """Which keys differ, for what changed."""
    judges_otherwise: bool = True
    """False: only words and examples differ, outcomes cannot."""


def pack_difference(old: Pack, new: Pack) -> list[PartChange]:
    """By what it is and by id."""
    return [
        *_compared("control", old.catalogue.controls, new.catalogue.controls, ("looked_for",)),
        *_compared("clause", old.catalogue.clauses, new.catalogue.clauses),
        *_views(old, new),
        *_compared("rule", old.rules, new.rules, _SAYS_NOTHING),
        *_compared("crosswalk", old.frameworks, new.frameworks, None),
    ]


def _compared(
    what: str,
    old: Sequence[Any],
    new: Sequence[Any],
    quiet: Iterable[str] | None = (),
) -> list[PartChange]:
    """``quiet``: keys that change no outcome; None: none of them does."""
    before: dict[str, BaseModel] = {one.id: one for one in old}
    after: dict[str, BaseModel] = {one.id: one for one in new}
    found = []
    for id_ in sorted(before.keys() | after.keys()):
        if id_ not in after or id_ not in before:
            change = "added" if id_ in after else "removed"
            found.append(
                PartChange(what=what, id=id_, change=change, judges_otherwise=quiet is not None)
            )
        elif parts := _differing(before[id_].model_dump(), after[id_].model_dump()):
            loud = () if quiet is None else set(parts) - set(quiet)
            found.append(
                PartChange(
                    what=what, id=id_, change="changed", parts=parts, judges_otherwise=bool(loud)
                )
            )
    return found


def _views(old: Pack, new: Pack) -> list[PartChange]:
    def written(pack: Pack) -> dict[str, dict[str, object]]:
        return {
            view.name: {"columns": dict(view.columns)}
            | {fragment.name: fragment.sql for fragment in view.fragments}
            for view in pack.views
        }

    before, after = written(old), written(new)
    found = []
    for name in sorted(before.keys() | after.keys()):
        if name not in after or name not in before:
            change = "added" if name in after else "removed"
            found.append(PartChange(what="view", id=name, change=change))
        elif parts := _differing(before[name], after[name]):
            found.append(PartChange(what="view", id=name, change="changed", parts=parts))
    return found


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    keys = sorted(before.keys() | after.keys())
    return tuple(key for key in keys if before.get(key) != after.get(key))
