"""How a bundle shows people: by name, or by pseudonyms that only the organisation can resolve."""

from collections.abc import Mapping

from ..ledger import RunInfo


def people_shown(latest: Mapping[str, RunInfo]) -> str:
    """In a sentence, as far as the newest reading of each source tells."""
    sources = sorted(
        source
        for source, info in latest.items()
        if any(kind.pseudonyms for kind in info.receipt.kinds)
    )
    if not sources:
        return "by name, as the sources have them"
    return (
        f"as keyed pseudonyms (person-…), in records of {', '.join(sources)}: the same person is "
        "the same pseudonym everywhere, so rules judge as they would by name. The table that says "
        "who they are is kept by the organisation and is not in this bundle. Whoever attests, "
        "accepts an exception or signs is named"
    )
