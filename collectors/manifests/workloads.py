"""From a declared object to what is kept of it."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from ..kubernetes.meta import Meta, address
from ..kubernetes.serving import FRAMEWORKS, InferenceService, Predictor
from ..kubernetes.workloads import CronJob, Deployment, Job, PodSpec, PodTemplate
from .documents import Fields
from .kinds import Object

Kept = tuple[Sequence[str], str | None, int | None]
"""Images, address of a model, replicas."""


def _workload(fields: Fields) -> Kept:
    spec = msgspec.convert(fields, Deployment, strict=False).spec
    return _images(spec.template if spec else None), None, spec.replicas if spec else None


def _job(fields: Fields) -> Kept:
    spec = msgspec.convert(fields, Job, strict=False).spec
    return _images(spec.template if spec else None), None, None


def _cron_job(fields: Fields) -> Kept:
    spec = msgspec.convert(fields, CronJob, strict=False).spec
    template = spec.job_template if spec else None
    return _images(template.spec.template if template and template.spec else None), None, None


def _inference_service(fields: Fields) -> Kept:
    spec = msgspec.convert(fields, InferenceService, strict=False).spec
    predictor = spec.predictor if spec else None
    if predictor is None:
        return [], None, None
    images = [one.image for one in predictor.containers if one.image]
    return images, address(_model_uri(predictor)), predictor.min_replicas


READERS: dict[tuple[str, str | None], Callable[[Fields], Kept]] = {
    ("Deployment", "apps"): _workload,
    ("StatefulSet", "apps"): _workload,
    ("DaemonSet", "apps"): _workload,
    ("Rollout", "argoproj.io"): _workload,
    ("Job", "batch"): _job,
    ("CronJob", "batch"): _cron_job,
    ("InferenceService", "serving.kserve.io"): _inference_service,
}
"""Kind and API group of what is kept."""


class _Marked(msgspec.Struct):
    metadata: Meta


def is_workload(fields: Fields) -> bool:
    return _key(fields) in READERS


def read_workload(fields: Fields, *, path: str, document: int, cluster: str) -> Object:
    """Raises `ValueError`: it is not what the API asks for; the text names the place only."""
    kind, group = _key(fields)
    images, model_uri, replicas = READERS[kind, group](fields)
    return Object(
        path=path,
        document=document,
        kind=kind,
        group=group,
        metadata=msgspec.convert(fields, _Marked, strict=False).metadata,
        cluster=cluster,
        images=list(images),
        model_uri=model_uri,
        replicas=replicas,
    )


def _key(fields: Fields) -> tuple[str, str | None]:
    group, has_group, _ = str(fields.get("apiVersion", "")).rpartition("/")
    return str(fields.get("kind", "")), group if has_group else None


def _images(template: PodTemplate | None) -> list[str]:
    spec = (template.spec if template else None) or PodSpec()
    return [one.image for one in (*spec.init_containers, *spec.containers) if one.image]


def _model_uri(predictor: Predictor) -> str | None:
    found: Any = None
    for name in FRAMEWORKS:
        model = getattr(predictor, name)
        found = found or (model and (model.storage_uri or model.uri))
    return found if isinstance(found, str) else None
