"""Lineage as a tree for a person to read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .screen import Screen

Body = Mapping[str, Any]


def show(screen: Screen, body: Body) -> None:
    """Write ``provenance.provenance``'s answer."""
    nodes = {node["id"]: node for node in body["nodes"]}
    root = nodes[body["about"]]
    screen.line(f"{body['type'] or 'place'} {root['label'] or body['about']}", style="bold")
    if root["label"] and root["label"] != body["about"]:
        screen.line(body["about"])
    _users(screen, body)
    screen.heading("Comes from")
    lines = list(_tree(nodes, root, "", set()))
    for line in lines or ["nothing: no record says where it comes from"]:
        screen.line(line)
    _missing(screen, body)


def _users(screen: Screen, body: Body) -> None:
    if not body["used_by"]:
        return
    screen.heading("Leads to")
    for hop in body["used_by"]:
        screen.line(f"{hop['certainty']:<9} {hop['origin_type']} {hop['origin_label'] or ''}: "
                    f"{_how(hop)}")  # fmt: skip
        screen.line(f"          {hop['node']}")
        screen.line(f"          {_proof(hop)}")
    if body["more_used_by"]:
        screen.line(f"… and {body['more_used_by']} more")


def _tree(nodes: Mapping[str, Body], node: Body, indent: str, above: set[str]) -> Iterator[str]:
    """The node's hops, each with what it leads to below it; a node that was shown is named only."""
    above.add(node["id"])
    notes = list(_notes(node))
    hops = node["hops"]
    for number, hop in enumerate(hops):
        is_last = number == len(hops) - 1 and not notes
        yield f"{indent}{'└─' if is_last else '├─'} {_hop(hop)}"
        below = indent + ("   " if is_last else "│  ")
        yield f"{below}     {_proof(hop)}"
        if hop["origin"] is None:
            continue
        if hop["origin"] in above:
            if nodes[hop["origin"]]["hops"]:
                yield f"{below}└─ (shown above)"
        else:
            yield from _tree(nodes, nodes[hop["origin"]], below, above)
    for number, note in enumerate(notes):
        yield f"{indent}{'└─' if number == len(notes) - 1 else '├─'} {note}"


def _hop(hop: Body) -> str:
    if hop["origin"] is None:
        return f"broken    {hop['problem']}"
    name = hop["origin_label"] or hop["origin"]
    why = f"; {hop['problem']}" if hop["problem"] else ""
    return f"{hop['certainty']:<9} {hop['origin_type']} {name}: {_how(hop)}{why}"


def _how(hop: Body) -> str:
    parts = [
        hop["rule"] or hop["problem"] or "",
        f"version {hop['version']}" if hop["version"] else "",
        hop["happened_at"] or "at an unknown time",
        f"by {hop['producer']}" if hop["producer"] else "by nobody named",
    ]
    return ", ".join(part for part in parts if part)


def _proof(hop: Body) -> str:
    proof = hop["evidence"]
    if proof is None:
        return f"said by {hop['subject']}, which is no record of its own"
    return f"said by {hop['subject']}, leaf {proof['leaf']}, sha256 {proof['sha256'][:16]}…"


def _notes(node: Body) -> Iterator[str]:
    if node["older_writers"]:
        yield f"(written by {node['older_writers']} other runs, too)"
    if node["other_versions"]:
        yield f"(there are {node['other_versions']} other versions of this object)"
    if node["more"]:
        yield f"… and {node['more']} more hops, see --width"
    if node["is_cut"]:
        yield "… not followed further, see --nodes"
    if node["end"]:
        yield f"unknown   {node['end']}"


def _missing(screen: Screen, body: Body) -> None:
    counts = body["counts"]
    screen.line()
    screen.line(", ".join(f"{number} {name}" for name, number in counts.items()))
    gaps = [one for one in body["told_by"] if one["verdict"] != "complete"]
    if not gaps or not (counts["broken"] or counts["unknown"] or not sum(counts.values())):
        return
    screen.heading("What could tell more")
    for one in gaps:
        screen.line(f"{one['kind']}: {_state(one)}")


def _state(one: Body) -> str:
    if one["source"] is None:
        return "no source is configured that reads it"
    told: Sequence[str] = [part for part in (one["problem"], one["remedy"]) if part]
    return f"{one['source']} was {one['verdict'] or 'never read'}" + (
        f" ({'; '.join(told)})" if told else ""
    )
