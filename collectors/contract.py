"""The seam that every collector implements; a plugin author needs this file only.

A collector turns its settings into *readers*, one per kind. A reader yields `Page`s of
records, a `Skip` for each part that it could not read, and a `Check` for each way in which
it looked a second time. The runner (`runner.py`) does the rest: retries, time limits, rate
limits, counting, hashing, redaction, receipts, and keeping one kind's failure from the others.
Errors to raise stand in ``errors.py``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol, TypeVar, runtime_checkable

import msgspec
from pydantic import BaseModel

T = TypeVar("T")
R = TypeVar("R")


class Record(msgspec.Struct, omit_defaults=True, gc=False):
    """Base of every record schema. **A schema is an allow-list**: what is not a field is dropped.

    Optional fields default to ``None`` or to an empty container, which are left out of the
    stored bytes; so ``false`` and ``0`` are kept and an absent value reads as SQL NULL.
    Numbers with fractions are `decimal.Decimal`: they keep the text that was read.
    """


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A type of record, ``platform.noun`` (``mlflow.model_version``)."""

    name: str
    record: type[Record]
    """The typed schema; also the allow-list of fields."""
    subject: Callable[[Any], str]
    """Record -> its stable name inside the source, without kind and source: ``credit-risk/7``."""
    mode: Literal["state", "event"] = "state"
    """``state``: it is or is not there. ``event``: it happened, once."""
    happened_at: Callable[[Any], datetime] | None = None
    """Record -> aware UTC time; for events only."""
    guarded: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Map fields (dotted path) whose *values* are kept only for these keys.

    A key that ends in ``*`` is a prefix. Other keys keep their name and get ``null``. The keys
    that the conventions name and those in a source's ``keep`` setting are added at run time.
    """
    people: Sequence[str] = ()
    """Fields that name a person, beside those whose name says so (`people.FIELDS`)."""
    volatile: Sequence[str] = ()
    """Fields of the platform that are left out because they change without meaning."""
    freshness: str = "24h"
    """How old the newest complete reading may be, by default: ``24h``, ``7d``."""
    permission: str
    """What reading it needs, in the platform's own words."""
    cross_check: str
    """How completeness is checked, or ``none: <why not>``."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """One answer's worth of records, in the source's order. It is hashed and stored before the
    next but one is parsed, so memory is bounded by pages, never by a population."""

    records: Sequence[Record]
    cursor: str | None = None
    """For event kinds: where the next run goes on. The last one yielded wins, and it is stored
    together with the records, or not at all."""
    restarts: bool = False
    """The list had to begin anew (it expired on the server): this page is its first again, and what
    this kind gave before in this run is void."""


class Skip(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named part that could not be read. One is enough to make the kind ``partial``."""

    what: str
    problem: str
    remedy: str
    denied: bool = False


class Check(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A second look at completeness and its result. A failed one makes the kind ``partial``."""

    method: str
    expected: str
    found: str
    ok: bool
    note: str = ""
    only_expected: list[str] = []
    """Some of what the first look has and the second has not; see `names.Names`."""
    only_found: list[str] = []


class Call(Protocol):
    """The runner's hand: every request of a reader goes through it.

    It retries `SourceUnavailable` with jitter, keeps the rate limit and the deadline, counts
    and times, and writes the trace that ends up in the receipt.
    """

    def once(self, operation: str, fetch: Callable[[], T], **parameters: object) -> T:
        """Make one request. ``operation`` is the platform's own name for it.

        Raises:
            CollectionError: As ``fetch`` raised it, after the retries; or the deadline passed.
        """
        ...

    def every_page(
        self,
        operation: str,
        fetch: Callable[[str | None], tuple[T, str | None]],
        **parameters: object,
    ) -> Iterator[T]:
        """Follow page tokens to the end: ``fetch(token) -> (answer, next token or None)``.

        Raises:
            UnexpectedAnswer: A token came a second time, or there were more than a million pages.
        """
        ...

    def each(self, items: Iterable[R], work: Callable[[R], T], *, threads: int = 16) -> Iterator[T]:
        """Run ``work`` over ``items`` on at most ``threads`` threads; results in the order of
        ``items``, and at most ``4 * threads`` of them ahead of the consumer."""
        ...

    def received(self, size_bytes: int, raw: bytes | None = None) -> None:
        """Report the size of an answer's body, and the body itself where it is at hand: its
        keyed digest goes into the receipt."""
        ...


class Reader(Protocol):
    """Reads one kind of one source."""

    @property
    def kind(self) -> Kind: ...

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """Read everything, or for events everything after the cursor ``since``.

        Yields at least one page, an empty one where there is nothing: a reader that says nothing
        has not read. It is run in a thread; closing it early must be cheap.

        Raises:
            CollectionError: Before the first page the kind is denied, unavailable or
                unsupported; after it, partial.
        """
        ...


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As whom and where we read."""

    caller: str
    """ARN, Kubernetes user, MLflow user, file owner: the platform's own word for us."""
    endpoint: str
    """Without credentials."""
    server: str | None = None
    """Product and version of what answered."""
    client: str | None = None
    """Client library and version."""
    sees_everything: bool | None = None
    """False: the server filters lists by our rights, so populations are partial."""
    server_time: datetime | None = None
    """The server's ``Date`` header; the runner turns it into the clock offset."""


class Settings(BaseModel, extra="forbid", frozen=True):
    """Base of a collector's settings: one entry of ``sources:`` in ``annexa.yaml``."""

    id: str
    """``collector/name``, unique in the configuration: ``mlflow/prod``."""
    kinds: tuple[str, ...] | None = None
    """Read only these kinds; all when left out."""
    systems: tuple[str, ...] | None = None
    """The AI systems that live in this source: when it cannot be read, only these are in doubt."""
    every: str | None = None
    """Schedule of its own: ``6h``, or five cron fields."""
    keep: tuple[str, ...] = ()
    """Further tag, label or parameter keys whose values may be kept."""
    timeout_s: float = 30.0
    """For one request."""
    deadline_s: float = 3600.0
    """For one kind of one run."""
    rate_per_s: float | None = None
    """Requests a second at most; unlimited when left out."""

    @property
    def discovers(self) -> str | None:
        """The state kind whose records name further sources of this entry; most name none."""
        return None

    @property
    def discovered_kinds(self) -> tuple[str, ...] | None:
        """What is read of the sources that were discovered; all kinds when None."""
        return None

    def spread(self, found: Iterable[bytes] = ()) -> "Sequence[Settings]":
        """The sources that this entry stands for, itself first; most stand for themselves only.

        ``found`` are the records of `discovers` as they were last read, as canonical JSON; empty
        before the first reading. Nothing is asked of the platform here: the command line decides
        with it what ought to have been read.
        """
        return (self,)


@runtime_checkable
class Collector(Protocol):
    """One configured source of one platform. Nothing is opened in ``__init__``."""

    name: ClassVar[str]
    """``lower_snake``; the part of a source id before the first slash."""
    version: ClassVar[str]
    stability: ClassVar[Literal["alpha", "beta", "stable"]]
    settings: ClassVar[type[Settings]]
    kinds: ClassVar[tuple[Kind, ...]]

    def identity(self, call: Call) -> Identity:
        """Ask the platform who we are.

        Raises:
            CollectionError: Then every kind of this run has this verdict.
        """
        ...

    def readers(self) -> Sequence[Reader]:
        """One per kind, in the order in which they are to be read."""
        ...


class Sink(Protocol):
    """Where the runner puts what it read; the ledger implements it."""

    def cursor(self, kind: Kind) -> str | None:
        """Where the last committed run of this source stopped."""
        ...

    def add(self, kind: Kind, rows: Sequence["Row"]) -> None:
        """Stage a page. A subject that comes twice in a run counts once, as it came last."""
        ...

    def restart(self, kind: Kind) -> None:
        """Forget what this run staged of ``kind``: its list began anew."""
        ...

    def move_cursor(self, kind: Kind, cursor: str) -> None: ...


class Row(msgspec.Struct, frozen=True, gc=False):
    """One record, ready to be stored."""

    subject: str
    sha256: bytes
    """Of ``body``; 32 bytes."""
    body: bytes
    """Canonical JSON."""
    happened_at: datetime | None = None
