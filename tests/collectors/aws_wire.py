"""Requests to AWS and its answers on the wire, as botocore's descriptions of the services say."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from .misbehaving import Reply, Request

SERVICES = [
    *("accessanalyzer", "bedrock", "bedrock-agent", "cloudtrail", "cloudwatch", "config", "ecr"),
    *("eks", "glue", "iam", "kms", "logs", "s3", "s3control", "sagemaker"),
]
TOKENS = ("NextToken", "nextToken")
DATE = {"Date": "Tue, 24 Nov 2026 12:00:00 GMT"}


@dataclass(frozen=True)
class Asked:
    """One request, understood."""

    operation: Any
    """moto's ``OperationModel``."""
    parameters: Mapping[str, Any]
    token: str
    """Of the page that is asked for; empty for the first one and for what has no pages."""
    is_list: bool

    @property
    def name(self) -> str:
        return f"{self.operation.service_model.service_name}:{self.operation.name}"


def said(asked: Asked, result: Mapping[str, Any]) -> Reply:
    """``result`` on the wire, as the service writes it."""
    from moto.core.serialize import get_serializer_class

    service = asked.operation.service_model
    serializer = get_serializer_class(service.service_name, service.resolved_protocol)
    found = serializer(asked.operation).serialize(result)
    raw = found["body"] if isinstance(found["body"], bytes) else found["body"].encode()
    return Reply(found["status_code"], raw, {**found["headers"], **DATE})


def refused(asked: Asked, status: int, code: str) -> Reply:
    """An error in the words and the form of the service."""
    if "json" in asked.operation.service_model.resolved_protocol:
        return Reply(status, json.dumps({"__type": code, "message": "no"}).encode(), DATE)
    error = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
    whole = error if asked.name.startswith("s3") else f"<ErrorResponse>{error}</ErrorResponse>"
    return Reply(status, whole.encode(), DATE)


def understood(request: Request) -> Asked:
    """Which operation it is, with which parameters."""
    signed = re.search(r"/([\w-]+)/aws4_request", request.headers.get("authorization", ""))
    assert signed, request.path
    services = [one for one in map(_service, SERVICES) if one.signing_name == signed[1]]
    form = dict(parse_qsl(request.body.decode(errors="replace")))
    target = request.headers.get("x-amz-target", "").rpartition(".")[2]
    if name := target or form.get("Action"):
        operation = next(one for one in services if name in one.operation_names)
        parameters = json.loads(request.body) if target else form
        return _asked(operation.operation_model(name), parameters)
    found = [
        (at, labels) for at in _addresses(signed[1]) if (labels := at.labels(request)) is not None
    ]
    assert found, f"no operation of {signed[1]} is {request.method} {request.path}"
    at, labels = max(found, key=lambda one: (len(one[0].query), not one[0].operation.deprecated))
    body = json.loads(request.body) if request.body[:1] == b"{" else {}
    wire = {**request.query, **body, **labels}
    members = at.operation.input_shape.members if at.operation.input_shape else {}
    ours = {shape.serialization.get("name", name): name for name, shape in members.items()}
    return _asked(at.operation, {ours[one]: wire[one] for one in wire.keys() & ours.keys()})


def _asked(operation: Any, parameters: Mapping[str, Any]) -> Asked:
    pages = pager(operation)
    tokens = [str(parameters.get(name) or "") for name in names(pages.get("input_token"))]
    token = next(filter(None, tokens), "")
    gives_all = operation.name.startswith(("List", "Describe")) and not _names_something(operation)
    is_list = bool(pages) or gives_all
    return Asked(operation, parameters, token, is_list)


def _names_something(operation: Any) -> bool:
    return bool(operation.input_shape and operation.input_shape.required_members)


@dataclass(frozen=True)
class _Address:
    """Where an operation of a REST service lives."""

    operation: Any
    method: str
    path: re.Pattern[str]
    query: Mapping[str, str]

    def labels(self, request: Request) -> dict[str, str] | None:
        """What the path names; None: it is another operation's."""
        found = self.path.fullmatch(request.path)
        if found is None or self.method != request.method:
            return None
        for name, value in self.query.items():
            if request.query.get(name, "" if name in request.flags else None) != value:
                return None
        return {name: unquote(value) for name, value in found.groupdict().items()}


@cache
def _addresses(signing_name: str) -> list[_Address]:
    return [
        _address(service.operation_model(name))
        for service in map(_service, SERVICES)
        if service.signing_name == signing_name
        for name in service.operation_names
    ]


def _address(operation: Any) -> _Address:
    path, _, query = operation.http["requestUri"].partition("?")
    form = "".join(
        f"(?P<{re.sub('[^A-Za-z0-9]', '', part)}>[^/]+)" if part[:1] == "{" else re.escape(part)
        for part in re.split(r"(\{[^}]+\})", path)
    )
    wanted = dict(parse_qsl(query, keep_blank_values=True))
    return _Address(operation, operation.http["method"], re.compile(form + "/?"), wanted)


@cache
def _service(name: str) -> Any:
    from moto.core.utils import get_service_model

    return get_service_model(name)


@cache
def _pagers(service: str) -> Mapping[str, Mapping[str, Any]]:
    import botocore.session

    found: Mapping[str, Mapping[str, Any]]
    found = botocore.session.get_session().get_paginator_model(service)._paginator_config
    return found


def pager(operation: Any) -> Mapping[str, Any]:
    """What the tokens are called; nothing for an operation that has none."""
    if operation.name.startswith("ListTags"):  # asked for each object, and nothing is special
        return {}
    known = _pagers(operation.service_model.service_name)
    if operation.name in known:
        return known[operation.name]
    members = operation.input_shape.members if operation.input_shape else {}
    token = next((one for one in TOKENS if one in members), None)
    return {"input_token": token, "output_token": token} if token else {}


def names(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []
