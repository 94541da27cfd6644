"""What a bundle says of its populations, and of the samples that were drawn from them."""

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from ...ledger import Ledger
from ...mappings.completeness import unread_rows
from ..contents import Contents
from ..facts import Facts
from ..rows import Value
from .bundled import POPULATION_COLUMNS, POPULATIONS
from .evaluated import judged_query, population_query
from .record import Recorded, in_force
from .row_hash import sha256_in_sql
from .table import SAMPLE_COLUMNS, sample_rows


class _Place(NamedTuple):
    """A view or a rule, and where its rows stand."""

    view: str
    rule: str | None
    folders: Sequence[str]


class Samples:
    """The populations of one bundle, and the samples of its period, whenever they were drawn."""

    def __init__(self, contents: Contents, facts: Facts, ledger: Ledger) -> None:
        self._contents, self._facts = contents, facts
        period = facts.period
        self._recorded = [
            one
            for one in in_force(ledger)
            if period.start <= one.sample.as_of <= max(period.end, facts.at)
        ]
        if not facts.evaluation.scope.is_whole:  # others may name what is out of scope
            self._recorded = [one for one in self._recorded if one.leaf in self._here]

    def write(self) -> None:
        """The list of populations, and ``sample.csv`` beside each that was drawn from."""
        self._contents.values(POPULATIONS, POPULATION_COLUMNS, self._populations())
        folders = sorted({folder for place in self._places.values() for folder in place.folders})
        for folder in folders:
            rows = [
                row
                for one in self._recorded
                if folder in self._folders(one)
                for row in self._rows(one, folder)
            ]
            if rows:
                self._contents.values(f"{folder}/sample.csv", SAMPLE_COLUMNS, rows)

    def rows(self) -> Iterator[tuple[Value, ...]]:
        """Every sample once, with `SAMPLE_COLUMNS`."""
        for one in self._recorded:
            yield from self._rows(one, next(iter(self._folders(one)), None))

    @cached_property
    def _places(self) -> dict[str, _Place]:
        """View or rule -> place."""
        pack = self._facts.evaluation.pack
        clauses = {clause.id for clause in pack.catalogue.clauses}
        found: dict[str, set[str]] = {view.name: set() for view in pack.views}
        for rule in pack.rules:
            folders = {
                f"{'04_clauses' if control in clauses else '03_controls'}/{control}"
                for control in rule.controls
            }
            found[rule.population] |= folders
        views = {name: _Place(name, None, sorted(folders)) for name, folders in found.items()}
        rules = {
            rule.id: _Place(rule.population, rule.id, _of(views[rule.population], rule.controls))
            for rule in pack.rules
        }
        return views | rules

    def _populations(self) -> Iterator[tuple[Value, ...]]:
        rows, unread = self._contents.rows, unread_rows(self._facts.evaluation)
        counts = dict(rows.run("select rule_id, count(*) from result group by all"))
        for name, place in self._places.items():
            sha256, size = None, counts.get(name, 0)
            if place.rule is None:
                sha256, size = sha256_in_sql(rows, population_query(place.view))
            controls = "; ".join(folder.rpartition("/")[2] for folder in place.folders)
            file = f"{place.folders[0]}/population.csv" if place.folders else None
            yield (
                place.view, place.rule, size, sha256, self._facts.at, not unread[name],
                "; ".join(unread[name]), controls, file,
            )  # fmt: skip

    def _folders(self, one: Recorded) -> Sequence[str]:
        place = self._places.get(one.sample.population)
        return place.folders if place else ()

    def _rows(self, one: Recorded, folder: str | None) -> Iterator[tuple[Value, ...]]:
        file = f"{folder}/population.csv" if folder and one.leaf in self._here else ""
        return sample_rows(one.sample, number=one.leaf, population_file=file)

    @cached_property
    def _here(self) -> set[int]:
        """Samples whose population stands in this bundle as it was frozen."""
        found = set()
        for one in self._recorded:
            place = self._places.get(one.sample.population)
            if place is not None:
                query = population_query(place.view)
                if place.rule is not None:
                    query = judged_query(query, place.rule)
                sha256, _ = sha256_in_sql(self._contents.rows, query)
                if sha256 == one.sample.population_sha256:
                    found.add(one.leaf)
        return found


def _of(view: _Place, controls: Collection[str]) -> list[str]:
    return [folder for folder in view.folders if folder.rpartition("/")[2] in controls]
