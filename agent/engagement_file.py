"""Reads the file of an engagement, or says in one line what is wrong with it."""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from .complaint import first_complaint
from .config import MAX_BYTES
from .errors import ConfigError
from .yaml_text import YamlProblem, parse

if TYPE_CHECKING:
    from ..exporters.engagement import Engagement


def read_engagement(path: Path) -> "Engagement":
    """The engagement.

    Raises:
        ConfigError: It is missing or broken; the message names the key.
    """
    from ..exporters.engagement import Engagement

    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(path.name, "larger than 4 MiB", remedy="this is no engagement")
        raw = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            str(path), f"cannot be read ({error.strerror})", remedy="check the path and its rights"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(path.name, "not UTF-8 text", remedy="save it as UTF-8") from error
    except YamlProblem as error:
        at = f"{path.name}: {error.where}" if error.where else path.name
        raise ConfigError(at, error.problem, remedy="correct the file") from error
    if not isinstance(raw, dict):
        raise ConfigError(
            path.name,
            "is no mapping of keys to values",
            remedy="begin with title, parties, criteria and period",
        )
    try:
        return Engagement.model_validate(raw)
    except ValidationError as error:
        found = first_complaint(error, Engagement)
        where = f"{path.name}: {found.key}"
        raise ConfigError(where, found.problem, remedy=found.remedy) from error
