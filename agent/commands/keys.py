"""``annexa keys``: which keys sign bundles, handing one on, revoking one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..exit_codes import ExitCode
from .options import ConfigOption, JsonOption, instant

if TYPE_CHECKING:
    from ...exporters.signature import BundleKey
    from ..config import Config


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="List, hand on and revoke the keys that sign bundles",
        rich_markup_mode=None,
        no_args_is_help=False,
    )
    group.command("list")(list_)
    group.command("rotate")(rotate)
    group.command("revoke")(revoke)
    app.add_typer(group, name="keys")


def list_(config: ConfigOption = None, json: JsonOption = False) -> int:
    """Show the fingerprints in use, and what the ledger says about former keys."""
    from ...exporters.key_history import events
    from ..opening import for_reading
    from ..screen import Column, Screen, write_json

    with for_reading(config) as (settings, ledger):
        found = events(ledger)
        verifier = ledger.verifier_key()
    in_use = _in_use(settings)
    given_up = {event.fingerprint for event in found}
    mine = [] if in_use is None else in_use.fingerprints
    if json:
        body: dict[str, object] = {
            "in_use": [{"fingerprint": one, "is_given_up": one in given_up} for one in mine],
            "ledger_key": verifier,
            "events": [event._asdict() for event in found],
        }
        write_json("keys/1", body)
        return ExitCode.OK
    screen = Screen()
    if not mine:
        screen.line("no key yet: the first export makes one")
    for one in mine:
        screen.line(f"signs bundles    sha256:{one}{' (given up!)' if one in given_up else ''}")
    screen.line(f"signs the log    {verifier}")
    rows = [(event.leaf, event.at, event.fingerprint, event.words) for event in found]
    if rows:
        columns = (
            Column("leaf", right=True), Column("at"), Column("key", keep=True), Column("was"),
        )  # fmt: skip
        screen.table(columns, rows)
    return ExitCode.OK


def rotate(
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT")],
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="KEY", help="The new key's address; a new file if left out"),
    ] = None,
    lost: Annotated[
        str | None,
        typer.Option("--lost", metavar="HEX", help="Fingerprint of an old key that is gone"),
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Hand on to a new key: the old and the new one sign an entry of the ledger's log.

    Tell your auditor the new fingerprint by another way than a bundle.
    """
    from ..key_change import hand_on
    from ..opening import for_writing
    from ..screen import Screen, complain, write_json

    with for_writing(config, create=False) as (settings, ledger):
        done = hand_on(settings, ledger, reason=reason, to=to, lost=lost)
    if json:
        write_json("keys-rotate/1", done._asdict())
        return ExitCode.OK
    screen = Screen()
    screen.line(f"old key          sha256:{done.old}")
    screen.line(f"new key          sha256:{done.new}")
    screen.line(f"ledger leaf      {done.leaf}")
    if done.kept:
        screen.line(f"the old key is   {done.kept}; destroy it when nothing needs it any more")
    if to is not None:
        complain(f"put {to} first under signing.keys: exports with the old key are refused now")
    return ExitCode.OK


def revoke(
    fingerprint: Annotated[str, typer.Argument(metavar="HEX", help="Of a key not in use")],
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT")],
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="From when others may have had it"),
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Record that a key is no longer to be trusted; the key in use signs that.

    A key in use is handed on first, with `annexa keys rotate`.
    """
    from ..key_change import revoke as record
    from ..opening import for_writing
    from ..screen import Screen, write_json

    moment = instant(since, option="--since")
    with for_writing(config, create=False) as (settings, ledger):
        leaf = record(settings, ledger, fingerprint=fingerprint, reason=reason, since=moment)
    if json:
        write_json("keys-revoke/1", {"leaf": leaf})
        return ExitCode.OK
    Screen().line(f"ledger leaf      {leaf}; the next bundles tell it")
    return ExitCode.OK


def _in_use(settings: "Config") -> "BundleKey | None":
    from ...exporters.signature import BundleKey
    from ...ledger.keys import BUNDLE_KEY

    if not settings.signing.keys and not Path(settings.keys / BUNDLE_KEY).exists():
        return None
    return BundleKey(settings.keys, settings.signing.plan())
