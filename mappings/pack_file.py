"""One file of a pack or an overlay: YAML that has the shape it must have, or one line that says
where it has not."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from .errors import PackError

HEADS = ("pack.yaml", "catalogue.yaml", "views.yaml", "overlay.yaml")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_M = TypeVar("_M", bound=BaseModel)


def read_yaml(path: Path) -> Any:
    where = path.name if path.name in HEADS else f"{path.parent.name}/{path.name}"
    try:
        return yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(where, "cannot be read", remedy="see that the file is there") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise PackError(where, f"is not YAML{line}", remedy="correct it") from error


def as_model(model: type[_M], where: str, raw: Any) -> _M:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        problem = first["msg"].removeprefix("Value error, ").lower()
        raise PackError(
            where, f"{path + ': ' if path else ''}{problem}", remedy="correct this entry"
        ) from error
