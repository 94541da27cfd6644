"""SageMaker model cards: state, version and which sections are filled, never their text."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from ..contract import Call, Check, Page, Skip
from ..errors import UnexpectedAnswer
from .api import Answer, Api, Paged
from .kinds import MODEL_CARD, ModelCard
from .parts import Look, Parts, fan_out
from .second_look import SecondLook

PAGE = 100  # the most that SageMaker allows

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


class _Listed(msgspec.Struct, rename="pascal"):
    model_card_name: str
    model_card_arn: str
    model_card_status: str | None = None
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None


class _Cards(Paged, kw_only=True):
    model_card_summaries: list[_Listed]


class _Card(Answer, kw_only=True):
    model_card_name: str
    model_card_arn: str
    model_card_version: int | None = None
    model_card_status: str | None = None
    content: str
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None


class ModelCardReader:
    kind = MODEL_CARD

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        second = SecondLook("sagemaker:ListModelCards")

        def listed() -> Iterator[_Listed]:
            for page in self._list(call, "Ascending"):
                second.page(page)
                for card in page.model_card_summaries:
                    second.listed(card.model_card_name, card.creation_time)
                    yield card

        def look(card: _Listed) -> Look:
            parts = Parts(f"model card {card.model_card_name}")
            record = self._look(call, card, parts)
            if parts.gone and record is None:
                second.gone(card.model_card_name, card.creation_time)
            return Look(record, parts)

        yield from fan_out(call, listed(), look, threads=self._api.settings.threads)
        yield second.compare(
            (card.model_card_name, card.creation_time)
            for page in self._list(call, "Descending")
            for card in page.model_card_summaries
        )

    def _list(self, call: Call, order: str) -> Iterator[_Cards]:
        return self._api.pages(
            call,
            "sagemaker:ListModelCards",
            _Cards,
            {"SortBy": "Name", "SortOrder": order, "MaxResults": PAGE},
        )

    def _look(self, call: Call, listed: _Listed, parts: Parts) -> ModelCard | None:
        """None: the card is gone."""
        record = ModelCard(
            name=listed.model_card_name,
            arn=listed.model_card_arn,
            status=listed.model_card_status,
            created_at=listed.creation_time,
            modified_at=listed.last_modified_time,
        )
        card = parts.read(
            lambda: self._api.ask(
                call,
                "sagemaker:DescribeModelCard",
                _Card,
                {"ModelCardName": listed.model_card_name},
                of="each model card",
            )
        )
        if parts.gone:
            return None
        if card is not None:
            record.version = card.model_card_version
            record.status = card.model_card_status
            record.modified_at = card.last_modified_time or record.modified_at
            parts.read(lambda: self._fill(record, card.content))
        record.tags = parts.read(lambda: self._api.tags(call, listed.model_card_arn)) or {}
        return record

    def _fill(self, record: ModelCard, content: str) -> None:
        try:
            sections = msgspec.json.decode(content, type=dict[str, object])
        except msgspec.MsgspecError:
            raise UnexpectedAnswer(
                self._api.where,
                "the content of a model card is not a JSON object",
                remedy="look at the card in SageMaker and save it again",
            ) from None
        record.sections = sorted(name for name in SECTIONS if _is_filled(sections.get(name)))
        record.model_name = _text(sections.get("model_overview"), "model_name")
        record.model_package_arn = _text(sections.get("model_package_details"), "model_package_arn")


def _is_filled(value: object) -> bool:
    """Something in it says something."""
    if isinstance(value, dict):
        return any(_is_filled(part) for part in value.values())
    if isinstance(value, list):
        return any(_is_filled(part) for part in value)
    return value is not None and value != "" and not (isinstance(value, str) and value.isspace())


def _text(section: object, name: str) -> str | None:
    value = section.get(name) if isinstance(section, dict) else None
    return value if isinstance(value, str) and value else None
