"""How each platform answers who we are: what comes before any kind is read.

A new collector that asks its server needs an entry in `INTRODUCTIONS`.
"""

from collections.abc import Callable
from urllib.parse import parse_qs

from .misbehaving import Reply, Request, json_reply

Introduction = Callable[[Request], Reply | None]


def kubernetes(request: Request) -> Reply | None:
    if request.path == "/version":
        return json_reply({"gitVersion": "v1.31.0"}, Date="Tue, 24 Nov 2026 12:00:00 GMT")
    if request.path.endswith("/selfsubjectreviews"):
        return json_reply({"status": {"userInfo": {"username": "system:sa:annexa"}}}, 201)
    return None


def mlflow(request: Request) -> Reply | None:
    if request.path == "/version":
        return Reply(200, b"3.17.0", {"Date": "Tue, 24 Nov 2026 12:00:00 GMT"})
    if request.path.endswith("/users/current"):
        return json_reply({"user": {"username": "annexa", "is_admin": True}})
    return None


def aws(request: Request) -> Reply | None:
    if parse_qs(request.body.decode()).get("Action") != ["GetCallerIdentity"]:
        return None
    arn = "arn:aws:sts::123456789012:assumed-role/annexa/annexa"
    result = f"<Arn>{arn}</Arn><UserId>A:annexa</UserId><Account>123456789012</Account>"
    body = f"<GetCallerIdentityResult>{result}</GetCallerIdentityResult>"
    whole = f"<GetCallerIdentityResponse>{body}</GetCallerIdentityResponse>"
    return Reply(200, whole.encode(), {"Date": "Tue, 24 Nov 2026 12:00:00 GMT"})


INTRODUCTIONS: dict[str, Introduction] = {
    "aws": aws,
    "kubernetes": kubernetes,
    "mlflow": mlflow,
    "openlineage": lambda request: None,
}
