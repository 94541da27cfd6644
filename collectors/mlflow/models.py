"""The shelf of models."""

from . import kinds
from .shelf import Shelf

MODELS = Shelf(
    noun="models",
    holds_prompts=False,
    names=kinds.REGISTERED_MODEL,
    versions=kinds.MODEL_VERSION,
    name_record=lambda model: model.record(),
    version_record=lambda version, aliases: version.record(aliases),
)
