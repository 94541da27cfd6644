"""Prompts and their versions: names, tags, aliases and numbers; of a template only its digest.

The template, the response format and the model's configuration are tags of the version. They are
not in these records under any setting: a digest shows that a template changed, and when.
"""

import hashlib
from collections.abc import Collection

import msgspec

from ..contract import Kind, Record
from . import kinds
from .shelf import Shelf
from .uri import without_secrets
from .wire import IS_PROMPT, WireModel, WireVersion, mapping

_TEXT = "mlflow.prompt.text"
_TYPE = "_mlflow_prompt_type"
_FORMAT = "_mlflow_prompt_response_format"
_CONFIG = "_mlflow_prompt_model_config"
_LEFT_OUT = frozenset({IS_PROMPT, _TEXT, _TYPE, _FORMAT, _CONFIG})
_NO_SOURCE = frozenset({"", "dummy-source", "prompt-template"})
"""What MLflow itself writes where a model has the place of its files."""


class Prompt(Record):
    name: str
    creation_timestamp: int | None = None
    last_updated_timestamp: int | None = None
    has_description: bool | None = None
    tags: dict[str, str | None] = {}
    aliases: dict[str, str] = {}
    """Alias -> version."""


class PromptVersion(Record):
    name: str
    version: str
    creation_timestamp: int | None = None
    last_updated_timestamp: int | None = None
    user_id: str | None = None
    prompt_type: str | None = None
    """``text`` or ``chat``."""
    template_sha256: str | None = None
    response_format_sha256: str | None = None
    model_provider: str | None = None
    model_name: str | None = None
    """As the prompt's own configuration names them."""
    source: str | None = None
    """Only where it is not one of MLflow's placeholders: then this is no ordinary prompt."""
    has_description: bool | None = None
    tags: dict[str, str | None] = {}
    aliases: list[str] = []


PROMPT = Kind(
    name="mlflow.prompt",
    record=Prompt,
    subject=lambda r: r.name,
    guarded={"tags": ()},
    permission=kinds.PROMPTS,
    cross_check="a second listing in the opposite sort order has the same number",
)
PROMPT_VERSION = Kind(
    name="mlflow.prompt_version",
    record=PromptVersion,
    subject=lambda r: f"{r.name}/{r.version}",
    guarded={"tags": ()},
    permission=kinds.PROMPTS,
    cross_check="version numbers of each name without gaps (a gap is a deleted version)",
)


class _Config(msgspec.Struct):
    provider: str | None = None
    model_name: str | None = None


def _prompt(wire: WireModel) -> Prompt:
    return Prompt(
        name=wire.name,
        creation_timestamp=wire.creation_timestamp,
        last_updated_timestamp=wire.last_updated_timestamp,
        has_description=bool(wire.description),
        tags=_tags(wire),
        aliases={alias.alias: alias.version for alias in wire.aliases},
    )


def _prompt_version(wire: WireVersion, aliases: Collection[str]) -> PromptVersion:
    said = {tag.key: tag.value for tag in wire.tags}
    config = _config(said.get(_CONFIG))
    return PromptVersion(
        name=wire.name,
        version=wire.version,
        creation_timestamp=wire.creation_timestamp,
        last_updated_timestamp=wire.last_updated_timestamp,
        user_id=wire.user_id or None,
        prompt_type=said.get(_TYPE) or None,
        template_sha256=_digest(said.get(_TEXT)),
        response_format_sha256=_digest(said.get(_FORMAT)),
        model_provider=config.provider,
        model_name=config.model_name,
        source=None if wire.source in _NO_SOURCE else without_secrets(wire.source),
        has_description=bool(wire.description),
        tags=_tags(wire),
        aliases=sorted({*wire.aliases, *aliases}),
    )


def _tags(wire: WireModel | WireVersion) -> dict[str, str | None]:
    return {key: value for key, value in mapping(wire.tags).items() if key not in _LEFT_OUT}


def _digest(text: str | None) -> str | None:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() if text else None


def _config(text: str | None) -> _Config:
    try:
        return msgspec.json.decode(text or "{}", type=_Config)
    except msgspec.MsgspecError:
        return _Config()


PROMPTS = Shelf(
    noun="prompts",
    holds_prompts=True,
    names=PROMPT,
    versions=PROMPT_VERSION,
    name_record=_prompt,
    version_record=_prompt_version,
)
