"""Asks each source for the first page of each kind: may I read it, and if not, what to grant."""

from collections.abc import Sequence
from dataclasses import dataclass

from .. import AnnexaError
from ..collectors.call import Retry, RunnerCall
from ..collectors.contract import Collector, Kind, Page, Reader, Skip
from ..collectors.errors import AccessDenied, CollectionError, Verdict
from ..collectors.shapes import learn_all
from .crew import Unfinished, side_by_side
from .excess import Excess, excess_of
from .reading import made
from .sources import Source

_PATIENCE = Retry(attempts=2)
_DEADLINE_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What one look at one kind of one source gave."""

    source: str
    kind: str
    verdict: Verdict
    items: int = 0
    """On the first page."""
    permission: str = ""
    problem: str | None = None
    remedy: str | None = None

    @property
    def is_readable(self) -> bool:
        return self.verdict in ("complete", "unsupported")


@dataclass(frozen=True, kw_only=True)
class SourceProbe:
    source: str
    caller: str | None
    endpoint: str | None
    server: str | None
    sees_everything: bool | None
    kinds: tuple[Probe, ...]
    excess: Excess | None = None
    """What we may do beyond what is needed; None: we could not even say who we are."""


def probe(sources: Sequence[Source]) -> list[SourceProbe]:
    """Look at all sources side by side. Nothing is stored."""
    found = side_by_side(sources, _probe_source, threads=8)
    return [
        one
        if isinstance(one, SourceProbe)
        else _broken(source, one if isinstance(one, BaseException) else None)
        for source, one in zip(sources, found, strict=True)
    ]


def _unasked(source: Source, why: BaseException | Unfinished) -> SourceProbe:
    return _broken(source, why if isinstance(why, BaseException) else None)


def _probe_source(source: Source) -> SourceProbe:
    collector, problem = made(source)
    if collector is None:
        return _broken(source, problem)
    learn_all()
    call = RunnerCall(source.id, deadline_s=_DEADLINE_S, retry=_PATIENCE)
    try:
        identity = collector.identity(call)
        more = excess_of(source, identity, call)
    except AnnexaError as error:
        return _broken(source, error)
    finally:
        call.cancel()
    kinds = tuple(_first_page(source.id, reader) for reader in _wanted(collector, source))
    return SourceProbe(
        source=source.id,
        caller=identity.caller,
        endpoint=identity.endpoint,
        server=identity.server,
        sees_everything=identity.sees_everything,
        kinds=kinds,
        excess=more,
    )


def _wanted(collector: Collector, source: Source) -> list[Reader]:
    return [one for one in collector.readers() if one.kind.name in source.kind_names]


def _first_page(source: str, reader: Reader) -> Probe:
    kind = reader.kind
    call = RunnerCall(source, deadline_s=_DEADLINE_S, retry=_PATIENCE)
    try:
        for answer in reader.pages(call, None):
            if isinstance(answer, Page):
                return _seen(source, kind, "complete", items=len(answer.records))
            if isinstance(answer, Skip):
                return Probe(
                    source=source,
                    kind=kind.name,
                    verdict="denied" if answer.denied else "partial",
                    permission=kind.permission,
                    problem=f"{answer.what}: {answer.problem}",
                    remedy=answer.remedy,
                )
    except AnnexaError as error:
        return _refused(source, kind, error)
    except Exception as error:  # a reader's bug, or an answer of another shape
        return Probe(
            source=source,
            kind=kind.name,
            verdict="unavailable",
            permission=kind.permission,
            problem=f"the answer could not be read ({type(error).__name__})",
            remedy="report this as a bug of the collector",
        )
    finally:
        call.cancel()
    return _seen(source, kind, "complete", items=0)


def _seen(source: str, kind: Kind, verdict: Verdict, *, items: int) -> Probe:
    return Probe(
        source=source, kind=kind.name, verdict=verdict, items=items, permission=kind.permission
    )


def _refused(source: str, kind: Kind, error: AnnexaError) -> Probe:
    denied = isinstance(error, AccessDenied)
    return Probe(
        source=source,
        kind=kind.name,
        verdict=error.verdict if isinstance(error, CollectionError) else "unavailable",
        permission=kind.permission,
        problem=error.problem,
        remedy=f"grant: {kind.permission}" if denied else error.remedy,
    )


def _broken(source: Source, error: BaseException | None) -> SourceProbe:
    known = {kind.name: kind for kind in source.collector.kinds} if source.collector else {}
    verdict: Verdict = error.verdict if isinstance(error, CollectionError) else "unavailable"
    problem = error.problem if isinstance(error, AnnexaError) else type(error).__name__
    remedy = error.remedy if isinstance(error, AnnexaError) else "report this as a bug"
    kinds = tuple(
        Probe(
            source=source.id,
            kind=name,
            verdict=verdict,
            permission=known[name].permission if name in known else "",
            problem=problem,
            remedy=remedy,
        )
        for name in source.kind_names
    )
    return SourceProbe(
        source=source.id, caller=None, endpoint=None, server=None, sees_everything=None, kinds=kinds
    )
