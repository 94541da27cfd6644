"""Many sources in one agent: one that hangs delays no other."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from annexa.agent import crew
from annexa.agent.alerts.outbox import Outbox
from annexa.agent.config import load
from annexa.agent.crew import Unfinished, side_by_side
from annexa.agent.rounds import RoundResult, Rounds
from annexa.collectors.receipt import Receipt
from annexa.ledger import Ledger

from ..collectors.misbehaving import Reply, misbehaving, wait_until
from ..mappings.small_pack import write_small_pack


@pytest.fixture(name="gate")
def _gate() -> Iterator[threading.Event]:
    gate = threading.Event()
    yield gate
    gate.set()


def test_jobs_that_hang_hold_no_place(gate: threading.Event) -> None:
    later: list[object] = []

    def work(number: int) -> int:
        if number < 5:
            gate.wait()
        return number

    found = side_by_side(
        range(100), work, threads=2, relief_s=0.02, leave_s=0.1, afterwards=later.append
    )
    assert found[5:] == list(range(5, 100))
    assert all(isinstance(one, Unfinished) for one in found[:5])
    assert later == []
    gate.set()
    assert wait_until(lambda: sorted(map(str, later)) == list("01234"))


def test_everybody_waits_for_all_unless_told_otherwise(gate: threading.Event) -> None:
    threading.Timer(0.2, gate.set).start()

    def work(number: int) -> int:
        if number == 0:
            gate.wait()
        if number == 3:
            raise ValueError(number)
        return number

    found = side_by_side(range(5), work, threads=2, relief_s=0.05)
    assert found[:3] == [0, 1, 2]
    assert isinstance(found[3], ValueError)
    assert found[4] == 4


def test_there_are_no_more_threads_than_jobs_or_places() -> None:
    seen: set[int] = set()

    def work(number: int) -> int:
        seen.add(threading.get_ident())
        return number

    assert side_by_side(range(500), work, threads=3) == list(range(500))
    assert len(seen) <= 3


def test_of_200_sources_nine_that_hang_delay_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "RELIEF_S", 0.2)
    (tmp_path / "token").write_text("t")
    (tmp_path / "events").mkdir()
    told: list[RoundResult | BaseException] = []
    with misbehaving(lambda _: Reply(200, hold_s=600)) as silent:
        cluster = f"server: '{silent.url}', token_file: token, timeout_s: 600"
        entries = [f"  - {{id: kubernetes/c{number}, {cluster}}}\n" for number in range(9)]
        entries += [f"  - {{id: openlineage/e{number}, path: events}}\n" for number in range(191)]
        path = tmp_path / "annexa.yaml"
        write_small_pack(tmp_path / "few")
        path.write_text(
            "organisation: {name: Many, timezone: UTC}\npack: ./few\n"
            "schedule: {every: 24h}\nsources:\n" + "".join(entries)
        )
        config = load(path)
        with Ledger.open(config.ledger, keys=config.keys) as ledger:
            outbox = Outbox(ledger, [], lasts=timedelta(hours=1))
            rounds = Rounds(config, ledger, outbox, later=told.append)
            result = rounds.run(config.sources, leave_s=0.5)
            assert len(result.receipts) == 191
            assert all(receipt.complete for receipt in result.receipts)
            again = rounds.run(config.sources, leave_s=0.5)  # those that are read are left alone
            assert (len(again.receipts), again.missed) == (0, 0)
            silent.hangs_up.set()  # the nine get an answer that makes no sense
            assert wait_until(lambda: len(receipts_of(told)) == 9, timeout_s=120)
            assert not any(receipt.complete for receipt in receipts_of(told))


def receipts_of(told: list[RoundResult | BaseException]) -> list[Receipt]:
    return [receipt for one in told if isinstance(one, RoundResult) for receipt in one.receipts]
