"""``signing:`` of ``annexa.yaml``: with which keys, and with whose time, bundles are signed."""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, field_validator

from .web_address import web_address

if TYPE_CHECKING:
    from ..exporters.signature import Signing

_HELD_ELSEWHERE = ("awskms:", "hv:", "hsm:")


class SigningSettings(BaseModel, extra="forbid", frozen=True):
    keys: tuple[str, ...] = ()
    """Addresses; the first gives the bundle its fingerprint. A path, ``awskms:KEY``, ``hv:NAME`` or
    ``hsm:ID?label=TOKEN``; none: a key in the folder of keys."""
    timestamps: tuple[str, ...] = ()
    """Web addresses of time stamping authorities (RFC 3161); each is asked for a token."""
    timestamps_required: int = Field(default=0, ge=0)
    """So many have to answer, or no bundle is written."""
    timeout_s: float = Field(default=10.0, gt=0, le=300)

    @field_validator("timestamps")
    @classmethod
    def _are_addresses(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(web_address(value) for value in values)

    def below(self, folder: Path) -> "SigningSettings":
        """With paths that count from ``folder``."""
        return self.model_copy(update={"keys": tuple(_below(key, folder) for key in self.keys)})

    def plan(self, more_timestamps: tuple[str, ...] = ()) -> "Signing":
        from ..exporters.signature import Signing

        return Signing(
            keys=self.keys,
            timestamps=(*self.timestamps, *more_timestamps),
            timestamps_required=self.timestamps_required,
            timeout_s=self.timeout_s,
        )


def _below(address: str, folder: Path) -> str:
    if address.startswith(_HELD_ELSEWHERE):
        return address
    return str(folder / Path(address.removeprefix("file:")).expanduser())
