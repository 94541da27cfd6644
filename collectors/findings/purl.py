"""What of a package URL may be kept: its qualifiers can hold addresses with credentials."""

_KEPT = frozenset({"arch", "classifier", "distro", "epoch", "type"})


def kept_purl(purl: str | None) -> str | None:
    """``purl`` with the harmless qualifiers only, and without its subpath."""
    if purl is None:
        return None
    name, has_more, rest = purl.partition("#")[0].partition("?")
    if not has_more:
        return name
    kept = [pair for pair in rest.split("&") if pair.partition("=")[0].lower() in _KEPT]
    return f"{name}?{'&'.join(kept)}" if kept else name
