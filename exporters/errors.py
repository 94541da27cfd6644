"""Why a bundle or an archive could not be written, or is not what it says.

AnnexaError
├── ExportError      it could not be written: disk, key, a name that is taken (exit code 1)
│   └── SecretFound      it would hold what looks like a credential (exit code 8)
├── SampleRefused    nothing can be drawn from this population in this way (exit code 1)
├── BundleError      it does not verify, or cannot be replayed (exit code 7)
└── ArchiveError     the archive cannot be used as it is (exit code 1)
    └── ArchiveDamaged   something in it was changed or is missing (exit code 7)
"""

from .. import AnnexaError


class ExportError(AnnexaError):
    """A bundle could not be written; nothing is left at its place."""


class SecretFound(ExportError):
    """What looks like a credential was about to leave the house in a bundle."""

    exit_code = 8


class SampleRefused(AnnexaError):
    """Nothing was drawn."""


class BundleError(AnnexaError):
    """A bundle is not what was exported, or its results do not follow from what is in it."""

    exit_code = 7


class ArchiveError(AnnexaError):
    """Nothing could be archived, or restored; what was archived before stays."""


class ArchiveDamaged(ArchiveError):
    """What is in an archive is not what was put there, or not all of it."""

    exit_code = 7
