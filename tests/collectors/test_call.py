import threading
from collections.abc import Callable

import msgspec
import pytest
from annexa.collectors.answer import read_body
from annexa.collectors.call import MAX_PARAMETER_SETS, RunnerCall
from annexa.collectors.errors import (
    AccessDenied,
    CollectionError,
    SourceUnavailable,
    UnexpectedAnswer,
)

from .memory_sink import FakeTime, patient


def call(time: FakeTime | None = None, **settings: float) -> RunnerCall:
    return RunnerCall("mlflow/prod", salt=b"s", retry=patient(time), **settings)


def busy(*, retry_after_s: float | None = None) -> SourceUnavailable:
    return SourceUnavailable("x", "busy", remedy="wait", retry_after_s=retry_after_s)


def failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def fetch() -> str:
        if left:
            raise left.pop(0)
        return "answer"

    return fetch


def test_an_unavailable_source_is_asked_again_with_growing_waits() -> None:
    time = FakeTime()
    hand = call(time)
    assert hand.once("op", failing(busy(), busy(), busy()), page=1) == "answer"
    assert time.slept == [0.5, 1.0, 2.0]
    (trace,) = hand.traces()
    assert (trace.calls, trace.retries, trace.failures) == (4, 3, {"SourceUnavailable": 3})
    assert trace.parameters == {"page": "1"}


def test_attempts_are_bounded_and_the_last_error_is_the_one_raised() -> None:
    hand = call()
    with pytest.raises(SourceUnavailable, match="x: busy; wait"):
        hand.once("op", failing(*[busy() for _ in range(9)]))
    assert hand.traces()[0].calls == 5


@pytest.mark.parametrize("error", [AccessDenied, UnexpectedAnswer])
def test_nothing_else_is_asked_again(error: type[CollectionError]) -> None:
    hand = call()
    with pytest.raises(error):
        hand.once("op", failing(error("x", "no", remedy="y")))
    assert hand.traces()[0].calls == 1


def test_the_sources_own_wish_is_honoured_up_to_a_limit() -> None:
    time = FakeTime()
    call(time).once("op", failing(busy(retry_after_s=7)))
    assert time.slept == [7]
    with pytest.raises(SourceUnavailable):
        call(time).once("op", failing(busy(retry_after_s=9999)))
    assert time.slept == [7]


def test_the_deadline_ends_retries_and_further_requests() -> None:
    time = FakeTime()
    hand = call(time, deadline_s=3)
    with pytest.raises(SourceUnavailable, match="busy"):
        hand.once("op", failing(*[busy() for _ in range(9)]))
    assert time.now <= 1003
    time.now = 1004
    with pytest.raises(SourceUnavailable, match="mlflow/prod: not read in full within 3 s, at op"):
        hand.once("op", failing())


def test_requests_keep_the_rate() -> None:
    time = FakeTime()
    hand = call(time, rate_per_s=2)
    for _ in range(4):
        hand.once("op", failing())
    assert time.now == 1001.5


def test_a_cancelled_call_makes_no_further_request() -> None:
    hand = call()
    hand.cancel()
    with pytest.raises(SourceUnavailable, match="stopped at op"):
        hand.once("op", failing())


def test_pages_are_followed_to_the_end() -> None:
    tokens = {None: "a", "a": "b", "b": None}
    hand = call()
    assert list(hand.every_page("list", lambda token: (token, tokens[token]))) == [None, "a", "b"]
    assert hand.traces()[0].calls == 3


@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a"]])
def test_a_token_that_repeats_is_an_error_not_an_endless_list(tokens: list[str]) -> None:
    left = iter(tokens)
    with pytest.raises(UnexpectedAnswer, match="page token for the second time"):
        list(call().every_page("list", lambda token: (token, next(left))))


@pytest.mark.parametrize(
    ("error", "expected", "text"),
    [
        (TimeoutError("https://u:p@h"), SourceUnavailable, "x/y: list: TimeoutError; "),
        (ConnectionResetError(), SourceUnavailable, "x/y: list: ConnectionResetError; "),
        (KeyError("secret"), UnexpectedAnswer, "x/y: the collector failed in list with KeyError; "),
    ],
)
def test_foreign_errors_are_named_and_never_quoted(
    error: Exception, expected: type[CollectionError], text: str
) -> None:
    hand = RunnerCall("x/y", retry=patient())
    with pytest.raises(expected) as caught:
        hand.once("list", failing(*[error] * 5))
    assert str(caught.value).startswith(text)
    assert "secret" not in str(caught.value)
    assert "u:p" not in str(caught.value)


class Answer(msgspec.Struct):
    count: int
    tags: dict[str, int] = {}


@pytest.mark.parametrize(
    ("body", "expected", "text"),
    [
        (b'{"count":"hunter2"}', UnexpectedAnswer, "shape: Expected int, got str at $.count; "),
        (
            b'{"tags":{"hunter2":"x"}}',
            UnexpectedAnswer,
            "shape: Expected int, got str at $.tags[...]",
        ),
        (b"{}", UnexpectedAnswer, "shape: Object missing required field count; "),
        (b"<html>hunter2", UnexpectedAnswer, "list answered with something that is not JSON; "),
        (
            b'{"count": 1, "hunter2',
            SourceUnavailable,
            "list answered with JSON that was cut short; ",
        ),
        (
            b'{"tags":{"hunter2\xff":1}}',
            UnexpectedAnswer,
            "list answered with text that is not Unicode",
        ),
    ],
)
def test_a_wrong_shape_is_named_by_its_path_and_never_by_its_value(
    body: bytes, expected: type[CollectionError], text: str
) -> None:
    hand = call()
    with pytest.raises(expected) as caught:
        hand.once("list", lambda: msgspec.json.decode(body, type=Answer))
    assert text in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert hand.traces()[0].calls == (5 if expected is SourceUnavailable else 1)


def test_parameters_are_short_strings_without_secrets() -> None:
    hand = call()
    hand.once(
        "op", failing(), uri="https://u:p@h/x?sig=1", names=("a", "b"), long="x" * 900, none=None
    )
    parameters = hand.traces()[0].parameters
    assert parameters["uri"] == "https://h/x?…"
    assert parameters["names"] == "a, b"
    assert len(parameters["long"]) == 200
    assert "none" not in parameters


def test_traces_stay_few_when_every_item_has_parameters_of_its_own() -> None:
    hand = call()
    for number in range(1000):
        hand.once("GetBucketEncryption", failing(), bucket=f"b{number}")
    traces = hand.traces()
    assert len(traces) == MAX_PARAMETER_SETS + 1
    assert sum(trace.calls for trace in traces) == 1000


def test_bytes_are_counted_at_the_operation_that_received_them_on_any_thread() -> None:
    hand = call()
    barrier = threading.Barrier(2)

    def work(name: str) -> None:
        def fetch() -> None:
            barrier.wait(5)
            hand.received(len(name), name.encode())

        hand.once(name, fetch)

    list(hand.each(["a", "bb"], work, threads=2))
    assert {trace.operation: trace.bytes for trace in hand.traces()} == {"a": 1, "bb": 2}


def test_the_raw_digest_is_keyed_and_covers_bytes_borders_and_order() -> None:
    def digest(salt: bytes, *answers: bytes) -> str:
        hand = RunnerCall("x", salt=salt)
        for answer in answers:
            hand.received(len(answer), answer)
        return hand.raw_digest()

    assert digest(b"s") == ""
    different = [
        digest(b"s", b"ab", b"c"),
        digest(b"s", b"a", b"bc"),
        digest(b"s", b"c", b"ab"),
        digest(b"t", b"ab", b"c"),
    ]
    assert len(set(different)) == 4
    assert digest(b"s", b"ab", b"c") == different[0]


def test_a_body_is_bounded_in_size_and_in_time() -> None:
    time = FakeTime()

    def drip() -> object:
        while True:
            time.now += 1
            yield b"x"

    assert read_body([b"a", b"b"], where="x", timeout_s=1) == b"ab"
    with pytest.raises(UnexpectedAnswer, match="larger than 1 MiB; lower page_size"):
        read_body([b"x" * 1024] * 1025, where="x", timeout_s=9, limit_bytes=1024**2)
    with pytest.raises(SourceUnavailable, match="not complete after 5 s"):
        read_body(drip(), where="x", timeout_s=5, monotonic=time)  # type: ignore[arg-type]  # a generator
