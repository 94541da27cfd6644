"""``annexa export``: the bundle of a period."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..exit_codes import ExitCode
from .options import AtOption, ConfigOption, JsonOption, PackOption, instant

if TYPE_CHECKING:
    from ...exporters.engagement import Engagement
    from ...mappings.period import Period
    from ...mappings.scope import Scope


def register(app: typer.Typer) -> None:
    app.command("export")(export)


def export(
    *,
    period: Annotated[
        str | None,
        typer.Option(
            "--period", metavar="P", help="2026-Q4, 2026-11, 2026, 2026-01-01..2026-04-01 (UTC)"
        ),
    ] = None,
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
    engagement: Annotated[
        Path | None,
        typer.Option(
            "--engagement", metavar="YAML", help="One audit: parties, criteria, period, scope"
        ),
    ] = None,
    system: Annotated[
        list[str] | None,
        typer.Option("--system", metavar="ID", help="Only this AI system; may come again"),
    ] = None,
    control: Annotated[
        list[str] | None,
        typer.Option("--control", metavar="ID", help="Only this control or clause; may come again"),
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
    from .. import job
    from ..engagement_file import read_engagement
    from ..errors import NotFound
    from ..opening import for_writing
    from ..packs import read_pack
    from ..screen import Screen, complain, write_json
    from ..web_address import web_address
    from ..work_progress import WorkProgress

    audit = read_engagement(engagement) if engagement else None
    wanted = _period(period, audit)
    moment = instant(at)
    try:
        asked = tuple(web_address(url) for url in timestamp or ())
    except ValueError as error:
        raise typer.BadParameter(f"--timestamp: {error}") from error
    to = encryption.recipient(encrypt_to) if encrypt_to else None
    if out.exists() and not force:
        raise NotFound(str(out), "is there already", remedy="name another file, or add --force")
    with (
        for_writing(config, create=False) as (settings, ledger),
        WorkProgress("export", quiet=json) as work,
    ):
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
            scope=_scope(audit, system or (), control or ()),
            engagement=audit,
            progress=work.step,
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
        complain(f"{gap}, so its time stamp is missing; the bundle says so, export again to retry")
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


def _period(named: str | None, audit: "Engagement | None") -> "Period":
    from ...mappings.period import Period

    if named is None and audit is None:
        raise typer.BadParameter("name a --period, or an --engagement that has one")
    return Period.parse(named or (audit.period if audit else ""))


def _scope(audit: "Engagement | None", systems: Sequence[str], controls: Sequence[str]) -> "Scope":
    """The engagement's, narrowed by what the command line names."""
    from ...mappings.scope import WHOLE

    agreed = audit.scope if audit else WHOLE
    for option, named, known in (
        ("--system", systems, agreed.systems), ("--control", controls, agreed.controls)
    ):  # fmt: skip
        if known is not None and (beyond := set(named) - set(known)):
            raise typer.BadParameter(f"{option}: {min(beyond)} is not part of the engagement")
    return replace(
        agreed,
        systems=tuple(sorted(set(systems))) or agreed.systems,
        controls=tuple(sorted(set(controls))) or agreed.controls,
    )
