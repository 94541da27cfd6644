"""What is kept of a model card's content: the fields that say who, what for, how risky, how good.

The schema is SageMaker's model card JSON schema. Descriptions, observations, hyperparameters,
custom details and the points of charts and matrices are not read.
"""

import json
import math
from decimal import Decimal
from typing import NoReturn

from ...redaction import scrub
from ..kinds import CardEvaluation, CardMetric, ModelCard

# Top-level sections of the model card schema.
SECTIONS = frozenset(
    {
        "model_overview",
        "model_package_details",
        "intended_uses",
        "business_details",
        "training_details",
        "evaluation_details",
        "additional_information",
    }
)
MOST = 200
"""Evaluations of a card, and metrics of an evaluation, that are kept."""
LONGEST_VALUE = 100
_SCALARS = frozenset({"number", "string", "boolean"})

Section = dict[str, object]


def fill(record: ModelCard, content: str) -> None:
    """Raises ValueError when ``content`` is not a JSON object."""
    card = json.loads(content, parse_float=Decimal, parse_constant=_refuse)
    if not isinstance(card, dict):
        raise ValueError("not a JSON object")
    overview, uses = _section(card, "model_overview"), _section(card, "intended_uses")
    package = _section(card, "model_package_details")
    record.sections = sorted(name for name in SECTIONS if _is_filled(card.get(name)))
    record.model_name = _text(overview, "model_name")
    record.model_package_arn = _text(package, "model_package_arn")
    record.owner = _text(overview, "model_owner")
    record.creator = _text(overview, "model_creator")
    record.problem_type = _text(overview, "problem_type")
    record.algorithm_type = _text(overview, "algorithm_type")
    record.purpose = _text(uses, "purpose_of_model")
    record.intended_uses = _text(uses, "intended_uses")
    record.risk_rating = _text(uses, "risk_rating")
    training = _section(_section(card, "training_details"), "training_job_details")
    record.training_arn = _text(training, "training_arn")
    record.training_datasets = _texts(training, "training_datasets")
    record.evaluations = [_evaluation(one) for one in _objects(card, "evaluation_details")[:MOST]]


def _evaluation(one: Section) -> CardEvaluation:
    return CardEvaluation(
        name=_text(one, "name"),
        job_arn=_text(one, "evaluation_job_arn"),
        datasets=_texts(one, "datasets"),
        metrics=[
            _metric(_text(group, "name"), metric)
            for group in _objects(one, "metric_groups")
            for metric in _objects(group, "metric_data")
        ][:MOST],
    )


def _metric(group: str | None, metric: Section) -> CardMetric:
    kind = _text(metric, "type")
    found = CardMetric(group=group, name=_text(metric, "name"), type=kind)
    value = metric.get("value") if kind in _SCALARS else None
    if isinstance(value, bool):
        found.text = str(value).lower()
    elif isinstance(value, int | Decimal) and math.isfinite(value):
        found.value = Decimal(value)
    elif isinstance(value, str) and value:
        found.text = scrub(value, limit=LONGEST_VALUE)
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _is_filled(value: object) -> bool:
    """Something in it says something."""
    if isinstance(value, dict):
        return any(_is_filled(part) for part in value.values())
    if isinstance(value, list):
        return any(_is_filled(part) for part in value)
    return value is not None and value != "" and not (isinstance(value, str) and value.isspace())


def _section(of: Section, name: str) -> Section:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _objects(of: Section, name: str) -> list[Section]:
    found = of.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(of: Section, name: str) -> str | None:
    value = of.get(name)
    return (scrub(value, limit=2048) or None) if isinstance(value, str) else None


def _texts(of: Section, name: str) -> list[str]:
    found = of.get(name)
    texts = found if isinstance(found, list) else []
    return [scrub(one, limit=2048) for one in texts[:MOST] if isinstance(one, str) and one]
