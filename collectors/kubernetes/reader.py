"""Reads a Kubernetes cluster: served models, workloads, namespaces, who may do what.

Source:       list requests of the Kubernetes API, ``limit`` and ``continue`` to the end
Permissions:  get and list, see deploy/kubernetes/clusterrole.yaml; never Secrets
Completeness: one resourceVersion over all pages of a list, remainingItemCount down to none
Stability:    beta
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, Literal, TypeVar
from urllib.parse import quote

import msgspec

from ..ahead import ahead
from ..contract import Call, Check, Identity, Kind, Page, Reader, Record, Settings, Skip
from ..errors import AccessDenied, CollectionError, SourceUnavailable, UnexpectedAnswer, Unsupported
from . import kinds
from .access import Api, KubernetesSettings, ListExpired
from .caller import caller
from .counts import Counts, ListMeta

R = TypeVar("R", bound=Record)

RBAC = "/apis/rbac.authorization.k8s.io/v1"
MAX_RESTARTS = 3
HEAD_START_S = 0.001  # two of three measurements on busy cores: 8 to 15 % less time


class _List(msgspec.Struct, Generic[R], gc=False):
    items: list[R] | None
    """Null is how Go writes an empty list; not having the field is another shape."""


class _Version(msgspec.Struct):
    git_version: str = msgspec.field(name="gitVersion")


@dataclass(frozen=True)
class Resource:
    """Where the API lists a kind."""

    kind: Kind
    group: str
    """``/api/v1`` or ``/apis/<group>/<version>``."""
    plural: str
    namespaced: bool = True
    optional: bool = False
    """An API of its own, which a cluster need not have."""

    def path(self, namespace: str | None) -> str:
        """Of the list; in all namespaces when ``namespace`` is None."""
        inside = f"/namespaces/{quote(namespace)}" if namespace is not None else ""
        return f"{self.group}{inside}/{self.plural}"


RESOURCES = (
    Resource(kinds.NAMESPACE, "/api/v1", "namespaces", namespaced=False),
    Resource(kinds.DEPLOYMENT, "/apis/apps/v1", "deployments"),
    Resource(
        kinds.INFERENCE_SERVICE,
        "/apis/serving.kserve.io/v1beta1",
        "inferenceservices",
        optional=True,
    ),
    Resource(kinds.ROLE, RBAC, "roles"),
    Resource(kinds.CLUSTER_ROLE, RBAC, "clusterroles", namespaced=False),
    Resource(kinds.ROLE_BINDING, RBAC, "rolebindings"),
    Resource(kinds.CLUSTER_ROLE_BINDING, RBAC, "clusterrolebindings", namespaced=False),
)


class Kubernetes:
    """One cluster, or some namespaces of it."""

    name: ClassVar[str] = "kubernetes"
    version: ClassVar[str] = "1"
    stability: ClassVar[Literal["alpha", "beta", "stable"]] = "beta"
    settings: ClassVar[type[Settings]] = KubernetesSettings
    kinds: ClassVar[tuple[Kind, ...]] = tuple(resource.kind for resource in RESOURCES)

    def __init__(self, settings: KubernetesSettings) -> None:
        self._settings = settings
        self._api = Api(settings)

    def identity(self, call: Call) -> Identity:
        """See `contract.Collector.identity`. Credentials are read anew: tokens rotate."""
        api = self._api = Api(self._settings)
        answer = call.once("GET /version", lambda: api.get("/version"))
        version = msgspec.json.decode(answer.body, type=_Version)
        import kubernetes

        return Identity(
            caller=caller(api, call),
            endpoint=api.configuration.host,
            server=f"Kubernetes {version.git_version}",
            client=f"kubernetes {kubernetes.__version__}",
            sees_everything=True,  # RBAC refuses a list, it never shortens one
            server_time=answer.server_time,
        )

    def readers(self) -> Sequence[Reader]:
        """See `contract.Collector.readers`."""
        return [ListReader(resource, self._settings, lambda: self._api) for resource in RESOURCES]


class ListReader:
    """Reads one resource, page by page; the next page is requested while one is decoded."""

    def __init__(
        self, resource: Resource, settings: KubernetesSettings, api: Callable[[], Api]
    ) -> None:
        self._resource = resource
        self._settings = settings
        self._api = api
        self._decoder = msgspec.json.Decoder(_List[resource.kind.record])  # type: ignore[name-defined]  # a type that is only known here

    @property
    def kind(self) -> Kind:
        return self._resource.kind

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`.

        A list that expires half-way (410) begins anew, all namespaces of it: what was given before
        describes another instant, so the first page of the new list makes it void.
        """
        del since
        for restarts in range(MAX_RESTARTS + 1):
            counts = Counts()
            try:
                yield from self._all(call, counts, anew=restarts > 0)
            except ListExpired:
                continue
            yield from counts.checks(restarts)
            return
        raise SourceUnavailable(
            self._settings.id,
            f"the list of {self._resource.plural} expired {MAX_RESTARTS + 1} times before its end",
            remedy="raise page_size, so that fewer requests are needed",
        )

    def _all(self, call: Call, counts: Counts, *, anew: bool) -> Iterator[Page | Skip]:
        namespaces = self._settings.namespaces
        if namespaces is not None and self._resource.kind is kinds.NAMESPACE:
            yield from self._one_by_one(call, namespaces)
            return
        if namespaces is None or not self._resource.namespaced:
            for page in self._list(call, counts, None):
                yield Page(records=page, restarts=anew)
                anew = False
            return
        for namespace in namespaces:
            try:
                for page in self._list(call, counts, namespace):
                    yield Page(records=page, restarts=anew)
                    anew = False
            except AccessDenied as error:
                yield _skip(f"{self._resource.plural} in namespace {namespace}", error)

    def _one_by_one(self, call: Call, namespaces: Sequence[str]) -> Iterator[Page | Skip]:
        """The named namespaces themselves: ``get`` may be granted in each where ``list`` is not."""
        found: list[Record] = []
        for namespace in namespaces:

            def fetch(path: str = f"/api/v1/namespaces/{quote(namespace)}") -> Record:
                body = self._api().get(path).body
                call.received(len(body), body)
                return msgspec.json.decode(body, type=self.kind.record)

            try:
                found.append(call.once("GET /api/v1/namespaces/{name}", fetch, name=namespace))
            except (AccessDenied, Unsupported) as error:
                yield _skip(f"namespace {namespace}", error)
        if found:
            yield Page(records=found)

    def _list(
        self, call: Call, counts: Counts, namespace: str | None
    ) -> Iterator[Sequence[Record]]:
        path = self._resource.path(namespace)
        size = self._settings.page_size

        def fetch(token: str | None) -> tuple[tuple[bytes, ListMeta], str | None]:
            body = self._api().get(path, limit=size, **{"continue": token}).body
            call.received(len(body), body)
            meta = ListMeta.of(body)
            return (body, meta), meta.token or None

        counts.begin(path)
        try:
            answers = call.every_page(f"GET {path}", fetch, limit=size)
            for body, meta in ahead(answers, head_start_s=HEAD_START_S):
                records = self._decoder.decode(body).items or []
                counts.page(meta, len(records))
                yield records
        except Unsupported as error:
            if self._resource.optional:
                raise
            raise UnexpectedAnswer(
                error.where, error.problem, remedy="check that the address is an API server's"
            ) from error


def _skip(what: str, error: CollectionError) -> Skip:
    denied = isinstance(error, AccessDenied)
    return Skip(what=what, problem=error.problem, remedy=error.remedy, denied=denied)
