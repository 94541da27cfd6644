"""What is missing, in lines that a person reads: each cause once."""

from datetime import UTC, datetime

from annexa.exporters.facts import OpenGap
from annexa.exporters.sections import told
from annexa.ledger import GapNow

SINCE = datetime(2026, 11, 24, 6, tzinfo=UTC)


def gap(rule: str, cause: str, *, system: str | None = "shelf-vision") -> OpenGap:
    now = GapNow(
        rule=rule,
        system=system,
        source="kubernetes/edge",
        outcome="inconclusive",
        owner="paula",
        cause=cause,
    )
    return OpenGap(now=now, id=rule, since=SINCE)


def test_gaps_that_differ_in_their_rule_only_are_one_line_with_all_rules() -> None:
    unread = "kubernetes/edge could not be read in full"
    lines = list(
        told(
            [
                gap("A.4.2-3", unread),
                gap("A.6.2.5-1", "something else"),
                gap("A.6.2.5-2", unread),
                gap("A.6.2.5-3", unread, system=None),
            ]
        )
    )
    end = "inconclusive: {}; owner paula, since 2026-11-24 06:00:00Z"
    assert lines == [
        f"A.4.2-3, A.6.2.5-2 (shelf-vision, kubernetes/edge): {end.format(unread)}",
        f"A.6.2.5-1 (shelf-vision, kubernetes/edge): {end.format('something else')}",
        f"A.6.2.5-3 (kubernetes/edge): {end.format(unread)}",
    ]
