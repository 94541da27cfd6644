"""Bills of materials in SPDX 3, JSON-LD. Source: spdx.github.io/spdx-spec/v3.0.1.

Everything is one list of elements that name each other by id, in any order: a first look keeps
the few that packages refer to, which are licences, relationships to them, and agents.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from . import kinds
from .purl import kept_purl

_PACKAGES = {
    "software_Package": None,
    "ai_AIPackage": "machine-learning-model",
    "dataset_DatasetPackage": "data",
}
_LICENCES = ("hasConcludedLicense", "hasDeclaredLicense")  # the better one first
_AGENTS = ("Agent", "Person", "Organization", "SoftwareAgent", "Tool")
_NOTHING = ("NoAssertionLicense", "NoneLicense", "NOASSERTION", "NONE")


class _Wire(msgspec.Struct, rename="camel"):
    """The specification's names."""


class _Hash(_Wire):
    algorithm: str | None = None
    hash_value: str | None = None


class _Identifier(_Wire):
    external_identifier_type: str | None = None
    identifier: str | None = None


class _Element(_Wire):
    """Any of them; what an element does not have is null."""

    type: str
    spdx_id: str | None = None
    name: str | None = None
    created: datetime | None = None
    spec_version: str | None = None
    created_using: list[str] | None = None
    root_element: list[str] | None = None
    relationship_type: str | None = None
    from_: str | None = msgspec.field(name="from", default=None)
    to: list[str] | None = None
    expression: str | None = msgspec.field(name="simplelicensing_licenseExpression", default=None)
    verified_using: list[_Hash] | None = None
    external_identifier: list[_Identifier] | None = None
    supplied_by: str | None = None
    version: str | None = msgspec.field(name="software_packageVersion", default=None)
    purl: str | None = msgspec.field(name="software_packageUrl", default=None)
    purpose: str | None = msgspec.field(name="software_primaryPurpose", default=None)
    domain: list[str] | None = msgspec.field(name="ai_domain", default=None)
    model_type: list[str] | None = msgspec.field(name="ai_typeOfModel", default=None)
    limitation: str | None = msgspec.field(name="ai_limitation", default=None)
    metric: list[msgspec.Raw] | None = msgspec.field(name="ai_metric", default=None)


_ELEMENT = msgspec.json.Decoder(_Element)


@dataclass
class Graph:
    """What the first look keeps."""

    version: str | None = None
    id: str | None = None
    name: str | None = None
    made_at: datetime | None = None
    roots: set[str] = field(default_factory=set)
    _tools: list[str] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    """Of agents and licences, by id."""
    _licences: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Package -> relationship -> ids."""

    def take(self, raw: bytes) -> None:
        """Raises `ValueError`: it is no element."""
        found = _ELEMENT.decode(raw)
        name = found.expression or found.name
        if found.type == "CreationInfo":
            self.version = self.version or found.spec_version
            self.made_at = self.made_at or _aware(found.created)
            self._tools += found.created_using or []
        elif found.type == "SpdxDocument":
            self.id, self.name = found.spdx_id, found.name
            self.roots.update(found.root_element or [])
        elif found.type in ("software_Sbom", "Bom"):
            self.roots.update(found.root_element or [])
        elif found.relationship_type in _LICENCES and found.from_ is not None:
            of_it = self._licences.setdefault(found.from_, {})
            of_it.setdefault(str(found.relationship_type), []).extend(found.to or [])
        elif found.spdx_id and name and (found.type in _AGENTS or "icens" in found.type):
            self._names[found.spdx_id] = name

    @property
    def tool(self) -> str | None:
        """The first one's name."""
        return next((self._names[one] for one in self._tools if one in self._names), None)

    def licences(self, package: str) -> list[str]:
        """As concluded, else as declared."""
        of_it = self._licences.get(package, {})
        for relationship in _LICENCES:
            names = [self._licence(one) for one in of_it.get(relationship, [])]
            if known := [one for one in names if one not in _NOTHING]:
                return known
        return []

    def agent(self, id_: str | None) -> str | None:
        return self._names.get(id_) if id_ else None

    def _licence(self, id_: str) -> str:
        """An element of this file, or one of SPDX's own: ``https://spdx.org/licenses/MIT``."""
        return self._names.get(id_) or id_.rstrip("/").rpartition("/")[2]


def read_package(raw: bytes, report: str, graph: Graph) -> list[kinds.Component]:
    """A package; nothing for another element.

    Raises:
        ValueError: It is no element; the text names the place, never a value.
    """
    found = _ELEMENT.decode(raw)
    if found.type not in _PACKAGES:
        return []
    if found.spdx_id is None or found.name is None:
        raise ValueError("a package has no spdxId or no name")
    identifiers = found.external_identifier or []
    purls = [one.identifier for one in identifiers if one.external_identifier_type == "packageUrl"]
    hashes = {one.algorithm: one.hash_value for one in found.verified_using or []}
    return [
        kinds.Component(
            report=report,
            ref=found.spdx_id,
            name=found.name,
            type=_PACKAGES[found.type] or (found.purpose.lower() if found.purpose else None),
            version=found.version,
            purl=kept_purl(found.purl or next(iter(purls), None)),
            hashes={name: value for name, value in hashes.items() if name and value},
            licences=graph.licences(found.spdx_id),
            supplier=graph.agent(found.supplied_by),
            described=True if found.spdx_id in graph.roots else None,
            model_card=_card(found) if found.type == "ai_AIPackage" else None,
        )
    ]


def _card(found: _Element) -> kinds.ModelCard:
    return kinds.ModelCard(
        task=", ".join(found.domain or []) or None,
        architecture=", ".join(found.model_type or []) or None,
        metrics=len(found.metric or []),
        limitations=1 if found.limitation else 0,
    )


def _aware(at: datetime | None) -> datetime | None:
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)
