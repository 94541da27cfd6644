"""One request to AWS: through the runner's hand, in our errors, in a typed answer."""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from ..contract import Call
from ..errors import CollectionError, UnexpectedAnswer
from ..shapes import learn
from .clients import Clients
from .errors import Expired, NotConfigured, from_botocore, is_throttling
from .pace import Paces

if TYPE_CHECKING:
    from .settings import AwsSettings


class Metadata(msgspec.Struct):
    headers: dict[str, str] = msgspec.field(name="HTTPHeaders", default_factory=dict)


class Answer(msgspec.Struct, rename="pascal", kw_only=True):
    """Base of the answers' shapes: fields that are needed have no default, others are dropped.

    A list that must come has no default, so that a broken answer is never an empty list.
    """

    response_metadata: Metadata = msgspec.field(default_factory=Metadata)


class Paged(Answer, kw_only=True):
    next_token: str | None = None


Parameters = Mapping[str, object]
_NONE: Parameters = MappingProxyType({})

A = TypeVar("A", bound=Answer)
P = TypeVar("P", bound=Paged)


class Api:
    """All operations of one source. For use by several threads."""

    def __init__(self, settings: "AwsSettings") -> None:
        self.settings = settings
        self.where = settings.id
        self.clients = Clients(settings)
        self._paces = Paces()

    def ask(
        self,
        call: Call,
        operation: str,
        answer: type[A],
        parameters: Parameters = _NONE,
        *,
        of: str | None = None,
        region: str | None = None,
        absent: A | None = None,
    ) -> A:
        """One request. ``operation`` is ``service:Operation``.

        ``of`` stands in the trace instead of the parameters, so that a request for each of a
        thousand objects is one line of the receipt. ``absent`` is the answer when AWS says that
        the object has no such setting.
        """
        shown: Parameters = {"of": of} if of else parameters

        def fetch() -> A:
            try:
                return self.fetch(call, operation, answer, parameters, region=region)
            except NotConfigured:
                if absent is None:
                    raise
                return absent

        return call.once(operation, fetch, **shown)

    def pages(
        self, call: Call, operation: str, answer: type[P], parameters: Parameters
    ) -> Iterator[P]:
        """All pages of an operation whose tokens are called ``NextToken``."""

        def fetch(token: str | None) -> tuple[P, str | None]:
            more = {"NextToken": token} if token else {}
            page = self.fetch(call, operation, answer, {**parameters, **more})
            return page, page.next_token

        return call.every_page(operation, fetch, **parameters)

    def fetch(
        self,
        call: Call,
        operation: str,
        answer: type[A],
        parameters: Parameters,
        *,
        region: str | None = None,
    ) -> A:
        """The request itself; to be called by the runner's hand only.

        Raises:
            CollectionError: See ``errors.py``.
            msgspec.MsgspecError: The answer has another shape, or was cut short.
        """
        renewals = self.clients.renewals
        try:
            client, said = self._send(operation, parameters, region)
        except Expired:  # although they are renewed in time: revoked, or AWS's clock is ahead
            self.clients.renew(renewals)
            client, said = self._send(operation, parameters, region)
        body = self.clients.last_body
        call.received(len(body), body)
        if client.meta.service_model.metadata["protocol"] in ("json", "rest-json"):
            # botocore reads JSON that was cut short as an answer without fields.
            msgspec.json.decode(body, type=msgspec.Raw)
        learn(answer)
        return msgspec.convert(said, answer)

    def _send(self, operation: str, parameters: Parameters, region: str | None) -> tuple[Any, Any]:
        """The client, and what it made of the answer."""
        service, _, name = operation.partition(":")
        pace = self._paces.of(operation, region)
        pace.wait()
        try:
            client = self.clients.get(service, region)
            return client, getattr(client, _method(name))(**parameters)
        except CollectionError:
            raise
        except ImportError as error:
            raise CollectionError(
                self.where,
                "the AWS client library is not installed",
                remedy='pip install "annexa[aws]"',
            ) from error
        except Exception as error:  # botocore has a class for each error of each service
            if is_throttling(error):
                pace.throttled()
            raise from_botocore(
                self.where, operation, error, offered=lambda: self.clients.offers(service)
            ) from error

    def tags(self, call: Call, arn: str) -> dict[str, str | None]:
        """sagemaker:ListTags, all pages."""
        found: dict[str, str | None] = {}
        token: str | None = None
        while True:
            more = {"NextToken": token} if token else {}
            wanted = {"ResourceArn": arn, **more}
            page = self.ask(call, "sagemaker:ListTags", _Tags, wanted, of="each object")
            found.update({tag.key: tag.value for tag in page.tags})
            if not page.next_token:
                return found
            if page.next_token == token or len(found) > 10_000:
                raise UnexpectedAnswer(
                    self.where,
                    "sagemaker:ListTags gave a page token for the second time",
                    remedy="report this to whoever runs the endpoint",
                )
            token = page.next_token


class Tag(msgspec.Struct, rename="pascal"):
    key: str
    value: str | None = None


class _Tags(Paged, kw_only=True):
    tags: list[Tag] = []


@cache
def _method(operation: str) -> str:
    from botocore import xform_name

    name: str = xform_name(operation)
    return name
