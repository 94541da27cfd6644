"""Bills of materials in SPDX, JSON, versions 2.2 and 2.3. Source: spdx.github.io/spdx-spec."""

from datetime import UTC, datetime

import msgspec

from . import kinds
from .purl import kept_purl

_NOTHING = frozenset({"NOASSERTION", "NONE"})


class _Wire(msgspec.Struct, rename="camel"):
    """The specification's names."""


class _Checksum(_Wire):
    algorithm: str
    checksum_value: str


class _Reference(_Wire):
    reference_type: str
    reference_locator: str


class _Package(_Wire):
    name: str
    spdx_id: str = msgspec.field(name="SPDXID")
    version_info: str | None = None
    checksums: list[_Checksum] | None = None
    external_refs: list[_Reference] | None = None
    license_concluded: str | None = None
    license_declared: str | None = None
    supplier: str | None = None
    primary_package_purpose: str | None = None


class Creation(_Wire):
    created: datetime
    creators: list[str]

    @property
    def tool(self) -> tuple[str | None, str | None]:
        """Name and version of the first one: ``Tool: syft-1.14.0``."""
        tools = [one.removeprefix("Tool:").strip() for one in self.creators if "Tool:" in one]
        if not tools:
            return None, None
        name, dash, version = tools[0].rpartition("-")
        is_version = bool(dash) and version[:1].isdigit()
        return (name, version) if is_version else (tools[0], None)

    @property
    def at(self) -> datetime:
        return self.created if self.created.tzinfo else self.created.replace(tzinfo=UTC)


class Relationship(_Wire):
    spdx_element_id: str
    relationship_type: str
    related_spdx_element: str


_PACKAGE = msgspec.json.Decoder(_Package)
_CREATION = msgspec.json.Decoder(Creation)
_RELATIONSHIP = msgspec.json.Decoder(Relationship)


def read_creation(raw: bytes) -> Creation:
    """Raises `ValueError`: it is not what the specification has."""
    return _CREATION.decode(raw)


def described_by(raw: bytes) -> str | None:
    """The element that a relationship says the document is about; None: it says something else."""
    found = _RELATIONSHIP.decode(raw)
    is_it = found.relationship_type == "DESCRIBES" and found.spdx_element_id == "SPDXRef-DOCUMENT"
    return found.related_spdx_element if is_it else None


def read_package(raw: bytes, report: str, described: frozenset[str]) -> kinds.Component:
    """Raises `ValueError`: it is none; the text names the place, never a value."""
    found = _PACKAGE.decode(raw)
    purls = [r.reference_locator for r in found.external_refs or [] if r.reference_type == "purl"]
    licences = [_said(found.license_concluded) or _said(found.license_declared)]
    purpose = found.primary_package_purpose
    return kinds.Component(
        report=report,
        ref=found.spdx_id,
        name=found.name,
        type=purpose.lower() if purpose else None,
        version=found.version_info,
        purl=kept_purl(purls[0]) if purls else None,
        hashes={one.algorithm: one.checksum_value for one in found.checksums or []},
        licences=[one for one in licences if one],
        supplier=_said(found.supplier),
        described=True if found.spdx_id in described else None,
    )


def _said(text: str | None) -> str | None:
    return None if text is None or text in _NOTHING else text
