"""The bundle before this one: what "since your last visit" is counted from."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from ..ledger import LeafInfo, Ledger
from ..mappings.kind_table import literal
from .errors import BundleError
from .verify import CannotTry, Report, open_bundle, verify_bundle

CLAUSES = "04_clauses/clauses.csv"
Outcomes = Mapping[tuple[str, str | None], str]


@dataclass(frozen=True, kw_only=True)
class Earlier:
    as_of: datetime
    period: str
    sha256: str
    """Of its tag manifest: what was signed."""
    leaf: int | None
    """Its export's leaf in the ledger; None when the bundle itself was given."""
    file: Path | None = None
    """Where it was given. Not for the bundle: it is a path of this machine."""
    outcomes: Outcomes | None = None
    """What it said of each rule, control and clause; None when only the ledger knows."""

    @property
    def name(self) -> str:
        known = "given as a file" if self.leaf is None else f"leaf {self.leaf} of the ledger"
        return f"the bundle of {self.period}, {known}, sha256 {self.sha256}"


def exports_before(ledger: Ledger, at: datetime) -> Iterator[tuple[LeafInfo, Mapping[str, Any]]]:
    """Exports that were written by ``at`` and show an earlier instant, in the order of the log.

    An export of the same instant is no earlier one: so a bundle that is written again is the same.
    """
    for leaf in ledger.log.of_type("export"):
        body: dict[str, Any] = msgspec.json.decode(leaf.body)
        if leaf.at <= at and datetime.fromisoformat(body["as_of"]) < at:
            yield leaf, body


def last_bundle(ledger: Ledger, at: datetime) -> Earlier | None:
    """The newest that the ledger knows of at ``at``."""
    found = list(exports_before(ledger, at))
    if not found:
        return None
    leaf, body = found[-1]
    return Earlier(
        as_of=datetime.fromisoformat(body["as_of"]),
        period=body["period"],
        sha256=body["bundle_sha256"],
        leaf=leaf.index,
    )


def given_bundle(path: Path, *, checkpoint: str, at: datetime) -> Earlier:
    """The bundle in a file, which has to verify and to be of the same ledger.

    Args:
        checkpoint: A signed note of this ledger; its first line names it.

    Raises:
        BundleError: It does not verify, is of another ledger, or is not an earlier one.
    """
    try:
        report = verify_bundle(path)
    except CannotTry as reason:
        where, _, problem = str(reason).partition(": ")
        raise BundleError(where, problem, remedy="name a bundle") from reason
    if not report.ok:
        raise BundleError(
            str(path),
            f"does not verify ({report.problems[0]})",
            remedy="name a bundle as it was exported",
        )
    predicate: dict[str, Any] = report.statement["predicate"]
    if predicate["checkpoint"].partition("\n")[0] != checkpoint.partition("\n")[0]:
        raise BundleError(str(path), "is of another ledger", remedy="name one of this ledger")
    as_of = datetime.fromisoformat(predicate["as_of"])
    if as_of >= at:
        raise BundleError(
            str(path),
            f"shows {as_of:%Y-%m-%d %H:%M:%S}, not an earlier instant",
            remedy="name an earlier one",
        )
    return Earlier(
        as_of=as_of,
        period=predicate["period"]["label"],
        sha256=report.statement["subject"][0]["digest"]["sha256"],
        leaf=None,
        file=path,
        outcomes=_outcomes(path),
    )


def take_out(bundle: Path, table: str, into: Path) -> None:
    """Copy one of the tables that a replay has to give again out of a bundle that verified."""
    _copy(bundle, f"data/10_mapping/expected/{table}.parquet", into)


def _copy(bundle: Path, name: str, into: Path) -> None:
    opened = open_bundle(str(bundle), Report())
    try:
        with into.open("xb") as out:
            out.writelines(opened.chunks(name))
    finally:
        opened.close()


def _outcomes(bundle: Path) -> Outcomes:
    found: dict[tuple[str, str | None], str] = {}
    with tempfile.TemporaryDirectory(prefix="annexa-earlier-") as scratch, duckdb.connect() as db:
        for table, columns in (
            ("cell", "rule_id, system_id, outcome"),
            ("control_state", "control, system_id, state"),
        ):
            path = Path(scratch, f"{table}.parquet")
            take_out(bundle, table, path)
            rows = db.execute(f"select {columns} from read_parquet({literal(str(path))})")
            found |= {(about, system): outcome for about, system, outcome in rows.fetchall()}
        path = Path(scratch, "clauses.csv")
        _copy(bundle, f"data/{CLAUSES}", path)
        rows = db.execute(
            f"select clause, state from read_csv({literal(str(path))}, all_varchar = true)"
        )
        found |= {(clause, None): state for clause, state in rows.fetchall()}
    return found
