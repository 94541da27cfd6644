"""The views of a pack: its own, those of the pack that it builds on, and what plugins add.

A plugin may add view fragments, so that a new platform takes part in rules that never heard of it::

    [project.entry-points."annexa.views"]
    feast = "annexa_feast"            # the package whose folder views/ holds the fragments
"""

import importlib.metadata
import importlib.util
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import PackError
from .pack_file import read_yaml
from .rule import Rule
from .view import COMMON, View, read_fragment

GROUP = "annexa.views"

NEEDED = ("soa", "document", "system")
"""Views that every evaluation reads for itself: what is excluded, who owns what."""

_WORD = re.compile(r"\w+")
_ABOUT = re.compile(r"^([a-z_]+): +# *(.+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Views:
    all: tuple[View, ...]
    """In the order in which they are built."""
    files: tuple[Path, ...]
    """What they are made of, headers of other folders than the pack's own included."""

    def read_by(self, rules: Iterable[Rule]) -> tuple[View, ...]:
        """Only those that these rules read, and what these are built from, by a look at words."""
        texts = [text for rule in rules for text in rule.texts.values()]
        wanted = {*NEEDED, "attestation", *(rule.population for rule in rules)}
        wanted |= {word for text in texts for word in _WORD.findall(text)}
        kept: list[View] = []
        for view in reversed(self.all):  # a view reads only those above it
            if view.name in wanted:
                kept.append(view)
                for fragment in view.fragments:
                    wanted |= {*fragment.rows, *_WORD.findall(fragment.sql)}
        return tuple(reversed(kept))


def read_views(folders: Sequence[Path], fragments: Sequence[Path]) -> Views:
    """Read ``views.yaml`` of every folder that has one, and the fragments.

    Args:
        folders: The pack's own first, then that of the pack it builds on.
        fragments: Folders of fragments; those of installed plugins are found.

    Raises:
        PackError: A file is malformed, or a view that every evaluation needs is missing.
    """
    own, *others = folders
    headers = [folder / "views.yaml" for folder in others if (folder / "views.yaml").is_file()]
    columns: dict[str, Mapping[object, object]] = {}
    about: dict[str, str] = {}
    for path in (*headers, own / "views.yaml"):
        if path.is_file() or not headers:
            for name, spelled in _columns(path).items():
                if name in columns:
                    raise PackError("views.yaml", f"has the view {name!r} again",
                                    remedy="give your own view another name")  # fmt: skip
                columns[name] = spelled
            about |= dict(_ABOUT.findall(path.read_text("utf-8")))
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise PackError(
            "views.yaml",
            f"has no view {', '.join(missing)}",
            remedy="add `views_of: iso42001` to pack.yaml, or the view",
        )
    files = [path for folder in (*fragments, *_plugin_folders()) for path in _sql(folder)]
    found = [read_fragment(path) for path in files]
    for fragment in found:
        if fragment.view not in columns:
            raise PackError(
                fragment.file,
                f"belongs to a view {fragment.view!r} that views.yaml does not have",
                remedy=f"use one of {', '.join(columns)}",
            )
    views = tuple(
        View(
            name=name,
            columns=COMMON | {str(column): str(kind) for column, kind in spelled.items()},
            fragments=tuple(f for f in found if f.view == name),
            about=about.get(name, ""),
        )
        for name, spelled in columns.items()
    )
    return Views(all=views, files=(*headers, *files))


def _sql(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.sql"))


def _columns(path: Path) -> Mapping[str, Mapping[object, object]]:
    raw = read_yaml(path)
    if not isinstance(raw, Mapping) or not all(isinstance(v, Mapping) for v in raw.values()):
        raise PackError("views.yaml", "is not a mapping of views to columns", remedy="correct it")
    return raw


def _plugin_folders() -> Iterator[Path]:
    """Nothing of a plugin is imported: its fragments are read even where its code is broken, and
    so say which kinds are missing."""
    for point in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda p: p.name):
        top, *inner = point.value.split(".")
        found = importlib.util.find_spec(top)
        if found is None or not found.submodule_search_locations:
            raise PackError(
                f"plugin {point.name}",
                f"its package {top} is not there",
                remedy="reinstall or remove it",
            )
        yield Path(found.submodule_search_locations[0]).joinpath(*inner, "views")
