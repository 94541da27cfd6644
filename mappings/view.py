"""A common table: columns of its own, rows from one fragment of SQL for each platform.

``views.yaml`` gives the columns of every view in the order in which views are built; a fragment
may read kinds' tables and views built before its own. A fragment is a file
``views/<view>.<name>.sql`` with one SELECT; columns that it leaves out are NULL. Its header says
which kinds its rows come from, ``-- rows: kubernetes.inference_service``; every other kind that
it reads, through other views too, is a *fact* joined to them.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import PackError
from .kind_table import identifier

COMMON = {"subject": "VARCHAR", "source": "VARCHAR", "system_id": "VARCHAR"}
"""What every view has: which record, from where, for which AI system (NULL: none is named)."""

_ROWS = re.compile(r"^--\s*rows:\s*(.+)$", re.MULTILINE)
_FILE = re.compile(r"([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)\.sql")


@dataclass(frozen=True, kw_only=True)
class Fragment:
    view: str
    name: str
    sql: str
    rows: tuple[str, ...]
    """Kinds whose records become rows; empty when rows come from other views only."""
    file: str

    def reads(self, collectors: Collection[str]) -> bool:
        """Whether rows of it come from a kind of one of these collectors."""
        return any(kind.partition(".")[0] in collectors for kind in self.rows if "." in kind)


@dataclass(frozen=True, kw_only=True)
class View:
    name: str
    columns: Mapping[str, str]
    fragments: tuple[Fragment, ...]
    about: str = ""
    """What its rows are, in a line: the comment beside its name."""

    @property
    def create_sql(self) -> str:
        return self.creation(self.name)

    def creation(self, table: str) -> str:
        """Make an empty table of these columns, whatever its name."""
        inside = ", ".join(f"{identifier(name)} {kind}" for name, kind in self.columns.items())
        return f"create or replace table {identifier(table)} ({inside})"


def read_fragment(path: Path) -> Fragment:
    """Read one fragment.

    Raises:
        PackError: The file's name or header is not what it has to be.
    """
    where = f"views/{path.name}"
    match = _FILE.fullmatch(path.name)
    if match is None:
        raise PackError(
            where, "is not named <view>.<name>.sql", remedy="rename it: deployment.kserve.sql"
        )
    sql = path.read_text("utf-8")
    header = _ROWS.search(sql)
    if header is None:
        raise PackError(
            where,
            "does not say where its rows come from",
            remedy="begin it with `-- rows: kubernetes.deployment`, or `-- rows: none`",
        )
    named = [kind.strip() for kind in header[1].split(",")]
    return Fragment(
        view=match[1],
        name=match[2],
        sql=sql.strip().rstrip(";"),
        rows=tuple(kind for kind in named if kind and kind != "none"),
        file=where,
    )
