"""How well each kind of each source was read, from the newest receipts."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..collectors.attestations import ATTESTATION, SOURCE
from ..collectors.receipt import KindReceipt
from ..ledger import RunInfo
from .outcome import SourceState


@dataclass(frozen=True, kw_only=True)
class ExpectedSource:
    """A configured source; one that was never read is a gap too."""

    id: str
    kinds: tuple[str, ...]
    systems: tuple[str, ...] | None = None


def source_states(
    latest: Mapping[str, RunInfo],
    complete: Mapping[tuple[str, str], RunInfo],
    expected: Sequence[ExpectedSource] = (),
) -> Iterator[SourceState]:
    """The state of every kind that a newest receipt names, and of what was never read; for
    attestations see `attestation_state`."""
    for source, run in sorted(latest.items()):
        if source == SOURCE:
            continue
        systems = None if run.receipt.systems is None else tuple(run.receipt.systems)
        for kind in run.receipt.kinds:
            last = complete.get((source, kind.kind))
            yield SourceState(
                source=source,
                kind=kind.kind,
                verdict=kind.verdict,
                finished_at=kind.finished_at,
                last_complete_at=last.finished_at if last else None,
                systems=systems,
                problem=_problem(kind),
                remedy=_remedy(kind),
                run=run.number,
            )
    for wanted in expected:
        read = latest.get(wanted.id)
        seen = {kind.kind for kind in read.receipt.kinds} if read else set()
        for name in wanted.kinds:
            if name in seen:
                continue
            last = complete.get((wanted.id, name))
            yield SourceState(
                source=wanted.id,
                kind=name,
                verdict="never",
                finished_at=None,
                last_complete_at=last.finished_at if last else None,
                systems=wanted.systems,
                problem="no run has read it",
                remedy="run `annexa collect`",
                run=None,
            )


def with_unknown_in_doubt(
    states: Iterable[SourceState], known: Collection[str]
) -> Iterator[SourceState]:
    """What was read of a kind that nobody here knows cannot be judged, however well it was read."""
    for state in states:
        if state.is_read and state.kind not in known:
            yield replace(
                state,
                verdict="unavailable",
                problem="no collector that can be loaded here knows this kind",
                remedy="see `annexa plugins`; install or repair the one that reads it",
            )
        else:
            yield state


def attestation_state(at: datetime, latest: Mapping[str, RunInfo]) -> SourceState:
    """Attestations are read from the ledger itself, so they are always there in full: that nobody
    attested is known, and each one has an end of its own."""
    run = latest.get(SOURCE)
    return SourceState(
        source=SOURCE,
        kind=ATTESTATION.name,
        verdict="complete",
        finished_at=at,
        last_complete_at=at,
        systems=None,
        problem=None,
        remedy=None,
        run=run.number if run else None,
    )


def _problem(kind: KindReceipt) -> str | None:
    if kind.problem or kind.verdict == "complete":
        return kind.problem
    told = [f"{skip.what}: {skip.problem}" for skip in kind.skipped]
    told += [
        f"{check.method}: expected {check.expected}, found {check.found}"
        for check in kind.checks
        if not check.ok
    ]
    return told[0] if told else None


def _remedy(kind: KindReceipt) -> str | None:
    if kind.remedy or not kind.skipped:
        return kind.remedy
    return kind.skipped[0].remedy
