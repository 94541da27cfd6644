"""How `moto_shelf` answers: what is on the shelf, checked, filtered, sorted and paged."""

import base64
import json
import re
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from .moto_shelf_table import DESCRIBED, LISTED, SERVICE_OF, Described, Listed

MOST = 100


class Shelf:
    """The objects of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._objects: list[dict[str, Any]] = []

    def put(self, objects: Sequence[dict[str, Any]]) -> None:
        """One that is there already, by its ARN, is replaced.

        Raises:
            ValueError: One does not fit; then none is put.
        """
        checked = [_checked(one) for one in objects]
        new = {_place(one) for one in checked if one["arn"]}
        with self._lock:
            self._objects = [one for one in self._objects if _place(one) not in new]
            self._objects += checked

    def all(self, account: str, region: str) -> list[dict[str, Any]]:
        with self._lock:
            found = list(self._objects)
        return [one for one in found if (one["account"], one["region"]) == (account, region)]


SHELF = Shelf()


def _place(one: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return one["account"], one["region"], one["resource"], one["arn"]


@cache
def _shape(service: str, operation: str) -> Any:
    """Of the answer."""
    import botocore.session

    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    return model.output_shape


@cache
def method_of(operation: str) -> str:
    from moto.core.utils import camelcase_to_underscores

    name: str = camelcase_to_underscores(operation)
    return name


@cache
def forms(service: str) -> dict[str, tuple[str, re.Pattern[str]]]:
    """Operation -> its method and the form of its paths, the shortest forms last."""
    import botocore.session

    model = botocore.session.get_session().get_service_model(service)
    found = {}
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = re.sub(r"\\{[^}]+\\}", "(.+)", re.escape(http["requestUri"].partition("?")[0]))
        found[name] = http["method"], re.compile(path)
    return dict(sorted(found.items(), key=lambda one: -len(one[1][1].pattern)))


def _checked(one: dict[str, Any]) -> dict[str, Any]:
    from botocore.validate import ParamValidator

    resource, service = one["resource"], SERVICE_OF[one["resource"]]
    known: set[str] = set()
    for (_, operation), how in DESCRIBED.items():
        if how.resource == resource:
            shape = _shape(service, operation)
            known.update((shape.members[how.wrap] if how.wrap else shape).members)
            answer = {how.wrap: one["described"]} if how.wrap else one["described"]
            answer = _with_times(answer, shape)
            _refuse(resource, ParamValidator().validate(answer, shape))
            one["described"] = answer[how.wrap] if how.wrap else answer
    for (_, operation), row in LISTED.items():
        if row.resource == resource:
            item = _shape(service, operation).members[row.items].member
            known.update(item.members, *row.match.values())
            parts = {**one["described"], **one["listed"]}
            one["item"] = _with_times({k: v for k, v in parts.items() if k in item.members}, item)
            _refuse(resource, ParamValidator().validate(one["item"], item))
    if unknown := {*one["described"], *one["listed"]} - known:
        raise ValueError(f"{resource}: AWS does not have {', '.join(sorted(unknown))}")
    return one


def _refuse(resource: str, report: Any) -> None:
    if report.has_errors():
        raise ValueError(f"{resource}: {report.generate_report()}")


def _with_times(value: Any, shape: Any) -> Any:
    """``value`` with instants where the shape has timestamps."""
    if shape.type_name == "timestamp" and isinstance(value, str):
        return datetime.fromisoformat(value)
    if shape.type_name == "structure" and isinstance(value, dict):
        members = shape.members
        return {k: _with_times(v, members[k]) if k in members else v for k, v in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_with_times(one, shape.member) for one in value]
    return value


def answering(service: str, row: Listed | Described) -> Any:
    """A method of one of moto's classes of responses."""

    def answer(self: Any) -> Any:
        from moto.core.responses import ActionResult

        self.parse_parameters(self.normalized_request)
        asked = {**self.params, **self.uri_match} if self.uri_match else dict(self.params)
        objects = [
            one
            for one in SHELF.all(self.current_account, self.region)
            if one["resource"] == row.resource
        ]
        if isinstance(row, Described):
            return ActionResult(_describe(service, row, objects, asked))
        return ActionResult(_list(service, row, objects, asked))

    return answer


def _describe(
    service: str, row: Described, objects: Sequence[dict[str, Any]], asked: Mapping[str, Any]
) -> dict[str, Any]:
    for one in objects:
        if all(str(asked.get(p)) in _values(one, fields) for p, fields in row.keys.items()):
            return {row.wrap: one["described"]} if row.wrap else one["described"]
    raise _not_found(service)


def _values(one: Mapping[str, Any], fields: Sequence[str]) -> set[str]:
    parts = {**one["described"], **one["listed"], "arn": one["arn"]}
    return {str(parts[name]) for name in fields if parts.get(name) is not None}


def _list(
    service: str, row: Listed, objects: Sequence[dict[str, Any]], asked: Mapping[str, Any]
) -> dict[str, Any]:
    names = {name.lower(): value for name, value in asked.items() if value is not None}
    found = [
        one
        for one in objects
        if all(asked[p] in _values(one, f) for p, f in row.match.items() if asked.get(p))
        and all(one["item"].get(field) == value for field, value in row.unasked(asked).items())
        and _is_in_time(one["item"], names)
    ]
    by = row.name if names.get("sortby") == "Name" else row.made
    order = str(names.get("sortorder", "Descending"))
    found.sort(key=lambda one: str(one["item"].get(by)), reverse=order == "Descending")
    query = json.dumps({k: v for k, v in names.items() if k != "nexttoken"}, default=str)
    size = int(names.get("maxresults") or MOST)
    if not 1 <= size <= 1000:
        raise _invalid("MaxResults is out of range")
    at = _offset(names.get("nexttoken"), query)
    answer: dict[str, Any] = {row.items: [one["item"] for one in found[at : at + size]]}
    if row.is_paged and at + size < len(found):
        token = base64.b64encode(json.dumps([at + size, query]).encode()).decode()
        answer["NextToken" if service == "sagemaker" else "nextToken"] = token
    return answer


def _is_in_time(item: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """``CreationTimeAfter``, ``CreatedBefore`` and the like; ends are left out."""
    fields = {name.lower(): value for name, value in item.items()}
    for name, limit in asked.items():
        stem = name.removesuffix("after").removesuffix("before")
        if stem == name:
            continue
        seen = fields.get("creationtime" if stem == "created" else stem) or fields.get("starttime")
        if seen is None:
            continue
        at = limit if isinstance(limit, datetime) else datetime.fromtimestamp(float(limit), UTC)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        if (seen <= at) if name.endswith("after") else (seen >= at):
            return False
    return True


def _offset(token: Any, query: str) -> int:
    if not token:
        return 0
    try:
        at, asked = json.loads(base64.b64decode(token))
    except ValueError:
        raise _invalid("The token is not valid") from None
    if asked != query:
        raise _invalid("The token does not fit the request")
    return int(at)


def _invalid(text: str) -> Exception:
    from moto.core.exceptions import JsonRESTError

    return JsonRESTError("ValidationException", text)


def _not_found(service: str) -> Exception:
    from moto.core.exceptions import JsonRESTError

    if service == "sagemaker":
        return JsonRESTError("ResourceNotFound", "Could not find the requested resource")
    error = JsonRESTError("ResourceNotFoundException", "The resource was not found")
    error.code = 404
    return error


def tags_or(own: Any, service: str) -> Any:
    """The tags of what is on the shelf, else what moto itself has."""

    def answer(self: Any) -> Any:
        from moto.core.responses import ActionResult

        self.parse_parameters(self.normalized_request)
        arn = next(str(v) for k, v in {**self.params}.items() if k.lower() == "resourcearn")
        for one in SHELF.all(self.current_account, self.region):
            if one["arn"] == arn or one["arn"].startswith(f"{arn}:"):  # or a version of it
                tags = one["tags"]
                if service == "bedrock-agent":
                    return ActionResult({"tags": tags})
                if service == "bedrock":
                    return ActionResult({"tags": [{"key": k, "value": tags[k]} for k in tags]})
                return ActionResult({"Tags": [{"Key": k, "Value": tags[k]} for k in tags]})
        return own(self)

    return answer
