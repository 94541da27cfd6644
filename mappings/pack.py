"""A mapping pack: catalogue, views, rules and crosswalk under one version, read from a folder."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel

from .catalogue import Catalogue
from .common_finding import CommonFinding
from .crosswalk import Framework
from .errors import PackError
from .lint import check_texts
from .overlay import Overlay, changed_rules, overlay_header
from .pack_aids import common_findings, frameworks
from .pack_digest import pack_digest
from .pack_file import as_model, read_yaml
from .pack_views import read_views
from .rule import Rule
from .view import View

BUILTIN = Path(__file__).parent

_WORD = re.compile(r"\w+")


class PackHeader(BaseModel, extra="forbid", frozen=True):
    """``pack.yaml``."""

    id: str
    version: str
    effective: str
    title: str
    views_of: str | None = None
    """A built-in pack whose views the rules may read beside the pack's own; only those that they
    do read are built."""


@dataclass(frozen=True, kw_only=True)
class Pack:
    header: PackHeader
    folder: Path
    overlays: tuple[Overlay, ...] = ()
    """In the order in which they were laid over it."""
    catalogue: Catalogue
    views: tuple[View, ...]
    """In the order in which they are built."""
    rules: tuple[Rule, ...]
    """By id."""
    frameworks: tuple[Framework, ...]
    """By id: the lenses of other frameworks."""
    common_findings: tuple[CommonFinding, ...]
    base: Path | None = None
    """The folder of the pack that ``views_of`` names."""
    digest: str
    """SHA-256, hex, over all files, plugins' fragments included."""

    @property
    def id(self) -> str:
        return self.header.id

    @property
    def version(self) -> str:
        """``1.2.0``, with overlays ``1.2.0 + acme 3``."""
        layers = (f"{one.header.id} {one.header.version}" for one in self.overlays)
        return " + ".join((self.header.version, *layers))

    def rule(self, wanted: str) -> Rule:
        """One rule by its id.

        Raises:
            PackError: There is none.
        """
        for rule in self.rules:
            if rule.id == wanted:
                return rule
        raise PackError(
            f"pack {self.id}", f"has no rule {wanted!r}", remedy="see `annexa mapping docs`"
        )

    def view(self, wanted: str) -> View:
        """One view by its name.

        Raises:
            PackError: There is none.
        """
        for view in self.views:
            if view.name == wanted:
                return view
        raise PackError(
            f"pack {self.id}",
            f"has no view {wanted!r}",
            remedy=f"use one of {', '.join(view.name for view in self.views)}",
        )

    def framework(self, wanted: str) -> Framework:
        """One framework of the crosswalk by its id.

        Raises:
            PackError: There is none.
        """
        for framework in self.frameworks:
            if framework.id == wanted:
                return framework
        raise PackError(
            f"pack {self.id}",
            f"has no crosswalk to {wanted!r}",
            remedy=f"use one of {', '.join(one.id for one in self.frameworks) or 'none'}",
        )

    def without_rows_of(self, collectors: Collection[str]) -> "Pack":
        """Without the fragments whose rows come from kinds of these: their tables cannot be made.
        Only for building the views; what they needed stays in doubt."""
        views = (
            replace(view, fragments=tuple(f for f in view.fragments if not f.reads(collectors)))
            for view in self.views
        )
        return replace(self, views=tuple(views)) if collectors else self

    def rules_for(self, control: str) -> tuple[Rule, ...]:
        return self._rules_by_control.get(control, ())

    @cached_property
    def _rules_by_control(self) -> Mapping[str, tuple[Rule, ...]]:
        found: dict[str, tuple[Rule, ...]] = {}
        for rule in self.rules:
            for control in dict.fromkeys(rule.controls):
                found[control] = (*found.get(control, ()), rule)
        return found

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of all its SQL, in lower case: what it can possibly read."""
        texts = [fragment.sql for view in self.views for fragment in view.fragments]
        texts += [text for rule in self.rules for text in rule.texts.values()]
        return frozenset(word for text in texts for word in _WORD.findall(text.lower()))

    def tables_of(self, rule: Rule) -> tuple[str, ...]:
        """The views that the rule reads, by a look at its words; enough to ship them with it."""
        words = set((rule.query or "").replace("(", " ").replace(",", " ").split())
        return tuple(v.name for v in self.views if v.name == rule.population or v.name in words)


def load_pack(
    wanted: str | Path = "iso42001",
    *,
    overlays: Sequence[Path] = (),
    fragments: Sequence[Path] = (),
) -> Pack:
    """Read a pack and refuse what is wrong with its files.

    Args:
        wanted: Name of a built-in pack, or a folder.
        overlays: Folders with an overlay.yaml; a later one goes before an earlier one.
        fragments: Folders with further view fragments; those of installed plugins are found.

    Raises:
        PackError: A file is missing, malformed, or names something that does not exist.
    """
    folder = BUILTIN / wanted if (BUILTIN / wanted / "pack.yaml").is_file() else Path(wanted)
    if not (folder / "pack.yaml").is_file():
        raise PackError(
            f"pack {wanted}",
            "has no pack.yaml",
            remedy="use iso42001 or a pack's folder",
        )
    header = as_model(PackHeader, "pack.yaml", read_yaml(folder / "pack.yaml"))
    layers = [_overlay(path, header.id) for path in overlays]
    catalogue = _catalogue(
        as_model(Catalogue, "catalogue.yaml", read_yaml(folder / "catalogue.yaml")), layers
    )
    base = _base(folder, header)
    folders = [folder] if base is None else [folder, base]
    more = [one / "views" for one in (*folders, *(layer.folder for layer in layers))]
    views = read_views(folders, [*more, *fragments])
    names = {view.name for view in views.all}
    rules = _rules([folder, *(layer.folder for layer in layers)], catalogue, names)
    for layer in layers:
        rules = changed_rules(rules, layer.header)
    return Pack(
        header=header,
        folder=folder,
        overlays=tuple(layers),
        catalogue=catalogue,
        views=views.all if base is None else views.read_by(rules.values()),
        rules=tuple(rules[name] for name in sorted(rules)),
        frameworks=tuple(frameworks(folder, catalogue)),
        common_findings=tuple(common_findings(folder, catalogue, rules)),
        base=base,
        digest=pack_digest(folder, [layer.folder for layer in layers], views.files),
    )


def as_written(pack: Pack) -> Pack:
    """With the rules as their files have them: no other thresholds, nothing switched off."""
    if not pack.overlays:
        return pack
    folders = [pack.folder, *(layer.folder for layer in pack.overlays)]
    rules = _rules(folders, pack.catalogue, {view.name for view in pack.views})
    return replace(pack, rules=tuple(rules[name] for name in sorted(rules)))


def _base(folder: Path, header: PackHeader) -> Path | None:
    """Of a pack in a bundle the views are beside it, as they were."""
    if header.views_of is None:
        return None
    for base in (folder / "base", BUILTIN / header.views_of):
        if (base / "views.yaml").is_file():
            return base
    raise PackError(
        "pack.yaml: views_of",
        f"there is no built-in pack {header.views_of!r}",
        remedy="use iso42001, or give the pack its own views",
    )


def _overlay(folder: Path, over: str) -> Overlay:
    header = overlay_header(folder)
    if header.over != over:
        raise PackError(
            f"overlay {folder.name}",
            f"is made over {header.over}, not {over}",
            remedy="use it there",
        )
    return Overlay(header=header, folder=folder)


def _catalogue(catalogue: Catalogue, layers: Sequence[Overlay]) -> Catalogue:
    for layer in layers:
        for control in layer.header.controls:
            if control.id in catalogue.ids:
                raise PackError(
                    f"overlay {layer.id}: controls",
                    f"{control.id} is in the catalogue already",
                    remedy="give your own control an id of its own",
                )
        catalogue = Catalogue(
            standard=catalogue.standard,
            groups=catalogue.groups,
            controls=(*catalogue.controls, *layer.header.controls),
            clauses=catalogue.clauses,
        )
    return catalogue


def _rules(folders: Sequence[Path], catalogue: Catalogue, views: set[str]) -> dict[str, Rule]:
    found: dict[str, tuple[str, Rule]] = {}
    for path in (path for folder in folders for path in sorted((folder / "rules").glob("*.yaml"))):
        file = f"rules/{path.name}"
        entries = read_yaml(path)
        if not isinstance(entries, list):
            raise PackError(file, "is not a list of rules", remedy="begin each rule with `- id:`")
        for entry in entries:
            name = entry.get("id", "without id") if isinstance(entry, Mapping) else "without id"
            where = f"{file}: rule {name}"
            rule = as_model(Rule, where, entry)
            if rule.disabled is not None:
                raise PackError(where, "switches itself off", remedy="do that in an overlay")
            _check_names(rule, where, catalogue, views)
            check_texts(rule, where)
            if rule.id in found:
                raise PackError(where, f"is in {found[rule.id][0]} too", remedy="rename one")
            found[rule.id] = (file, rule)
    return {name: rule for name, (_, rule) in found.items()}


def _check_names(rule: Rule, where: str, catalogue: Catalogue, views: set[str]) -> None:
    if not rule.controls:
        raise PackError(where, "names no control", remedy="add at least one under `controls:`")
    for control in rule.controls:
        if control not in catalogue.ids:
            raise PackError(
                where,
                f"names the control {control!r}, which the catalogue does not have",
                remedy="use an id of catalogue.yaml",
            )
    if rule.population not in views:
        raise PackError(
            where,
            f"has the population {rule.population!r}, which is no view",
            remedy=f"use one of {', '.join(sorted(views))}",
        )
