"""Opens what a command works on: configuration and ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .config import Config, load
from .errors import ConfigError

if TYPE_CHECKING:
    from ..ledger.store import Ledger


@contextmanager
def for_reading(config_path: Path | None) -> "Iterator[tuple[Config, Ledger]]":
    """A ledger that exists; nothing is written to it.

    Raises:
        ConfigError: The configuration is wrong, or nothing was collected yet.
        LedgerError: The ledger cannot be read.
    """
    config = load(config_path)
    _check_exists(config)
    from ..ledger.store import Ledger

    with Ledger.open(config.ledger, keys=config.keys, create=False, read_only=True) as ledger:
        yield config, ledger


@contextmanager
def for_writing(
    config_path: Path | None, *, create: bool = True
) -> "Iterator[tuple[Config, Ledger]]":
    """The ledger, made on first use unless ``create`` is off.

    Raises:
        ConfigError: The configuration is wrong, or there is no ledger and none is to be made.
        LedgerError: The ledger cannot be written.
    """
    config = load(config_path)
    if not create:
        _check_exists(config)
    from ..ledger.store import Ledger

    with Ledger.open(config.ledger, keys=config.keys) as ledger:
        yield config, ledger


def _check_exists(config: Config) -> None:
    if not config.ledger.exists():
        raise ConfigError(
            f"{config.path.name}: ledger",
            f"there is none at {config.ledger} yet",
            remedy="run `annexa collect` first",
        )
