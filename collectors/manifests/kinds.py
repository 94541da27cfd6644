"""What is kept of a declared workload: its name, what it shall run, and the marks people put on it.

Environment variables, commands, arguments and every other object, Secrets above all, are dropped.
"""

from ..contract import Kind, Record
from ..kubernetes.meta import Meta


class Object(Record):
    path: str
    """Of the file."""
    document: int
    """Its number in the file, from 1."""
    kind: str
    """``Deployment``, ``InferenceService`` …"""
    metadata: Meta
    cluster: str
    """The source that reads what runs, as the settings name it."""
    group: str | None = None
    """Of the API; null: the core group."""
    images: list[str] = []
    model_uri: str | None = None
    replicas: int | None = None


def _subject(one: Object) -> str:
    meta = one.metadata
    return f"{one.path}#{one.kind}/{meta.namespace or ''}/{meta.name}"


OBJECT = Kind(
    name="manifests.object",
    record=Object,
    subject=_subject,
    guarded={"metadata.annotations": ()},
    permission="read on the folder or the repository",
    cross_check=(
        "the working tree against the commit, or a folder listed twice; what is not rendered is "
        "named"
    ),
)
