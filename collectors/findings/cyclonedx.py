"""Bills of materials in CycloneDX, machine-learning ones too.

Source: cyclonedx.org, JSON, versions 1.2 to 1.7; ``modelCard`` since 1.5.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from . import kinds
from .purl import kept_purl

MAX_DEPTH = 20


class _Wire(msgspec.Struct, rename="camel"):
    """The specification's names."""


class _Hash(_Wire):
    alg: str
    content: str


class _License(_Wire):
    id: str | None = None
    name: str | None = None


class _Choice(_Wire):
    license: _License | None = None
    expression: str | None = None


class _Supplier(_Wire):
    name: str | None = None


class _Data(_Wire):
    ref: str | None = None
    name: str | None = None


class _Approach(_Wire):
    type: str | None = None


class _Parameters(_Wire):
    approach: _Approach | None = None
    task: str | None = None
    architecture_family: str | None = None
    model_architecture: str | None = None
    datasets: list[_Data] | None = None


class _Analysis(_Wire):
    performance_metrics: list[msgspec.Raw] | None = None


class _Considerations(_Wire):
    technical_limitations: list[msgspec.Raw] | None = None
    performance_tradeoffs: list[msgspec.Raw] | None = None
    ethical_considerations: list[msgspec.Raw] | None = None
    fairness_assessments: list[msgspec.Raw] | None = None


class _Card(_Wire):
    model_parameters: _Parameters | None = None
    quantitative_analysis: _Analysis | None = None
    considerations: _Considerations | None = None


class _Component(_Wire):
    name: str
    type: str | None = None
    bom_ref: str | None = msgspec.field(name="bom-ref", default=None)
    group: str | None = None
    version: str | None = None
    purl: str | None = None
    hashes: list[_Hash] | None = None
    licenses: list[_Choice] | None = None
    supplier: _Supplier | None = None
    publisher: str | None = None
    model_card: _Card | None = None
    components: "list[_Component] | None" = None


class _Tool(_Wire):
    name: str | None = None
    version: str | None = None


class _Tools(_Wire):
    """Since 1.5; before, `Metadata.tools` was a list."""

    components: list[_Tool] | None = None


class Metadata(_Wire):
    timestamp: datetime | None = None
    tools: list[_Tool] | _Tools | None = None
    component: _Component | None = None

    @property
    def tool(self) -> tuple[str | None, str | None]:
        """Name and version of the first one."""
        found = self.tools.components if isinstance(self.tools, _Tools) else self.tools
        return (found[0].name, found[0].version) if found else (None, None)

    @property
    def about(self) -> list[str]:
        """The described component without its version."""
        one = self.component
        return ["/".join(filter(None, (one.group, one.name)))] if one else []


_METADATA = msgspec.json.Decoder(Metadata)
_COMPONENT = msgspec.json.Decoder(_Component)


def read_metadata(raw: bytes) -> Metadata:
    """Raises `ValueError`: it is not what the specification has."""
    return _METADATA.decode(raw)


def read_components(raw: bytes, report: str) -> list[kinds.Component]:
    """A component and those in it.

    Raises:
        ValueError: It is none; the text names the place, never a value.
    """
    return list(_flat(_COMPONENT.decode(raw), report, 0))


def described(metadata: Metadata, report: str) -> list[kinds.Component]:
    """What the bill is about, and the parts that it lists in that."""
    if metadata.component is None:
        return []
    found = list(_flat(metadata.component, report, 0))
    found[0].described = True
    return found


def _flat(one: _Component, report: str, depth: int) -> Iterator[kinds.Component]:
    if depth > MAX_DEPTH:
        raise ValueError(f"components lie in each other more than {MAX_DEPTH} times")
    yield _kept(one, report)
    for part in one.components or []:
        yield from _flat(part, report, depth + 1)


def _kept(one: _Component, report: str) -> kinds.Component:
    named = "/".join(filter(None, (one.group, one.name)))
    purl = kept_purl(one.purl)
    return kinds.Component(
        report=report,
        ref=one.bom_ref or purl or f"{named}@{one.version or ''}",
        name=one.name,
        type=one.type,
        group=one.group,
        version=one.version,
        purl=purl,
        hashes={part.alg: part.content for part in one.hashes or []},
        licences=[name for choice in one.licenses or [] if (name := _licence(choice))],
        supplier=(one.supplier.name if one.supplier else None) or one.publisher,
        model_card=_card(one.model_card) if one.model_card else None,
    )


def _licence(choice: _Choice) -> str | None:
    if choice.expression is not None or choice.license is None:
        return choice.expression
    return choice.license.id or choice.license.name


def _card(card: _Card) -> kinds.ModelCard:
    said = card.model_parameters or _Parameters()
    analysis = card.quantitative_analysis or _Analysis()
    thoughts = card.considerations or _Considerations()
    limits = (
        thoughts.technical_limitations,
        thoughts.performance_tradeoffs,
        thoughts.ethical_considerations,
        thoughts.fairness_assessments,
    )
    return kinds.ModelCard(
        task=said.task,
        approach=said.approach.type if said.approach else None,
        architecture_family=said.architecture_family,
        architecture=said.model_architecture,
        datasets=[name for data in said.datasets or [] if (name := data.name or data.ref)],
        metrics=len(analysis.performance_metrics or []),
        limitations=sum(len(part or []) for part in limits),
    )
