"""Where something comes from: the hops of the view ``lineage_edge``, followed to their ends.

A graph of lineage is wide (a table is written every night), deep and sometimes a ring. So every
node is followed once, where it is met first; of many runs that wrote a place, the one that the
reader can have seen is followed and the others are counted; and there are limits, which are said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .evaluation import Evaluation

_COLUMNS = (
    "node, origin, origin_type, origin_label, certainty, rule, version, "
    "strftime(happened_at at time zone 'UTC', '%Y-%m-%dT%H:%M:%SZ'), producer, problem, "
    '"source", subject, node_type, node_label'
)
_WRITERS = frozenset({"run", "job", "training job", "processing job"})
_VERSION = "object version"
DEPTH = 100


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One step from a node to what it comes from."""

    node: str
    origin: str | None
    """None: broken."""
    origin_type: str | None
    origin_label: str | None
    certainty: str
    """``recorded``, ``inferred`` or ``broken``."""
    rule: str | None
    version: str | None
    happened_at: str | None
    """UTC, ISO 8601, whole seconds."""
    producer: str | None
    problem: str | None
    source: str
    subject: str
    """The record that says so."""


@dataclass(kw_only=True)
class Node:
    id: str
    type: str | None
    label: str | None
    hops: list[Hop] = field(default_factory=list)
    more: int = 0
    """Hops that were left out for the limit."""
    older_writers: int = 0
    """Runs that wrote this place, too, and are not the one that was read."""
    other_versions: int = 0
    """Versions of this object that are not the one that was read."""
    is_cut: bool = False
    """It was not followed for the limit."""
    end: str | None = None
    """Why nothing leads on, where that is a gap."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    root: str
    nodes: Mapping[str, Node]
    """Every node that was met, by its id."""
    used_by: Sequence[Hop]
    """Hops that lead to the root; their nodes are what was made from it, or serves it."""
    more_used_by: int

    @property
    def counts(self) -> Mapping[str, int]:
        """Certainty -> hops; ``unknown`` are nodes at which a path ends that should go on."""
        found = {"recorded": 0, "inferred": 0, "broken": 0, "unknown": 0}
        for node in self.nodes.values():
            for hop in node.hops:
                found[hop.certainty] += 1
            found["unknown"] += node.end is not None
        return found


_ENDS = {
    "model version": "no source tells how it was made",
    "run": "no source tells what it read",
    "training job": "no source tells what it read",
    "processing job": "no source tells what it read",
    "deployment": "no source tells what it serves",
}


def trace(evaluation: Evaluation, root: str, *, nodes: int = 500, width: int = 25) -> Trace:
    """Follow ``root``, a subject or a place, to its origins.

    Args:
        nodes: How many are followed at most.
        width: How many hops of one node are followed at most, and users of the root are named.
    """
    followed: dict[str, Node] = {root: _root(evaluation, root)}
    arrivals: dict[str, Hop | None] = {root: None}
    level = [root]
    for _ in range(DEPTH):
        hops = _hops(evaluation, level)
        following: list[str] = []
        for name in level:
            node = followed[name]
            _take(node, hops.get(name, []), arrivals[name], width)
            for hop in node.hops:
                if hop.origin is None or hop.origin in followed:
                    continue
                followed[hop.origin] = found = Node(
                    id=hop.origin, type=hop.origin_type, label=hop.origin_label
                )
                if len(followed) > nodes:
                    found.is_cut = True
                    continue
                arrivals[hop.origin] = hop
                following.append(hop.origin)
        level = following
        if not level:
            break
    for name in level:
        followed[name].is_cut = True
    used_by, more = _used_by(evaluation, root, width)
    return Trace(root=root, nodes=followed, used_by=used_by, more_used_by=more)


def _take(node: Node, hops: Sequence[Hop], arrival: Hop | None, width: int) -> None:
    if node.type == "place":
        writers = [hop for hop in hops if hop.origin_type in _WRITERS]
        versions = [hop for hop in hops if hop.origin_type == _VERSION]
        hops = [hop for hop in hops if hop.origin_type not in _WRITERS | {_VERSION}]
        if versions:
            hops.insert(0, _version(versions, arrival))
            node.other_versions = len(versions) - 1
        if writers:
            hops.insert(0, _writer(writers, arrival))
            node.older_writers = len(writers) - 1
    node.hops = list(hops[:width])
    node.more = len(hops) - len(node.hops)
    if not hops:
        node.end = _ENDS.get(node.type or "")


def _writer(writers: Sequence[Hop], arrival: Hop | None) -> Hop:
    """The run that wrote what was read: in the version that was read, or last before it was."""
    wanted = arrival.version if arrival else None
    same = [hop for hop in writers if wanted is not None and hop.version == wanted]
    if same:
        return max(same, key=_when)
    read_at = arrival.happened_at if arrival else None
    before = [hop for hop in writers if read_at is None or _when(hop) <= read_at]
    if not before:
        first = min(writers, key=_when)
        return replace(
            first,
            certainty="broken",
            origin=None,
            problem=f"was read before {first.origin_label or first.origin} wrote it, "
            "and nobody tells who wrote it before",
        )
    last = max(before, key=_when)
    if last.certainty == "broken":
        return last
    if wanted is not None and last.version is not None:
        reason = f"wrote version {last.version}, and {wanted} was read"
        return replace(last, certainty="inferred", rule=reason)
    if len(writers) > 1:
        reason = f"{last.rule}, as the last of {len(before)} before it was read"
        return replace(last, certainty="inferred", rule=reason)
    return last


def _version(versions: Sequence[Hop], arrival: Hop | None) -> Hop:
    """The version of an object that was read: the one that is named, or that was in force then."""
    if arrival is None:
        return max(versions, key=_when)
    for hop in versions:
        if hop.version == arrival.version:
            return hop
    read_at = arrival.happened_at
    before = [hop for hop in versions if read_at is None or _when(hop) <= read_at]
    if not before:
        return replace(
            min(versions, key=_when),
            certainty="broken",
            origin=None,
            problem="was read before its oldest version that is still there was written",
        )
    last = max(before, key=_when)
    if last.certainty == "broken":
        return last
    return replace(last, certainty="inferred", rule="the version in force when it was read")


def _when(hop: Hop) -> str:
    return hop.happened_at or ""


def _hops(evaluation: Evaluation, names: Sequence[str]) -> dict[str, list[Hop]]:
    sql = (
        f"select {_COLUMNS} from lineage_edge where list_contains($1::varchar[], node) order by all"
    )
    found: dict[str, dict[tuple[str | None, str | None], Hop]] = {}
    for hop in _read(evaluation.fetch(sql, [list(names)])):
        found.setdefault(hop.node, {}).setdefault((hop.origin, hop.rule), hop)
    return {name: list(hops.values()) for name, hops in found.items()}


def _used_by(evaluation: Evaluation, root: str, width: int) -> tuple[list[Hop], int]:
    """Deployments first, then the newest."""
    condition = "from lineage_edge where origin = $1"
    sql = (
        f"select {_COLUMNS} {condition} "
        "order by node_type <> 'deployment', happened_at desc nulls last, node, rule limit $2"
    )
    total = next(iter(evaluation.fetch(f"select count(*) {condition}", [root])))[0]
    rows = list(evaluation.fetch(sql, [root, width]))
    hops = [
        replace(hop, origin_type=row[12], origin_label=row[13])
        for hop, row in zip(_read(rows), rows, strict=True)
    ]
    return hops, total - len(hops)


def _root(evaluation: Evaluation, root: str) -> Node:
    sql = (
        "select node_type, node_label from lineage_edge where node = $1 union all "
        "select origin_type, origin_label from lineage_edge where origin = $1 order by all limit 1"
    )
    for type_, label in evaluation.fetch(sql, [root]):
        return Node(id=root, type=type_, label=label)
    return Node(id=root, type=None, label=None)


def _read(rows: Iterable[tuple[object, ...]]) -> Iterable[Hop]:
    names = list(Hop.__dataclass_fields__)
    for row in rows:
        yield Hop(**dict(zip(names, row[: len(names)], strict=True)))  # type: ignore[arg-type]  # DuckDB's rows are untyped
