"""How often each convention carried a value in what is recorded now, kind by kind.

So a wrong setting shows as "0 of 312" here, and not as 312 gaps.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from ..mappings.conventions import MEANINGS, PLATFORMS

if TYPE_CHECKING:
    from ..ledger import Ledger
    from ..mappings.conventions import Conventions

MARKED = {
    "mlflow": ("mlflow.registered_model", "mlflow.model_version"),
    "kubernetes": (
        "kubernetes.namespace",
        "kubernetes.deployment",
        "kubernetes.inference_service",
    ),
    "aws": ("aws.model_package", "aws.endpoint", "aws.model_card", "aws.bucket"),
}
"""The kinds that people mark; roles and runs carry tags too, but nobody is expected to."""

_MAPS = ("tags", "labels", "annotations")


@dataclass(frozen=True, kw_only=True)
class Match:
    platform: str
    kind: str
    meaning: str
    keys: tuple[str, ...]
    matched: int
    total: int
    """Records of the kind; there may be none."""


def convention_matches(ledger: "Ledger", conventions: "Conventions") -> list[Match]:
    """Every meaning of every platform that has records, in the order of the documentation.

    Cost: one look at each record of the kinds in `MARKED`.
    """
    snapshot = ledger.snapshot()
    found: list[Match] = []
    for platform in PLATFORMS:
        keys = {m: named for m in MEANINGS if (named := conventions.of(platform).of(m))}
        for kind in MARKED.get(platform, ()):
            matched = dict.fromkeys(keys, 0)
            total = 0
            for record in snapshot.records(kind):
                total += 1
                marks = _marks(msgspec.json.decode(record.body))
                for meaning in _carried(marks, keys):
                    matched[meaning] += 1
            if total:
                found += [
                    Match(
                        platform=platform,
                        kind=kind,
                        meaning=meaning,
                        keys=named,
                        matched=matched[meaning],
                        total=total,
                    )
                    for meaning, named in keys.items()
                ]
    return found


def _carried(marks: Mapping[str, Any], keys: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for meaning, named in keys.items():
        if any(str(marks.get(key) or "").strip() for key in named):
            yield meaning


def _marks(record: Mapping[str, Any]) -> dict[str, Any]:
    """All tags, labels and annotations of a record; the first map that has a key wins."""
    metadata = record.get("metadata")
    inside = metadata if isinstance(metadata, dict) else {}
    marks: dict[str, Any] = {}
    for name in reversed(_MAPS):
        for place in (record, inside):
            pairs = place.get(name)
            if isinstance(pairs, dict):
                marks |= {key: value for key, value in pairs.items() if value is not None}
    return marks
