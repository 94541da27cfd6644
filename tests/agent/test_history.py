"""Which version an alias pointed to, from when to when, and how exactly that is known."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.alias_history import alias_history
from annexa.agent.entry import run
from annexa.agent.subject import Subject
from annexa.collectors.contract import Row
from annexa.collectors.errors import Verdict
from annexa.collectors.mlflow.kinds import REGISTERED_MODEL
from annexa.collectors.mlflow.prompts import PROMPT
from annexa.collectors.mlflow.registry_events import REGISTRY_EVENT
from annexa.ledger import Ledger

from ..ledger.sample import HOUR, NOON, receipt

MODEL = Subject.parse("mlflow/prod:model:credit-risk")
SOURCE = "mlflow/prod"
Told = tuple[datetime, str, str | None]


class Year:
    """A ledger that is read every hour; a reading is from the full hour to 30 s past it."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._hours = 0

    def read(
        self,
        aliases: Mapping[str, str] | None,
        *told: Told,
        verdict: Verdict = "complete",
        kind: Any = REGISTERED_MODEL,
    ) -> datetime:
        """``aliases`` None: the model is gone. Returns when the reading began."""
        at = NOON + self._hours * HOUR
        self._hours += 1
        with self.ledger.begin(SOURCE, at) as writer:
            if aliases is not None:
                writer.add(kind, [_row("credit-risk", {"name": "credit-risk", "aliases": aliases})])
            writer.add(REGISTRY_EVENT, [_event(*one) for one in told])
            verdicts: dict[str, Verdict] = {kind.name: verdict, REGISTRY_EVENT.name: "complete"}
            writer.commit(receipt(SOURCE, at, verdicts))
        return at


def _row(subject: str, body: Mapping[str, Any], happened_at: datetime | None = None) -> Row:
    raw = json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
    return Row(subject, hashlib.sha256(raw).digest(), raw, happened_at)


def _event(at: datetime, alias: str, version: str | None) -> Row:
    id_ = f"{at:%H%M%S}-{alias}-{version}"
    body = {
        "action": "created" if version else "deleted",
        "alias": alias,
        "delivery_id": id_,
        "entity": "model_version_alias",
        "happened_at": at.isoformat(),
        "name": "credit-risk",
        **({"version": version} if version else {}),
    }
    return _row(id_, body, at)


@pytest.fixture
def year(tmp_path: Path) -> Any:
    with Ledger.open(tmp_path / "annexa.db") as ledger:
        yield Year(ledger)


def told(year: Year, subject: Subject = MODEL) -> list[tuple[str, str, Any, Any]]:
    found = alias_history(year.ledger, subject)
    assert found is not None
    return [(one.alias, one.version, one.since, one.until) for one in found.pointings]


def test_an_alias_is_followed_from_version_to_version_with_what_is_known_of_the_moments(
    year: Year,
) -> None:
    first = year.read({"champion": "3"})
    before = year.read({"champion": "3", "challenger": "4"})
    after = year.read({"champion": "4"})
    (challenger, _, since, until), champion, (_, version, moved, still) = told(year)
    assert (challenger, since.after, since.until) == (
        "challenger", first, before + timedelta(seconds=30),
    )  # fmt: skip
    assert (until.after, until.until) == (before, after + timedelta(seconds=30))
    assert champion[:2] == ("champion", "3")
    assert champion[2].after is None, "MLflow does not say since when, and nobody looked before"
    assert champion[3] == moved
    assert (version, moved.after, still) == ("4", before, None)


def test_what_else_changes_in_the_record_ends_nothing(year: Year) -> None:
    year.read({"champion": "3"})
    year.read({"champion": "3", "other": "1"})
    year.read({"champion": "3"})
    (champion,) = [one for one in told(year) if one[0] == "champion"]
    assert champion[3] is None


def test_only_complete_readings_bound_a_change(year: Year) -> None:
    first = year.read({"champion": "3"})
    year.read(None, verdict="denied")
    year.read(None, verdict="unavailable")
    last = year.read({"champion": "4"})
    moved = told(year)[1][2]
    assert (moved.after, moved.until) == (first, last + timedelta(seconds=30))


def test_a_model_that_was_gone_and_came_back_is_not_taken_as_there_meanwhile(year: Year) -> None:
    year.read({"champion": "3"})
    gone = year.read(None)
    year.read(None)
    back = year.read({"champion": "3"})
    first, second = told(year)
    assert first[3].until == gone + timedelta(seconds=30)
    assert second[2].until == back + timedelta(seconds=30)
    assert second[2].after == back - HOUR
    assert second[3] is None


def test_a_webhook_gives_the_moment_and_what_no_reading_saw(year: Year) -> None:
    year.read({"champion": "3"})
    moments = [NOON + timedelta(minutes=n) for n in (10, 20, 30)]
    year.read({"champion": "5"}, *zip(moments, ["champion"] * 3, ["5", "4", "5"], strict=True))
    deleted = NOON + timedelta(minutes=90)
    year.read({}, (deleted, "champion", None))
    found = alias_history(year.ledger, MODEL)
    assert found is not None
    old, new = found.pointings
    assert old.until is not None
    assert new.until is not None
    assert (old.until.told, new.since.told, new.until.told) == (moments[2], moments[2], deleted)
    assert [(one.version, one.at) for one in found.unseen] == [("4", moments[1])]


def test_an_event_of_another_model_source_or_time_is_none_of_ours(year: Year) -> None:
    year.read({"champion": "3"}, (NOON - HOUR, "champion", "4"))
    year.read({"champion": "4"})
    year.read({"champion": "4"}, (NOON + 2 * HOUR, "champion", "4"))
    found = alias_history(year.ledger, MODEL)
    assert found is not None
    assert found.pointings[1].since.told is None


def test_prompts_have_aliases_and_deployments_have_none(year: Year) -> None:
    year.read({"production": "1"}, kind=PROMPT)
    prompt = Subject.parse("mlflow/prod:prompt:credit-risk")
    assert told(year, prompt)[0][:2] == ("production", "1")
    assert alias_history(year.ledger, Subject.parse("kubernetes/a:deployment:b")) is None


def test_the_resolution_is_how_far_complete_readings_are_apart(year: Year) -> None:
    for verdict in ("complete", "complete", "denied", "complete"):
        year.read({"champion": "3"}, verdict=verdict)
    found = alias_history(year.ledger, MODEL)
    assert found is not None
    resolution = found.resolution
    assert (resolution.readings, resolution.longest_s) == (3, 7200)
    assert resolution.typical_s == 5400
    assert resolution.first == NOON + timedelta(seconds=30)


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    config = tmp_path / "annexa.yaml"
    source = {"id": SOURCE, "tracking_uri": "http://127.0.0.1:1"}
    config.write_text(json.dumps({"organisation": {"name": "Test"}, "sources": [source]}))

    def annexa(*arguments: str) -> str:
        assert run([*arguments, "--config", str(config)]) == 0
        return capsys.readouterr().out

    return annexa


def test_the_command_says_between_which_readings_and_how_exact_that_is(
    year: Year, command: Callable[..., str]
) -> None:
    year.read({"champion": "3"})
    year.read({"champion": "4"}, (NOON + timedelta(minutes=7), "other", "9"))
    year.read({"champion": "5"}, (NOON + timedelta(minutes=65), "champion", "5"))
    text = " ".join(command("history", "mlflow/prod:model:credit-risk").split())
    for part in (
        "mlflow/prod:registered_model:credit-risk",
        "before 2026-11-24T12:00:30Z",
        "between 2026-11-24T12:00:00Z and 2026-11-24T13:00:30Z",
        "2026-11-24T13:05:00Z, told by webhook",
        "At 2026-11-24T12:07:00Z a webhook told that other points to version 9; no reading saw",
        "3 since 2026-11-24T12:00:30Z",
        "usually 1 h apart",
    ):
        assert part in text
    body = json.loads(command("history", "mlflow/prod:model:credit-risk", "--json"))
    assert body["aliases"][1] == {
        "alias": "champion",
        "version": "4",
        "since": {"after": "2026-11-24T12:00:00Z", "until": "2026-11-24T13:00:30Z", "told": None},
        "until": {
            "after": "2026-11-24T13:00:00Z",
            "until": "2026-11-24T14:00:30Z",
            "told": "2026-11-24T13:05:00Z",
        },
    }
    assert body["resolution"]["longest_s"] == 3600
    assert len(body["intervals"]) == 3
