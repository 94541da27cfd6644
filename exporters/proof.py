"""``09_manifest``: how each record is tied to the ledger's signed log, and who did what when."""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import chain

import msgspec

from .. import __version__
from ..collectors import canonical
from ..ledger import Ledger, RunInfo
from .bag import Bag
from .facts import Facts, rfc3339
from .scoped import InScope
from .verify import (
    BODY_MARK,
    CHANGES,
    CHECKPOINT,
    KEYS,
    LEAF_HASHES,
    LEAVES,
    LEDGER_KEY,
    RECEIPTS,
    run_file,
)

_ENCODE = msgspec.json.Encoder(order="sorted").encode
_BATCH = 1000
_OF_BUNDLES = frozenset({"export", "custody", "archived"})


def log_size_at(ledger: Ledger, at: datetime, run: int) -> int:
    """How many leaves the log had at ``at``, the last ones about bundles not counted: neither they
    nor what is sealed later changes a bundle that is written again."""
    newest = ledger.run(run) if run else None
    size = newest.leaf + 1 if newest else 1
    for leaf in ledger.log.leaves(size):
        if leaf.at > at:
            break
        if leaf.type not in _OF_BUNDLES:
            size = leaf.index + 1
    return size


def write_proof(
    bag: Bag, ledger: Ledger, facts: Facts, runs: Iterable[int], scope: InScope
) -> dict[int, RunInfo]:
    """Write receipts, changes, leaves with their proofs, checkpoint and custody.

    Args:
        runs: Those that brought a record of this bundle; each source's newest is added.

    Returns:
        The runs that were written, by number.
    """
    infos = {number: info for number in runs if (info := ledger.run(number))}
    infos |= {info.number: info for info in facts.latest.values()}
    for number in sorted(infos):
        entries = scope.changes(ledger, infos[number])
        for first in entries:  # a run without changes has no file
            lines = _lines(chain((first,), entries))
            bag.payload(_inside(run_file(CHANGES, number, "jsonl")), lines)
    bag.payload(_inside(LEDGER_KEY), (facts.checkpoint_key.encode(),))
    bag.payload(_inside(CHECKPOINT), (facts.checkpoint.encode(),))
    bag.payload("09_manifest/custody.jsonl", _lines(_custody(ledger, facts, scope)))
    about_keys = (leaf.index for leaf in ledger.log.of_type("key") if leaf.index < facts.log_size)
    bag.payload(_inside(KEYS), _lines(_leaf(ledger, index, facts.log_size) for index in about_keys))
    bag.payload(_inside(LEAF_HASHES), _joined(ledger.log.leaf_hashes(facts.log_size)))
    leaves = sorted(info.leaf for info in infos.values())
    bag.payload(_inside(LEAVES), _lines(_leaf(ledger, index, facts.log_size) for index in leaves))
    bag.payload("09_manifest/manifest.json", (_pretty(manifest(facts)),))
    for number in sorted(infos):
        receipt = canonical.encode(infos[number].receipt.public())
        bag.payload(_inside(run_file(RECEIPTS, number, "json")), (receipt,))
    return infos


def _inside(name: str) -> str:
    return name.removeprefix("data/")


def _leaf(ledger: Ledger, index: int, size: int) -> bytes:
    proof = [node.hex() for node in ledger.log.inclusion(index, size)]
    head = _ENCODE({"index": index, "proof": proof})
    return head[:-1] + BODY_MARK + ledger.log.leaf(index).body + b"}"


def _custody(ledger: Ledger, facts: Facts, scope: InScope) -> Iterator[bytes]:
    """What was sealed in the period, as far as this bundle's checkpoint and scope go."""
    for leaf in ledger.log.leaves(0, facts.log_size):
        if facts.period.start <= leaf.at < facts.period.end and scope.leaf(leaf.type, leaf.body):
            yield b'{"leaf":%d%b%b}' % (leaf.index, BODY_MARK, leaf.body)


def manifest(facts: Facts) -> Mapping[str, object]:
    """What the bundle is about, for programs; also what its signature states."""
    evaluation, period = facts.evaluation, facts.period
    return {
        "format": "annexa-bundle/1",
        "annexa": __version__,
        "organisation": facts.organisation.name,
        "timezone": facts.organisation.timezone,
        "period": {
            "label": period.label,
            "start": rfc3339(period.start),
            "end": rfc3339(period.end),
        },
        "as_of": rfc3339(facts.at),
        "run": evaluation.run,
        "pack": {
            "id": evaluation.pack.id,
            "version": evaluation.pack.version,
            "sha256": evaluation.pack.digest,
        },
        "config_sha256": evaluation.config_sha256,
        "results_sha256": evaluation.results_sha256,
        "systems": list(evaluation.systems),
        **scope_and_engagement(facts),
        "checkpoint": facts.checkpoint,
        "checkpoint_key": facts.checkpoint_key,
    }


def scope_and_engagement(facts: Facts) -> Mapping[str, object]:
    """As far as there are any."""
    scope, engagement = facts.evaluation.scope, facts.engagement
    said: dict[str, object] = {} if scope.is_whole else {"scope": asdict(scope)}
    return said | ({"engagement": engagement.title} if engagement else {})


def _pretty(value: object) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _joined(hashes: Iterator[bytes]) -> Iterator[bytes]:
    while block := b"".join(itertools.islice(hashes, _BATCH)):
        yield block


def _lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    batch: list[bytes] = []
    for line in lines:
        batch.append(line)
        if len(batch) == _BATCH:
            yield b"\n".join(batch) + b"\n"
            batch = []
    if batch:
        yield b"\n".join(batch) + b"\n"
