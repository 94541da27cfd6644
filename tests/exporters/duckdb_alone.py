"""Run in ``10_mapping`` of an unpacked bundle, with nothing of annexa: are the results the same?

Prints how many rows only the script gives, how many only the bundle has, how many there are, and
how many rows of results.csv files were found among them. Ends with 1 where a file differs.
"""

import csv
import sys
from collections import Counter
from pathlib import Path

import duckdb

COLUMNS = ("rule_id", "subject", "source", "system_id", "outcome", "reason")

database = duckdb.connect()
((only_here, only_there, rows),) = database.execute(
    Path("replay.sql").read_text("utf-8")
).fetchall()
replayed: dict[str, Counter[tuple[str, ...]]] = {}
for row in database.execute(f"select {', '.join(COLUMNS)} from result").fetchall():
    values = tuple((value or "").replace("\0", "\ufffd") for value in row)
    replayed.setdefault(row[0], Counter())[values] += 1

compared, rules = 0, set()
for path in sorted(Path("..").glob("0[34]_*/*/results.csv")):
    told: dict[str, Counter[tuple[str, ...]]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file):
            cells = tuple(line[name].removeprefix("'") for name in COLUMNS)
            told.setdefault(line["rule_id"], Counter())[cells] += 1
    for rule, found in told.items():
        if found != replayed[rule]:
            sys.exit(f"{path}: {rule} differs")
        compared += found.total()
    rules |= set(told)
if rules != set(replayed) or any(name.startswith("annexa") for name in sys.modules):
    sys.exit("some rules are in no file, or this was not alone")
print(only_here, only_there, rows, compared)
