"""A part of the house: some AI systems, some controls. What is out of it is judged nowhere.

Views are built over everything and then cut to the scope; rules run over what is left. So every
result follows from the rows that are there, for whoever replays it. Rows that name no system stay:
they are the organisation's, or nobody knows whose they are.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..collectors.contract import Kind
from .assessment import Assessment, evaluate_rules
from .catalogue import Catalogue
from .errors import ScopeError
from .kept import Stamps
from .kind_table import identifier, literal
from .pack import Pack
from .rule import Rule
from .sealed import Sealed

_ALWAYS = ("system", "soa", "document", "attestation")
"""Views that coverage reads beside the rules."""
_TOLD = 20


@dataclass(frozen=True, kw_only=True)
class Scope:
    """None: all of them."""

    systems: tuple[str, ...] | None = None
    controls: tuple[str, ...] | None = None
    """Controls and clauses."""

    @classmethod
    def parse(cls, said: Mapping[str, Sequence[str] | None]) -> "Scope":
        """As a bundle's manifest says it."""
        systems, controls = said.get("systems"), said.get("controls")
        return cls(
            systems=None if systems is None else tuple(systems),
            controls=None if controls is None else tuple(controls),
        )

    @property
    def is_whole(self) -> bool:
        return self.systems is None and self.controls is None

    def of_pack(self, pack: Pack) -> Pack:
        """The pack with these controls and the rules that are about them; its digest stays.

        Raises:
            ScopeError: The catalogue does not have one of them.
        """
        if self.controls is None:
            return pack
        wanted = frozenset(self.controls)
        if missed := wanted - pack.catalogue.ids:
            raise ScopeError(
                f"control {min(missed)}",
                f"is not in the catalogue of {pack.id}",
                remedy="use ids such as A.6.2.5 or 8.1; `annexa mapping docs` has them",
            )
        controls = tuple(c for c in pack.catalogue.controls if c.id in wanted)
        catalogue = Catalogue(
            standard=pack.catalogue.standard,
            groups={
                group: title
                for group, title in pack.catalogue.groups.items()
                if any(control.id.startswith(f"{group}.") for control in controls)
            },
            controls=controls,
            clauses=tuple(c for c in pack.catalogue.clauses if c.id in wanted),
        )
        rules = tuple(_about(rule, wanted) for rule in pack.rules if wanted & {*rule.controls})
        return replace(pack, catalogue=catalogue, rules=rules)


WHOLE = Scope()


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """What a scope took away."""

    systems: int = 0
    controls: int = 0
    sources: frozenset[str] = frozenset()
    """Sources that serve only systems out of scope."""
    differing: tuple[str, ...] = ()
    """Rows in scope that are judged otherwise without the rest, in words, 20 at most."""


def _about(rule: Rule, wanted: Collection[str]) -> Rule:
    mine = tuple(control for control in rule.controls if control in wanted)
    return rule.model_copy(update={"controls": mine})


def evaluate_scope(
    db: Sealed,
    pack: Pack,
    scope: Scope,
    as_of: datetime,
    kinds: Mapping[str, Kind],
    *,
    stamps: Stamps | None = None,
) -> tuple[Pack, Assessment, LeftOut]:
    """Judge what is in scope; the pack that is left, its outcomes, and what was left out.

    A part is judged twice, with and without the rest, so that it can be said where that matters.

    Raises:
        ScopeError: A system or a control of it is not known.
        PackError: See `evaluate_rules`.
    """
    whole = evaluate_rules(db, pack, as_of, kinds, stamps=stamps)
    if scope.is_whole:
        return pack, whole, LeftOut()
    mine = scope.of_pack(pack)
    systems = frozenset(scope.systems or whole.systems)
    if missed := systems - {*whole.systems}:
        raise ScopeError(
            f"system {min(missed)}",
            "is not known",
            remedy=f"known are: {', '.join(whole.systems) or 'none'}",
        )
    db.trusted("create table whole_result as select * from result")
    sources = _cut(db, mine, scope)
    assessment = evaluate_rules(db, mine, as_of, kinds)
    left_out = LeftOut(
        systems=len(whole.systems) - len(systems),
        controls=len(pack.catalogue.controls) - len(mine.catalogue.controls),
        sources=sources,
        differing=tuple(_differing(db)),
    )
    return mine, assessment, left_out


def _differing(db: Sealed) -> Iterator[str]:
    rows = db.trusted(
        "select distinct r.rule_id, r.subject, r.outcome, w.outcome from result r "
        "left join whole_result w on w.rule_id = r.rule_id "
        "and w.subject is not distinct from r.subject "
        "and w.source is not distinct from r.source "
        "and w.system_id is not distinct from r.system_id "
        f"where w.outcome is distinct from r.outcome order by all limit {_TOLD + 1}"
    )
    for rule, subject, here, there in rows[:_TOLD]:
        yield f"{rule}: {subject}: {here} here, {there or 'not judged'} with all that is known"
    if rows[_TOLD:]:
        yield "and more rows, which are not listed"


def _cut(db: Sealed, pack: Pack, scope: Scope) -> frozenset[str]:
    """Take away the rows that are out of scope; returns the sources that were."""
    read = _views_read(db, pack)
    for view in pack.views:
        table = identifier(view.name)
        if view.name not in read:
            db.trusted(f"delete from {table}")
        for condition in _outside(scope, view.columns):
            db.trusted(f"delete from {table} where {condition}")
    if scope.controls is not None:
        for table in ("soa", "catalogue"):
            db.trusted(f"delete from {table} where {_not_in('control', scope.controls)}")
    if scope.systems is None:
        return frozenset()
    subjects = "\nunion all\n".join(
        f"select subject from {identifier(view.name)}" for view in pack.views
    )
    db.trusted(
        f"delete from exception where {_not_in('system_id', scope.systems)} "
        f"or (subject is not null and subject not in (select s.subject from ({subjects}) s "
        "where s.subject is not null))"
    )
    sources = db.trusted(f"select distinct source from source_state where {_others(scope)}")
    db.trusted(f"delete from source_state where {_others(scope)}")
    db.trusted(
        "update source_state set systems = list_filter(systems, lambda system: "
        f"not ({_not_in('system', scope.systems)})) where systems is not null"
    )
    return frozenset(str(source) for (source,) in sources)


def _views_read(db: Sealed, pack: Pack) -> set[str]:
    """The views that the rules read, by themselves or in their queries, and coverage does."""
    read = {*_ALWAYS, *(rule.population for rule in pack.rules)}
    for rule in pack.rules:
        if rule.query is not None:
            read |= db.tables_of(rule.sql(rule.query), f"rule {rule.id}: with")
    return read


def _outside(scope: Scope, columns: Collection[str]) -> Iterator[str]:
    if scope.systems is not None:
        yield _not_in("system_id", scope.systems)
        if "systems" in columns:
            yield _others(scope)


def _not_in(column: str, values: Sequence[str]) -> str:
    """True for other values; not for NULL."""
    return f"{column} not in ({', '.join(literal(value) for value in values)})"


def _others(scope: Scope) -> str:
    """True where systems are listed, and none of the scope's is among them."""
    listed = ", ".join(literal(system) for system in scope.systems or ())
    return f"len(systems) > 0 and not list_has_any(systems, [{listed}])"
