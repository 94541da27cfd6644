"""The sources that there are now: those of the configuration, and those that one of them found.

A source such as an AWS organisation names further ones in its records. The ledger holds its last
reading, so this needs no network; before the first reading there are none.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from .config import Config
from .errors import ConfigError
from .sources import Source, spread

if TYPE_CHECKING:
    from ..ledger.store import Ledger


def all_sources(config: Config, ledger: "Ledger") -> tuple[Source, ...]:
    """The configured ones first, then the discovered ones; of two with one id the first."""
    known = {source.id: source for source in config.sources}
    for source in discovered(ledger, config.sources):
        known.setdefault(source.id, source)
    return tuple(known.values())


def discovered(ledger: "Ledger", sources: Sequence[Source]) -> tuple[Source, ...]:
    """What ``sources`` found when they were last read, without themselves."""
    further: list[Source] = []
    for source in sources:
        kind = source.settings.discovers
        if kind is not None:
            records = ledger.snapshot().records(kind)
            bodies = [record.body for record in records if record.source == source.id]
            further += [one for one in spread(source, bodies) if one.id != source.id]
    return tuple(further)


def next_readings(config: Config, ledger: "Ledger", after: datetime) -> dict[str, datetime]:
    """Source -> when its schedule reads it next."""
    return {
        source.id: config.rhythm(source.settings).next_after(after)
        for source in all_sources(config, ledger)
    }


def find(config: Config, ledger: "Ledger", source_id: str) -> Source:
    """One source, configured or discovered.

    Raises:
        ConfigError: There is none with this id.
    """
    try:
        return config.source(source_id)
    except ConfigError:
        for source in discovered(ledger, config.sources):
            if source.id == source_id:
                return source
        raise
