"""``annexa history``: one subject over time, and where its aliases pointed."""

from typing import TYPE_CHECKING, Annotated

import typer

from .options import ConfigOption, JsonOption

if TYPE_CHECKING:
    from ..screen import Screen


def register(app: typer.Typer) -> None:
    app.command("history")(history)


def history(
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="mlflow/prod:model_version:credit-risk/7")
    ],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show every version of one subject that the ledger saw, oldest first.

    Of a model or a prompt of MLflow also which version each alias pointed to, from when to when,
    and how exactly that is known: mlflow/prod:model:credit-risk
    """
    from ..alias_history import alias_history
    from ..alias_history_text import as_json, show_aliases
    from ..evidence import intervals
    from ..opening import for_reading
    from ..screen import Screen, write_json
    from ..subject import Subject

    wanted = Subject.parse(subject)
    with for_reading(config) as (_, ledger):
        found = intervals(ledger, wanted)
        aliases = alias_history(ledger, wanted)
    if json:
        body: dict[str, object] = {"subject": str(wanted), "intervals": found}
        write_json("history/1", body | (as_json(aliases) if aliases else {}))
        return
    screen = Screen()
    screen.line(str(wanted), style="bold")
    if aliases is not None:
        show_aliases(screen, aliases)
    show_intervals(screen, found)


def show_intervals(screen: "Screen", found: list[dict[str, object]]) -> None:
    from ..screen import Column

    columns = (
        Column("from", keep=True), Column("until", keep=True), Column("sha256", keep=True),
        Column("run", right=True), Column("leaf", right=True), Column("changed"),
    )  # fmt: skip
    rows = [
        (
            one["from"],
            one["until"] or "now",
            str(one["sha256"])[:16],
            one["run"],
            one["leaf"],
            ", ".join(map(str, changed)) if isinstance(changed := one["changed"], list) else "",
        )
        for one in found
    ]
    screen.table(columns, rows)
