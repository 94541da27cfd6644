"""Whose keys are trusted: a file in the format of git and ``ssh-keygen -Y`` (ALLOWED SIGNERS).

::

    ines.keller@example.com,ines namespaces="git,annexa",valid-before="20271231" ssh-ed25519 AAAA…

A key may be listed more than once; each line counts on its own. Certificate authorities are not
taken: a line that asks for one is an error, never a silent no.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Literal

_OPTION = re.compile(r'(?P<name>[a-zA-Z-]+)(?:="(?P<value>[^"]*)")?(?:,|$)')
_TIME = re.compile(r"(\d{8})(?:(\d{4})(\d{2})?)?Z?")
MAX_LINES = 10_000

Standing = Literal["trusted", "unknown", "expired", "not-yet-valid", "other-purpose"]


class BadSigners(ValueError):
    """The file has a line that cannot be read; the message names it."""


@dataclass(frozen=True, kw_only=True)
class Signer:
    """One line of the file."""

    principals: tuple[str, ...]
    """Patterns with ``*`` and ``?``; one that begins with ``!`` excludes."""
    key: bytes
    namespaces: tuple[str, ...] = ()
    """Empty: for every purpose."""
    valid_after: datetime | None = None
    valid_before: datetime | None = None

    def stands_for(self, name: str) -> bool:
        """Is ``name`` one of the principals?"""
        hits = [p for p in self.principals if fnmatchcase(name, p.removeprefix("!"))]
        return bool(hits) and not any(p.startswith("!") for p in hits)

    def standing(self, namespace: str, at: datetime) -> Standing:
        """May this key sign for ``namespace`` at that time?"""
        if self.namespaces and not any(fnmatchcase(namespace, n) for n in self.namespaces):
            return "other-purpose"
        if self.valid_after is not None and at < self.valid_after:
            return "not-yet-valid"
        if self.valid_before is not None and at >= self.valid_before:
            return "expired"
        return "trusted"


class AllowedSigners:
    """All lines of a file."""

    def __init__(self, signers: Sequence[Signer]) -> None:
        self._signers = tuple(signers)

    def standing(
        self, key: bytes, *, namespace: str, at: datetime, name: str | None = None
    ) -> tuple[Standing, str | None]:
        """How ``key`` stands at that time, and whose it is; with ``name`` only that person's lines
        count. The best line wins."""
        found: tuple[Standing, str | None] = ("unknown", None)
        for signer in self._signers:
            if signer.key != key or (name is not None and not signer.stands_for(name)):
                continue
            owner = name or ",".join(signer.principals)
            standing = signer.standing(namespace, at)
            if standing == "trusted":
                return standing, owner
            found = (standing, owner)
        return found


def parse(text: str) -> AllowedSigners:
    """Read the file's text.

    Raises:
        BadSigners: A line is not of this format.
    """
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        raise BadSigners(f"it has more than {MAX_LINES:,} lines")
    return AllowedSigners(list(_signers(lines)))


def _signers(lines: Sequence[str]) -> Iterator[Signer]:
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            yield _signer(line.strip())
        except ValueError as error:
            raise BadSigners(f"line {number}: {error}") from None


def _signer(line: str) -> Signer:
    principals, _, rest = line.partition(" ")
    rest = rest.lstrip()
    options: dict[str, str | None] = {}
    if not _is_key_type(rest):
        head, rest = _split_options(rest)
        options = dict(_options(head))
    kind, _, rest = rest.partition(" ")
    if not _is_key_type(kind):
        raise ValueError("no type of key, such as ssh-ed25519")
    if "cert-authority" in options:
        raise ValueError("certificate authorities are not supported; list the keys themselves")
    try:
        key = base64.b64decode(rest.split()[0], validate=True)
    except (IndexError, binascii.Error):
        raise ValueError("no key in base64 behind its type") from None
    if key[4 : 4 + len(kind)] != kind.encode():
        raise ValueError("the key is not of the type that stands before it")
    return Signer(
        principals=tuple(filter(None, principals.strip('"').split(","))),
        key=key,
        namespaces=tuple(filter(None, (options.get("namespaces") or "").split(","))),
        valid_after=_time(options.get("valid-after")),
        valid_before=_time(options.get("valid-before")),
    )


def _is_key_type(word: str) -> bool:
    return word.startswith(("ssh-", "ecdsa-", "sk-"))


def _split_options(text: str) -> tuple[str, str]:
    """Options end at the first blank outside of quotes."""
    quoted = False
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char == " " and not quoted:
            return text[:at], text[at:].lstrip()
    raise ValueError("no key behind the options")


def _options(text: str) -> Iterator[tuple[str, str | None]]:
    at = 0
    while at < len(text):
        found = _OPTION.match(text, at)
        if found is None:
            raise ValueError("its options cannot be read")
        name = found["name"].lower()
        if name not in ("cert-authority", "namespaces", "valid-after", "valid-before"):
            raise ValueError(f"the option {name} is not known")
        yield name, found["value"]
        at = found.end()


def _time(text: str | None) -> datetime | None:
    """``YYYYMMDD[HHMM[SS]]``, taken as UTC with and without a ``Z``."""
    if text is None:
        return None
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("a time is not YYYYMMDD or YYYYMMDDHHMM")
    digits = found[1] + (found[2] or "0000") + (found[3] or "00")
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("a time is not on the calendar") from None
