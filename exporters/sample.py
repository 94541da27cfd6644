"""Draws every sample of this bundle again and compares; needs Python 3.8 and nothing else.

In the unpacked folder: python3 -I sample.py, or with the name of a sample of your own.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from collections import Counter
from pathlib import Path


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def table(path: str | Path) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def who(row: dict[str, str]) -> tuple[str, str, str]:
    return row["subject"], row["source"], row["system_id"]


def ranked(one: dict[str, str]) -> tuple[str, list[tuple[str, str, str, str]]]:
    """The population's hash, and (rank, stratum, row's hash, copy) of each of its rows."""
    file, rule, rows = "data/" + one["population_file"], one["rule"], []
    seen: Counter[str] = Counter()
    results = table(file.replace("population.csv", "results.csv")) if rule else []
    judged = {who(row) for row in results if row["rule_id"] == rule}
    for row in table(file):
        if row["population"] == one["population"] and (not rule or who(row) in judged):
            cells = [f"{k}={len(v.encode())}:{v}\n" for k, v in sorted(row.items()) if v]
            key = sha("".join(cells))
            rows.append((key, row.get(one["strata"], ""), str(seen[key])))
            seen[key] += 1
    frozen = sha("".join(sorted(key + "\n" for key, _, _ in rows)))
    return frozen, sorted(
        (sha("\n".join((one["seed"], frozen, k, n))), s, k, n) for k, s, n in rows
    )


def problem(lines: list[dict[str, str]]) -> str:
    """What is wrong with a sample; empty when it comes out again."""
    one, drawn = lines[0], {(row["stratum"], row["row_sha256"], row["copy"]) for row in lines}
    frozen, rows = ranked(one)
    if frozen != one["population_sha256"]:
        return "this is not the population that was frozen"
    if one["method"] == "judgement":
        return "" if drawn <= {row[1:] for row in rows} else "a pick is not in the population"
    again: set[object] = set()
    for stratum in {row[1] for row in rows}:
        mine = [row for row in lines if row["stratum"] == stratum]
        wanted = int(mine[0]["stratum_size"]) if mine else 1
        wanted += sum(row["status"] == "replaced" for row in mine)
        here = [row[1:] for row in rows if row[1] == stratum]
        again |= set(here[:wanted]) if wanted <= len(here) else {stratum}
    return "" if again == drawn else "the seed gives other items"


csv.field_size_limit(1 << 28)
found = [
    (path, table(path))
    for path in sys.argv[1:] or sorted(map(str, Path("data").glob("*/*/sample.csv")))
]
bad = 0
for path, rows in found:
    for number in dict.fromkeys(row["sample"] for row in rows):
        mine = [row for row in rows if row["sample"] == number]
        wrong = problem(mine) if mine[0]["population_file"] else ""
        bad += bool(wrong)
        same = (
            "the same again" if mine[0]["population_file"] else "of a population that is not here"
        )
        print(f"{path}: sample {number or '1'}: {len(mine)} items, {wrong or same}")
sys.exit(bool(bad))
