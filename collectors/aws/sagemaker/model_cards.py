"""SageMaker model cards: state, version, author and what `card_content` keeps of the content."""

from datetime import datetime

import msgspec

from ...errors import UnexpectedAnswer
from ..api import Answer
from ..kinds import MODEL_CARD, ModelCard
from ..listing import Listing
from ..table import Details, Table
from .card_content import fill
from .people import Person, person


class _Listed(msgspec.Struct, rename="pascal"):
    model_card_name: str
    model_card_arn: str
    model_card_status: str | None = None
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None


class _Card(Answer, kw_only=True):
    model_card_name: str
    model_card_arn: str
    model_card_version: int | None = None
    model_card_status: str | None = None
    content: str
    creation_time: datetime | None = None
    created_by: Person | None = None
    last_modified_time: datetime | None = None
    last_modified_by: Person | None = None


def _record(details: Details, listed: _Listed) -> ModelCard:
    record = ModelCard(
        name=listed.model_card_name,
        arn=listed.model_card_arn,
        status=listed.model_card_status,
        created_at=listed.creation_time,
        modified_at=listed.last_modified_time,
    )
    card = details.main(
        "sagemaker:DescribeModelCard", _Card, {"ModelCardName": listed.model_card_name}
    )
    if card is not None:
        record.version = card.model_card_version
        record.status = card.model_card_status
        record.created_by = person(card.created_by)
        record.modified_at = card.last_modified_time or record.modified_at
        record.modified_by = person(card.last_modified_by)
        details.parts.read(lambda: _fill(details.api.where, record, card.content))
    record.tags = details.tags(listed.model_card_arn)
    return record


def _fill(where: str, record: ModelCard, content: str) -> None:
    try:
        fill(record, content)
    except (ValueError, RecursionError):
        raise UnexpectedAnswer(
            where,
            "the content of a model card is not a JSON object",
            remedy="look at the card in SageMaker and save it again",
        ) from None


MODEL_CARDS = Table(
    kind=MODEL_CARD,
    what="model card",
    listing=Listing(
        operation="sagemaker:ListModelCards",
        items="ModelCardSummaries",
        item=_Listed,
        name=lambda item: item.model_card_name,
        made=lambda item: item.creation_time,
        sort_by="Name",
    ),
    record=_record,
)
