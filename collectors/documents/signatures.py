"""Whether the signature under a commit is good, and whose key made it.

SSH signatures are verified here; OpenPGP ones by ``gpgv``, which needs no agent and no home folder.
Good is a signature by a key of the settings that was valid when the commit was made.
"""

import base64
import binascii
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .. import allowed_signers, ssh_signature
from ..allowed_signers import AllowedSigners
from ..errors import CollectionError

NAMESPACE = b"git"
_BLOCK = re.compile(
    r"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(?:[A-Za-z]+: [^\n]*\n)*\r?\n"
    r"(?P<base64>[A-Za-z0-9+/=\s]+?)(?:\n=[A-Za-z0-9+/]{4})?\s*-----END PGP PUBLIC KEY BLOCK-----"
)
_GOOD = re.compile(r"^\[GNUPG:\] (?:GOODSIG|EXPKEYSIG) \S+ (?P<who>.*)$", re.MULTILINE)
_MADE = re.compile(r"^\[GNUPG:\] VALIDSIG \S+ \S+ (?P<time>\d+)", re.MULTILINE)
_EXPIRED = re.compile(r"^\[GNUPG:\] KEYEXPIRED (?P<time>\d+)", re.MULTILINE)
_ADDRESS = re.compile(r"<([^<>]*)>\s*$")
MAX_KEY_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Verdict:
    signed: bool
    verified: bool | None = None
    """None: there is no signature, or no keys of its kind are set."""
    signer: str | None = None


UNSIGNED = Verdict(signed=False)


class Keyring:
    """The keys of the settings; without any, signatures are noted and not verified."""

    def __init__(
        self, ssh: AllowedSigners | None = None, pgp: bytes | None = None, gpgv: str = "gpgv"
    ) -> None:
        """``pgp`` are public keys in OpenPGP's binary form, ``gpgv`` the program's path."""
        self._ssh = ssh
        self._pgp = pgp
        self._gpgv = gpgv

    def judge(self, commit: bytes, at: datetime) -> Verdict:
        """The signature of a raw commit that was made ``at``."""
        payload, signature = split(commit)
        if signature is None:
            return UNSIGNED
        if b"BEGIN SSH SIGNATURE" in signature:
            return self._ssh_verdict(payload, signature, at)
        if b"BEGIN PGP" in signature:
            return self._pgp_verdict(payload, signature)
        return Verdict(signed=True)

    def _ssh_verdict(self, payload: bytes, text: bytes, at: datetime) -> Verdict:
        if self._ssh is None:
            return Verdict(signed=True)
        try:
            signature = ssh_signature.parse(text)
        except ssh_signature.NotASignature:
            return Verdict(signed=True, verified=False)
        if not ssh_signature.is_valid(signature, payload, namespace=NAMESPACE):
            return Verdict(signed=True, verified=False)
        standing, owner = self._ssh.standing(signature.key, namespace="git", at=at)
        return Verdict(
            signed=True, verified=standing == "trusted", signer=owner or signature.key_id
        )

    def _pgp_verdict(self, payload: bytes, text: bytes) -> Verdict:
        if self._pgp is None:
            return Verdict(signed=True)
        with tempfile.TemporaryDirectory(prefix="annexa-gpgv-") as folder:
            here = Path(folder)
            for name, content in (("keys", self._pgp), ("sig", text), ("data", payload)):
                (here / name).write_bytes(content)
            files = [str(here / name) for name in ("sig", "data")]
            said = subprocess.run(  # noqa: S603  nothing of the commit is in its arguments
                [
                    self._gpgv,
                    "--homedir",
                    folder,
                    "--status-fd",
                    "1",
                    "--keyring",
                    str(here / "keys"),
                    *files,
                ],
                capture_output=True,
                check=False,
                timeout=30,
                env={"PATH": os.defpath, "LC_ALL": "C"},
            )
        status = said.stdout.decode("utf-8", "replace")
        good, made = _GOOD.search(status), _MADE.search(status)
        if good is None or made is None:
            return Verdict(signed=True, verified=False)
        ends = [int(end) for end in _EXPIRED.findall(status)]
        if any(int(made["time"]) >= end for end in ends):  # a key may have ended since then
            return Verdict(signed=True, verified=False)
        found = _ADDRESS.search(good["who"])
        return Verdict(signed=True, verified=True, signer=found[1] if found else good["who"])


def split(commit: bytes) -> tuple[bytes, bytes | None]:
    """A raw commit without its signature, which is what was signed, and the signature."""
    head, blank, message = commit.partition(b"\n\n")
    kept: list[bytes] = []
    signature: list[bytes] = []
    inside = False
    for line in head.split(b"\n"):
        if inside and line.startswith(b" "):
            signature.append(line[1:])
            continue
        inside = line.startswith(b"gpgsig ")
        if inside:
            signature = [line.removeprefix(b"gpgsig ")]
        else:
            kept.append(line)
    payload = b"\n".join(kept) + blank + message
    return payload, b"\n".join(signature) + b"\n" if signature else None


def keyring(where: str, allowed: str | None, pgp: str | None) -> Keyring:
    """The keys in these files.

    Raises:
        CollectionError: A file cannot be read, or ``gpgv`` is not installed: keys that were set
            and are not used would pass for signatures that do not hold.
    """
    ssh = (
        None
        if allowed is None
        else _signers(where, _content(where, "allowed_signers_file", allowed))
    )
    keys = None if pgp is None else _pgp_keys(where, _content(where, "pgp_keys_file", pgp))
    gpgv = shutil.which("gpgv")
    if keys is not None and gpgv is None:
        raise CollectionError(
            where, "pgp_keys_file is set, and there is no gpgv", remedy="apt-get install gpgv"
        )
    return Keyring(ssh, keys, gpgv or "gpgv")


def _content(where: str, key: str, path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_KEY_BYTES)
    except OSError as error:
        raise CollectionError(
            where,
            f"{key} cannot be read ({error.strerror or type(error).__name__})",
            remedy="correct the path in annexa.yaml",
        ) from error


def _signers(where: str, content: bytes) -> AllowedSigners:
    try:
        return allowed_signers.parse(content.decode("utf-8"))
    except (UnicodeDecodeError, allowed_signers.BadSigners) as error:
        said = str(error) if isinstance(error, allowed_signers.BadSigners) else "it is not text"
        raise CollectionError(
            where,
            f"allowed_signers_file cannot be used: {said}",
            remedy="see `man ssh-keygen`, ALLOWED SIGNERS",
        ) from error


def _pgp_keys(where: str, content: bytes) -> bytes:
    """Binary, out of armoured blocks, or as it is."""
    blocks = _BLOCK.findall(content.decode("latin-1"))
    try:
        found = b"".join(base64.b64decode("".join(block.split())) for block in blocks)
    except binascii.Error:
        found = b""
    if not found and content[:1] and content[0] & 0x80:
        return content
    if not found:
        raise CollectionError(
            where,
            "pgp_keys_file holds no public keys",
            remedy="write it with `gpg --export --armor`",
        )
    return found
