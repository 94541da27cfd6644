"""Requests to one API server: the official client's authentication, answers as raw bytes.

The client's typed objects cost 4.5 × the time and hundreds of MiB on a long list, so only its
configuration (kubeconfig with all its ways to sign in, in-cluster, tokens) and its connection
pool are used.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
from pydantic import Field, model_validator

from ..answer import read_response
from ..contract import Settings
from ..errors import AccessDenied, CollectionError, SourceUnavailable, UnexpectedAnswer, Unsupported
from ..http_answer import Answer, date, retry_after_s
from ..redaction import scrub
from ..registry import require

_JSON = "application/json"


class KubernetesSettings(Settings, frozen=True):
    """How to reach the API server; without any of these, kubeconfig's current context."""

    context: str | None = None
    """A context of the kubeconfig."""
    kubeconfig: str | None = None
    """Its path; default: ``KUBECONFIG``, else ``~/.kube/config``."""
    in_cluster: bool = False
    """Use the pod's own service account."""
    server: str | None = None
    """``https://host:port``, together with ``token_file``."""
    token_file: str | None = None
    ca_file: str | None = None
    namespaces: tuple[str, ...] | None = None
    """Read only these namespaces, one by one; all when left out."""
    page_size: int = Field(default=500, ge=1, le=10_000)

    @model_validator(mode="after")
    def _one_way_in(self) -> "KubernetesSettings":
        ways = [bool(self.context or self.kubeconfig), self.in_cluster, bool(self.server)]
        if sum(ways) > 1:
            raise ValueError("use one of context or kubeconfig, in_cluster, server")
        if (self.token_file or self.ca_file) and not self.server:
            raise ValueError("token_file and ca_file need server")
        if self.server and not self.token_file:
            raise ValueError("server needs token_file")
        if self.namespaces == ():
            raise ValueError("namespaces is empty; leave it out to read all")
        return self


class ListExpired(UnexpectedAnswer):
    """410: the server no longer has the rest of this list; it has to begin anew."""


class _Status(msgspec.Struct):
    message: str = ""


class Api:
    """One connection pool; opened by the first request. Threads may share it."""

    def __init__(self, settings: KubernetesSettings) -> None:
        self._settings = settings
        self.where = settings.id
        """Of errors."""
        self._configuration: Any = None
        self._pool: Any = None

    @property
    def configuration(self) -> Any:
        """The official client's ``Configuration``, loaded."""
        if self._configuration is None:
            require("kubernetes")
            from kubernetes.client.rest import RESTClientObject

            configuration = _configuration(self._settings)
            configuration.connection_pool_maxsize = 4
            self._pool = RESTClientObject(configuration).pool_manager
            self._configuration = configuration
        return self._configuration

    def get(self, path: str, query: Mapping[str, object] = {}, *, accept: str = _JSON) -> Answer:
        """GET ``path``; parameters that are None are left out.

        Raises:
            CollectionError: Anything but a 2xx answer, in full and in time.
        """
        return self._request("GET", path, query=query, accept=accept)

    def post(self, path: str, body: object) -> Answer:
        """POST ``body`` as JSON: only for reviews that say who we are; nothing is changed by it.

        Raises:
            CollectionError: As in `get`.
        """
        return self._request("POST", path, body=msgspec.json.encode(body))

    def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] = {},
        accept: str = _JSON,
        body: bytes | None = None,
    ) -> Answer:
        import urllib3

        url = self.configuration.host.rstrip("/") + path
        wanted = {name: value for name, value in query.items() if value is not None}
        if wanted:
            url += "?" + urlencode(wanted)
        try:
            response = self._pool.request(
                method,
                url,
                headers=self._headers(accept),
                body=body,
                timeout=self._settings.timeout_s,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                content = read_response(
                    response, where=self.where, timeout_s=self._settings.timeout_s
                )
            except CollectionError:
                response.close()  # its rest is not wanted
                raise
        except urllib3.exceptions.SSLError as error:
            raise UnexpectedAnswer(
                self.where,
                "the server's certificate is not trusted",
                remedy="set ca_file, or the kubeconfig's certificate-authority",
            ) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise SourceUnavailable(
                self.where,
                f"{method} {path}: {_reason(error)}",
                remedy="check the address and that the server is up; the next run tries again",
            ) from error
        response.release_conn()
        if not 200 <= response.status < 300:
            raise self._refusal(response.status, response.headers, f"{method} {path}", content)
        if not content.endswith((b"}", b"}\n")):
            raise SourceUnavailable(
                self.where,
                f"{method} {path}: the answer is cut short or not JSON",
                remedy="check the address, and any proxy in between; the next run tries again",
            )
        return Answer(content, date(response.headers.get("Date")))

    def _headers(self, accept: str) -> dict[str, str]:
        headers = {"Accept": accept, "User-Agent": "annexa"}
        for scheme in self._configuration.auth_settings().values():
            if scheme.get("in") == "header" and scheme.get("value"):
                headers[scheme["key"]] = scheme["value"]
        if "authorization" in {name.lower() for name in headers}:
            return headers
        basic = self._configuration.username and self._configuration.get_basic_auth_token()
        return {**headers, "authorization": basic} if basic else headers

    def _refusal(
        self, status: int, headers: Mapping[str, str], request: str, content: bytes
    ) -> CollectionError:
        try:
            message = msgspec.json.decode(content, type=_Status).message
        except msgspec.MsgspecError:
            message = ""
        said = f"{request}: HTTP {status}" + (f", {scrub(message, limit=240)}" if message else "")
        if status in (401, 403):
            remedy = (
                "renew the token or client certificate"
                if status == 401
                else "bind deploy/kubernetes/clusterrole.yaml to this user"
            )
            return AccessDenied(self.where, said, remedy=remedy)
        if status == 404:
            return Unsupported(self.where, said, remedy="nothing to do if it is not installed")
        if status == 410:
            return ListExpired(self.where, said, remedy="the next run tries again")
        if status == 429 or status >= 500:
            return SourceUnavailable(
                self.where,
                said,
                remedy="the next run tries again",
                retry_after_s=retry_after_s(headers.get("Retry-After")),
            )
        return UnexpectedAnswer(
            self.where, said, remedy="check that the address is the API server's"
        )


def _configuration(settings: KubernetesSettings) -> Any:
    import kubernetes

    official: Any = kubernetes
    found = official.client.Configuration()
    try:
        if settings.server and settings.token_file:
            token = Path(settings.token_file).read_text(encoding="ascii").strip()
            found.host = settings.server
            found.ssl_ca_cert = settings.ca_file
            found.api_key = {"authorization": f"Bearer {token}"}
        elif settings.in_cluster:
            official.config.load_incluster_config(client_configuration=found)
        else:
            official.config.load_kube_config(settings.kubeconfig, settings.context, found)
    except (OSError, UnicodeError) as error:
        place = getattr(error, "filename", None) or settings.token_file or "the kubeconfig"
        raise AccessDenied(
            settings.id,
            f"{place} cannot be read ({type(error).__name__})",
            remedy="correct the path, or let this user read it",
        ) from error
    except Exception as error:  # kubeconfig has a dozen ways to be wrong, each with its class
        raise AccessDenied(
            settings.id,
            f"no usable access to a cluster: {scrub(str(error), limit=200)}",
            remedy="set context or kubeconfig, in_cluster, or server with token_file",
        ) from error
    return found


def _reason(error: Exception) -> str:
    """What happened on the wire, in words; the foreign text may hold the URL."""
    name = type(error).__name__
    return {
        "NewConnectionError": "no connection",
        "NameResolutionError": "the host name is unknown",
        "ConnectTimeoutError": "no connection in time",
        "ReadTimeoutError": "no answer in time",
        "ProtocolError": "the answer was cut short",
    }.get(name, name)
