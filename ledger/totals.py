"""How much of which kind appeared, changed and went over a stretch of runs."""

from dataclasses import dataclass
from sqlite3 import Connection

_TOTALS = """
WITH opened AS (
  SELECT i.population, count(*) AS n, count(was.id) AS changed
  FROM interval i
  LEFT JOIN interval was ON was.population = i.population AND was.subject = i.subject
    AND was.closed_run = i.opened_run
  WHERE i.opened_run BETWEEN :first AND :last GROUP BY 1
), closed AS (
  SELECT population, count(*) AS n FROM interval
  WHERE closed_run BETWEEN :first AND :last GROUP BY 1
), events AS (
  SELECT population, count(*) AS n FROM event WHERE run BETWEEN :first AND :last GROUP BY 1
)
SELECT p.source, p.kind, coalesce(o.n - o.changed, 0), coalesce(o.changed, 0),
  coalesce(c.n, 0) - coalesce(o.changed, 0), coalesce(e.n, 0)
FROM population p
LEFT JOIN opened o ON o.population = p.id
LEFT JOIN closed c ON c.population = p.id
LEFT JOIN events e ON e.population = p.id
WHERE o.n IS NOT NULL OR c.n IS NOT NULL OR e.n IS NOT NULL
ORDER BY 1, 2
"""


@dataclass(frozen=True, kw_only=True)
class ChangeTotal:
    """Of one kind of one source. A subject that changed twice counts twice."""

    source: str
    kind: str
    opened: int
    changed: int
    closed: int
    events: int


def change_totals(sql: Connection, first: int, last: int) -> list[ChangeTotal]:
    """Runs ``first`` to ``last``, both included; kinds in which nothing moved are left out."""
    return [
        ChangeTotal(
            source=source, kind=kind, opened=opened, changed=changed, closed=closed, events=events
        )
        for source, kind, opened, changed, closed, events in sql.execute(
            _TOTALS, {"first": first, "last": last}
        )
    ]
