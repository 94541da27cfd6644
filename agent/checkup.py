"""The parts of `annexa doctor` that look at what is already here."""

import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import AnnexaError
from .config import Config

if TYPE_CHECKING:
    from .matches import Match


def ledger_state(config: Config) -> dict[str, Any]:
    """Whether the ledger can be opened, how much is in it, and who may read the keys."""
    state: dict[str, Any] = {
        "path": str(config.ledger),
        "runs": 0,
        "size": "not made yet",
        "problem": None,
        "keys": str(config.keys),
        "keys_state": _keys_state(config.keys),
    }
    if not config.ledger.exists():
        return state
    from ..ledger import Ledger

    try:
        with Ledger.open(config.ledger, keys=config.keys, create=False, read_only=True) as ledger:
            state["runs"] = sum(1 for _ in ledger.runs())
            state["size"] = f"{ledger.log.size()} leaves, {config.ledger.stat().st_size:,} bytes"
    except AnnexaError as error:
        state["problem"] = str(error)
    return state


def conventions(config: Config) -> "list[Match]":
    """How often each convention carried a value, in what is recorded now."""
    from ..ledger import Ledger
    from .matches import convention_matches

    with Ledger.open(config.ledger, keys=config.keys, create=False, read_only=True) as ledger:
        return convention_matches(ledger, config.conventions)


def _keys_state(folder: Path) -> str:
    if not folder.is_dir():
        return "made on first use"
    loose = [
        path.name
        for path in (folder, *folder.glob("*.pem"))
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if loose:
        return f"others may read {', '.join(loose)}; run chmod -R go= on the folder"
    return f"{len(list(folder.glob('*.pem')))} keys, for the owner only"
