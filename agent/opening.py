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
    if not config.ledger.exists():
        raise ConfigError(
            f"{config.path.name}: ledger",
            f"there is none at {config.ledger} yet",
            remedy="run `annexa collect` first",
        )
    from ..ledger.store import Ledger

    with Ledger.open(config.ledger, keys=config.keys, create=False, read_only=True) as ledger:
        yield config, ledger


@contextmanager
def for_writing(config_path: Path | None) -> "Iterator[tuple[Config, Ledger]]":
    """The ledger, made on first use."""
    config = load(config_path)
    from ..ledger.store import Ledger

    with Ledger.open(config.ledger, keys=config.keys) as ledger:
        yield config, ledger
