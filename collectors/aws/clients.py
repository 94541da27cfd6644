"""botocore sessions and clients: whose credentials, which region, how patient.

botocore's own retries are off: the runner retries, once and visibly. Credentials that expire are
renewed by botocore itself, those of an assumed role too.
"""

import ipaddress
import logging
import os
import re
import socket
import threading
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .transport import Transport

if TYPE_CHECKING:
    from .settings import AwsSettings

RENEW_S = 300  # before they expire, while requests go on with the old credentials
RENEW_AT_LAST_S = 60  # before they expire, while all requests wait
SESSION_NAME = "annexa"  # fixed, so that the caller's ARN is the same in every run


class Clients:
    """One client per service and region, made when first used. For use by several threads."""

    def __init__(self, settings: "AwsSettings") -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._session: Any = None
        self._transport: Transport | None = None
        """Kept when credentials are renewed: a thread may still ask for its last answer."""
        self.renewals = 0

    def get(self, service: str, region: str | None = None) -> Any:
        """Raises what botocore raises for a wrong profile or unknown service."""
        key = service, region or self._settings.region
        with self._lock:
            client = self._clients.get(key)
            if client is None:
                session, transport = self._opened()
                client = _client(session.create_client, self._settings, transport, *key)
                self._clients[key] = client
            return client

    def renew(self, renewals: int) -> None:
        """Get new credentials, unless another thread did since there were ``renewals``."""
        with self._lock:
            if renewals == self.renewals:
                self.renewals += 1
                self._session = None
                self._clients.clear()

    @property
    def last_body(self) -> bytes:
        """Of the last answer that this thread got."""
        return self._transport.body if self._transport else b""

    def offers(self, service: str) -> bool:
        """Whether the region has the service, as far as this botocore knows."""
        if self._settings.endpoint_url:
            return True
        with self._lock:
            session, _ = self._opened()
        partition = session.get_partition_for_region(self._settings.region)
        regions = session.get_available_regions(service, partition)
        return not regions or self._settings.region in regions

    def _opened(self) -> tuple[Any, Transport]:
        """The session and the transport of all clients; the lock is held."""
        if self._session is None or self._transport is None:
            session = _session(self._settings.profile)
            self._transport = self._transport or _transport(self._settings, session)
            if self._settings.role_arn:
                _assume(session, self._settings, self._transport)
            self._session = session
        return self._session, self._transport


def _session(profile: str | None) -> Any:
    import botocore.session

    session = botocore.session.Session(profile=profile)
    session.get_scoped_config()  # a profile that is not there shows here
    session.register_component("data_loader", _service_models())
    return session


@cache
def _service_models() -> Any:
    """Botocore's descriptions of services, megabytes of them, read once for all sources."""
    from botocore.loaders import create_loader

    return create_loader(os.environ.get("AWS_DATA_PATH"))


def _client(
    create: Callable[..., Any],
    settings: "AwsSettings",
    transport: Transport,
    service: str,
    region: str,
) -> Any:
    from botocore.config import Config

    client = create(
        service,
        region_name=region,
        endpoint_url=settings.endpoint_url,
        config=Config(
            retries={"total_max_attempts": 1, "mode": "standard"}, user_agent_extra="annexa"
        ),
    )
    client.meta.events.register("before-send", transport)
    if _is_numeric(settings.endpoint_url):
        client.meta.events.register("before-sign.s3-control", without_account)
    return client


def _is_numeric(url: str | None) -> bool:
    """Before an IP address no name can be put, as S3 Control does with the account's number."""
    try:
        ipaddress.ip_address(urlsplit(url or "").hostname or "")
    except ValueError:
        return False
    return True


def without_account(request: Any, **_event: object) -> None:
    request.url = re.sub(r"^(https?://)\d{12}\.", r"\1", request.url)


def _transport(settings: "AwsSettings", session: Any) -> Transport:
    """Proxies and certificates as botocore would take them."""
    from botocore.httpsession import URLLib3Session
    from botocore.utils import get_environ_proxies

    address = settings.endpoint_url or f"https://sts.{settings.region}.amazonaws.com"
    bundle = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    http = URLLib3Session(
        verify=bundle or True,
        proxies=get_environ_proxies(address),
        timeout=(min(settings.timeout_s, 10.0), settings.timeout_s),
        max_pool_connections=max(10, settings.threads),
        # As botocore's own. Without it the body of a POST waits for the headers to be acknowledged,
        # for which servers take their time: 40 ms a request.
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
    )
    return Transport(settings.id, http, timeout_s=settings.timeout_s)


def _assume(session: Any, settings: "AwsSettings", transport: Transport) -> None:
    """Give ``session`` the role's credentials, renewed before they expire."""
    from botocore.credentials import (
        AssumeRoleCredentialFetcher,
        CredentialProvider,
        CredentialResolver,
        DeferredRefreshableCredentials,
    )
    from botocore.exceptions import NoCredentialsError

    origin = _session(settings.profile)
    source = origin.get_credentials()
    if source is None:
        raise NoCredentialsError

    def sts(service: str, **credentials: object) -> Any:
        create = partial(origin.create_client, **credentials)
        return _client(create, settings, transport, service, settings.region)

    extra = {"RoleSessionName": SESSION_NAME}
    if settings.external_id:
        extra["ExternalId"] = settings.external_id
    # A role that cannot be assumed is an error that we tell; botocore would log a traceback too.
    logging.getLogger("botocore.credentials").setLevel(logging.ERROR)
    fetcher = AssumeRoleCredentialFetcher(sts, source, settings.role_arn, extra_args=extra)

    class AssumedRole(CredentialProvider):  # type: ignore[misc]  # botocore ships no types
        METHOD = CANONICAL_NAME = "annexa-assume-role"

        def load(self) -> Any:
            credentials = DeferredRefreshableCredentials(
                refresh_using=fetcher.fetch_credentials, method=self.METHOD
            )
            # botocore would renew within the last 15 minutes: with every request of such a role.
            credentials._advisory_refresh_timeout = RENEW_S
            credentials._mandatory_refresh_timeout = RENEW_AT_LAST_S
            return credentials

    session.register_component("credential_provider", CredentialResolver([AssumedRole()]))
