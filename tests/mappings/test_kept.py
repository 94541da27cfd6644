"""Tables that are kept between evaluations change nothing but the time that one takes."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from annexa.ledger import Ledger
from annexa.mappings import evaluation as engine
from annexa.mappings.conventions import Conventions
from annexa.mappings.errors import PackError
from annexa.mappings.evaluation import Evaluation, evaluate
from annexa.mappings.pack import Pack
from annexa.mappings.pack_views import Views
from annexa.mappings.scope import Scope
from annexa.mappings.sealed import Sealed

from .planting import NOW, PACK, Company


def _few_controls() -> Pack:
    """Every evaluation of the whole pack takes seconds, most of it to plan its statements."""
    pack = Scope(controls=("A.4.3", "A.6.2.6")).of_pack(PACK)
    return replace(pack, views=Views(all=tuple(PACK.views), files=()).read_by(pack.rules))


FEW = _few_controls()


class House:
    """A company whose sources are read again and again, the last time five minutes ago."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.company = Company()
        self.kept = folder / "kept"
        self.ledger = Ledger.open(folder / "ledger.db", clock=lambda: self.company.read_at)

    def read(self, *, after: timedelta = timedelta(hours=1)) -> None:
        self.now += after
        self.company.read_at = self.now - timedelta(minutes=5)
        self.company.plant(self.ledger)

    def cold(self, **more: Any) -> Evaluation:
        return evaluate(self.ledger, FEW, Conventions(), **{"at": self.now, **more})

    def warm(self, **more: Any) -> Evaluation:
        return self.cold(kept=self.kept, **more)

    def same_as_cold(self, **more: Any) -> None:
        with self.warm(**more) as warm, self.cold(**more) as cold:
            assert warm.cells == cold.cells
            assert warm.results_sha256 == cold.results_sha256
            assert warm.found_gaps == cold.found_gaps
            assert [*warm.rows("A.6.2.6-7")] == [*cold.rows("A.6.2.6-7")]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    house.read()
    with house.ledger:
        yield house


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the SQL stands that was run."""
    seen: list[str] = []
    run = Sealed.run

    def watched(self: Sealed, sql: str, *, where: str) -> Any:
        seen.append(where)
        return run(self, sql, where=where)

    monkeypatch.setattr(Sealed, "run", watched)
    return seen


def test_whatever_changed_since_the_answers_are_those_of_a_new_evaluation(house: House) -> None:
    house.warm().close()
    company = house.company
    company.served.storage_uri = "s3://nowhere"  # changed
    company.buckets.pop()  # gone
    company.former_versions.append(replace_version(company))  # new
    company.verdicts = {"kubernetes.namespace": "partial"}
    house.read()
    house.same_as_cold()
    company.served.storage_uri = "s3://models/credit-risk/7"  # as it was
    company.verdicts = {}
    company.events = [*company.events, later(company.events[0], house.now + timedelta(days=2))]
    house.read()
    house.same_as_cold()
    house.now += timedelta(hours=20)  # what was fresh is stale, and nothing was read
    house.same_as_cold()


def replace_version(company: Company) -> Any:
    version = company.version
    return type(version)(**{f: getattr(version, f) for f in version.__struct_fields__} | {
        "version": "8", "tags": {}
    })  # fmt: skip


def later(event: Any, when: datetime) -> Any:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return type(event)(**fields | {"event_id": "later", "event_time": when})


def test_without_news_only_what_asks_for_the_time_is_made_again(
    house: House, made: list[str]
) -> None:
    house.warm().close()
    assert "views/deployment.linked.sql" in made
    made.clear()
    house.now += timedelta(minutes=1)
    house.warm().close()
    views = {where.split(".")[0] for where in made if where.startswith("views/")}
    assert views == {"views/attestation", "views/document", "views/monitor"}
    assert "rule A.6.2.6-1" not in made


def test_a_record_that_changed_makes_only_what_follows_from_it(
    house: House, made: list[str]
) -> None:
    house.warm().close()
    house.company.buckets[0].encrypted = False
    house.read()
    made.clear()
    house.warm().close()
    assert "views/storage.s3.sql" in made
    assert "views/deployment.linked.sql" not in made


def test_tables_of_an_evaluation_that_did_not_end_are_not_trusted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.warm().close()
    with monkeypatch.context() as patch:

        def broken(*_: Any) -> None:
            raise PackError("here", "breaks", remedy="none")

        patch.setattr(engine, "store_outcomes", broken)
        with pytest.raises(PackError):
            house.warm()
    with duckdb.connect(str(house.kept / "tables.duckdb")) as db:
        db.execute("delete from storage")
    house.same_as_cold()


@pytest.mark.parametrize("what", ["empty", "garbage", "another shape"])
def test_a_file_that_is_none_is_made_anew(house: House, what: str) -> None:
    house.kept.mkdir()
    file = house.kept / "tables.duckdb"
    if what == "another shape":
        with duckdb.connect(str(file)) as db:
            db.execute("create table _kept as select '{}' as said")
    else:
        file.write_bytes(b"" if what == "empty" else b"no database at all" * 1000)
    house.same_as_cold()


def test_tables_of_another_history_are_not_taken_for_this_one(house: House, tmp_path: Path) -> None:
    house.warm().close()
    (tmp_path / "other").mkdir()
    other = House(tmp_path / "other")
    other.kept = house.kept
    other.company.buckets[0].encrypted = False
    other.read()
    with other.ledger:
        other.same_as_cold()


def test_a_look_at_the_past_and_one_at_a_part_leave_the_tables_alone(house: House) -> None:
    house.warm().close()
    before = (house.kept / "tables.duckdb").read_bytes()
    scope = Scope(systems=("credit-risk",))
    house.warm(scope=scope).close()
    assert (house.kept / "tables.duckdb").read_bytes() == before


def test_tables_are_made_anew_after_a_day(house: House, made: list[str]) -> None:
    house.warm().close()
    made.clear()
    house.now += timedelta(hours=24)
    house.warm().close()
    assert "views/deployment.linked.sql" in made


def test_conventions_that_changed_make_them_anew(house: House) -> None:
    house.warm().close()
    production = Conventions(production=("live",))
    with (
        evaluate(house.ledger, FEW, production, at=house.now, kept=house.kept) as warm,
        evaluate(house.ledger, FEW, production, at=house.now) as cold,
    ):
        assert warm.results_sha256 == cold.results_sha256


def test_while_one_has_them_another_goes_without(house: House) -> None:
    with house.warm() as first:
        lock = os.open(house.kept / "lock", os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with house.warm() as second:
            assert second.results_sha256 == first.results_sha256
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(lock)


def test_a_folder_that_cannot_be_made_is_done_without(house: House, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    house.kept = tmp_path / "file"
    house.same_as_cold()


def test_only_the_owner_may_look_into_the_folder(house: House) -> None:
    with suppress(FileNotFoundError):
        house.kept.rmdir()
    house.warm().close()
    assert house.kept.stat().st_mode & 0o777 == 0o700
