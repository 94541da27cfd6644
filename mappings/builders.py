"""Functions that build text or lists as long as a number says, which no limit of memory counts.

DuckDB does not count what one expression builds, and an expression over a single row cannot be
interrupted. So a pack may not name them, in whatever way SQL allows to write a name.
"""

import re

from .errors import PackError

_NAMES = ("repeat", "lpad", "rpad", "bar", "format", "printf", "list_resize", "array_resize")
_BETWEEN = r"(?:\s|/\*.*?\*/|--[^\n]*(?:\n|$))*"
_CALL = re.compile(rf"\b({'|'.join(_NAMES)})\"?{_BETWEEN}\(", re.IGNORECASE | re.DOTALL)


def check_builders(sql: str, where: str) -> None:
    """Refuse SQL of a pack that names one, in a text too.

    Raises:
        PackError: It says which.
    """
    if found := _CALL.search(sql):
        raise PackError(
            where,
            f"uses {found[1].lower()}(), which builds as much as a number says",
            remedy="write the text out, or leave it out",
        )
