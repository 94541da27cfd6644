"""``annexa exception``: failures that somebody accepts, for a reason and until a day."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from .options import ConfigOption, JsonOption

if TYPE_CHECKING:
    from ...mappings.exceptions import Accepted


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Accept a failure for a time, list what was accepted, take it back",
        rich_markup_mode=None,
        no_args_is_help=False,
    )
    group.command("accept")(accept)
    group.command("list")(show)
    group.command("withdraw")(withdraw)
    app.add_typer(group, name="exception")


def accept(
    rule: Annotated[str, typer.Argument(metavar="RULE")],
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT")],
    approved_by: Annotated[str, typer.Option("--approved-by", metavar="WHO")],
    until: Annotated[
        str, typer.Option("--until", metavar="DAY", help="The first day on which it fails again")
    ],
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="S", help="Only this record's failure")
    ] = None,
    system: Annotated[
        str | None, typer.Option("--system", metavar="ID", help="Every failure of this AI system")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Seal that a failure is accepted from now on: what failed before stays as it was."""
    from ...mappings import exceptions
    from ..opening import for_writing
    from ..packs import read_pack_with
    from ..screen import Screen, write_json
    from ..timing import utc_now

    day = _day(until)
    if (subject is None) == (system is None):
        raise typer.BadParameter("name either --subject or --system")
    if day <= utc_now().date():
        raise typer.BadParameter("--until: it has to be a day to come")
    texts = (("--reason", reason), ("--approved-by", approved_by))
    for option, text in texts:
        if not text.strip() or len(text) > 1000:
            raise typer.BadParameter(f"{option}: 1 to 1,000 characters")
    with for_writing(config, create=False) as (settings, ledger):
        read_pack_with(settings, rule).rule(rule)
        leaf = exceptions.accept(
            ledger,
            rule=rule,
            reason=reason.strip(),
            approved_by=approved_by.strip(),
            until=day,
            system=system,
            subject=subject,
        )
    if json:
        write_json("exception-accept/1", {"leaf": leaf})
    else:
        Screen().line(f"accepted until {day} (leaf {leaf}); `annexa collect` judges anew")


def withdraw(
    leaf: Annotated[int, typer.Argument(metavar="LEAF", help="As `annexa exception list` says")],
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT")],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Seal that an exception counts no longer."""
    from ...mappings import exceptions
    from ..errors import NotFound
    from ..opening import for_writing
    from ..screen import Screen, write_json
    from ..timing import utc_now

    with for_writing(config, create=False) as (_, ledger):
        if leaf not in {one.leaf for one in exceptions.exceptions(ledger, utc_now())}:
            raise NotFound(
                f"exception {leaf}", "is not there", remedy="see `annexa exception list`"
            )
        sealed = exceptions.withdraw(ledger, leaf, reason)
    if json:
        write_json("exception-withdraw/1", {"leaf": sealed})
    else:
        Screen().line(f"withdrawn (leaf {sealed})")


def show(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the exceptions that were not withdrawn, expired ones too."""
    from ...mappings.exceptions import exceptions
    from ..opening import for_reading
    from ..screen import write_json
    from ..timing import utc_now

    now = utc_now()
    with for_reading(config) as (_, ledger):
        found = exceptions(ledger, now)
    if json:
        write_json("exceptions/1", {"exceptions": found})
        return
    _show(found, now.date())


def _show(found: "list[Accepted]", today: date) -> None:
    from ..screen import Column, Screen

    columns = (
        Column("leaf", right=True, keep=True), Column("rule", keep=True), Column("for"),
        Column("until", keep=True), Column("counts", keep=True), Column("approved by"),
        Column("reason"),
    )  # fmt: skip
    rows = [
        (
            one.leaf,
            one.rule_id,
            one.subject or one.system_id,
            f"{one.until:%Y-%m-%d}",
            "expired" if one.until.date() <= today else "yes",
            one.approved_by,
            one.reason,
        )
        for one in found
    ]
    screen = Screen()
    if rows:
        screen.table(columns, rows)
    else:
        screen.line("no exceptions")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("--until: write 2027-03-03") from error
