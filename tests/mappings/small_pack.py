"""The built-in pack with few of its rules, for tests to which the others add nothing but time:
DuckDB plans the SQL of each rule anew for every evaluation."""

from functools import cache
from pathlib import Path

import yaml
from annexa.mappings.pack import BUILTIN

RULES = (
    "6.1.3-1",
    "A.2.2-1",
    "A.2.4-1",
    "A.4.2-1",
    "A.4.3-1",
    "A.4.5-1",
    "A.6.2.5-1",
    "A.6.2.5-10",
    "A.6.2.8-1",
    "A.7.2-1",
)
WHOLE = BUILTIN / "iso42001"


def write_small_pack(folder: Path) -> Path:
    """With the whole catalogue, the lenses, and the views that the rules read."""
    for name, text in _files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@cache
def _files() -> dict[str, str]:
    kept = [rule for path in sorted((WHOLE / "rules").glob("*.yaml")) for rule in _read(path)]
    files = {
        "pack.yaml": (WHOLE / "pack.yaml").read_text("utf-8") + "views_of: iso42001\n",
        "catalogue.yaml": (WHOLE / "catalogue.yaml").read_text("utf-8"),
        "rules/few.yaml": yaml.safe_dump([rule for rule in kept if rule["id"] in RULES]),
    }
    lenses = {f"crosswalk/{path.name}": path for path in (WHOLE / "crosswalk").glob("*.yaml")}
    return files | {name: path.read_text("utf-8") for name, path in lenses.items()}


def _read(path: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return found
