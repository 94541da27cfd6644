"""The token for a host, out of the environment variable that the settings name."""

import os

from ..errors import AccessDenied


def read_token(where: str, variable: str | None, host: str) -> str | None:
    """None where the settings name no variable.

    Raises:
        AccessDenied: The variable is not set, or holds no token.
    """
    if variable is None:
        return None
    token = os.environ.get(variable, "").strip()
    if not token:
        raise AccessDenied(
            where,
            f"the environment variable {variable} with the token for {host} is not set",
            remedy="set it where the agent runs",
        )
    if not (token.isascii() and token.isprintable()):
        raise AccessDenied(
            where,
            f"the environment variable {variable} holds no token",
            remedy="set it to the token alone, on one line",
        )
    return token
