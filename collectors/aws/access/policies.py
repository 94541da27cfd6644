"""Policy documents of IAM: what they grant, and whom a trust policy trusts."""

from collections.abc import Mapping
from urllib.parse import unquote

import msgspec

from .kinds import PolicyGrant

MAX_DOCUMENT_CHARS = 1_000_000  # IAM's own limit is 20,480


def grants(document: object) -> list[PolicyGrant] | None:
    """The statements of ``document`` in order; None if it cannot be read.

    ``document`` is what botocore gives: a mapping, or JSON that may be URL-encoded.
    """
    statements = _statements(document)
    if statements is None:
        return None
    found = []
    for statement in statements:
        effect = statement.get("Effect")
        if not isinstance(effect, str):
            return None
        found.append(
            PolicyGrant(
                effect=effect,
                actions=_texts(statement.get("Action")),
                not_actions=_texts(statement.get("NotAction")),
                resources=_texts(statement.get("Resource"))
                + [f"not:{name}" for name in _texts(statement.get("NotResource"))],
                conditional=bool(statement.get("Condition")),
            )
        )
    return found


def principals(document: object) -> list[str] | None:
    """Whom a trust policy allows in, ``type:name``, sorted; None if it cannot be read."""
    statements = _statements(document)
    if statements is None:
        return None
    found: set[str] = set()
    for statement in statements:
        if statement.get("Effect") != "Allow":
            continue
        principal = statement.get("Principal")
        if isinstance(principal, Mapping):
            found.update(f"{kind}:{name}" for kind in principal for name in _texts(principal[kind]))
        else:
            found.update(_texts(principal))
        if "NotPrincipal" in statement:
            found.add("*")
    return sorted(found)


def _statements(document: object) -> list[Mapping[str, object]] | None:
    if isinstance(document, str) and len(document) <= MAX_DOCUMENT_CHARS:
        text = document if document.lstrip().startswith("{") else unquote(document)
        try:
            document = msgspec.json.decode(text)
        except msgspec.MsgspecError:
            return None
    if not isinstance(document, Mapping):
        return None
    statements = document.get("Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list):
        return None
    kept = [statement for statement in statements if isinstance(statement, Mapping)]
    return kept if len(kept) == len(statements) else None


def _texts(value: object) -> list[str]:
    """IAM allows one text or a list of them."""
    if isinstance(value, str):
        return [value]
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
