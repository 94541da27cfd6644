"""The SQL functions that views and rules may use.

Views see the conventions as ``mlflow_owner(tags)``, ``kubernetes_owner(labels, annotations)``,
``aws_owner(tags)``, one per platform and meaning, and as ``is_production(text)``,
``is_approved(text)`` and ``production_alias(text)``. Rules see `RULE_MACROS` only.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from .conventions import MEANINGS, PLATFORMS, Conventions, Platform
from .kind_table import literal
from .place import PLACE_MACROS

_SHARED = "create or replace macro"

SAME_PERSON = """same_person(a, b) as (
  lower(trim(a)) = lower(trim(b))
  or (contains(a, '@') <> contains(b, '@')
      and lower(split_part(trim(a), '@', 1)) = lower(split_part(trim(b), '@', 1))))"""
"""NULL when either is not known; a bare user name equals the e-mail address that starts with it."""

HAS_SECTION = """has_section(headings, wanted) as (
  len(list_filter(headings, lambda heading: regexp_matches(lower(heading), wanted))) > 0)"""
"""NULL when the headings are not known; ``wanted`` is a regular expression in lower case."""

INSTANT = r"""instant(written) as (
  case when regexp_full_match(written, '\d{12,14}') then epoch_ms(written::bigint)::timestamptz
       when regexp_full_match(written, '\d{9,11}') then epoch_ms(1000 * written::int8)::timestamptz
       else try_cast(written as timestamptz) end)"""
"""A time as people write it in a tag: RFC 3339, an ISO date (midnight UTC), epoch s or ms."""


def rule_macros(as_of: datetime, *, shared: bool = False) -> list[str]:
    """``as_of()`` and what else a rule may call; the same statements stand in ``replay.sql``.

    Args:
        shared: For all connections to the database, which must be writable; else for this one.
    """
    instant = as_of.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")
    macro = _SHARED if shared else "create or replace temp macro"
    return [
        f"{macro} as_of() as (timestamptz {literal(instant)})",
        f"{macro} {SAME_PERSON}",
        f"{macro} {HAS_SECTION}",
    ]


def view_macros(conventions: Conventions) -> list[str]:
    """The conventions as SQL; every key and value is a literal, whatever it holds."""
    statements = [f"{_SHARED} {macro}" for macro in (INSTANT, *PLACE_MACROS)]
    for platform in PLATFORMS:
        statements += _platform(conventions, platform)
    statements += [
        _one_of("is_production", conventions.production),
        _one_of("is_approved", conventions.approved),
        _one_of("production_alias", conventions.production_aliases),
    ]
    return statements


def _platform(conventions: Conventions, platform: Platform) -> Iterator[str]:
    arguments = ("labels", "annotations") if platform == "kubernetes" else ("tags",)
    for meaning in MEANINGS:
        found = [
            f"nullif(trim({argument}[{literal(key)}]), '')"
            for key in conventions.of(platform).of(meaning)
            for argument in arguments
        ]
        value = f"coalesce({', '.join(found)})" if found else "null::varchar"
        signature = f"{platform}_{meaning}({', '.join(arguments)})"
        yield f"{_SHARED} {signature} as ({value})"


def _one_of(name: str, values: Sequence[str]) -> str:
    listed = ", ".join(literal(value.lower()) for value in values)
    test = f"lower(trim(written)) in ({listed})" if listed else "written is null and null"
    return f"{_SHARED} {name}(written) as ({test})"
