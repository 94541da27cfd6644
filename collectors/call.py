"""The runner's hand: what happens around every request of every reader."""

import hashlib
import hmac
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from .ahead import in_order
from .answer import explain
from .errors import CollectionError, SourceUnavailable, UnexpectedAnswer
from .receipt import OperationTrace
from .redaction import scrub

T = TypeVar("T")
R = TypeVar("R")

MAX_PAGES = 1_000_000
MAX_PAGE_COUNTS = 10_000  # entries of items_per_page in a trace
MAX_PARAMETER_SETS = 32  # traces an operation; the rest is counted together


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How often and how long to wait. Tests pass a clock that does not wait."""

    attempts: int = 5
    first_wait_s: float = 0.5
    """Doubles each time, and each wait is cut to a random 50–100 %."""
    longest_wait_s: float = 120.0
    """Also the longest wish of a source (``Retry-After``) that is granted."""
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] | None = None
    """None: a real sleep that `RunnerCall.cancel` ends."""
    jitter: Callable[[float, float], float] = random.uniform


@dataclass
class _Trace:
    operation: str
    parameters: dict[str, str]
    calls: int = 0
    items_per_page: list[int] = field(default_factory=list)
    bytes: int = 0
    retries: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    duration_s: float = 0.0


class RunnerCall:
    """Implements `contract.Call` for one kind of one run; any thread may call its methods."""

    def __init__(
        self,
        where: str,
        *,
        deadline_s: float = 3600.0,
        rate_per_s: float | None = None,
        salt: bytes = b"",
        retry: Retry | None = None,
    ) -> None:
        self._where = where
        self._retry = retry or Retry()
        self._monotonic = self._retry.monotonic
        self._deadline_s = deadline_s
        self._ends = self._monotonic() + deadline_s
        self._interval_s = 1 / rate_per_s if rate_per_s else 0.0
        self._free_at = self._monotonic()
        self._digest = hmac.new(salt, digestmod=hashlib.sha256)
        self._answers = 0
        self._lock = threading.Lock()
        self._traces: dict[tuple[str, ...], _Trace] = {}
        self._sets: dict[str, int] = {}
        self._paged: _Trace | None = None
        self._here = threading.local()
        self._last = "reading"
        self._cancelled = threading.Event()

    # What readers use

    def once(self, operation: str, fetch: Callable[[], T], **parameters: object) -> T:
        """See `contract.Call.once`."""
        return self._request(self._trace(operation, parameters), fetch)

    def every_page(
        self,
        operation: str,
        fetch: Callable[[str | None], tuple[T, str | None]],
        **parameters: object,
    ) -> Iterator[T]:
        """See `contract.Call.every_page`; to read ahead, wrap it in `ahead.ahead`."""
        trace = self._trace(operation, parameters)
        seen: set[bytes] = set()
        token: str | None = None
        for _ in range(MAX_PAGES):
            self._paged = trace
            answer, token = self._request(trace, lambda token=token: fetch(token))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            yield answer
            if not token:
                return
            mark = hashlib.sha256(token.encode("utf-8", "replace")).digest()[:12]
            if mark in seen:
                raise UnexpectedAnswer(
                    self._where,
                    f"{operation} gave a page token for the second time",
                    remedy="the list has no end; report this to whoever runs the server",
                )
            seen.add(mark)
        raise UnexpectedAnswer(
            self._where,
            f"{operation} gave more than {MAX_PAGES:,} pages",
            remedy="raise page_size in this source's settings",
        )

    def each(self, items: Iterable[R], work: Callable[[R], T], *, threads: int = 16) -> Iterator[T]:
        """See `contract.Call.each`."""
        return in_order(items, work, threads=threads)

    def received(self, size_bytes: int, raw: bytes | None = None) -> None:
        """See `contract.Call.received`."""
        digest = hashlib.sha256(raw).digest() if raw is not None else None
        trace: _Trace | None = getattr(self._here, "trace", None)
        with self._lock:
            if trace is not None:
                trace.bytes += size_bytes
            if digest is not None:
                self._digest.update(digest)
                self._answers += 1

    # What the runner uses

    @property
    def last_operation(self) -> str:
        """The operation that was asked for last, for messages."""
        return self._last

    def page(self, items: int) -> None:
        """A page of ``items`` records came out of the last paged operation, or of the last one."""
        with self._lock:
            trace = self._paged or next(reversed(self._traces.values()), None)
            if trace is not None and len(trace.items_per_page) < MAX_PAGE_COUNTS:
                trace.items_per_page.append(items)

    def forget_pages(self) -> None:
        """The list began anew: the page counts so far describe nothing that is kept."""
        with self._lock:
            for trace in self._traces.values():
                trace.items_per_page.clear()

    def cancel(self) -> None:
        """Let no further request begin and wake whoever waits for one."""
        self._cancelled.set()

    def traces(self) -> list[OperationTrace]:
        """All operations, in the order in which they were first asked for."""
        with self._lock:
            return [_public(trace) for trace in self._traces.values()]

    def raw_digest(self) -> str:
        """HMAC over the SHA-256 of each answer, in order of arrival; empty if none was given."""
        return self._digest.hexdigest() if self._answers else ""

    # The request itself

    def _request(self, trace: _Trace, fetch: Callable[[], T]) -> T:
        self._last = trace.operation
        for attempt in range(1, self._retry.attempts + 1):
            self._wait_for_turn(trace)
            began = self._monotonic()
            outer = getattr(self._here, "trace", None)
            self._here.trace = trace
            try:
                return fetch()
            except Exception as error:  # every foreign error is named in the receipt
                problem = explain(self._where, trace.operation, error)
                with self._lock:
                    name = type(problem).__name__
                    trace.failures[name] = trace.failures.get(name, 0) + 1
                wait_s = self._wait_s(attempt, problem)
                if wait_s is None:
                    if problem is error:
                        raise
                    raise problem from error
            finally:
                self._here.trace = outer
                with self._lock:
                    trace.calls += 1
                    trace.duration_s += self._monotonic() - began
            with self._lock:
                trace.retries += 1
            self._sleep(wait_s)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _wait_s(self, attempt: int, problem: CollectionError) -> float | None:
        """Seconds until the next attempt; None when there is none."""
        if not isinstance(problem, SourceUnavailable) or attempt >= self._retry.attempts:
            return None
        wait_s: float = self._retry.first_wait_s * 2 ** (attempt - 1) * self._retry.jitter(0.5, 1.0)
        wait_s = max(min(wait_s, self._retry.longest_wait_s), problem.retry_after_s or 0.0)
        if wait_s > self._retry.longest_wait_s or self._monotonic() + wait_s > self._ends:
            return None
        return wait_s

    def _wait_for_turn(self, trace: _Trace) -> None:
        """Keep the rate, the deadline and the stop sign."""
        now = self._monotonic()
        if self._interval_s:
            with self._lock:
                turn = max(now, self._free_at)
                self._free_at = turn + self._interval_s
            if turn > now and turn <= self._ends:
                self._sleep(turn - now)
            now = max(turn, self._monotonic())
        if now > self._ends:
            raise SourceUnavailable(
                self._where,
                f"not read in full within {self._deadline_s:g} s, at {trace.operation}",
                remedy="raise deadline_s in this source's settings",
            )
        if self._cancelled.is_set():
            raise SourceUnavailable(
                self._where, f"stopped at {trace.operation}", remedy="the next run reads it again"
            )

    def _sleep(self, seconds: float) -> None:
        (self._retry.sleep or self._cancelled.wait)(seconds)

    def _trace(self, operation: str, parameters: dict[str, object]) -> _Trace:
        shown = {
            name: _short(value) for name, value in sorted(parameters.items()) if value is not None
        }
        key = (operation, *(part for pair in shown.items() for part in pair))
        with self._lock:
            trace = self._traces.get(key)
            if trace is None and self._sets.get(operation, 0) >= MAX_PARAMETER_SETS:
                rest = _Trace(operation, {"…": "calls with further parameters"})
                trace = self._traces.setdefault((operation, "…"), rest)
            elif trace is None:
                self._sets[operation] = self._sets.get(operation, 0) + 1
                trace = self._traces[key] = _Trace(operation, shown)
            return trace


def _short(value: object) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        value = ", ".join(str(part) for part in value)
    return scrub(str(value), limit=200)


def _public(trace: _Trace) -> OperationTrace:
    return OperationTrace(
        operation=trace.operation,
        parameters=trace.parameters,
        calls=trace.calls,
        items_per_page=list(trace.items_per_page),
        bytes=trace.bytes,
        retries=trace.retries,
        failures=dict(trace.failures),
        duration_ms=round(trace.duration_s * 1000),
    )
