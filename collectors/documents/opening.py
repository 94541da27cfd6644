"""Finds the place that the settings name: commits where there are any and they are wanted."""

import os
import shutil
import weakref
from pathlib import Path

from .folder import Folder
from .place import Place, refused
from .remote import fetched, is_remote
from .repository import NotInGit, Repository, require_dulwich
from .settings import DocumentsSettings
from .signatures import keyring


def open_place(settings: DocumentsSettings) -> Place:
    """Open it.

    Raises:
        CollectionError: It is not there, cannot be read, or is no repository where one is wanted.
        PluginError: It needs a package that is not installed.
    """
    if settings.s3 is not None:
        from .prefix import Prefix

        return Prefix(settings, settings.s3)
    if is_remote(settings.repository):
        return _fetched(settings)
    root = Path(settings.repository or settings.path or "")
    try:
        root = root.resolve(strict=True)
        with os.scandir(root):
            pass
    except OSError as error:
        raise refused(settings.id, root, error) from error
    wants_git = True if settings.repository is not None else settings.git
    if wants_git is None and not _may_be_git(root):
        wants_git = False
    if wants_git is False:
        return Folder(root, settings.id)
    keys = keyring(settings.id, settings.allowed_signers_file, settings.pgp_keys_file)
    try:
        return Repository(root, settings.id, ref=settings.ref, keys=keys)
    except NotInGit:
        if wants_git or settings.ref != "HEAD":
            raise
        return Folder(root, settings.id)


def _fetched(settings: DocumentsSettings) -> Repository:
    """A clone that lives as long as the place."""
    keys = keyring(settings.id, settings.allowed_signers_file, settings.pgp_keys_file)
    require_dulwich(settings.id)
    folder = fetched(settings)
    try:
        place = Repository(folder, settings.id, ref="HEAD", keys=keys, address=settings.repository)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(place, shutil.rmtree, folder, True)
    return place


def _may_be_git(root: Path) -> bool:
    """Is there a repository here or above? So a plain folder does not need dulwich."""
    return any((folder / ".git").exists() for folder in (root, *root.parents)) or (
        (root / "HEAD").is_file() and (root / "objects").is_dir()
    )
