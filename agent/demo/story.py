"""The company's data with its times: every date is told relative to the moment the demo runs.

``${-40d}`` is 40 days before, ``${-33d+1h}`` an hour after that, ``${+90d}`` in the future; with
``:date`` the ISO date, otherwise RFC 3339 in UTC. So the story holds whenever it is told.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

COMPANY = Path(__file__).with_name("company")

Data = Any
"""What a YAML file of the company holds: the one place where it enters untyped."""

_TIME = re.compile(r"\$\{([+-]\d+)d(?:([+-]\d+)h)?(:date)?\}")
_NAME = re.compile(r"\$\{(\w+(?::\w+)?)\}")


def _this_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class Story:
    """The company as of ``now``."""

    now: datetime = field(default_factory=_this_hour)
    folder: Path = COMPANY

    def data(self, name: str) -> Data:
        """A YAML file of the company, times filled in."""
        return yaml.safe_load(self.text(name))

    def text(self, name: str) -> str:
        """A text file of the company, times filled in."""
        return self.told((self.folder / name).read_text(encoding="utf-8"))

    def told(self, text: str) -> str:
        """``text`` with its times filled in."""

        def time(match: re.Match[str]) -> str:
            days, hours, is_date = match.groups()
            at = self.now + timedelta(days=int(days), hours=int(hours or 0))
            return at.strftime("%Y-%m-%d" if is_date else "%Y-%m-%dT%H:%M:%SZ")

        return _TIME.sub(time, text)


def filled(value: Data, names: Mapping[str, str]) -> Data:
    """``value`` with ``${name}`` replaced in every text of it."""
    match value:
        case str():
            return _NAME.sub(lambda found: names[found[1]], value)
        case list():
            return [filled(item, names) for item in value]
        case dict():
            return {key: filled(item, names) for key, item in value.items()}
        case _:
            return value


def instant(written: str) -> datetime:
    """A time as `Story` writes it."""
    return datetime.fromisoformat(written)
