"""``annexa replay``: do the results of a bundle follow from its own populations and rules?"""

import hashlib
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ..collectors.registry import usable_kinds
from ..mappings.assessment import evaluate_rules
from ..mappings.conventions import Conventions
from ..mappings.digest import results_sha256
from ..mappings.kind_table import identifier, literal
from ..mappings.macros import view_macros
from ..mappings.pack import Pack, load_pack
from ..mappings.scope import Scope
from ..mappings.sealed import Limits, Sealed
from ..mappings.tables import store_outcomes
from .errors import BundleError
from .mapping import FOLDER, OVERLAYS, PACK
from .replay_sql import EXPECTED, OWN_TABLES
from .verify import MANIFEST, CannotTry, Report, open_bundle, parse_list, verify_bundle

_TOLD = 20


@dataclass(kw_only=True)
class ReplayReport:
    """``ok``: every row, cell and control came out again as it stands in the bundle."""

    rules: int = 0
    rows: int = 0
    cells: int = 0
    results_sha256: str = ""
    is_signed_digest: bool = False
    """The digest is the one that was signed. Another version of annexa may count it otherwise; the
    tables that are compared here are signed too, and decide."""
    differences: list[str] = field(default_factory=list)
    """One line each, at most 20 of each table."""

    @property
    def ok(self) -> bool:
        return not self.differences

    def lines(self) -> list[str]:
        done = f"replayed: {self.rules} rules, {self.rows:,} rows, {self.cells:,} cells"
        if self.ok:
            signed = "as signed" if self.is_signed_digest else "this version's; another was signed"
            digest = f"results sha256: {self.results_sha256} ({signed})"
            return [f"{done}, all equal to the bundle's", digest]
        return [*self.differences, f"{done}, with differences"]


def replay_bundle(path: Path, *, limits: Limits | None = None) -> ReplayReport:
    """Verify the bundle, then evaluate its rules over its own populations and compare.

    Raises:
        BundleError: It does not verify, or holds nothing to replay.
        PackError: A rule in it cannot be run.
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
            remedy="run `annexa verify` on it; what is not as exported is not replayed",
        )
    with tempfile.TemporaryDirectory(prefix="annexa-replay-") as scratch:
        folder = Path(scratch)
        _extract(path, folder)
        return _replay(folder / FOLDER, report.statement["predicate"], limits or Limits(), folder)


def _extract(path: Path, folder: Path) -> None:
    """Take out the mapping; every file is held against the manifest once more."""
    bundle = open_bundle(str(path), Report())
    try:
        listed, _ = parse_list(b"".join(bundle.chunks(MANIFEST)))
        for name in bundle.names():
            if not name.startswith(f"data/{FOLDER}/"):
                continue
            target = folder / name.removeprefix("data/")
            target.parent.mkdir(parents=True, exist_ok=True)
            total = hashlib.sha256()
            with target.open("xb") as out:
                for chunk in bundle.chunks(name):
                    total.update(chunk)
                    out.write(chunk)
            if total.hexdigest() != listed[name]:
                raise BundleError(name, "changed while it was read", remedy="try again")
    finally:
        bundle.close()


def _replay(folder: Path, predicate: dict[str, Any], limits: Limits, scratch: Path) -> ReplayReport:
    overlays = (folder / OVERLAYS.removeprefix(f"{FOLDER}/")).glob("*")
    pack = load_pack(
        folder / PACK.removeprefix(f"{FOLDER}/"),
        overlays=sorted(overlays, key=lambda path: int(path.name.partition("-")[0])),
    )
    pack = Scope.parse(predicate.get("scope", {})).of_pack(pack)
    at = datetime.fromisoformat(predicate["as_of"])
    with Sealed(None, scratch, limits) as db:
        _load(db, pack, folder)
        conventions = Conventions.model_validate_json((folder / "conventions.json").read_bytes())
        for macro in view_macros(conventions):  # views are not built again, but their SQL is parsed
            db.trusted(macro)
        db.seal()
        assessment = evaluate_rules(db, pack, at, usable_kinds())
        store_outcomes(db, assessment)
        ((rows,),) = db.trusted("select count(*) from result")
        report = ReplayReport(
            rules=len(pack.rules),
            rows=rows,
            cells=len(assessment.cells),
            results_sha256=results_sha256(assessment.rows_sha256, assessment.cells),
        )
        for table in EXPECTED:
            report.differences += _differences(db, table)
    report.is_signed_digest = report.results_sha256 == predicate["results_sha256"]
    return report


def _load(db: Sealed, pack: Pack, folder: Path) -> None:
    files = {name: f"populations/{name}" for name in (*(v.name for v in pack.views), *OWN_TABLES)}
    files |= {f"expected_{name}": f"expected/{name}" for name in EXPECTED}
    for table, file in files.items():
        source = folder / f"{file}.parquet"
        if not source.is_file():
            raise BundleError(
                f"{file}.parquet", "is not in the bundle", remedy="ask for a newer one"
            )
        db.trusted(
            f"create table {identifier(table)} as "
            f"select * from read_parquet({literal(str(source))})"
        )


def _differences(db: Sealed, table: str) -> list[str]:
    found: list[str] = []
    stored, replayed = identifier(f"expected_{table}"), identifier(table)
    for told, one, other in (
        ("only the replay gives", replayed, stored),
        ("only the bundle has", stored, replayed),
    ):
        rows = db.trusted(
            "select (columns(*))::varchar from "
            f"(select * from {one} except all select * from {other})"
            f" order by all limit {_TOLD}"
        )
        for row in rows:
            values = ", ".join("null" if value is None else value for value in row)
            found.append(f"{table}: {told} {values}")
    return found
