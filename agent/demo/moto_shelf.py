"""Operations of SageMaker and Bedrock that the moto server does not have, answered from a shelf.

Where the server runs, before its first request: ``moto_shelf.register()``. From anywhere::

    stock("http://127.0.0.1:5000", [on_shelf("guardrail", {...as GetGuardrail answers...}), ...])

What is put on the shelf must fit AWS's own description of the answer, or it is refused: a field
with a wrong name cannot get into a test. Lists are filtered, sorted and paged as AWS does, with
tokens that fit one query only.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

from .moto_lookup_events import ACCOUNT
from .moto_shelf_answers import SHELF, answering, forms, method_of, tags_or
from .moto_shelf_table import DESCRIBED, LISTED, PATHS

PATH = "/moto-api/annexa-demo/shelf"


def on_shelf(
    resource: str,
    described: Mapping[str, Any],
    *,
    listed: Mapping[str, Any] | None = None,
    arn: str = "",
    tags: Mapping[str, str] | None = None,
    account: str = ACCOUNT,
    region: str = "eu-central-1",
) -> dict[str, Any]:
    """An object for `stock`. ``described`` is the answer that describes it, times as ISO 8601;
    ``listed`` is what the list alone says, and what it belongs to."""
    return {
        "resource": resource,
        "described": dict(described),
        "listed": dict(listed or {}),
        "arn": arn,
        "tags": dict(tags or {}),
        "account": account,
        "region": region,
    }


def stock(url: str, objects: Sequence[Mapping[str, Any]]) -> None:
    """Put ``objects`` on the shelf of the server at ``url``.

    Raises:
        ValueError: One does not fit AWS's description of its answer.
    """
    body = json.dumps({"objects": list(objects)}).encode()
    request = urllib.request.Request(
        url.rstrip("/") + PATH, data=body, headers={"Content-Type": "application/json"}
    )
    try:
        urllib.request.urlopen(request, timeout=30).close()
    except urllib.error.HTTPError as error:
        raise ValueError(error.read().decode()) from None


def register() -> None:
    """Teach the moto in this process the operations and the address to stock it. Twice is once."""
    from moto.bedrock import urls as bedrock_urls
    from moto.bedrock.responses import BedrockResponse
    from moto.bedrockagent.responses import AgentsforBedrockResponse
    from moto.moto_api._internal import urls
    from moto.sagemaker.responses import SageMakerResponse

    if "{0}" + PATH in urls.url_paths:
        return
    urls.url_paths["{0}" + PATH] = _stock_here
    classes: dict[str, Any] = {
        "sagemaker": SageMakerResponse,
        "bedrock": BedrockResponse,
        "bedrock-agent": AgentsforBedrockResponse,
    }
    for path in PATHS:
        bedrock_urls.url_paths["{0}" + path] = AgentsforBedrockResponse.dispatch
    for (service, operation), row in (LISTED | DESCRIBED).items():
        setattr(classes[service], method_of(operation), answering(service, row))
    for service, operation in (
        ("sagemaker", "ListTags"),
        ("bedrock", "ListTagsForResource"),
        ("bedrock-agent", "ListTagsForResource"),
    ):
        method = method_of(operation)
        own = getattr(classes[service], method)
        setattr(classes[service], method, tags_or(own, service))


def operation_of(method: str, path: str) -> str:
    """What a request to Bedrock, or to its agents, asks for; empty: nothing that it has."""
    for service in ("bedrock", "bedrock-agent"):
        for name, (wanted, form) in forms(service).items():
            if wanted == method and form.fullmatch(path):
                return name
    return ""


def _stock_here(request: Any, full_url: str, headers: Any) -> tuple[int, dict[str, str], str]:
    try:
        SHELF.put(json.loads(request.get_data())["objects"])
    except ValueError as error:
        return 400, {"Content-Type": "text/plain"}, str(error)
    return 200, {"Content-Type": "application/json"}, "{}"
