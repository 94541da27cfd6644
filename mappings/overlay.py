"""An organisation's own layer over a pack: more controls and rules, other thresholds, rules that
do not apply to it. The pack below is not touched.

A folder with ``overlay.yaml``, and if wanted ``rules/*.yaml`` and ``views/*.sql`` as in a pack.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, Field

from .catalogue import Control
from .errors import PackError
from .pack_file import as_model, read_yaml
from .rule import Disabled, Rule, is_duration


class OverlayHeader(BaseModel, extra="forbid", frozen=True):
    """``overlay.yaml``."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    version: str
    over: str
    """The id of the pack that it is made for."""
    parameters: Mapping[str, Mapping[str, int | str]] = {}
    """Rule -> parameter -> its value here."""
    freshness: Mapping[str, str] = {}
    """Rule -> how old its evidence may be here."""
    disabled: Mapping[str, "Switch"] = {}
    """Rule -> why it is not asked here."""
    controls: tuple[Control, ...] = ()
    """Of the organisation's own; they come after those of the pack."""


class Switch(BaseModel, extra="forbid", frozen=True):
    """A rule that is switched off says why, on whose word, and until when."""

    reason: str = Field(min_length=1)
    approved_by: str = Field(min_length=1)
    until: date | None = None
    """The first day on which the rule counts again; for good when left out."""


@dataclass(frozen=True, kw_only=True)
class Overlay:
    header: OverlayHeader
    folder: Path

    @property
    def id(self) -> str:
        return self.header.id


def overlay_header(folder: Path) -> OverlayHeader:
    """Read its ``overlay.yaml``.

    Raises:
        PackError: There is none, or it is malformed.
    """
    where = f"overlay {folder.name}"
    if not (folder / "overlay.yaml").is_file():
        raise PackError(where, "has no overlay.yaml", remedy="name a folder that has one")
    return as_model(OverlayHeader, f"{where}: overlay.yaml", read_yaml(folder / "overlay.yaml"))


def changed_rules(rules: Mapping[str, Rule], overlay: OverlayHeader) -> dict[str, Rule]:
    """The pack's rules as this organisation asks them, by id.

    Raises:
        PackError: It names a rule or a parameter that there is not, or a value of another type.
    """
    found = dict(rules)
    for id_, values in overlay.parameters.items():
        rule = _known(found, id_, overlay, "parameters")
        for name, value in values.items():
            before = rule.parameters.get(name)
            if before is None:
                raise PackError(
                    f"overlay {overlay.id}: parameters: {id_}",
                    f"the rule has no parameter {name!r}",
                    remedy=f"use one of {', '.join(rule.parameters) or 'none'}",
                )
            if type(before) is not type(value):
                raise PackError(
                    f"overlay {overlay.id}: parameters: {id_}.{name}",
                    f"is a {type(value).__name__}, not a {type(before).__name__}",
                    remedy="give it a value like the pack's own",
                )
        found[id_] = rule.model_copy(update={"parameters": {**rule.parameters, **values}})
    for id_, age in overlay.freshness.items():
        rule = _known(found, id_, overlay, "freshness")
        if not is_duration(age):
            raise PackError(
                f"overlay {overlay.id}: freshness: {id_}",
                f"{age!r} is not a time",
                remedy="write 24h or 7d",
            )
        found[id_] = rule.model_copy(update={"freshness": age})
    for id_, switch in overlay.disabled.items():
        rule = _known(found, id_, overlay, "disabled")
        off = Disabled(
            overlay=overlay.id,
            reason=switch.reason,
            approved_by=switch.approved_by,
            until=switch.until,
        )
        found[id_] = rule.model_copy(update={"disabled": off})
    return found


def _known(rules: Mapping[str, Rule], id_: str, overlay: OverlayHeader, where: str) -> Rule:
    if id_ not in rules:
        raise PackError(
            f"overlay {overlay.id}: {where}",
            f"names the rule {id_!r}, which the pack does not have",
            remedy="see `annexa mapping docs` for its rules",
        )
    return rules[id_]
