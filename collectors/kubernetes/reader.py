"""Reads a Kubernetes cluster: what is served and how it got there, who may do what, what guards it.

Source:       list requests of the Kubernetes API, ``limit`` and ``continue`` to the end
Permissions:  list, see deploy/kubernetes/clusterrole.yaml; never Secrets or ConfigMaps
Completeness: one resourceVersion over all pages of a list, remainingItemCount down to none
Stability:    beta
"""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Generic, Literal, TypeVar
from urllib.parse import quote

import msgspec

from ..ahead import ahead
from ..contract import Call, Check, Identity, Kind, Page, Reader, Record, Settings, Skip
from ..errors import AccessDenied, CollectionError, SourceUnavailable, UnexpectedAnswer, Unsupported
from ..shapes import learn
from . import kinds
from .access import Api, KubernetesSettings, ListExpired
from .caller import caller
from .counts import Counts, ListMeta
from .discovery import Discovery
from .resource import Resource, Target, without_applied

R = TypeVar("R", bound=Record)

MAX_RESTARTS = 3
HEAD_START_S = 0.001  # two of three measurements on busy cores: 8 to 15 % less time


class _List(msgspec.Struct, Generic[R], gc=False):
    items: list[R] | None
    """Null is how Go writes an empty list; not having the field is another shape."""


class _Version(msgspec.Struct):
    git_version: str = msgspec.field(name="gitVersion")


class Kubernetes:
    """One cluster, or some namespaces of it."""

    name: ClassVar[str] = "kubernetes"
    version: ClassVar[str] = "2"
    stability: ClassVar[Literal["alpha", "beta", "stable"]] = "beta"
    settings: ClassVar[type[Settings]] = KubernetesSettings
    kinds: ClassVar[tuple[Kind, ...]] = tuple(resource.kind for resource in kinds.RESOURCES)

    def __init__(self, settings: KubernetesSettings) -> None:
        self._settings = settings
        self._api = Api(settings)
        self._discovery = Discovery(self._api)

    def identity(self, call: Call) -> Identity:
        """See `contract.Collector.identity`. Credentials are read anew: tokens rotate."""
        api = self._api = Api(self._settings)
        self._discovery = Discovery(api)
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
        return [
            ListReader(resource, self._settings, lambda: self._api, lambda: self._discovery)
            for resource in kinds.RESOURCES
        ]


class ListReader:
    """Reads one kind, page by page; the next page is requested while one is decoded."""

    def __init__(
        self,
        resource: Resource,
        settings: KubernetesSettings,
        api: Callable[[], Api],
        discovery: Callable[[], Discovery],
    ) -> None:
        self._resource = resource
        self._settings = settings
        self._api = api
        self._discovery = discovery
        page = _List[resource.kind.record]  # type: ignore[name-defined]  # a type that is only known here
        learn(page)
        self._decoder = msgspec.json.Decoder(page)

    @property
    def kind(self) -> Kind:
        return self._resource.kind

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`.

        A list that expires half-way (410) begins anew, and with it all lists of the kind: what was
        given before describes another instant, so the first page of the new list makes it void.
        """
        del since
        targets = self._targets(call)
        for restarts in range(MAX_RESTARTS + 1):
            counts = Counts()
            try:
                yield from self._all(call, counts, targets, anew=restarts > 0)
            except ListExpired:
                continue
            yield from counts.checks(restarts)
            return
        raise SourceUnavailable(
            self._settings.id,
            f"the list of {targets[0].plural} expired {MAX_RESTARTS + 1} times before its end",
            remedy="raise page_size, so that fewer requests are needed",
        )

    def _targets(self, call: Call) -> Sequence[Target]:
        found = [
            served
            for target in self._resource.targets
            for served in self._discovery().served(call, target)
        ]
        if not found:
            names = " or ".join(target.qualified for target in self._resource.targets)
            raise Unsupported(
                self._settings.id,
                f"this cluster has no {names}",
                remedy="nothing to do if it is not installed",
            )
        return found

    def _all(
        self, call: Call, counts: Counts, targets: Sequence[Target], *, anew: bool
    ) -> Iterator[Page | Skip]:
        namespaces = self._settings.namespaces
        if namespaces is not None and self.kind is kinds.KINDS["namespace"]:
            yield from self._one_by_one(call, namespaces)
            return
        inside = namespaces if namespaces is not None and self._resource.namespaced else (None,)
        lists = [(target, namespace) for target in targets for namespace in inside]
        for target, namespace in lists:
            try:
                for page in self._list(call, counts, target, namespace):
                    yield Page(records=page, restarts=anew)
                    anew = False
            except AccessDenied as error:
                if namespace is None and len(lists) == 1:
                    raise
                where = f" in namespace {namespace}" if namespace is not None else ""
                yield _skip(f"{target.qualified}{where}", error)

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
            self._tidy(found)
            yield Page(records=found)

    def _list(
        self, call: Call, counts: Counts, target: Target, namespace: str | None
    ) -> Iterator[Sequence[Record]]:
        path = target.path(namespace)
        size = self._settings.page_size

        def fetch(token: str | None) -> tuple[tuple[bytes, ListMeta], str | None]:
            body = self._api().get(path, {"limit": size, "continue": token}).body
            call.received(len(body))
            meta = ListMeta.of(body)
            return (body, meta), meta.token or None

        counts.begin(path)
        try:
            answers = call.every_page(f"GET {path}", fetch, limit=size)
            for body, meta in ahead(answers, head_start_s=HEAD_START_S):
                call.received(0, body)  # hashed here: in `fetch` the next request would wait for it
                records: list[Record] = self._decoder.decode(body).items or []
                self._tidy(records)
                counts.page(meta, len(records))
                yield records
        except Unsupported as error:
            if not self._resource.is_required:
                raise
            raise UnexpectedAnswer(
                error.where, error.problem, remedy="check that the address is an API server's"
            ) from error

    def _tidy(self, records: Sequence[Record]) -> None:
        tidy = self._resource.tidy
        for record in records:
            without_applied(record)
            if tidy is not None:
                tidy(record)


def _skip(what: str, error: CollectionError) -> Skip:
    denied = isinstance(error, AccessDenied)
    return Skip(what=what, problem=error.problem, remedy=error.remedy, denied=denied)
