"""The outcomes of many rules as few numbers: four bits a rule, cheap to count and to compare."""

from collections.abc import Iterator, Sequence

from .outcome import Outcome

_CODES: dict[Outcome, int] = {
    "pass": 1,
    "fail": 2,
    "inconclusive": 3,
    "attention": 4,
    "accepted-exception": 5,
}
"""Outcomes that a row can have; 0 is that it does not belong to the rule."""
_EVALUATED = 8
_BITS = 4
_RULES = 15
"""As many as a BIGINT holds."""


def numbers_sql(rules: int) -> list[str]:
    """SQL of BIGINTs, never NULL, for a row with ``outcome_0``, ``evaluated_0`` and so on."""
    return [
        " + ".join(map(_code_sql, range(first, min(first + _RULES, rules))))
        for first in range(0, rules, _RULES)
    ]


def _code_sql(n: int) -> str:
    unit = 1 << _BITS * (n % _RULES)
    cases = " ".join(f"when '{outcome}' then {code * unit}" for outcome, code in _CODES.items())
    return (
        f"(case outcome_{n} {cases} else 0 end)::bigint"
        f" + (case when evaluated_{n} then {_EVALUATED * unit} else 0 end)::bigint"
    )


def unpacked(numbers: Sequence[int], rules: int) -> Iterator[tuple[Outcome | None, bool]]:
    """What the numbers of a row say of each rule: its outcome, and whether it was evaluated."""
    outcomes = {code: outcome for outcome, code in _CODES.items()}
    for n in range(rules):
        code = numbers[n // _RULES] >> _BITS * (n % _RULES)
        yield outcomes.get(code & (_EVALUATED - 1)), bool(code & _EVALUATED)
