"""``annexa attest``: a named person says something that no system can tell, and signs it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..exit_codes import ExitCode
from .options import ConfigOption, JsonOption

if TYPE_CHECKING:
    from ...collectors.allowed_signers import AllowedSigners
    from ...collectors.attestations import Attestation, Statement
    from ..attesting import Signed
    from ..config import Config

SIGNERS = "allowed_signers"
"""Beside ``annexa.yaml``."""


def register(app: typer.Typer) -> None:
    app.command("attest")(attest)


def attest(
    statement: Annotated[
        str | None, typer.Argument(metavar="STATEMENT", help="What is attested, in words")
    ] = None,
    *,
    who: Annotated[
        str | None, typer.Option("--who", metavar="NAME", help="Who signs: an e-mail address")
    ] = None,
    role: Annotated[str | None, typer.Option("--role", metavar="TEXT")] = None,
    control: Annotated[
        list[str] | None, typer.Option("--control", metavar="ID", help="May come more than once")
    ] = None,
    system: Annotated[
        list[str] | None, typer.Option("--system", metavar="ID", help="None: the organisation")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day that it speaks of")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day")] = None,
    expires: Annotated[
        str, typer.Option("--expires", metavar="WHEN", help="A date, or 365d")
    ] = "365d",
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="What is attested; hashed only")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", help="Ed25519 or P-256; one is made when left out"),
    ] = None,
    prepare: Annotated[
        Path | None,
        typer.Option(
            "--prepare", metavar="FILE", help="Only write the text, to be signed elsewhere"
        ),
    ] = None,
    text: Annotated[
        Path | None, typer.Option("--text", metavar="FILE", help="A prepared text")
    ] = None,
    signature: Annotated[
        Path | None, typer.Option("--signature", metavar="FILE", help="Its signature")
    ] = None,
    supersedes: Annotated[
        str | None, typer.Option("--supersedes", metavar="ID", help="Corrects this one")
    ] = None,
    withdraw: Annotated[
        str | None, typer.Option("--withdraw", metavar="ID", help="This one no longer holds")
    ] = None,
    signers: Annotated[
        Path | None,
        typer.Option("--signers", metavar="FILE", help="Allowed signers; beside annexa.yaml"),
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="Show those on record")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Record who attests what, for which controls and systems, for how long, signed by that
    person; or list what is on record and whether it still holds."""
    from ..wording import statement as worded

    if show:
        return _list(config, json=json)
    if (text is None) != (signature is None):
        raise typer.BadParameter("--text and --signature go together")
    if text is not None and signature is not None:
        return _take(text, signature, signers, config, json=json)
    if statement is None or who is None:
        raise typer.BadParameter("say what is attested, and by whom: STATEMENT --who NAME")
    from ..timing import utc_now

    wanted = worded(
        statement,
        who=who,
        now=utc_now(),
        expires=expires,
        role=role,
        controls=control or (),
        systems=system or (),
        period=(start, end),
        file=file,
        supersedes=supersedes,
        withdraws=withdraw,
    )
    if prepare is not None:
        return _prepare(wanted, prepare, json=json)
    return _sign(wanted, key, signers, config, json=json)


def _prepare(wanted: "Statement", out: Path, *, json: bool) -> int:
    from ...collectors.attestations import NAMESPACE, id_of, text_of
    from ..errors import NotFound
    from ..screen import Screen, write_json

    content = text_of(wanted)
    try:
        with out.open("xb") as target:
            target.write(content)
    except FileExistsError as error:
        raise NotFound(str(out), "is there already", remedy="name another file") from error
    command = f"ssh-keygen -Y sign -n {NAMESPACE} -f KEY {out}"
    if json:
        write_json(
            "attest-prepare/1", {"id": id_of(content), "text": str(out), "sign_with": command}
        )
        return ExitCode.OK
    screen = Screen()
    screen.line(f"{out}: attestation {id_of(content)}, not signed yet")
    screen.line(f"sign it with     {command}")
    screen.line(f"then             annexa attest --text {out} --signature {out}.sig")
    return ExitCode.OK


def _sign(
    wanted: "Statement",
    key: Path | None,
    signers: Path | None,
    config_path: Path | None,
    *,
    json: bool,
) -> int:
    from ...collectors import ssh_signature
    from ...collectors.attestations import NAMESPACE, text_of
    from ...ledger.keys import load_or_create, load_signer
    from ..attesting import Signed
    from ..config import load

    config = load(config_path)
    holder = load_signer(key) if key else load_or_create(_own_key(config, wanted.who), "p256")
    content = text_of(wanted)
    signature = ssh_signature.sign(holder, content, namespace=NAMESPACE.encode())
    signed = Signed(text=content, signature=signature, made="here")
    return _record(signed, _signers(config, signers), config, json=json)


def _take(
    text: Path, signature: Path, signers: Path | None, config_path: Path | None, *, json: bool
) -> int:
    from ..attesting import AttestationRefused, Signed
    from ..config import load

    config = load(config_path)
    allowed = _signers(config, signers)
    if allowed is None:
        raise AttestationRefused(
            str(config.path.parent / SIGNERS),
            "is not there, so nobody says whose key made the signature",
            remedy="write it, or name one with --signers",
        )
    signed = Signed(text=_bytes(text), signature=_bytes(signature), made="elsewhere")
    return _record(signed, allowed, config, json=json)


def _record(
    signed: "Signed", allowed: "AllowedSigners | None", config: "Config", *, json: bool
) -> int:
    from ..attesting import record
    from ..opening import for_writing
    from ..screen import Screen, complain, write_json
    from ..timing import utc_now

    with for_writing(config.path) as (_, ledger):
        found, leaf = record(ledger, signed, signers=allowed, clock=utc_now)
    if json:
        write_json("attest/1", {"attestation": _shown(found, "valid", holds=True), "leaf": leaf})
        return ExitCode.OK
    screen = Screen()
    screen.line(f"attestation {found.id} by {found.who}, until {found.expires_at:%Y-%m-%d}")
    screen.line(f"signed with key  {found.key_id}")
    screen.line(f"ledger leaf      {leaf}")
    if found.key_is_listed is None:
        complain(f"nobody vouches for whose key that is; list it in {SIGNERS} beside annexa.yaml")
    return ExitCode.OK


def _list(config_path: Path | None, *, json: bool) -> int:
    from ..attesting import holds, kept, states
    from ..opening import for_reading
    from ..screen import Column, Screen, write_json
    from ..timing import utc_now

    with for_reading(config_path) as (_, ledger):
        found = sorted(kept(ledger), key=lambda one: (one.recorded_at, one.id))
    standing = states(found, utc_now())
    good = {one.id: holds(one) for one in found}
    if json:
        shown = [_shown(one, standing[one.id], holds=good[one.id]) for one in found]
        write_json("attest-list/1", {"attestations": shown})
        return ExitCode.OK
    screen = Screen()
    if not found:
        screen.line("nobody attested anything yet")
        return ExitCode.OK
    columns = (
        Column("id", keep=True), Column("state"), Column("until", keep=True), Column("who"),
        Column("controls"), Column("systems"), Column("signature"), Column("statement"),
    )  # fmt: skip
    rows = [
        (
            one.id,
            standing[one.id],
            f"{one.expires_at:%Y-%m-%d}",
            one.who,
            ", ".join(one.controls),
            ", ".join(one.systems) or "organisation",
            "holds" if good[one.id] else "does not hold",
            one.statement,
        )
        for one in found
    ]
    screen.table(columns, rows)
    return ExitCode.OK


def _shown(one: "Attestation", state: str, *, holds: bool) -> dict[str, object]:
    import msgspec

    return {**msgspec.structs.asdict(one), "state": state, "signature_holds": holds}


def _signers(config: "Config", given: Path | None) -> "AllowedSigners | None":
    from ..attesting import read_signers

    if given is not None:
        return read_signers(given)
    beside = config.path.parent / SIGNERS
    return read_signers(beside) if beside.exists() else None


def _own_key(config: "Config", who: str) -> Path:
    """A key for this person in the agent's own folder: it shows which agent, not which person."""
    import hashlib

    plain = "".join(char if char.isalnum() and char.isascii() else "-" for char in who)[:40]
    mark = hashlib.sha256(who.encode()).hexdigest()[:8]
    return config.keys / f"attest-{plain}-{mark}.p256.pem"


def _bytes(path: Path, most: int = 64 * 1024) -> bytes:
    with path.open("rb") as file:
        return file.read(most)
