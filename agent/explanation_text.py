"""An explanation for a person to read."""

from collections.abc import Mapping, Sequence
from typing import Any

from .commands.history import show_intervals
from .config import format_utc
from .screen import Column, Screen

Body = Mapping[str, Any]


def show(screen: Screen, body: Body) -> None:
    """Write ``explanation.explain``'s answer."""
    writers = {"rule": _rule, "control": _control, "subject": _subject, "source": _source}
    writers[body["about"]](screen, body)


def _rule(screen: Screen, body: Body) -> None:
    screen.line(f"{body['id']}  {body['title']}", style="bold")
    for control in body["controls"]:
        screen.line(f"supports {control['id']} {control['title']}")
    screen.line(
        f"severity {body['severity']}; evidence older than {body['freshness']} is stale; "
        f"an empty population is {body['on_empty']}"
    )
    screen.heading(f"Asked of each row of {body['population']} (TRUE, FALSE, NULL)")
    for key, text in body["sql"].items():
        screen.line(f"{key}:")
        screen.block("  " + text.strip().replace("\n", "\n  "))
    screen.heading("By hand")
    screen.block(body["step"])
    screen.heading(f"{body['rows']} rows")
    _cells(screen, body["cells"])
    if body["not_passing"]:
        screen.heading("Not passing")
        _results(screen, ("subject", "system", "outcome", "reason"), body["not_passing"])
    _evidence(screen, body["evidence"])


def _control(screen: Screen, body: Body) -> None:
    screen.line(f"{body['id']}  {body['title']}", style="bold")
    screen.line(f"class: {body['class']}")
    if body["looked_for"]:
        screen.line(f"looked for: {body['looked_for']}")
    if body["document"]:
        screen.line(f"document: {body['document']}")
    screen.heading("State")
    columns = (Column("system"), Column("state", keep=True), Column("because"))
    rows = [
        (state["system_id"] or "(organisation)", state["state"], state["reason"])
        for state in body["states"]
    ]
    screen.table(columns, rows)
    for rule in body["rules"]:
        screen.heading(f"{rule['id']}  {rule['title']}")
        _cells(screen, rule["cells"])
    if not body["rules"]:
        screen.line()
        screen.line("no rule judges it: a person's document or attestation is the evidence")


def _subject(screen: Screen, body: Body) -> None:
    screen.line(body["id"], style="bold")
    screen.heading("Versions that the ledger saw")
    show_intervals(screen, body["intervals"])
    screen.heading("Rules")
    if body["results"]:
        _results(screen, ("rule", "system", "outcome", "title", "reason"), body["results"])
    else:
        screen.line("no rule has a row about it")
    _evidence(screen, body["evidence"])


def _source(screen: Screen, body: Body) -> None:
    screen.line(body["id"], style="bold")
    screen.line(f"{body['runs']} runs; the last one is leaf {body['last_leaf']}")
    columns = (
        Column("kind", keep=True), Column("verdict", keep=True), Column("read", keep=True),
        Column("in full", keep=True), Column("problem"), Column("what to do"),
    )  # fmt: skip
    rows = [
        (
            one["kind"],
            one["verdict"],
            format_utc(one["finished_at"]) if one["finished_at"] else "never",
            format_utc(one["last_complete_at"]) if one["last_complete_at"] else "never",
            one["problem"],
            one["remedy"],
        )
        for one in body["kinds"]
    ]
    screen.table(columns, rows)
    _differences(screen, [check for check in body["checks"] if not check["ok"]])
    if body["in_doubt"]:
        screen.heading("In doubt because of it")
        screen.table(
            (Column("rule", keep=True), Column("system"), Column("outcome", keep=True)),
            [
                (one["rule_id"], one["system_id"] or "(organisation)", one["outcome"])
                for one in body["in_doubt"]
            ],
        )


def _differences(screen: Screen, checks: Sequence[Body]) -> None:
    if not checks:
        return
    screen.heading("Second looks that differ")
    for check in checks:
        screen.line(f"{check['kind']} in run {check['run']}: {check['method']}")
        screen.line(f"  expected {check['expected']}, found {check['found']}")
        for side in ("only_expected", "only_found"):
            for name in check[side]:
                screen.line(f"  {side.replace('_', ' ')}: {name}")
        if check["note"]:
            screen.line(f"  {check['note']}")


def _cells(screen: Screen, cells: Sequence[Body]) -> None:
    columns = (
        Column("system"), Column("outcome", keep=True), Column("pass", right=True),
        Column("fail", right=True), Column("inconclusive", right=True),
        Column("attention", right=True), Column("accepted", right=True), Column("because"),
    )  # fmt: skip
    rows = [
        (
            cell["system_id"] or "(organisation)",
            cell["outcome"],
            cell["n_pass"],
            cell["n_fail"],
            cell["n_inconclusive"],
            cell["n_attention"],
            cell["n_accepted"],
            cell["reason"],
        )
        for cell in cells
    ]
    screen.table(columns, rows)


def _results(screen: Screen, keys: Sequence[str], rows: Sequence[Body]) -> None:
    columns = [Column(key, keep=key in ("outcome", "rule")) for key in keys]
    screen.table(columns, [[row[key] for key in keys] for row in rows])


def _evidence(screen: Screen, proof: Body | None) -> None:
    if proof is None:
        return
    screen.heading(f"Evidence of {proof['subject']}")
    pairs = [
        ("seen", f"{proof['observed_at']} in run {proof['run']} of {proof['source']}"),
        ("sha256", proof["sha256"]),
        ("leaf", proof["leaf"]),
        ("receipt", proof["receipt"]),
    ]
    for name, value in pairs:
        screen.line(f"{name:<8} {value}")
    for key, value in proof["record"].items():
        screen.line(f"  {key}: {value}")
