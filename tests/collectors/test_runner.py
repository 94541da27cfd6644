import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal

import msgspec
import pytest
from annexa.collectors import canonical
from annexa.collectors.contract import (
    Call,
    Check,
    Collector,
    Identity,
    Kind,
    Page,
    Reader,
    Record,
    Settings,
    Skip,
)
from annexa.collectors.errors import (
    AccessDenied,
    CollectionError,
    SourceUnavailable,
    UnexpectedAnswer,
    Unsupported,
)
from annexa.collectors.receipt import KindReceipt, Receipt
from annexa.collectors.runner import config_sha256, read_source

from .memory_sink import NOON, MemorySink, patient

Answers = Callable[[Call, str | None], Iterator[Page | Skip | Check]]


class Model(Record):
    name: str
    tags: dict[str, str | None] = {}
    at: datetime | None = None


def kind(name: str, mode: Literal["state", "event"] = "state") -> Kind:
    return Kind(
        name=f"fake.{name}",
        record=Model,
        subject=lambda record: record.name,
        mode=mode,
        happened_at=(lambda record: record.at) if mode == "event" else None,
        guarded={"tags": ()},
        permission="READ",
        cross_check="none: a fake",
    )


MODEL, OTHER, EVENT = kind("model"), kind("other"), kind("event", "event")


class FakeReader:
    def __init__(self, kind: Kind, answers: Answers) -> None:
        self.kind = kind
        self.pages = answers


class Fake:
    name: ClassVar[str] = "fake"
    version: ClassVar[str] = "7"
    stability: ClassVar[Literal["alpha", "beta", "stable"]] = "alpha"
    settings: ClassVar[type[Settings]] = Settings
    kinds: ClassVar[tuple[Kind, ...]] = (MODEL, OTHER, EVENT)

    def __init__(self, answers: dict[str, Answers], **identity: Any) -> None:
        self._answers = answers
        self._identity = {"caller": "alice", "endpoint": "https://u:p@fake/", **identity}

    def identity(self, call: Call) -> Identity:
        return Identity(**self._identity)

    def readers(self) -> Sequence[Reader]:
        return [
            FakeReader(kind, self._answers.get(kind.name, one_page("x"))) for kind in self.kinds
        ]


def one_page(*names: str) -> Answers:
    def pages(call: Call, since: str | None) -> Iterator[Page]:
        yield Page(records=[Model(name=name, at=NOON) for name in names])

    return pages


def run(collector: Collector, sink: MemorySink | None = None, **settings: Any) -> Receipt:
    return read_source(
        collector,
        Settings(id="fake/one", **settings),
        slot=NOON,
        sink=sink or MemorySink(),
        clock=lambda: NOON,
        agent_version="0.1",
        retry=patient(),
    )


def receipt_of(answers: Answers, sink: MemorySink | None = None, **identity: Any) -> KindReceipt:
    return run(Fake({"fake.model": answers}, **identity), sink).kinds[0]


def test_records_are_guarded_encoded_hashed_and_staged() -> None:
    def pages(call: Call, since: str | None) -> Iterator[Page]:
        yield Page(records=[Model(name="a", tags={"owner": "bo", "secret": "s"})])

    sink = MemorySink()
    receipt = read_source(
        Fake({"fake.model": pages}),
        Settings(id="fake/one", keep=("owner",)),
        slot=NOON,
        sink=sink,
        retry=patient(),
    )
    row = sink.rows["fake.model"]["a"]
    assert row.body == b'{"name":"a","tags":{"owner":"bo","secret":null}}'
    assert row.sha256 == canonical.sha256(row.body)
    assert row.happened_at is None
    assert receipt.kinds[0].guarded_values == 1


def test_a_receipt_says_what_was_asked_as_whom_and_what_came_back() -> None:
    def pages(call: Call, since: str | None) -> Iterator[Page | Check]:
        tokens = {None: "t", "t": None}
        for token in call.every_page("search", lambda token: (token, tokens[token]), size=2):
            call.received(3, b"raw")
            names = "ab" if token is None else "c"
            yield Page(records=[Model(name=name) for name in names])
        yield Check(method="count", expected="3", found="3", ok=True)

    now = NOON + timedelta(seconds=2)
    receipt = read_source(
        Fake({"fake.model": pages}, server_time=NOON),
        Settings(id="fake/one", systems=("credit-risk",)),
        slot=NOON,
        sink=MemorySink(),
        clock=lambda: now,
        agent_version="0.1",
    )
    assert receipt.identity == Identity(caller="alice", endpoint="https://fake/", server_time=NOON)
    assert (receipt.source, receipt.slot, receipt.clock_offset_s) == ("fake/one", NOON, "2.0")
    assert (receipt.collector, receipt.collector_version, receipt.agent_version) == (
        "fake",
        "7",
        "0.1",
    )
    assert (receipt.systems, len(receipt.salt), receipt.public().salt) == (["credit-risk"], 32, b"")
    model = receipt.kinds[0]
    assert (model.verdict, model.pages, model.items) == ("complete", 2, 3)
    assert model.operations[0].items_per_page == [2, 1]
    assert (model.operations[0].calls, model.operations[0].parameters) == (2, {"size": "2"})
    assert len(model.raw_digest) == 64
    assert (model.permission, model.cross_check) == ("READ", "none: a fake")


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (AccessDenied, "denied"),
        (SourceUnavailable, "unavailable"),
        (UnexpectedAnswer, "unavailable"),
        (Unsupported, "unsupported"),
    ],
)
def test_an_error_before_the_first_page_is_the_verdict_and_after_it_partial(
    error: type[CollectionError], verdict: str
) -> None:
    def at_once(call: Call, since: str | None) -> Iterator[Page]:
        raise error("fake", "no https://u:p@h/?t=1", remedy="do this")
        yield

    def later(call: Call, since: str | None) -> Iterator[Page]:
        yield Page(records=[Model(name="a")])
        yield from at_once(call, since)

    sink = MemorySink()
    assert receipt_of(at_once, sink).verdict == verdict
    assert sink.subjects(MODEL) == []
    receipt = receipt_of(later, sink)
    assert (receipt.verdict, receipt.problem, receipt.remedy) == (
        "partial",
        "no https://h/?…",
        "do this",
    )
    assert sink.subjects(MODEL) == ["a"]


def test_one_kinds_failure_touches_no_other() -> None:
    def broken(call: Call, since: str | None) -> Iterator[Page]:
        raise KeyError("hunter2")
        yield

    sink = MemorySink()
    receipt = run(Fake({"fake.model": broken}), sink)
    assert [kind.verdict for kind in receipt.kinds] == ["unavailable", "complete", "complete"]
    assert receipt.kinds[0].problem == "the collector failed in reading with KeyError"
    assert receipt.kinds[0].remedy == "report this as a bug of the collector"
    assert b"hunter2" not in msgspec.json.encode(receipt)
    assert sink.subjects(OTHER) == ["x"]
    assert not receipt.complete


@pytest.mark.parametrize(
    "answer",
    [
        Skip(what="namespace b", problem="no", remedy="grant it", denied=True),
        Check(method="count", expected="2", found="1", ok=False),
    ],
)
def test_a_skip_or_a_failed_check_makes_it_partial(answer: Skip | Check) -> None:
    def pages(call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        yield Page(records=[Model(name="a")])
        yield answer

    receipt = receipt_of(pages)
    assert receipt.verdict == "partial"
    assert [*receipt.skipped, *receipt.checks] == [answer]


def test_when_every_part_was_refused_it_is_denied() -> None:
    def pages(call: Call, since: str | None) -> Iterator[Skip]:
        yield Skip(what="namespace b", problem="no", remedy="grant it", denied=True)

    assert receipt_of(pages).verdict == "denied"


def test_a_list_filtered_by_our_rights_is_partial() -> None:
    assert receipt_of(one_page("a"), sees_everything=False).verdict == "partial"
    assert receipt_of(one_page("a"), sees_everything=True).verdict == "complete"


def test_a_reader_that_says_nothing_has_not_read() -> None:
    receipt = receipt_of(lambda call, since: iter(()))
    assert (receipt.verdict, receipt.items) == ("unavailable", 0)
    assert receipt_of(one_page()).verdict == "complete"


def test_without_an_identity_every_kind_has_its_verdict() -> None:
    class Unknown(Fake):
        def identity(self, call: Call) -> Identity:
            raise AccessDenied("fake/one", "HTTP 401", remedy="renew the token")

    receipt = run(Unknown({}))
    assert receipt.identity is None
    assert [(kind.verdict, kind.problem) for kind in receipt.kinds] == [("denied", "HTTP 401")] * 3


def test_a_server_that_does_not_know_our_first_question_is_not_one_without_the_kinds() -> None:
    class Elsewhere(Fake):
        def identity(self, call: Call) -> Identity:
            raise Unsupported("fake/one", "HTTP 404 on /version", remedy="check the address")

    receipt = run(Elsewhere({}))
    assert {kind.verdict for kind in receipt.kinds} == {"unavailable"}
    assert not receipt.complete


@pytest.mark.parametrize("records", [[Model(name="")], [Model(name="\ud800")], [object()]])
def test_a_record_that_cannot_be_stored_ends_its_kind_only(records: list[Any]) -> None:
    def pages(call: Call, since: str | None) -> Iterator[Page]:
        yield Page(records=records)

    receipt = run(Fake({"fake.model": pages}))
    assert [kind.verdict for kind in receipt.kinds] == ["unavailable", "complete", "complete"]


def test_a_list_that_begins_anew_makes_void_what_it_gave_before() -> None:
    def pages(call: Call, since: str | None) -> Iterator[Page]:
        yield Page(records=[Model(name="deleted meanwhile"), Model(name="a")])
        yield Page(records=[Model(name="a"), Model(name="b")], restarts=True)
        yield Page(records=[Model(name="c")])

    sink = MemorySink()
    receipt = receipt_of(pages, sink)
    assert sink.subjects(MODEL) == ["a", "b", "c"]
    assert (receipt.verdict, receipt.pages, receipt.items) == ("complete", 2, 3)


def test_events_go_on_at_the_cursor_and_carry_their_time() -> None:
    asked: list[str | None] = []

    def pages(call: Call, since: str | None) -> Iterator[Page]:
        asked.append(since)
        yield Page(records=[Model(name="e1", at=NOON)], cursor="1")
        yield Page(records=[], cursor="2")

    sink = MemorySink({"fake.event": "0", "fake.model": "never asked"})
    run(Fake({"fake.event": pages, "fake.model": one_page("a")}), sink)
    assert (asked, sink.cursors["fake.event"]) == (["0"], "2")
    assert sink.rows["fake.event"]["e1"].happened_at == NOON
    assert sink.rows["fake.model"]["a"].happened_at is None


def test_only_the_kinds_that_the_settings_name_are_read() -> None:
    receipt = run(Fake({}), kinds=("fake.other",))
    assert [kind.kind for kind in receipt.kinds] == ["fake.other"]


def test_errors_of_the_store_are_not_blamed_on_the_source() -> None:
    class Full(MemorySink):
        def add(self, kind: Kind, rows: object) -> None:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        run(Fake({}), Full())


def test_the_next_page_is_fetched_while_this_one_is_stored_and_no_further() -> None:
    fetched: list[str] = []
    second = threading.Event()

    def pages(call: Call, since: str | None) -> Iterator[Page]:
        for name in "abcd":
            fetched.append(name)
            if name == "b":
                second.set()
            yield Page(records=[Model(name=name)])

    class Slow(MemorySink):
        def add(self, kind: Kind, rows: Any) -> None:
            if rows[0].subject == "a" and kind is MODEL:
                assert second.wait(5)
                assert fetched == ["a", "b"]
            super().add(kind, rows)

    sink = Slow()
    assert receipt_of(pages, sink).items == 4


def test_ctrl_c_stops_at_once_although_a_request_hangs() -> None:
    started, free = threading.Event(), threading.Event()

    def hang() -> None:
        started.set()
        free.wait(30)

    def pages(call: Call, since: str | None) -> Iterator[Page]:
        call.once("hang", hang)
        yield Page(records=[])

    def interrupt() -> None:
        started.wait(5)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        receipt_of(pages)
    free.set()


def test_progress_hears_each_page() -> None:
    heard: list[tuple[str, int]] = []
    read_source(
        Fake({}),
        Settings(id="fake/one"),
        slot=NOON,
        sink=MemorySink(),
        progress=lambda name, items: heard.append((name, items)),
    )
    assert heard == [("fake.model", 1), ("fake.other", 1), ("fake.event", 1)]


def test_the_configuration_digest_changes_with_settings_and_not_with_credentials_in_urls() -> None:
    class Remote(Settings, frozen=True):
        url: str

    def digest(url: str, **more: Any) -> str:
        return config_sha256(Remote(id="fake/one", url=url, **more))

    assert digest("https://a:b@h/") == digest("https://c:d@h/")
    assert len({digest("https://h/"), digest("https://g/"), digest("https://h/", timeout_s=1)}) == 3


def test_times_in_a_receipt_are_utc() -> None:
    receipt = run(Fake({}))
    assert receipt.started_at.tzinfo is UTC
    assert msgspec.json.decode(canonical.encode(receipt.public()), type=Receipt) == receipt.public()
