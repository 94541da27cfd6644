"""How a file of a bundle is referred to in working papers."""

import hashlib


def evidence_id(name: str) -> str:
    """``E-5b1f02c9aa``, of a path under ``data/``: the same path, the same id in every bundle."""
    return f"E-{hashlib.sha256(name.encode()).hexdigest()[:10]}"
