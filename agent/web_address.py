"""Checks the addresses of servers in ``annexa.yaml``."""

from urllib.parse import urlsplit


def web_address(value: str) -> str:
    """``value``, if it is one without credentials in it; a ValueError says what to write."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not a web address; write https://host/path")
    if parts.username or parts.password:
        raise ValueError("credentials in a web address; keep secrets in the environment")
    return value
