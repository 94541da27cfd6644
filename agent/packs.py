"""The packs that a configuration names, with the overlays that are made over them."""

from typing import TYPE_CHECKING

from .complaint import did_you_mean
from .config import Config
from .errors import ConfigError

if TYPE_CHECKING:
    from ..mappings.pack import Pack


def read_packs(config: Config) -> "tuple[Pack, ...]":
    """All of them, in the order of the configuration.

    Raises:
        PackError: One of their files is wrong, or two packs use one name.
    """
    from ..mappings.pack_set import load_packs

    return load_packs(config.packs, config.overlays)


def read_pack(config: Config, wanted: str | None = None) -> "Pack":
    """The pack with this id; the first when none is wanted.

    Raises:
        ConfigError: There is none with this id.
        PackError: One of their files is wrong, or two packs use one name.
    """
    packs = read_packs(config)
    for pack in packs:
        if wanted in (None, pack.id):
            return pack
    known = did_you_mean(wanted or "", (pack.id for pack in packs))
    raise ConfigError(f"{config.path.name}: packs", f'no pack "{wanted}"', remedy=known)


def read_pack_with(config: Config, about: str) -> "Pack":
    """The pack that has this rule, control or clause; the first when none has."""
    from ..mappings.pack_set import pack_of

    packs = read_packs(config)
    return pack_of(packs, about) or packs[0]
