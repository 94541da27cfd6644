"""Was a population read in full? Where not, nothing can be said of all of it."""

from collections.abc import Mapping
from datetime import timedelta

from ..collectors.registry import usable_kinds
from .doubt import Doubt, Needs, doubts, rule_needs, view_needs
from .evaluation import Evaluation
from .macros import rule_macros, view_macros
from .sealed import Limits, Sealed


def unread_rows(evaluation: Evaluation) -> Mapping[str, tuple[str, ...]]:
    """View or rule -> why rows of it may be missing, in words; old readings count as read."""
    kinds = usable_kinds()
    with Sealed(None, None, Limits()) as parser:
        macros = (*rule_macros(evaluation.at, shared=True), *view_macros(evaluation.conventions))
        for macro in macros:
            parser.trusted(macro)
        needs = view_needs(parser, evaluation.pack, kinds)
        rules = {rule.id: rule_needs(parser, rule, needs, kinds) for rule in evaluation.pack.rules}
    return {
        name: tuple(doubt.text for doubt in _of_rows(one, evaluation))
        for name, one in (needs | rules).items()
    }


def _of_rows(needs: Needs, evaluation: Evaluation) -> list[Doubt]:
    rows = Needs(rows=needs.rows, facts=frozenset())
    return doubts(rows, evaluation.sources, evaluation.at, timedelta.max)
