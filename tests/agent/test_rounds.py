"""Slots: each is answered once, whoever asks, whatever was missed or killed."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from annexa.agent.alerts.notice import Notice
from annexa.agent.alerts.outbox import Outbox
from annexa.agent.config import Config, load
from annexa.agent.errors import AlertError
from annexa.agent.reading import Stopped
from annexa.agent.rounds import Rounds
from annexa.ledger import Ledger

from ..collectors.misbehaving import Reply, Request
from .cluster import Cluster, cluster, write_company

START = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def later(self, **units: float) -> None:
        self.now += timedelta(**units)


@dataclass
class Recorder:
    """A target that takes notices unless it is down."""

    name: str = "webhook"
    down: bool = False
    taken: list[str] = field(default_factory=list)
    reminded: list[int] = field(default_factory=list)

    def send(self, notice: Notice) -> None:
        if self.down:
            raise AlertError("alerts x", "did not answer", remedy="it is sent again")
        self.taken.append(notice.id)

    def remind(self, open_now: Sequence[Notice], until: datetime) -> None:
        if self.down:
            raise AlertError("alerts x", "did not answer", remedy="it is sent again")
        self.reminded.append(len(open_now))


@dataclass
class Agent:
    config: Config
    ledger: Ledger
    clock: Clock
    cluster: Cluster
    target: Recorder
    stop: threading.Event

    def rounds(self) -> Rounds:
        outbox = Outbox(self.ledger, [self.target], lasts=timedelta(hours=3), clock=self.clock)
        return Rounds(self.config, self.ledger, outbox, clock=self.clock, stop=self.stop)

    def round(self) -> list[str]:
        return [one.source for one in self.rounds().run(self.config.sources).receipts]

    def slots(self, source: str = "documents/aims") -> list[tuple[int, str]]:
        """Hours since the day began, and state."""
        day = START.replace(hour=0, minute=0)
        return [
            (int((slot.due - day) / timedelta(hours=1)), slot.state)
            for slot in sorted(self.ledger.slots(source), key=lambda slot: slot.due)
        ]


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    clock = Clock()
    with cluster() as there:
        path = write_company(tmp_path, there.url, "schedule: {every: 1h}\n")
        config = load(path)
        with Ledger.open(config.ledger, keys=config.keys, clock=clock) as ledger:
            yield Agent(config, ledger, clock, there, Recorder(), threading.Event())


def test_a_slot_is_read_once_however_often_the_clock_wakes_us(agent: Agent) -> None:
    assert agent.round() == ["kubernetes/shop", "documents/aims"]
    assert agent.round() == []
    agent.clock.later(minutes=29)
    assert agent.round() == []
    agent.clock.later(minutes=1)
    assert agent.round() == ["kubernetes/shop", "documents/aims"]
    assert agent.slots() == [(12, "committed"), (13, "committed")]


def test_what_was_missed_is_written_down_and_caught_up_once(agent: Agent) -> None:
    agent.round()
    agent.clock.later(hours=4)
    result = agent.rounds().run(agent.config.sources)
    assert result.missed == 2 * 3
    assert len(result.receipts) == 2
    assert agent.slots() == [
        (12, "committed"),
        (13, "missed"),
        (14, "missed"),
        (15, "missed"),
        (16, "committed"),
    ]


def test_a_slot_whose_agent_was_killed_is_read_by_the_next(agent: Agent) -> None:
    agent.round()
    agent.clock.later(hours=1)
    slot, _ = agent.rounds().claim(agent.config.source("documents/aims"), agent.clock())
    assert slot is not None
    assert agent.slots()[-1] == (13, "claimed")  # and here the power went
    assert agent.round() == ["kubernetes/shop", "documents/aims"]
    assert agent.slots()[-1] == (13, "committed")


def test_a_killed_slot_that_grew_old_counts_as_missed(agent: Agent) -> None:
    agent.round()
    agent.clock.later(hours=1)
    agent.rounds().claim(agent.config.source("documents/aims"), agent.clock())
    agent.clock.later(hours=1)
    agent.round()
    assert agent.slots() == [(12, "committed"), (13, "missed"), (14, "committed")]


def test_a_source_has_a_rhythm_of_its_own(tmp_path: Path) -> None:
    clock = Clock()
    with cluster() as there:
        path = write_company(tmp_path, there.url, "    every: 15m\nschedule: {every: 1h}\n")
        config = load(path)
        with Ledger.open(config.ledger, keys=config.keys, clock=clock) as ledger:
            agent = Agent(config, ledger, clock, there, Recorder(), threading.Event())
            agent.round()
            clock.later(minutes=15)
            assert agent.round() == ["documents/aims"]


def test_told_to_stop_the_agent_finishes_the_page_and_commits_nothing_half(agent: Agent) -> None:
    def stop_in_the_middle(request: Request) -> Reply | None:
        if "continue" in request.query:
            agent.stop.set()
        return None

    agent.cluster.answer = stop_in_the_middle
    with pytest.raises(Stopped):
        agent.round()
    assert not list(agent.ledger.runs(source="kubernetes/shop"))
    assert agent.ledger.verify().ok
    agent.stop.clear()
    agent.cluster.answer = lambda _request: None
    assert "kubernetes/shop" in agent.round()


def test_each_gap_is_told_once_when_it_opens_and_once_when_it_closes(agent: Agent) -> None:
    agent.cluster.answer = lambda _request: Reply(403)
    agent.round()
    opened = len(agent.target.taken)
    assert opened == len(agent.ledger.open_gaps())
    source = next(gap for gap in agent.ledger.open_gaps() if gap.source == "kubernetes/shop")
    agent.clock.later(hours=1)
    agent.round()
    assert len(agent.target.taken) == opened
    agent.cluster.answer = lambda _request: None
    agent.clock.later(hours=1)
    agent.round()
    assert agent.target.taken.count(f"{source.id}/opened") == 1
    assert agent.target.taken.count(f"{source.id}/closed") == 1
    assert len(set(agent.target.taken)) == len(agent.target.taken)


def test_a_target_that_is_down_loses_nothing_and_gets_nothing_twice(agent: Agent) -> None:
    agent.target.down = True
    agent.cluster.answer = lambda _request: Reply(403)
    result = agent.rounds().run(agent.config.sources)
    assert (result.sent, result.unsent) == (0, len(agent.ledger.open_gaps()))
    source = next(gap for gap in agent.ledger.open_gaps() if gap.source == "kubernetes/shop")
    agent.cluster.answer = lambda _request: None
    agent.clock.later(hours=1)
    agent.round()  # the gap closes while nobody can be told
    agent.target.down = False
    agent.clock.later(hours=1)
    agent.round()
    told = [one for one in agent.target.taken if one.startswith(f"{source.id}/")]
    assert told == [f"{source.id}/opened", f"{source.id}/closed"]
    assert len(set(agent.target.taken)) == len(agent.target.taken)


def test_open_gaps_are_said_again_each_round_to_a_target_that_forgets(agent: Agent) -> None:
    agent.round()
    agent.round()
    gaps = len(agent.ledger.open_gaps())
    assert agent.target.reminded == [gaps, gaps]


def test_a_source_that_stops_answering_is_a_gap_until_it_answers_again(agent: Agent) -> None:
    agent.round()
    before = {(gap.rule, gap.source) for gap in agent.ledger.open_gaps()}
    assert ("source", "kubernetes/shop") not in before
    agent.cluster.answer = lambda _request: Reply(401)
    agent.clock.later(hours=1)
    agent.round()
    assert any(gap.source == "kubernetes/shop" for gap in agent.ledger.open_gaps())
    agent.cluster.answer = lambda _request: None
    agent.clock.later(hours=1)
    agent.round()
    after = {(gap.rule, gap.source) for gap in agent.ledger.open_gaps()}
    assert ("source", "kubernetes/shop") not in after


def test_two_agents_on_one_ledger_commit_a_slot_once(agent: Agent) -> None:
    with Ledger.open(agent.config.ledger, keys=agent.config.keys, clock=agent.clock) as second:
        other = Agent(
            agent.config, second, agent.clock, agent.cluster, Recorder(), threading.Event()
        )
        threads = [threading.Thread(target=one.round) for one in (agent, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    runs = [(run.source, run.slot) for run in agent.ledger.runs()]
    assert len(runs) == len(set(runs)) == 2
    assert agent.ledger.verify().ok
