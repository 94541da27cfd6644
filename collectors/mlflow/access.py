"""Requests to one MLflow server: MLflow's own authentication, answers as raw bytes.

The SDK builds objects for everything it reads, which costs 1.3 × the time of the listing; so only
its credentials and its HTTP layer are used, and of that not the retries: those are the runner's.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from pydantic import Field, field_validator

from ..answer import read_body
from ..errors import AccessDenied, CollectionError, SourceUnavailable, UnexpectedAnswer, Unsupported
from ..http_answer import Answer, date, retry_after_s
from ..intake import PushSettings
from ..redaction import scrub
from ..registry import require

API = "/api/2.0/mlflow"
API_3 = "/api/3.0/mlflow"
"""What MLflow 3 added: scorers, traces, evaluation datasets, roles, the gateway."""
NEXT = "the next run tries again"


class MLflowSettings(PushSettings, frozen=True):
    """Where the server is. Credentials come from MLflow's own environment variables
    (``MLFLOW_TRACKING_USERNAME`` and ``_PASSWORD``, ``MLFLOW_TRACKING_TOKEN`` …), or from those
    that are named here, for a second server with credentials of its own.

    ``push_secret_env`` or ``push_secret_file`` is the secret of a webhook in MLflow, whose address
    is ``<intake>/<source id>/webhooks/mlflow``."""

    tracking_uri: str
    """``https://mlflow.example.com``; with the path, if it is served under one."""
    username_env: str | None = None
    password_env: str | None = None
    token_env: str | None = None
    page_size: int = Field(default=10_000, ge=1, le=200_000)
    """Of model versions; registered models come at most 1,000 at a time."""
    runs_page_size: int = Field(default=500, ge=1, le=5_000)

    @field_validator("tracking_uri")
    @classmethod
    def _an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be the http:// or https:// address of an MLflow server")
        if parts.username or parts.password:
            raise ValueError(
                "must not hold credentials; put them into MLFLOW_TRACKING_USERNAME and _PASSWORD"
            )
        return value.rstrip("/")


class NotThere(Unsupported):
    """MLflow says that this one thing does not exist (``RESOURCE_DOES_NOT_EXIST``)."""


class _Refusal(msgspec.Struct):
    error_code: str = ""
    message: str = ""


class Api:
    """One server with our credentials, which are read from the environment once."""

    def __init__(self, settings: MLflowSettings) -> None:
        self._settings = settings
        self._where = settings.id
        self._found: Any = None

    @property
    def credentials(self) -> Any:
        """MLflow's ``MlflowHostCreds``."""
        if self._found is None:
            require("mlflow")
            from mlflow.utils import credentials

            read: Any = credentials.get_default_host_creds
            self._found = read(self._settings.tracking_uri)
            for name in ("username", "password", "token"):
                variable = getattr(self._settings, f"{name}_env")
                if variable is not None:
                    setattr(self._found, name, self._secret(variable))
        return self._found

    def get(self, path: str, **query: object) -> Answer:
        """GET ``path``; parameters that are None are left out.

        Raises:
            CollectionError: Anything but a 2xx answer, in full and in time.
        """
        wanted = {name: value for name, value in query.items() if value is not None}
        return self._request("GET", path, params=wanted)

    def post(self, path: str, body: Mapping[str, object]) -> Answer:
        """POST ``body`` as JSON: only for searches, whose parameters are too long for an address.

        Raises:
            CollectionError: As in `get`.
        """
        return self._request("POST", path, json=body)

    def _request(self, method: str, path: str, **kwargs: object) -> Answer:
        from mlflow.utils import rest_utils

        send: Any = rest_utils.http_request
        credentials = self.credentials
        try:
            response = send(
                credentials,
                path,
                method,
                max_retries=0,
                retry_codes=frozenset(),
                respect_retry_after_header=False,
                raise_on_status=False,
                timeout=self._settings.timeout_s,
                allow_redirects=False,
                stream=True,
                **kwargs,
            )
        except Exception as error:  # MLflow wraps whatever happened on the wire
            raise self._failure(f"{method} {path}", error) from error
        content = self._content(f"{method} {path}", response)
        if not 200 <= response.status_code < 300:
            raise self._refusal(response, f"{method} {path}", content)
        if content.lstrip()[:1] == b"<":
            raise UnexpectedAnswer(
                self._where,
                f"{method} {path} answered with a web page instead of JSON, perhaps to sign in",
                remedy="check tracking_uri, and how programs get past the proxy in front of it",
            )
        return Answer(content, date(response.headers.get("Date")))

    def _content(self, request: str, response: Any) -> bytes:
        import requests
        import urllib3

        try:
            return read_body(
                _chunks(response), where=self._where, timeout_s=self._settings.timeout_s
            )
        except (urllib3.exceptions.HTTPError, requests.RequestException, OSError) as error:
            raise SourceUnavailable(
                self._where, f"{request}: the answer was cut short", remedy=NEXT
            ) from error
        finally:
            response.close()  # gives a connection that was read to its end back to the pool

    def _failure(self, request: str, error: Exception) -> CollectionError:
        """Why there was no answer; the foreign text may hold the address with all parameters."""
        import requests

        reason: BaseException = error
        while not isinstance(reason, requests.RequestException):
            inner = reason.__cause__ or reason.__context__
            if inner is None:
                return UnexpectedAnswer(
                    self._where,
                    f"{request} could not be sent ({type(reason).__name__})",
                    remedy="check the MLFLOW_TRACKING_ variables of this process",
                )
            reason = inner
        if isinstance(reason, requests.exceptions.SSLError):
            return UnexpectedAnswer(
                self._where,
                "the server's certificate is not trusted",
                remedy="set MLFLOW_TRACKING_SERVER_CERT_PATH to the authority's certificate",
            )
        return SourceUnavailable(
            self._where,
            f"{request}: {_on_the_wire(reason, self._settings.timeout_s)}",
            remedy=f"check the address and that the server is up; {NEXT}",
        )

    def _refusal(self, response: Any, request: str, content: bytes) -> CollectionError:
        status = response.status_code
        try:
            refusal = msgspec.json.decode(content, type=_Refusal)
        except msgspec.MsgspecError:
            refusal = _Refusal()
        said = f"{request}: HTTP {status}"
        if refusal.message:
            said += f", {scrub(refusal.message, limit=240)}"
        match status:
            case 401:
                remedy = "set MLFLOW_TRACKING_USERNAME and _PASSWORD, or MLFLOW_TRACKING_TOKEN"
                return AccessDenied(self._where, said, remedy=remedy)
            case 403:
                remedy = "let this user read all experiments and registered models"
                return AccessDenied(self._where, said, remedy=remedy)
            case 404 if refusal.error_code == "RESOURCE_DOES_NOT_EXIST":
                return NotThere(self._where, said, remedy="nothing to do if it was deleted")
            case 404 | 405 | 501:
                remedy = "check tracking_uri; the server may be too old, or has this turned off"
                return Unsupported(self._where, said, remedy=remedy)
            case 408 | 429 | 500 | 502 | 503 | 504:
                wish = retry_after_s(response.headers.get("Retry-After"))
                return SourceUnavailable(self._where, said, remedy=NEXT, retry_after_s=wish)
            case _ if 300 <= status < 400:
                remedy = "set tracking_uri to the address that answers, with https:// if it has"
                return UnexpectedAnswer(self._where, f"{said}, a redirect", remedy=remedy)
            case _ if status >= 500:
                return SourceUnavailable(self._where, said, remedy=NEXT)
        remedy = "check tracking_uri; where it complains of max_results, lower page_size"
        return UnexpectedAnswer(self._where, said, remedy=remedy)

    def _secret(self, variable: str) -> str:
        value = os.environ.get(variable)
        if not value:
            raise AccessDenied(
                self._where,
                f"the environment variable {variable} is not set",
                remedy="set it, or correct the name in this source's settings",
            )
        return value


def _on_the_wire(reason: BaseException, timeout_s: float) -> str:
    """What happened, in words. A time-out under retries of zero arrives as a connection error."""
    import requests
    import urllib3

    inner = reason.args[0] if reason.args else None
    if isinstance(inner, urllib3.exceptions.MaxRetryError):
        inner = inner.reason
    if isinstance(reason, requests.Timeout) or isinstance(
        inner, urllib3.exceptions.ReadTimeoutError
    ):
        return f"no answer within {timeout_s:g} s"
    if isinstance(inner, urllib3.exceptions.ProtocolError):
        return "the connection broke"
    return "no connection" if isinstance(reason, requests.ConnectionError) else "no usable answer"


def _chunks(response: Any) -> Iterator[bytes]:
    """What has arrived, as it arrives."""
    raw = response.raw
    if raw is None or not hasattr(raw, "read1"):  # read already, or urllib3 before 2
        yield from response.iter_content(1 << 16)
        return
    while chunk := raw.read1(1 << 20, decode_content=True):
        yield chunk
