"""The declared inventory of AI systems: one YAML file for each."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from .records import Commit, System
from .yaml_text import text, texts, truth


def system(fields: Mapping[str, Any], path: str, commit: Commit | None) -> System:
    """One system; its id is the file's name where it has none.

    Raises:
        NotReadable: A field has the wrong shape.
    """
    return System(
        id=text(fields, "id") or PurePosixPath(path).stem,
        path=path,
        name=text(fields, "name"),
        owner=text(fields, "owner"),
        deputy=text(fields, "deputy"),
        role=text(fields, "role"),
        tier=text(fields, "tier"),
        stage=text(fields, "stage"),
        purpose=text(fields, "purpose"),
        affects_people=truth(fields, "affects_people"),
        user_facing=truth(fields, "user_facing"),
        third_parties=texts(fields, "third_parties"),
        data_sources=texts(fields, "data_sources"),
        commit=commit,
    )
