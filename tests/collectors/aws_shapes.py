"""Do the shapes in which we read AWS's answers fit AWS's own description of them?

    with shapes_checked() as asked: ...   # every request made inside is checked

A field that AWS does not have would read as null for ever, and nobody would notice.
"""

import contextlib
import types
import typing
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any
from unittest import mock

import msgspec
from annexa.collectors.aws.api import Answer, Api

# Fields that only some of the operations that share a shape have.
SHARED = {("_Application", "ConfigUri"), ("_Application", "ProblemType")}
SHARED |= {("Container", "ImageDigest"), ("Container", "ModelPackageName")}
SHARED |= {("_Source", "SourceType"), ("_Source", "SourceTypes")}
SHARED |= {("_Input", "GroundTruthS3Input"), ("_Baseline", "StatisticsResource")}


@contextlib.contextmanager
def shapes_checked() -> Iterator[set[str]]:
    """Yields the operations that were asked for."""
    asked: set[str] = set()
    fetch = Api.fetch

    def checked(
        self: Api, call: Any, operation: str, answer: type[Answer], *rest: Any, **more: Any
    ) -> Any:
        if operation not in asked:
            asked.add(operation)
            found = misfits(operation, answer)
            assert not found, found
        return fetch(self, call, operation, answer, *rest, **more)

    with mock.patch.object(Api, "fetch", checked):
        yield asked


def misfits(operation: str, answer: type[msgspec.Struct]) -> list[str]:
    """Fields of ``answer``, however deep, that no answer of ``operation`` has."""
    shapes: dict[type[msgspec.Struct], list[Any]] = defaultdict(list)
    _pair(answer, _shape(operation), shapes)
    return sorted(
        f"{operation}: {struct.__name__}.{field.encode_name}"
        for struct, found in shapes.items()
        for field in msgspec.structs.fields(struct)
        if field.encode_name != "ResponseMetadata"
        and (struct.__name__, field.encode_name) not in SHARED
        and not any(field.encode_name in shape.members for shape in found)
        and not (struct is answer and field.name == "token")  # a list without pages has none
    )


def _pair(annotation: Any, shape: Any, shapes: dict[type[msgspec.Struct], list[Any]]) -> None:
    if shape is None:
        return
    for part in _parts(annotation):
        if isinstance(part, type) and issubclass(part, msgspec.Struct):
            if shape.type_name != "structure" or shape in shapes[part]:
                continue
            shapes[part].append(shape)
            for field in msgspec.structs.fields(part):
                _pair(field.type, shape.members.get(field.encode_name), shapes)
        elif typing.get_origin(part) is list and shape.type_name == "list":
            _pair(typing.get_args(part)[0], shape.member, shapes)
        elif typing.get_origin(part) is dict and shape.type_name == "map":
            _pair(typing.get_args(part)[1], shape.value, shapes)
        elif typing.get_origin(part) is dict and shape.type_name == "structure":
            for member in shape.members.values():
                _pair(typing.get_args(part)[1], member, shapes)


def _parts(annotation: Any) -> tuple[Any, ...]:
    is_union = typing.get_origin(annotation) in (types.UnionType, typing.Union)
    return typing.get_args(annotation) if is_union else (annotation,)


@cache
def _shape(operation: str) -> Any:
    import botocore.session

    service, _, name = operation.partition(":")
    model = botocore.session.get_session().get_service_model(service)
    return model.operation_model(name).output_shape
