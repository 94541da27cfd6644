"""A named person's word on a bundle: who prepared it, who reviewed which controls.

A sign-off is an in-toto statement about what the bundle's own signature is about, in a DSSE
envelope, one line of a file beside the bundle. So nothing that was signed before changes, people
sign one after another and on machines of their own, and the bundle stays the same bytes.
"""

import base64
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from .errors import BundleError, ExportError
from .facts import rfc3339
from .signature import envelope
from .signers import SigningKey, public_der
from .verify import (
    SIGNOFF_TYPE,
    TAGS,
    Report,
    SignOff,
    open_bundle,
    signoff_file,
    signoffs_in,
    verify_bundle,
)


def sign_off(
    bundle: Path,
    key: SigningKey,
    *,
    name: str,
    role: str,
    at: datetime,
    controls: Sequence[str] = (),
    note: str = "",
    out: Path | None = None,
) -> tuple[SignOff, Path]:
    """Check the bundle in full, and add a sign-off to the file beside it, or to ``out``.

    Args:
        controls: Identifiers of controls or clauses in the bundle; none: the whole bundle.

    Returns:
        What was signed, and the file that it was added to.

    Raises:
        BundleError: The bundle does not verify; nobody puts their name to that.
        ExportError: There is no such control in it, or the file cannot be written.
        CannotTry: There is no bundle.
    """
    report = verify_bundle(bundle, signoffs=os.devnull)
    if not report.ok:
        raise BundleError(str(bundle), f"{report.problems[0]}", remedy="sign the one you checked")
    _check_controls(bundle, controls)
    predicate = {
        "name": name,
        "role": role,
        "controls": sorted(set(controls)),
        "note": note,
        "at": rfc3339(at),
        "key": base64.b64encode(public_der(key.public)).decode(),
    }
    subject = [{"name": TAGS, "digest": {"sha256": report.tags_sha256}}]
    line = envelope(SIGNOFF_TYPE, subject, predicate, [key]).content
    path = out or signoff_file(bundle)
    try:
        with path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        problem = f"cannot be written ({error.strerror})"
        raise ExportError(str(path), problem, remedy="name another file with --out") from error
    made = Report(tags_sha256=report.tags_sha256)
    (signed,) = signoffs_in(line, path.name, made)
    return signed, path


def _check_controls(bundle: Path, controls: Sequence[str]) -> None:
    held = open_bundle(str(bundle), Report())
    try:
        folders = {"/".join(name.split("/")[:3]) for name in held.names()}
    finally:
        held.close()
    for control in controls:
        if not {f"data/03_controls/{control}", f"data/04_clauses/{control}"} & folders:
            raise ExportError(
                f"--control {control}",
                "the bundle has no such control or clause",
                remedy="write it as in the bundle, such as A.6.2.5",
            )
