"""What was observed: one observation for each rule and system, one for each unread source."""

from collections.abc import Iterator, Sequence

from ...mappings.outcome import Cell
from ...mappings.rule import Rule
from ..facts import OpenGap, rfc3339
from ..request_list import evidence_list
from ..verify import RECEIPTS, run_file
from ..words import OUTCOMES
from .assessed import Assessed
from .named_rows import Key, NamedRow, named_rows
from .parts import Json, markup, prop, props
from .plan import task
from .resources import Resources
from .stream import given

_RESULTS = "What the rule said about each row"
_POPULATION = "The rows that were judged"
_EVIDENCE = "Where each record lies, its hash, its receipt and its leaf"


class Observations:
    def __init__(self, assessed: Assessed, resources: Resources) -> None:
        self._assessed, self._resources = assessed, resources
        self._files_of: dict[str, list[Json]] = {}

    def of_rules(self, cells: Sequence[Cell]) -> Iterator[Json]:
        """``cells`` come in the order of rule and system."""
        found = named_rows(self._assessed.contents.rows)
        key, rows = next(found, _END)
        for cell in cells:
            mine = (cell.rule_id, cell.system_id or "")
            while key < mine and key != _END[0]:
                key, rows = next(found, _END)
            yield self._of_rule(cell, rows if key == mine else ())

    def of_source(self, gap: OpenGap) -> Json:
        """That a source could not be read in full."""
        name = gap.now.source or ""
        info = self._assessed.facts.latest.get(name)
        evidence = self._receipt(info.number if info else None)
        fields = {
            "uuid": source_observation(self._assessed, name),
            "title": markup(f"{name} could not be read in full"),
            "description": markup(f"{gap.now.cause}; nothing is concluded from it"),
            "props": props(outcome=gap.now.outcome, source=name),
            "methods": ["TEST"],
            "types": ["finding"],
            "origins": [self._origin()],
            "subjects": [{"subject-uuid": self._assessed.source(name), "type": "component"}],
            "relevant-evidence": evidence,
            "collected": rfc3339(info.finished_at if info else self._assessed.facts.at),
        }
        return given(fields)

    def _of_rule(self, cell: Cell, rows: Sequence[NamedRow]) -> Json:
        rule = self._assessed.rules[cell.rule_id]
        collected, expires = self._assessed.freshness.of(cell)
        files = self._files_of.get(rule.id)
        if files is None:  # the same for each system
            files = self._files_of[rule.id] = list(self._files(rule))
        fields = {
            "uuid": observation(self._assessed, cell),
            "title": markup(rule.title),
            "description": _told(cell),
            "props": _properties(rule, cell),
            "methods": ["EXAMINE" if rule.asks_a_person else "TEST"],
            "types": ["finding" if cell.outcome == "fail" else "control-objective"],
            "origins": [self._origin(rule)],
            "subjects": [*self._about(cell), *(self._row(rule, row) for row in rows)],
            "relevant-evidence": [*files, *self._receipt(cell.blame_run)],
            "collected": rfc3339(collected),
            "expires": rfc3339(expires) if expires else None,
            "remarks": _rest(cell, len(rows)),
        }
        return given(fields)

    def _origin(self, rule: Rule | None = None) -> Json:
        origin: Json = {"actors": [{"type": "tool", "actor-uuid": self._assessed.tool}]}
        if rule is not None:
            origin["related-tasks"] = [{"task-uuid": task(self._assessed, rule.id)}]
        return origin

    def _about(self, cell: Cell) -> Iterator[Json]:
        yield {"subject-uuid": self._assessed.component(cell.system_id), "type": "component"}
        if cell.blame in self._assessed.sources:
            about = markup("The source whose reading is in doubt")
            blamed = self._assessed.source(cell.blame)
            yield {"subject-uuid": blamed, "type": "component", "remarks": about}

    def _row(self, rule: Rule, row: NamedRow) -> Json:
        fields = {
            "subject-uuid": thing(self._assessed, row.subject),
            "type": "inventory-item",
            "title": markup(row.subject),
            "props": [prop("outcome", row.outcome)],
            "links": self._record(rule, row),
            "remarks": markup(row.reason) if row.reason else None,
        }
        return given(fields)

    def _record(self, rule: Rule, row: NamedRow) -> list[Json]:
        own = (self._assessed.records.get((control, row.subject)) for control in rule.controls)
        file = next((name for name in own if name), None)
        if file is not None:
            return [{"href": self._resources.href(file), "rel": "evidence", "text": "Its record"}]
        if row.file is None:
            return []
        line = f"Its record is line {row.line}"
        return [{"href": self._resources.href(row.file), "rel": "evidence", "text": line}]

    def _files(self, rule: Rule) -> Iterator[Json]:
        """All its rows are in the folder of each of its controls; the first is named."""
        listed = evidence_list(self._assessed.facts, rule.controls[0])
        folder = listed.partition("/evidence/")[0]
        for file, what in (
            (f"{folder}/results.csv", _RESULTS),
            (f"{folder}/population.csv", _POPULATION),
            (listed, _EVIDENCE),
        ):
            if self._resources.has(file):
                yield {"href": self._resources.href(file), "description": what}

    def _receipt(self, run: int | None) -> list[Json]:
        if run is None:
            return []
        file = run_file(RECEIPTS, run, "json").removeprefix("data/")
        if not self._resources.has(file):
            return []
        what = f"Receipt of run {run}: as whom, what was asked, what came"
        return [{"href": self._resources.href(file), "description": what}]


_END: tuple[Key, list[NamedRow]] = (("", ""), [])


def observation(assessed: Assessed, cell: Cell) -> str:
    """UUID of what a rule said about a system."""
    return assessed.identifiers.now("observation", cell.rule_id, cell.system_id or "")


def source_observation(assessed: Assessed, source: str) -> str:
    return assessed.identifiers.now("unread", source)


def thing(assessed: Assessed, subject: str) -> str:
    """UUID of the thing that a row is about."""
    return assessed.identifiers.lasting("thing", subject)


def _told(cell: Cell) -> str:
    about = cell.system_id or "the organisation"
    why = f" {cell.reason}." if cell.reason else ""
    return markup(f"{cell.rule_id}, {about}: {cell.outcome}: {OUTCOMES[cell.outcome]}.{why}")


def _properties(rule: Rule, cell: Cell) -> list[Json]:
    counts = {
        "rows": cell.population,
        "rows-passing": cell.n_pass,
        "rows-failing": cell.n_fail,
        "rows-inconclusive": cell.n_inconclusive,
        "rows-not-evaluated": cell.n_not_evaluated,
        "rows-to-look-at": cell.n_attention,
        "rows-accepted": cell.n_accepted,
    }
    return [
        prop("rule", rule.id),
        *props(system=cell.system_id),
        prop("outcome", cell.outcome),
        prop("severity", rule.severity),
        *(prop(name, number) for name, number in counts.items() if number or name == "rows"),
    ]


def _rest(cell: Cell, named: int) -> str | None:
    rest = cell.population - cell.n_pass - named
    if named and rest > 0:
        return f"{named} rows are named; {rest} more that do not pass are in results.csv."
    return None
