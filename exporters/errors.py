"""Why a bundle could not be written, or is not what it says.

AnnexaError
├── ExportError      it could not be written: disk, key, a name that is taken (exit code 1)
└── BundleError      it does not verify, or cannot be replayed (exit code 7)
"""

from .. import AnnexaError


class ExportError(AnnexaError):
    """A bundle could not be written; nothing is left at its place."""


class BundleError(AnnexaError):
    """A bundle is not what was exported, or its results do not follow from what is in it."""

    exit_code = 7
