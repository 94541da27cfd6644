"""Files of the bundle that a document refers to, each with its hash."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from ..bag import BagFile
from ..evidence_id import evidence_id
from .identifiers import Identifiers
from .parts import Json, core_prop, text
from .stream import given

FOLDER = "11_oscal"
_MEDIA = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".md": "text/markdown",
    ".sql": "application/sql",
}


class Resources:
    """Gives the references while a document is written, and its back matter at the end."""

    def __init__(self, files: Mapping[str, BagFile], identifiers: Identifiers) -> None:
        self._files, self._identifiers = files, identifiers
        self._used: dict[str, str | None] = {}

    def has(self, name: str) -> bool:
        """Whether the bundle holds ``data/<name>``."""
        return f"data/{name}" in self._files

    def href(self, name: str, *, kind: str | None = None) -> str:
        """A reference to ``data/<name>``, which must have been written.

        Args:
            kind: OSCAL's ``type`` of the resource.
        """
        self._used[name] = self._used.get(name) or kind
        return f"#{self._uuid(name)}"

    def back_matter(self) -> Json:
        return {"resources": self._resources()}

    def _uuid(self, name: str) -> str:
        return self._identifiers.lasting("file", name, self._files[f"data/{name}"].sha256)

    def _resources(self) -> Iterator[Json]:
        for name, kind in sorted(self._used.items()):
            media = _MEDIA.get(name[name.rfind(".") :], "application/octet-stream")
            yield given(
                {
                    "uuid": self._uuid(name),
                    "title": text(name),
                    "props": [core_prop("type", kind)] if kind else None,
                    "document-ids": [{"identifier": evidence_id(name)}],
                    "rlinks": [
                        {
                            "href": _relative(name),
                            "media-type": media,
                            "hashes": [
                                {
                                    "algorithm": "SHA-256",
                                    "value": self._files[f"data/{name}"].sha256,
                                }
                            ],
                        }
                    ],
                }
            )


def _relative(name: str) -> str:
    """From a document in the folder to the file."""
    inside = name.removeprefix(f"{FOLDER}/")
    return quote(inside if inside != name else f"../{name}")
