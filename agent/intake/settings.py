"""``intake:`` in ``annexa.yaml``: where ``annexa run`` listens for pushes."""

import ipaddress
import re
from pathlib import Path

from pydantic import BaseModel, Field, field_validator, model_validator

_LISTEN = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<host>[^\s:/\[\]]+)):(?P<port>\d{1,5})")


class IntakeSettings(BaseModel, extra="forbid", frozen=True):
    listen: str = "127.0.0.1:8642"
    """``host:port`` or ``[::1]:port``; port 0 takes a free one."""
    certificate_file: Path | None = None
    """PEM, the chain included; with ``key_file``: HTTPS."""
    key_file: Path | None = None
    max_body_mib: int = Field(default=4, ge=1, le=64)
    """Of one push, packed and unpacked."""
    connections: int = Field(default=32, ge=1, le=1024)
    """At a time; more are told to come back. Each may hold two bodies in memory."""

    @field_validator("listen")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        match = _LISTEN.fullmatch(value)
        if match is None or int(match["port"]) > 65535:
            raise ValueError("not host:port; write one such as 127.0.0.1:8642")
        return value

    @model_validator(mode="after")
    def _has_both_or_none(self) -> "IntakeSettings":
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file go together; give both or none")
        return self

    @property
    def address(self) -> tuple[str, int]:
        match = _LISTEN.fullmatch(self.listen)
        assert match is not None
        return match["six"] or match["host"], int(match["port"])

    @property
    def is_in_the_open(self) -> bool:
        """Secrets would cross a network unencrypted."""
        host = self.address[0]
        try:
            is_here = ipaddress.ip_address(host).is_loopback
        except ValueError:
            is_here = host == "localhost"
        return self.certificate_file is None and not is_here

    def below(self, folder: Path) -> "IntakeSettings":
        """With paths that count from ``folder``."""
        moved = {
            name: folder / value.expanduser()
            for name in ("certificate_file", "key_file")
            if (value := getattr(self, name)) is not None
        }
        return self.model_copy(update=moved)
