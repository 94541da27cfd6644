"""As whom we read a cluster, as well as the server lets us know."""

import base64
import binascii
from pathlib import Path
from typing import Any

import msgspec

from ..contract import Call
from ..errors import AccessDenied, Unsupported
from .access import Api

_GROUP = "authentication.k8s.io"


class _UserInfo(msgspec.Struct):
    username: str = ""


class _ReviewStatus(msgspec.Struct):
    user_info: _UserInfo = msgspec.field(name="userInfo", default_factory=_UserInfo)


class _Review(msgspec.Struct):
    status: _ReviewStatus = msgspec.field(default_factory=_ReviewStatus)


class _Claims(msgspec.Struct):
    sub: str = ""


def caller(api: Api, call: Call) -> str:
    """The server's own word for us (SelfSubjectReview, Kubernetes 1.27 and later).

    Older servers do not tell; then it is what our credentials say, and the words say so.
    """
    for version in ("v1", "v1beta1"):
        path = f"/apis/{_GROUP}/{version}/selfsubjectreviews"
        review = {"apiVersion": f"{_GROUP}/{version}", "kind": "SelfSubjectReview"}

        def ask(path: str = path, review: dict[str, str] = review) -> _Review:
            answer = api.post(path, review)
            call.received(len(answer.body), answer.body)
            return msgspec.json.decode(answer.body, type=_Review)

        try:
            name = call.once(f"POST {path}", ask).status.user_info.username
        except (Unsupported, AccessDenied):
            continue
        if name:
            return name
    return f"{_from_credentials(api.configuration)}; the server has no SelfSubjectReview"


def _from_credentials(configuration: Any) -> str:
    token = next(
        (
            str(scheme["value"]).removeprefix("Bearer ")
            for scheme in configuration.auth_settings().values()
            if scheme.get("value")
        ),
        "",
    )
    if token:
        subject = _token_subject(token)
        return f"{subject} (as its token says)" if subject else "the owner of a bearer token"
    if configuration.cert_file:
        name = _certificate_name(Path(configuration.cert_file))
        return f"{name} (as its certificate says)" if name else "the owner of a client certificate"
    return "system:anonymous (no credentials)"


def _token_subject(token: str) -> str:
    """``sub`` of a JSON Web Token; empty for any other token. Nothing is verified."""
    parts = token.split(".")
    if len(parts) != 3:
        return ""
    try:
        claims = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(claims, type=_Claims).sub
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return ""


def _certificate_name(path: Path) -> str:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        names = x509.load_pem_x509_certificate(path.read_bytes()).subject
        return str(names.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    except (OSError, ValueError, IndexError):
        return ""
