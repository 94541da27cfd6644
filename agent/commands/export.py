"""``annexa export``: the bundle of a period."""

from pathlib import Path
from typing import Annotated

import typer

from ..exit_codes import ExitCode
from .options import AtOption, ConfigOption, JsonOption, PackOption, instant


def register(app: typer.Typer) -> None:
    app.command("export")(export)


def export(
    *,
    period: Annotated[
        str,
        typer.Option(
            "--period", metavar="P", help="2026-Q4, 2026-11, 2026, 2026-01-01..2026-04-01 (UTC)"
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The zip to write")],
    at: AtOption = None,
    since_bundle: Annotated[
        Path | None,
        typer.Option(
            "--since-bundle",
            metavar="FILE",
            help="Tell the changes since this bundle; since the last one when left out",
        ),
    ] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="With a summary for paper; needs annexa[pdf]")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE")] = False,
    accept_finding: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-finding",
            metavar="FILE:LINE",
            help="No credential, though it looks like one: go on; it is recorded in the ledger",
        ),
    ] = None,
    encrypt_to: Annotated[
        str | None,
        typer.Option(
            "--encrypt-to",
            metavar="KEY",
            help="age1…, ssh-ed25519 …, or a certificate's PEM file: an encrypted copy beside FILE",
        ),
    ] = None,
    pack: PackOption = None,
    timestamp: Annotated[
        list[str] | None,
        typer.Option(
            "--timestamp", metavar="URL", help="Also ask this authority (RFC 3161) for the time"
        ),
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Write what an auditor takes away: controls, evidence, results, proofs, signed. A bundle is
    about one pack."""
    from ...exporters import encryption
    from ...exporters.custody import record_encrypted
    from ...mappings.period import Period
    from .. import job
    from ..errors import NotFound
    from ..opening import for_writing
    from ..packs import read_pack
    from ..screen import Screen, complain, write_json
    from ..web_address import web_address

    wanted = Period.parse(period)
    moment = instant(at)
    try:
        asked = tuple(web_address(url) for url in timestamp or ())
    except ValueError as error:
        raise typer.BadParameter(f"--timestamp: {error}") from error
    to = encryption.recipient(encrypt_to) if encrypt_to else None
    if out.exists() and not force:
        raise NotFound(str(out), "is there already", remedy="name another file, or add --force")
    with for_writing(config, create=False) as (settings, ledger):
        chosen = read_pack(settings, pack)
        summary = job.export(
            settings,
            ledger,
            period=wanted,
            out=out,
            at=moment,
            accepted_findings=accept_finding or (),
            pack=chosen,
            timestamps=asked,
            since=since_bundle,
            pdf=pdf,
        )
        encrypted = encryption.encrypt(out, to) if to else None
        if encrypted:
            record_encrypted(ledger, summary.sha256, encrypted)
    body = {
        "path": str(summary.path),
        "period": wanted.label,
        "sha256": summary.sha256,
        "files": summary.files,
        "size_bytes": summary.size_bytes,
        "key_fingerprint": summary.key_fingerprint,
        "leaf": summary.leaf,
        "pack": f"{chosen.id} {chosen.version}",
        "timestamp_gaps": list(summary.gaps),
        "encrypted": str(encrypted.path) if encrypted else None,
        "encrypted_sha256": encrypted.sha256 if encrypted else None,
    }
    for gap in summary.gaps:
        complain(f"no time stamp from {gap}; the bundle says so, export again to try again")
    if json:
        write_json("export/1", body)
        return ExitCode.OK
    screen = Screen()
    screen.line(f"{summary.path}: {summary.files} files, {summary.size_bytes:,} bytes")
    screen.line(f"pack             {body['pack']}, {_of(len(settings.packs))}")
    screen.line(f"sha256           {summary.sha256}")
    screen.line(f"signed with key  {summary.key_fingerprint}")
    screen.line(f"ledger leaf      {summary.leaf}")
    screen.line(f"check it with    annexa verify {out}")
    if encrypted:
        screen.line(f"hand over        {encrypted.path}, encrypted to {encrypted.recipient}")
    return ExitCode.OK


def _of(packs: int) -> str:
    return "the only one" if packs == 1 else f"one of {packs}; the others are not in it"
