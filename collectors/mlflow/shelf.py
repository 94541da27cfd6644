"""Models and prompts: MLflow keeps both in one registry and tells them apart by a tag.

A search gives the models unless its filter asks for prompts; servers that know no prompts give
everything. So each of both readers looks at the tag itself, and what is on the other shelf is
counted there and not here.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from ..contract import Kind, Record
from .wire import IS_PROMPT, AliasesOnly, WireModel, WireVersion


@dataclass(frozen=True, kw_only=True)
class Shelf:
    noun: str
    holds_prompts: bool
    names: Kind
    versions: Kind
    name_record: Callable[[WireModel], Record]
    version_record: Callable[[WireVersion, Collection[str]], Record]

    @property
    def filter(self) -> str | None:
        """For MLflow's searches."""
        return f"tags.`{IS_PROMPT}` = 'true'" if self.holds_prompts else None

    def holds(self, name: WireModel | AliasesOnly) -> bool:
        return name.is_prompt is self.holds_prompts
