"""What of an address may be kept."""

import re

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:(?P<user>[^/?#@]*)@)?(?P<rest>[^?#]*)", re.DOTALL
)
# Here the part before @ is a container, not a person.
_CONTAINERS = frozenset({"abfs", "abfss", "wasb", "wasbs"})


def without_secrets(address: str) -> str:
    """``address`` without user name, password, query string and fragment; a path as it is."""
    match = _URL.match(address)
    if match is None:
        return address
    user = match["user"]
    keeps = user and match["scheme"].lower() in _CONTAINERS and ":" not in user
    return f"{match['scheme']}://{user + '@' if keeps else ''}{match['rest']}"
