"""Draws each sample again, unpacked: python3 -I sample.py [SAMPLE.csv ...]; needs Python 3.8."""

from __future__ import annotations

import csv
import hashlib
import sys
from collections import Counter
from pathlib import Path

AGAIN, ELSEWHERE = "the same again", "of a population that is not here"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def population(one: dict[str, str]) -> tuple[str, set[tuple[str, str, str]]]:
    """Its hash, and its rows: stratum, hash, and how many before it are the same."""
    file, rule = Path("data", one["population_file"]), one["rule"]
    results = table(file.with_name("results.csv")) if rule else []
    judged = {(r["subject"], r["source"], r["system_id"]) for r in results if r["rule_id"] == rule}
    seen: Counter[str] = Counter()
    rows = set()
    for r in table(file):
        is_judged = not rule or (r["subject"], r["source"], r["system_id"]) in judged
        if r["population"] == one["population"] and is_judged:
            key = sha("".join(f"{k}={len(v.encode())}:{v}\n" for k, v in sorted(r.items()) if v))
            rows.add((r.get(one["strata"], ""), key, str(seen[key])))
            seen[key] += 1
    return sha("".join(f"{key}\n" for key in sorted(seen.elements()))), rows


def told(sample: list[dict[str, str]]) -> str:
    one, drawn = sample[0], {(r["stratum"], r["row_sha256"], r["copy"]) for r in sample}
    if not one["population_file"]:
        return ELSEWHERE
    frozen, rows = population(one)
    if frozen != one["population_sha256"]:
        return "this is not the population that was frozen"
    if one["method"] == "judgement":
        return AGAIN if drawn <= rows else "a pick is not in the population"
    ranked = sorted(rows, key=lambda row: sha("\n".join((one["seed"], frozen, *row[1:]))))
    for stratum in {row[0] for row in rows | drawn}:
        mine = [r for r in sample if r["stratum"] == stratum]
        size = sum(int(r["stratum_size"]) for r in mine[:1])
        size += sum(r["status"] == "replaced" for r in mine)
        first = [row for row in ranked if row[0] == stratum][:size]
        if not len(mine) == size > 0 or set(first) != {row for row in drawn if row[0] == stratum}:
            return "the seed gives other items"
    return AGAIN


csv.field_size_limit(1 << 28)
bad = 0
for path in (
    map(Path, sys.argv[1:]) if sys.argv[1:] else sorted(Path("data").glob("*/*/sample.csv"))
):
    lines = table(path)
    for number in dict.fromkeys(line["sample"] for line in lines):
        items = [line for line in lines if line["sample"] == number]
        found = told(items)
        bad |= found not in (AGAIN, ELSEWHERE)
        print(f"{path}: sample {number or '1'}: {len(items)} items, {found}")
sys.exit(bad)
