"""Reads one source once: every kind into the sink, and a receipt of how that went.

One kind's failure never touches another's. What a reader yields is made in a thread, one page
ahead; it is guarded, encoded, hashed and staged here, in the caller's thread.
"""

import logging
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from . import canonical
from .ahead import ahead
from .answer import explain
from .call import Retry, RunnerCall
from .contract import Check, Collector, Identity, Kind, Page, Reader, Row, Settings, Sink, Skip
from .errors import CollectionError, UnexpectedAnswer, Verdict
from .people import People
from .receipt import KindReceipt, Receipt
from .redaction import schema_sha256, scrub
from .rows import Rows
from .shapes import learn_all

S = TypeVar("S", Skip, Check)

_LOG = logging.getLogger("annexa.collectors")


def utc_now() -> datetime:
    return datetime.now(UTC)


def read_source(
    collector: Collector,
    settings: Settings,
    *,
    slot: datetime,
    sink: Sink,
    keep: frozenset[str] = frozenset(),
    people: People | None = None,
    clock: Callable[[], datetime] = utc_now,
    agent_version: str = "",
    retry: Retry | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Receipt:
    """Read all kinds of ``collector`` that ``settings`` asks for, one after another.

    ``keep`` are the keys that the conventions name; with ``people``, pseudonyms are kept of them.
    ``progress`` hears a kind's name and how many records there are so far, after each page. Nothing
    that goes wrong at the source is raised: it is in the receipt. Errors of ``sink`` and Ctrl-C
    pass through.
    """
    learn_all()
    salt = secrets.token_bytes(32)
    started_at = clock()

    def new_call() -> RunnerCall:
        return RunnerCall(
            settings.id,
            deadline_s=settings.deadline_s,
            rate_per_s=settings.rate_per_s,
            salt=salt,
            retry=retry,
        )

    identity, readers, refusal = _introduce(collector, new_call(), settings.id)
    identified_at = clock()
    kinds: list[KindReceipt] = []
    for kind in collector.kinds:
        if settings.kinds is not None and kind.name not in settings.kinds:
            continue
        reader = readers.get(kind.name)
        reading = _Reading(
            kind,
            settings.id,
            new_call(),
            sink,
            keep=keep.union(settings.keep),
            people=people,
            clock=clock,
        )
        if refusal is not None or reader is None:
            reading.fail(refusal or _no_reader(settings.id, kind))
        else:
            reading.read(reader, progress)
        kinds.append(
            reading.receipt(sees_everything=identity.sees_everything if identity else None)
        )
    return Receipt(
        source=settings.id,
        slot=slot,
        started_at=started_at,
        finished_at=clock(),
        collector=collector.name,
        collector_version=collector.version,
        agent_version=agent_version,
        config_sha256=config_sha256(settings),
        systems=None if settings.systems is None else list(settings.systems),
        identity=identity,
        clock_offset_s=_clock_offset(started_at, identified_at, identity),
        kinds=kinds,
        salt=salt,
    )


def config_sha256(settings: Settings) -> str:
    """Of the settings, URLs without credentials; settings hold no secrets, only their places."""
    shown = {
        name: scrub(value, limit=10_000) if isinstance(value, str) else value
        for name, value in settings.model_dump(mode="json").items()
    }
    return canonical.sha256(canonical.encode(shown)).hex()


class _Reading:
    """One kind being read: what there is so far, and what went wrong."""

    def __init__(
        self,
        kind: Kind,
        source: str,
        call: RunnerCall,
        sink: Sink,
        *,
        keep: frozenset[str],
        people: People | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._kind, self._source, self._call, self._sink, self._clock = (
            kind,
            source,
            call,
            sink,
            clock,
        )
        self._keep = keep
        self._rows = Rows(kind, keep, people)
        self._started_at = clock()
        self._pages = 0
        self._items = 0
        self._checks: list[Check] = []
        self._skipped: list[Skip] = []
        self._error: CollectionError | None = None

    def read(self, reader: Reader, progress: Callable[[str, int], None] | None) -> None:
        """Take everything that ``reader`` gives; errors of the sink pass through."""
        since = self._sink.cursor(self._kind) if self._kind.mode == "event" else None
        answers = ahead(_counted(reader, self._call, since))
        try:
            while (answer := self._next(answers)) is not None:
                if isinstance(answer, Page):
                    rows = self._made(answer)
                    if rows is None:
                        break
                    self._store(answer, rows)
                    if progress is not None:
                        progress(self._kind.name, self._items)
                elif isinstance(answer, Skip):
                    self._skipped.append(_scrubbed(answer))
                else:
                    self._checks.append(_scrubbed(answer))
        finally:
            self._call.cancel()
            answers.close()
        if self._error is None and not (self._pages or self._skipped):
            self.fail(
                UnexpectedAnswer(
                    self._source,
                    "the collector gave no page, not even an empty one",
                    remedy="report this as a bug of the collector",
                )
            )

    def fail(self, error: CollectionError) -> None:
        """Record why this kind could not be read, or not further."""
        self._error = error

    def receipt(self, *, sees_everything: bool | None) -> KindReceipt:
        """What is known of this reading, with its verdict."""
        return KindReceipt(
            kind=self._kind.name,
            verdict=self._verdict(sees_everything),
            started_at=self._started_at,
            finished_at=self._clock(),
            pages=self._pages,
            items=self._items,
            permission=self._kind.permission,
            cross_check=self._kind.cross_check,
            schema_sha256=schema_sha256(self._kind, self._keep),
            operations=self._call.traces(),
            raw_digest=self._call.raw_digest(),
            guarded_values=self._rows.guarded,
            redacted=self._rows.redacted,
            pseudonyms=self._rows.pseudonyms,
            checks=self._checks,
            skipped=[*self._skipped, *self._rows.skipped],
            problem=scrub(self._error.problem) if self._error else None,
            remedy=scrub(self._error.remedy) if self._error else None,
        )

    def _verdict(self, sees_everything: bool | None) -> Verdict:
        if self._error is not None:
            return "partial" if self._pages else self._error.verdict
        if not self._pages and all(skip.denied for skip in self._skipped):
            return "denied"
        skipped = self._skipped or self._rows.skipped
        if skipped or sees_everything is False or not all(check.ok for check in self._checks):
            return "partial"
        return "complete"

    def _next(self, answers: Iterator[Page | Skip | Check]) -> Page | Skip | Check | None:
        try:
            return next(answers, None)
        except Exception as error:  # a plugin may raise anything; the receipt names it
            self._explain(error)
            return None

    def _made(self, page: Page) -> list[Row] | None:
        """The page's records, ready to be stored; None if the plugin's own functions failed."""
        try:
            return self._rows.of(page.records)
        except Exception as error:  # a kind's own functions may raise anything
            self._explain(error)
            return None

    def _explain(self, error: Exception) -> None:
        problem = explain(self._source, self._call.last_operation, error)
        if problem is not error:
            _LOG.debug("%s %s", self._source, self._kind.name, exc_info=error)
        self.fail(problem)

    def _store(self, page: Page, rows: list[Row]) -> None:
        if page.restarts:
            self._sink.restart(self._kind)
            self._pages = self._items = 0
        self._sink.add(self._kind, rows)
        if page.cursor is not None:
            self._sink.move_cursor(self._kind, page.cursor)
        self._pages += 1
        self._items += len(rows)


def _counted(reader: Reader, call: RunnerCall, since: str | None) -> Iterator[Page | Skip | Check]:
    """The reader's answers; each page is counted at the request that it came from."""
    answers = reader.pages(call, since)
    for answer in answers:
        if isinstance(answer, Page):
            if answer.restarts:
                call.forget_pages()
            call.page(len(answer.records))
        yield answer


def _introduce(
    collector: Collector, call: RunnerCall, source: str
) -> tuple[Identity | None, dict[str, Reader], CollectionError | None]:
    """Who we are and what reads each kind; or why nothing can be read."""
    try:
        identity = collector.identity(call)
        readers = {reader.kind.name: reader for reader in collector.readers()}
    except Exception as error:  # a plugin may raise anything; the receipt names it
        problem = explain(source, call.last_operation, error)
        if problem.verdict == "unsupported":  # a kind may be missing there; who we are may not
            problem = UnexpectedAnswer(source, problem.problem, remedy=problem.remedy)
        return None, {}, problem
    caller, endpoint = scrub(identity.caller), scrub(identity.endpoint)
    return msgspec.structs.replace(identity, caller=caller, endpoint=endpoint), readers, None


def _no_reader(source: str, kind: Kind) -> CollectionError:
    return UnexpectedAnswer(
        source, f"the collector has no reader for {kind.name}", remedy="report this as a bug"
    )


def _clock_offset(before: datetime, after: datetime, identity: Identity | None) -> str | None:
    """Our clock minus the server's, from the middle of the exchange; ``Date`` has whole seconds."""
    if identity is None or identity.server_time is None:
        return None
    middle = before + (after - before) / 2
    return f"{(middle - identity.server_time).total_seconds():.1f}"


def _scrubbed(answer: S) -> S:
    changed: dict[str, str | list[str]] = {}
    for name in answer.__struct_fields__:
        value = getattr(answer, name)
        if isinstance(value, str):
            changed[name] = scrub(value)
        elif isinstance(value, list):
            changed[name] = [scrub(one) for one in value]
    return msgspec.structs.replace(answer, **changed)
