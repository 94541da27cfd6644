import threading
from collections.abc import Iterator

import pytest
from annexa.collectors.ahead import ahead, in_order

from .misbehaving import wait_until


def test_items_come_in_order_and_one_is_made_ahead_never_two() -> None:
    made: list[int] = []

    def source() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            yield number

    items = ahead(source())
    assert next(items) == 0
    assert wait_until(lambda: made == [0, 1])
    assert not wait_until(lambda: len(made) > 2, timeout_s=0.05)
    assert list(items) == [1, 2, 3, 4]


def test_an_error_comes_where_its_item_would_have_come() -> None:
    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise KeyError("third")

    items = ahead(source())
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(KeyError, match="third"):
        next(items)


def test_closing_early_closes_the_source_and_does_not_wait_for_it() -> None:
    closed, blocked = threading.Event(), threading.Event()

    def source() -> Iterator[int]:
        try:
            yield 1
            blocked.wait(10)
            yield 2
        finally:
            closed.set()

    items = ahead(source())
    next(items)
    items.close()  # at once, although the source is busy
    assert not closed.is_set()
    blocked.set()
    assert closed.wait(5)


def test_work_on_many_threads_comes_back_in_order_and_bounded() -> None:
    started: list[int] = []
    gate = threading.Event()

    def work(item: int) -> int:
        started.append(item)
        gate.wait(10)
        return item * 2

    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            taken.append(item)
            yield item

    results = in_order(items(), work, threads=3)
    threading.Timer(0.05, gate.set).start()
    assert next(results) == 0
    assert len(taken) <= 4 * 3
    assert list(results) == [item * 2 for item in range(1, 100)]


def test_the_first_error_of_work_ends_it_at_its_place() -> None:
    def work(item: int) -> float:
        return 1 / item

    results = in_order([2, 0, 1], work, threads=2)
    assert next(results) == 0.5
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert list(results) == []
