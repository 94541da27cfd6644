"""The seam for sources that are pushed to: who may, what is taken of it, and where it waits.

A collector that accepts pushes takes its settings from `PushSettings` and has one more method,
``receiver()``. The agent's HTTP server (``agent/intake/``) does the rest, the same for all: limits
of time and size, unpacking, answers, and keeping what was accepted in the source's *inbox* before
it says so. The source's reader takes it from there at its next slot, ``inbox.py``.

A push reaches a source at ``/<source id><path>``, and at ``<path>`` alone, where the secret says
which of several sources is meant.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from pydantic import model_validator

from .contract import Settings
from .errors import SettingsError

MIN_SECRET_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class Push:
    """One request, whole and unpacked."""

    path: str
    """One of the receiver's ``paths``."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class Accepted:
    documents: Sequence[bytes] = ()
    """What the reader shall find in the inbox, in order: JSON on one line each, already reduced to
    the allow-listed fields. None: the push only says that there is something to read."""
    status: int = 200
    answer: bytes = b""
    """JSON for the sender."""
    can_wait: bool = False
    """Until the source's next slot: it need not be read at once."""


@dataclass(frozen=True, kw_only=True)
class Refused:
    status: int
    """401: not the secret. 400, 422: not what this path takes. Never 2xx or 5xx."""
    problem: str
    """For the sender; says nothing about the secret."""


class Receiver(Protocol):
    """Decides about pushes to one source. Called by several threads at once."""

    @property
    def paths(self) -> Sequence[str]:
        """Where it listens: ``/api/v1/lineage``. Exact, no patterns."""
        ...

    def admits(self, headers: Mapping[str, str], now: datetime) -> Refused | None:
        """Look at the head of a request before its body is read: whoever has no secret costs no
        memory. A signature over the body is checked by `accepts`."""
        ...

    def accepts(self, push: Push) -> Accepted | Refused:
        """Authenticate the whole request, and take out of it what may be kept."""
        ...


@runtime_checkable
class Receiving(Protocol):
    """A collector that accepts pushes."""

    def receiver(self) -> Receiver | None:
        """None: these settings do not ask for pushes.

        Raises:
            SettingsError: The secret is missing or too short.
        """
        ...


class PushSettings(Settings, frozen=True):
    """Settings of a source that may be pushed to: it is as soon as it has a secret."""

    push_secret_env: str | None = None
    """Name of the environment variable with the secret that senders use; several lines: each of
    them, so that one can be replaced while senders still have the old one."""
    push_secret_file: Path | None = None
    """The same in a file, which is read anew each time."""
    inbox: Path | None = None
    """Folder in which accepted pushes wait until they are read; ``inbox/<source id>``."""

    @model_validator(mode="before")
    @classmethod
    def _has_an_inbox(cls, raw: object) -> object:
        if not isinstance(raw, dict) or raw.get("inbox") or not isinstance(raw.get("id"), str):
            return raw
        asks = raw.get("push_secret_env") or raw.get("push_secret_file")
        return {**raw, "inbox": f"inbox/{raw['id']}"} if asks else raw

    @model_validator(mode="after")
    def _has_one_secret(self) -> "PushSettings":
        if self.push_secret_env and self.push_secret_file:
            raise ValueError("push_secret_env and push_secret_file are both set; keep one of them")
        return self

    @property
    def push_secret(self) -> "PushSecret | None":
        if self.push_secret_env is None and self.push_secret_file is None:
            return None
        return PushSecret(self.id, self.push_secret_env, self.push_secret_file)


class PushSecret:
    """What a sender has to know. Nothing of it is ever shown."""

    def __init__(self, source: str, variable: str | None, file: Path | None) -> None:
        self._source = source
        self._variable = variable
        self._file = file

    def values(self) -> list[bytes]:
        """All that are valid now, at least one.

        Raises:
            SettingsError: There is none, or one that could be guessed.
        """
        found = [line.strip() for line in self._text().splitlines() if line.strip()]
        if not found:
            raise SettingsError(
                f"{self._source}.{self._key}",
                "holds no secret",
                remedy="put a long random one there, such as `openssl rand -hex 32` makes",
            )
        if any(len(value) < MIN_SECRET_BYTES for value in found):
            raise SettingsError(
                f"{self._source}.{self._key}",
                f"holds a secret of less than {MIN_SECRET_BYTES} characters",
                remedy="use a longer one, such as `openssl rand -hex 32` makes",
            )
        return found

    def is_bearer(self, headers: Mapping[str, str]) -> bool:
        """Whether ``Authorization: Bearer …`` carries it; the time taken tells nothing.

        Raises:
            SettingsError: As `values`.
        """
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = hashlib.sha256(token.strip().encode("utf-8", "surrogateescape")).digest()
        matches = [
            hmac.compare_digest(given, hashlib.sha256(value).digest()) for value in self.values()
        ]
        return scheme.lower() == "bearer" and any(matches)

    @property
    def _key(self) -> str:
        return "push_secret_env" if self._variable is not None else "push_secret_file"

    def _text(self) -> bytes:
        if self._file is None:
            return os.environb.get(str(self._variable).encode(), b"")
        try:
            with self._file.open("rb") as file:
                return file.read(64 * 1024)
        except OSError as error:
            raise SettingsError(
                f"{self._source}.push_secret_file",
                f"cannot be read ({error.strerror})",
                remedy="check the path and its rights",
            ) from error
