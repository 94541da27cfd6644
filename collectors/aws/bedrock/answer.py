"""Base of Bedrock's answers: its field names begin with a small letter."""

import msgspec

from ..api import Answer, Metadata


class CamelAnswer(Answer, rename="camel", kw_only=True):
    """See `Answer`."""

    response_metadata: Metadata = msgspec.field(name="ResponseMetadata", default_factory=Metadata)
