"""Several packs over the same evidence: each is judged on its own, all are sealed together.

Names are what tells results apart in the ledger, so no two packs may use one: a rule's, a
control's or a clause's.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..ledger import EvaluationRecord
from ..ledger.gap import GapNow
from .errors import PackError
from .overlay import overlay_header
from .pack import Pack, load_pack


def load_packs(wanted: Sequence[str | Path], overlays: Sequence[Path] = ()) -> tuple[Pack, ...]:
    """Read packs, in this order, each with the overlays that are made over it.

    Raises:
        PackError: One is wrong, two use the same name, or an overlay is over none of them.
    """
    if len(wanted) == 1:
        return (load_pack(wanted[0], overlays=overlays),)
    over = {folder: overlay_header(folder).over for folder in overlays}
    plain = [load_pack(one) for one in wanted]
    for folder, id_ in over.items():
        if id_ not in {pack.id for pack in plain}:
            raise PackError(
                f"overlay {folder.name}", f"is made over {id_}, which is not judged here",
                remedy="add that pack under `packs:`, or leave the overlay out",
            )  # fmt: skip
    packs = []
    for one, pack in zip(wanted, plain, strict=True):
        mine = [folder for folder, id_ in over.items() if id_ == pack.id]
        packs.append(load_pack(one, overlays=mine) if mine else pack)
    _check_names(packs)
    return tuple(packs)


def _check_names(packs: Sequence[Pack]) -> None:
    seen: dict[str, str] = {}
    for pack in packs:
        for what, names in _names(pack).items():
            for name in names:
                if name in seen:
                    raise PackError(
                        f"pack {pack.id}",
                        f"has the {what} {name}, as pack {seen[name]} has",
                        remedy="rename one: results are told apart by their names",
                    )
        seen |= {name: pack.id for names in _names(pack).values() for name in names}


def _names(pack: Pack) -> dict[str, list[str]]:
    return {
        "id": [f"pack {pack.id}"],
        "rule": [rule.id for rule in pack.rules],
        "control": [control.id for control in pack.catalogue.controls],
        "clause": [clause.id for clause in pack.catalogue.clauses],
    }


def pack_of(packs: Sequence[Pack], about: str) -> Pack | None:
    """The pack that has a rule, control or clause."""
    for pack in packs:
        if about in pack.catalogue.ids or any(rule.id == about for rule in pack.rules):
            return pack
    return None


def joint_record(records: Sequence[EvaluationRecord]) -> EvaluationRecord:
    """What the ledger keeps of evaluations of one instant: of one pack its own record, of several
    one that names each."""
    first, *others = records
    if not others:
        return first
    gaps: dict[tuple[str, str | None, str | None], GapNow] = {}
    tally: dict[str, int] = {}
    outcomes: dict[tuple[str, str | None], str] = {}
    for record in records:
        for gap in record.gaps:  # a source that could not be read is the same gap for all
            gaps.setdefault((gap.rule, gap.system, gap.source), gap)
        for outcome, number in record.tally.items():
            tally[outcome] = tally.get(outcome, 0) + number
        outcomes |= record.outcomes
    return EvaluationRecord(
        at=first.at,
        run=max(record.run for record in records),
        pack="; ".join(record.pack for record in records),
        pack_digest=_joint(record.pack_digest for record in records),
        config_sha256=first.config_sha256,
        results_sha256=_joint(record.results_sha256 for record in records),
        tally=dict(sorted(tally.items())),
        gaps=list(gaps.values()),
        outcomes=outcomes,
        packs=[_part(record) for record in records],
    )


def _part(record: EvaluationRecord) -> Mapping[str, str]:
    return {
        "pack": record.pack,
        "pack_digest": record.pack_digest,
        "results_sha256": record.results_sha256,
    }


def _joint(digests: Iterable[str]) -> str:
    """SHA-256, hex, over the digests in the order of the packs, one a line."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
