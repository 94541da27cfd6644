"""What a rule may not say, because it would pass in silence (or not give the same answer twice).

SQL knows three answers. A rule's ``pass`` must stay NULL while a fact is missing; the operators
below turn NULL into TRUE. The deciding check is not this list but the blank row in
``examples.py``: a rule that passes a row about which nothing is known is refused.
"""

import re

from .errors import PackError
from .rule import Rule

_TEXT = re.compile(r"'(?:[^']|'')*'")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)

_ANYWHERE = (
    (r"\b(now|today|current_date|current_time|current_timestamp|localtimestamp|get_current_\w+)\b",
     "asks the clock", "use as_of(), so that the same evidence gives the same answer"),
    (r"\b(random|setseed|uuid|gen_random_uuid|uuidv\d|nextval)\s*\(",
     "is not the same twice", "leave it out"),
    (r"\b(from_json|json_transform|from_json_strict)\s*\(",
     "uses from_json, which turns a wrong type into NULL or another value",
     "records are typed already; read their columns"),
    (r"\btablesample\b|\busing\s+sample\b", "looks at a sample", "look at every row"),
)  # fmt: skip
_IN_PASS = (
    (r"\bis\s+distinct\s+from\b", "uses IS DISTINCT FROM, which is true for an unknown value",
     "use <>, which stays unknown"),
    (r"\bis\s+not\s+(true|false)\b", "uses IS NOT TRUE or IS NOT FALSE, which is true for NULL",
     "use NOT (…), which stays unknown"),
    (r"\bcoalesce\s*\((?:[^()]|\([^()]*\))*,\s*true\s*\)", "turns unknown into true",
     "leave NULL alone: it means inconclusive"),
    (r"\bifnull\s*\((?:[^()]|\([^()]*\))*,\s*true\s*\)", "turns unknown into true",
     "leave NULL alone: it means inconclusive"),
    (r"\b(list_)?bool_(and|or)\s*\(|\blist_(any|all)\s*\(|\blist_aggr(egate)?\s*\(",
     "aggregates booleans, where NULL counts as true", "count the rows that are TRUE"),
    (r"(?<![/])/(?![/*])", "divides with /, and 1/0 is infinite",
     "multiply instead, or divide with // (an error makes the row inconclusive)"),
    (r"\belse\s+true\b", "ends a CASE with ELSE true, also for what is not known",
     "name the condition that passes; without ELSE the rest is inconclusive"),
    (r"\bselect\b", "holds a query", "put it under `with:` and read its columns"),
)  # fmt: skip


def check_texts(rule: Rule, where: str) -> None:
    """Refuse a rule whose SQL could pass in silence.

    Raises:
        PackError: It says so, and what to write instead.
    """
    try:
        texts = rule.texts
    except KeyError as missing:
        raise PackError(
            where, f"has no parameter {missing}", remedy="add it under `parameters:`"
        ) from None
    for key, text in texts.items():
        bare = _COMMENT.sub(" ", _TEXT.sub("''", text)).lower()
        patterns = _ANYWHERE + (_IN_PASS if key in ("pass", "where") else ())
        for pattern, problem, remedy in patterns:
            if re.search(pattern, bare):
                raise PackError(where, f"`{key}` {problem}", remedy=remedy)
        if ";" in bare:
            raise PackError(where, f"`{key}` holds a semicolon", remedy="write one expression")
