"""Which sources a rule depends on, and what an unread or old one means for its answers.

*Rows* kinds hold the population: when one was not read in full, what was seen keeps its outcome,
but nobody can say that all of it passed. *Facts* kinds hold what is joined to it: when one was not
read in full, a FALSE may only mean that we did not see the fact.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .errors import PackError
from .kind_table import table_name
from .outcome import SourceState
from .pack import Pack
from .rule import Rule
from .sealed import Sealed


@dataclass(frozen=True, kw_only=True)
class Needs:
    """The kinds that a rule or a view depends on."""

    rows: frozenset[str]
    facts: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One source state that stands in the way of an answer."""

    source: str | None
    """None: there is no source of this kind at all."""
    kind: str
    run: int | None
    systems: tuple[str, ...] | None
    is_stale: bool
    """It was read in full, but too long ago; False: it was not read in full."""
    is_fact: bool
    text: str

    def covers(self, system_id: str | None) -> bool:
        """Whether this system's answers are in doubt; rows of no named system always are."""
        return self.systems is None or system_id is None or system_id in self.systems

    @property
    def forbids_pass(self) -> bool:
        """Unread rows or facts do; that nobody configured a source of a fact only makes a FALSE
        uncertain."""
        return not self.is_stale and (self.source is not None or not self.is_fact)


def view_needs(db: Sealed, pack: Pack, kinds: Iterable[str]) -> dict[str, Needs]:
    """What each view depends on, from its fragments' headers and from the tables in its SQL.

    Raises:
        PackError: A header names a kind or view that is not known, or SQL does not parse.
    """
    by_table = {table_name(kind): kind for kind in kinds}
    known = set(by_table.values())
    needs: dict[str, Needs] = {}
    for view in pack.views:
        rows: set[str] = set()
        facts: set[str] = set()
        for fragment in view.fragments:
            for name in fragment.rows:
                if name in needs:
                    rows |= needs[name].rows
                elif name in known or "." in name:  # or of a plugin that cannot be loaded here
                    rows.add(name)
                else:
                    raise PackError(
                        fragment.file,
                        f"takes its rows from {name!r}, which is no kind and no view before it",
                        remedy="correct the line that begins with `-- rows:`",
                    )
            read = db.tables_of(fragment.sql, fragment.file)
            facts |= {by_table[table] for table in read if table in by_table}
            for table in read & needs.keys():
                facts |= needs[table].rows | needs[table].facts
        needs[view.name] = Needs(rows=frozenset(rows), facts=frozenset(facts - rows))
    return needs


def rule_needs(db: Sealed, rule: Rule, views: Mapping[str, Needs], kinds: Iterable[str]) -> Needs:
    """What a rule depends on; its own ``rows`` and ``facts`` go before what the SQL says.

    Raises:
        PackError: They name something that is neither a kind nor a view.
    """
    read = {rule.population}
    if rule.query is not None:
        read |= db.tables_of(rule.sql(rule.query), f"rule {rule.id}: with") & views.keys()
    rows = _expand(rule, rule.rows, views, set(kinds))
    if rows is None:
        rows = set(views[rule.population].rows)
    facts = _expand(rule, rule.facts, views, set(kinds))
    if facts is None:
        facts = set().union(*(views[name].rows | views[name].facts for name in read))
    return Needs(rows=frozenset(rows), facts=frozenset(facts - rows))


def _expand(
    rule: Rule, named: Sequence[str] | None, views: Mapping[str, Needs], kinds: set[str]
) -> set[str] | None:
    if named is None:
        return None
    found: set[str] = set()
    for name in named:
        if name in views:
            found |= views[name].rows
        elif name in kinds or "." in name:  # a kind of a plugin that is not installed here
            found.add(name)
        else:
            raise PackError(
                f"rule {rule.id}",
                f"depends on {name!r}, which is no view and no kind",
                remedy="correct `rows:` or `facts:`",
            )
    return found


def doubts(
    needs: Needs, states: Iterable[SourceState], at: datetime, max_age: timedelta
) -> list[Doubt]:
    """What stands in the way of a rule with these needs, worst first."""
    states = list(states)
    found = [
        *_without_source(needs.rows, states, False),
        *_without_source(needs.facts, states, True),
    ]
    for state in states:
        is_fact = state.kind in needs.facts
        if not is_fact and state.kind not in needs.rows:
            continue
        is_old = state.finished_at is not None and at - state.finished_at > max_age
        if state.is_read and not is_old:
            continue
        found.append(
            Doubt(
                source=state.source,
                kind=state.kind,
                run=state.run,
                systems=state.systems,
                is_stale=state.is_read,
                is_fact=is_fact,
                text=_told(state, at),
            )
        )
    return sorted(found, key=lambda d: (d.is_stale, d.is_fact, d.source or "", d.kind))


def _without_source(
    kinds: Collection[str], states: Iterable[SourceState], is_fact: bool
) -> list[Doubt]:
    """A doubt when no source was ever asked for any of these kinds."""
    if not kinds or any(state.kind in kinds for state in states):
        return []
    listed = ", ".join(sorted(kinds))
    return [
        Doubt(
            source=None,
            kind=listed,
            run=None,
            systems=None,
            is_stale=False,
            is_fact=is_fact,
            text=f"no source is read for {listed}",
        )
    ]


def _told(state: SourceState, at: datetime) -> str:
    run = "" if state.run is None else f" in run {state.run}"
    if state.verdict == "never":
        return f"{state.source} was never read ({state.kind})"
    if state.is_read and state.finished_at is not None:
        hours = (at - state.finished_at).total_seconds() / 3600
        return f"{state.source} was last read {hours:.0f} h ago{run} ({state.kind})"
    return f"{state.source} could not be read in full{run} ({state.kind}: {state.verdict})"
