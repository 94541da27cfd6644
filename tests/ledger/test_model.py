"""Whatever sequence of runs: the ledger equals a dictionary, and the past stays as it was."""

import shutil
import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path

from annexa.collectors.errors import Verdict
from annexa.ledger import Ledger
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from .sample import ENDPOINT, EVENT, HOUR, MODEL, NOON, Clock, receipt, row

SUBJECTS = st.sampled_from(["a", "b", "c", "d/1", "ü"])
PAGES = st.lists(st.lists(st.tuples(SUBJECTS, st.sampled_from("12")), max_size=4), max_size=3)
Model = dict[tuple[str, str, str], str]


@cache
def template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="annexa-template-"))
    Ledger.open(folder / "annexa.db", clock=Clock()).close()
    return folder


class AnySequence(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="annexa-model-"))
        shutil.copytree(template(), self.folder, dirs_exist_ok=True)
        self.ledger = Ledger.open(self.folder / "annexa.db", clock=Clock())
        self.hour = 0
        self.model: Model = {}
        self.events: dict[tuple[str, str], str] = {}
        self.past: list[tuple[datetime, Model]] = []

    @rule(
        source=st.sampled_from(["mlflow/a", "mlflow/b"]),
        kind=st.sampled_from([MODEL, ENDPOINT]),
        pages=PAGES,
        verdict=st.sampled_from(["complete", "complete", "partial"]),
        restart_after=st.none() | st.integers(0, 2),
    )
    def a_run(
        self,
        source: str,
        kind: object,
        pages: list[list[tuple[str, str]]],
        verdict: Verdict,
        restart_after: int | None,
    ) -> None:
        assert kind in (MODEL, ENDPOINT)
        chosen = MODEL if kind is MODEL else ENDPOINT
        seen: dict[str, str] = {}
        self.hour += 1
        slot = NOON + self.hour * HOUR
        with self.ledger.begin(source, slot) as run:
            for number, page in enumerate(pages):
                if number == restart_after:
                    run.restart(chosen)
                    seen = {}
                run.add(chosen, [row(subject, value) for subject, value in page])
                seen |= dict(page)
            summary = run.commit(receipt(source, slot, {chosen.name: verdict}))
        before = {s: v for (o, k, s), v in self.model.items() if (o, k) == (source, chosen.name)}
        name = chosen.name
        gone = before.keys() - seen.keys() if verdict == "complete" else set()
        assert summary.opened[name] == len(seen.keys() - before.keys())
        assert summary.closed[name] == len(gone)
        assert summary.changed[name] == sum(seen.get(s, v) != v for s, v in before.items())
        for subject in gone:
            del self.model[source, name, subject]
        self.model |= {(source, name, s): v for s, v in seen.items()}

    @rule(ids=st.lists(st.integers(0, 9), max_size=5), source=st.sampled_from(["aws/1", "aws/2"]))
    def a_window_of_events(self, ids: list[int], source: str) -> None:
        self.hour += 1
        slot = NOON + self.hour * HOUR
        with self.ledger.begin(source, slot) as run:
            run.add(EVENT, [row(f"e{i}", "x", NOON + i * HOUR) for i in ids])
            run.commit(receipt(source, slot, {EVENT.name: "partial"}))
        self.events |= {(source, f"e{i}"): "x" for i in ids}

    @rule()
    def somebody_looks(self) -> None:
        runs = list(self.ledger.runs())
        if runs:
            self.past.append((runs[-1].sealed_at, dict(self.model)))

    def _snapshot(self, at: datetime | None) -> Model:
        snapshot = self.ledger.snapshot(at)
        found = [r for kind in (MODEL, ENDPOINT) for r in snapshot.records(kind.name)]
        known = {row(s, v).sha256: v for s in ("a", "b", "c", "d/1", "ü") for v in "12"}
        model = {(r.source, r.kind, r.subject): known[r.sha256] for r in found}
        assert len(model) == len(found)
        assert all(row(r.subject, known[r.sha256]).body == r.body for r in found)
        return model

    @invariant()
    def the_present_is_the_model(self) -> None:
        assert self._snapshot(None) == self.model
        found = [(e.source, e.subject) for e in self.ledger.events(EVENT.name)]
        assert sorted(found) == sorted(self.events)

    @invariant()
    def the_past_is_what_it_was(self) -> None:
        for at, then in self.past:
            assert self._snapshot(at) == then

    def teardown(self) -> None:
        report = self.ledger.verify()
        self.ledger.close()
        shutil.rmtree(self.folder)
        assert report.ok, report.problem


AnySequence.TestCase.settings = settings(max_examples=12, stateful_step_count=10, deadline=None)
TestAnySequence = AnySequence.TestCase
