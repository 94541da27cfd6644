"""Reads a folder or a git repository of documents: front matter and hashes, never the text.

Source:       the commit at ``ref`` (HEAD) where the folder is in git, else the files themselves
Permissions:  read on the folder, for git on the repository's objects
Completeness: the working tree against the commit; a folder is listed twice
Stability:    beta
"""

import getpass
import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from ..contract import Call, Identity, Kind, Reader, Settings
from . import kinds
from .collection import Collection, Layout
from .document_reader import DocumentReader
from .folder import Folder
from .front_matter import FIELDS
from .place import Place, refused
from .repository import NotInGit, Repository
from .yaml_readers import StatementReader, SystemReader


class DocumentsSettings(Settings, frozen=True):
    """Which folder, and what the organisation calls things in its front matter."""

    path: str
    git: bool | None = None
    """True: read commits only. False: read files only. Left out: commits where there are any."""
    ref: str = "HEAD"
    """Branch, tag or commit; with HEAD the working tree is compared, too."""
    front_matter: dict[str, str] = {}
    """Our field -> their key, ``{approved_by: freigegeben_von}``; ours where left out."""
    soa: str = "soa.yaml"
    inventory: str = "systems"
    """Folder with a YAML file for each AI system."""
    max_file_mib: int = Field(default=32, ge=1, le=1024)

    @field_validator("front_matter")
    @classmethod
    def _known_fields(cls, value: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(value) - FIELDS)
        if unknown:
            raise ValueError(f"has no field {unknown[0]!r}; fields: {', '.join(sorted(FIELDS))}")
        if len(set(value.values())) < len(value):
            raise ValueError("gives one key to two fields")
        return value


class Documents:
    """One folder of documents."""

    name: ClassVar[str] = "documents"
    version: ClassVar[str] = "1"
    stability: ClassVar[Literal["alpha", "beta", "stable"]] = "beta"
    settings: ClassVar[type[Settings]] = DocumentsSettings
    kinds: ClassVar[tuple[Kind, ...]] = (kinds.DOCUMENT, kinds.SOA_ENTRY, kinds.SYSTEM)

    def __init__(self, settings: DocumentsSettings) -> None:
        self._settings = settings
        self._collection = self._collected()

    def identity(self, call: Call) -> Identity:
        """See `contract.Collector.identity`. It opens the place: the commit is pinned here."""
        self._collection = self._collected()
        place = call.once("open", lambda: self._collection.place)
        return Identity(
            caller=_user(),
            endpoint=str(Path(self._settings.path).resolve()),
            server=place.server,
            client=place.client,
            sees_everything=True,  # what this user may not read is a Skip, never left out
        )

    def readers(self) -> Sequence[Reader]:
        """See `contract.Collector.readers`."""
        collection = self._collection
        return [
            DocumentReader(collection, self._settings.front_matter),
            StatementReader(collection),
            SystemReader(collection),
        ]

    def _collected(self) -> Collection:
        settings = self._settings
        return Collection(
            lambda: _open(settings),
            Layout(soa=settings.soa, inventory=settings.inventory.strip("/")),
            max_bytes=settings.max_file_mib * 1024**2,
        )


def _open(settings: DocumentsSettings) -> Place:
    """The commit where there is one and it is wanted, else the folder.

    Raises:
        CollectionError: There is neither.
        PluginError: It is in git, and dulwich is not installed.
    """
    root = Path(settings.path)
    try:
        root = root.resolve(strict=True)
        with os.scandir(root):
            pass
    except OSError as error:
        raise refused(settings.id, root, error) from error
    wants_git = settings.git
    if wants_git is None and not _may_be_git(root):
        wants_git = False
    if wants_git is False:
        return Folder(root, settings.id)
    try:
        return Repository(root, settings.id, ref=settings.ref)
    except NotInGit:
        if wants_git or settings.ref != "HEAD":
            raise
        return Folder(root, settings.id)


def _may_be_git(root: Path) -> bool:
    """Is there a repository here or above? So a plain folder does not need dulwich."""
    return any((folder / ".git").exists() for folder in (root, *root.parents)) or (
        (root / "HEAD").is_file() and (root / "objects").is_dir()
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user id that has no name
        return f"user id {os.getuid()}"
