"""Where the tables of the last evaluation lie: beside the ledger, a folder for each pack."""

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from .config import Config

if TYPE_CHECKING:
    from ..mappings.pack import Pack


def kept_tables(config: Config, pack: "Pack") -> Path:
    """A pack's id may hold anything; its folder's name is a hash of it."""
    return _folder(config) / hashlib.sha256(pack.id.encode()).hexdigest()[:16]


def forget(config: Config) -> None:
    """Remove what was kept: it holds bodies that the ledger does not hold any more. The next
    evaluation begins anew."""
    shutil.rmtree(_folder(config), ignore_errors=True)


def _folder(config: Config) -> Path:
    return config.ledger.with_name(f"{config.ledger.name}.tables")
