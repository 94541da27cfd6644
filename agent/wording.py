"""Turns what stands on the command line into a statement, or says what is wrong with it."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ..collectors.attestations import TYPE, Statement
from .attesting import AttestationRefused, hashed
from .timing import duration

MAX_STATEMENT = 4_000  # characters
MAX_NAME = 200
MAX_SCOPE = 200  # controls, or systems
LONGEST = timedelta(days=3653)
_CONTROL = re.compile(r"(?:A\.)?\d{1,2}(?:\.\d{1,2}){0,3}")
_ID = re.compile(r"[0-9a-f]{16}")


def statement(
    text: str,
    *,
    who: str,
    now: datetime,
    expires: str,
    role: str | None = None,
    controls: Sequence[str] = (),
    systems: Sequence[str] = (),
    period: tuple[str | None, str | None] = (None, None),
    file: Path | None = None,
    supersedes: str | None = None,
    withdraws: str | None = None,
) -> Statement:
    """A statement as it will be signed.

    Args:
        expires: A date, or a duration such as ``365d``.
        period: First and last day that it speaks of, both included.
        file: What is attested; only its name, hash and size are kept.

    Raises:
        AttestationRefused: A part is too long, holds control characters, or cannot be read.
        OSError: The file cannot be read.
    """
    sha256, size_bytes = hashed(file) if file else (None, None)
    start, end = (_day(day, option) for day, option in zip(period, ("from", "to"), strict=True))
    if start and end and start > end:
        raise AttestationRefused("--from", "is after --to", remedy="swap them")
    expires_at = _end(expires, now)
    if expires_at <= now:
        raise AttestationRefused("--expires", "is not in the future", remedy="name a later date")
    if expires_at > now + LONGEST:
        raise AttestationRefused(
            "--expires", "is more than ten years ahead", remedy="name a day to look at it again"
        )
    return Statement(
        type=TYPE,
        statement=_plain(text, "the statement", MAX_STATEMENT, lines=True),
        who=_plain(who, "--who", MAX_NAME),
        stated_at=now.replace(microsecond=0),
        expires_at=expires_at,
        role=None if role is None else _plain(role, "--role", MAX_NAME),
        controls=[_control(control) for control in _scope(controls, "--control")],
        systems=[_plain(system, "--system", MAX_NAME) for system in _scope(systems, "--system")],
        period_start=start,
        period_end=end + timedelta(days=1) if end else None,
        file_name=None if file is None else _plain(file.name, "the file's name", MAX_NAME),
        file_sha256=sha256,
        file_size_bytes=size_bytes,
        supersedes=_known(supersedes, "--supersedes"),
        withdraws=_known(withdraws, "--withdraw"),
    )


def _plain(text: str, what: str, most: int, *, lines: bool = False) -> str:
    """``text`` without blanks around it, if it is harmless to print and not too long."""
    text = text.strip()
    if not text:
        raise AttestationRefused(what, "is empty", remedy="write it")
    if len(text) > most:
        raise AttestationRefused(what, f"is longer than {most:,} characters", remedy="shorten it")
    for char in text:
        is_odd = unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        if is_odd and not (lines and char == "\n"):
            raise AttestationRefused(
                what, f"holds the control character U+{ord(char):04X}", remedy="remove it"
            )
    return text


def _scope(given: Sequence[str], option: str) -> list[str]:
    found = list(dict.fromkeys(part.strip() for one in given for part in one.split(",")))
    if len(found) > MAX_SCOPE:
        raise AttestationRefused(option, f"names more than {MAX_SCOPE}", remedy="name fewer")
    return found


def _control(text: str) -> str:
    if not _CONTROL.fullmatch(text):
        raise AttestationRefused("--control", "is no control", remedy="write one such as A.4.6")
    return text


def _known(text: str | None, option: str) -> str | None:
    if text is not None and not _ID.fullmatch(text):
        raise AttestationRefused(
            option, "is no id of an attestation", remedy="see `annexa attest --list`"
        )
    return text


def _day(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise AttestationRefused(f"--{option}", "is no date", remedy="write 2026-03-31") from error
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _end(text: str, now: datetime) -> datetime:
    """A date means its end in UTC, so that the whole day counts."""
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        return now.replace(microsecond=0) + duration(text)
    except (ValueError, OverflowError) as error:
        raise AttestationRefused(
            "--expires", "is neither a date nor a duration", remedy="write 2027-03-31 or 365d"
        ) from error
