"""``annexa retention``: what may be deleted by now, and its deletion."""

from typing import TYPE_CHECKING, Annotated

import typer

from .options import ConfigOption, JsonOption

if TYPE_CHECKING:
    from ...ledger import Expired

_TEXT = 500


def register(app: typer.Typer) -> None:
    app.command("retention")(retention)


def retention(
    *,
    apply: Annotated[
        bool, typer.Option("--apply", help="Delete it; without this nothing is deleted")
    ] = False,
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who decided so")] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT")] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show which contents are older than retention: in annexa.yaml asks for, or delete them.

    Hashes, receipts, leaves and results stay, and the ledger verifies as before. What is so now,
    and what a hold covers, stays too. The deletion is a leaf: who, why, which policy, which hashes.
    """
    from ..config import load
    from ..errors import ConfigError
    from ..kept_tables import forget
    from ..opening import for_reading, for_writing
    from ..retaining import policy
    from ..timing import utc_now

    settings = load(config).retention
    if settings is None:
        raise ConfigError(
            "retention", "there is no policy", remedy="add retention: {bodies: 1095d}"
        )
    if apply and not by.strip():
        raise typer.BadParameter("--by: a deletion needs somebody who decided it")
    if len(by) > _TEXT or len(reason) > _TEXT:
        raise typer.BadParameter(f"--by, --reason: up to {_TEXT} characters")
    cutoff = policy(settings, utc_now())
    holds = [hold.name for hold in settings.holds]
    if not apply:
        with for_reading(config) as (_, ledger):
            _show(ledger.retention.expired(cutoff), settings.text, holds, leaf=None, json=json)
        return
    said: dict[str, object] = {
        "policy": settings.text,
        "by": by.strip(),
        "reason": reason.strip(),
        "holds": [hold.model_dump(mode="json") for hold in settings.holds],
    }
    with for_writing(config, create=False) as (own, ledger):
        deleted = ledger.retention.delete(cutoff, said)
        forget(own)
    leaf, found = deleted if deleted is not None else (None, [])
    _show(found, settings.text, holds, leaf=leaf, json=json)


def _show(
    found: "list[Expired]", policy: str, holds: list[str], *, leaf: int | None, json: bool
) -> None:
    from ..screen import Column, Screen, write_json

    if json:
        body = {"policy": policy, "holds": holds, "expired": [vars(one) for one in found]}
        write_json("retention/1", {**body, "leaf": leaf})
        return
    screen = Screen()
    screen.line(f"policy: {policy}; holds: {', '.join(holds) or 'none'}")
    if not found:
        screen.line("nothing is older than that")
        return
    columns = (
        Column("source", keep=True), Column("kind", keep=True), Column("bodies", right=True),
        Column("bytes", right=True),
    )  # fmt: skip
    rows = [(one.source, one.kind, one.bodies, f"{one.size_bytes:,}") for one in found]
    screen.table(columns, rows)
    if leaf is None:
        screen.line("nothing was deleted; --apply --by WHO does it, and cannot be taken back")
    else:
        screen.line(
            f"deleted (leaf {leaf}); bundles, archives and backups from before still hold it"
        )
