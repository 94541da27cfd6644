"""What is kept of documents: who approved which version when, and a hash; never the text.

A document is a Markdown file with YAML front matter (or any file with a ``.meta.yaml`` beside
it). Dates in front matter are ISO dates or RFC 3339 times and are kept as written.
"""

from datetime import datetime

from ..contract import Kind, Record

PERMISSION = "read on the folder; for git its history too"
CHECK = "files in the working tree equal the files of the commit that was read"


class Commit(Record):
    """The last commit that touched the file."""

    id: str
    author: str
    """E-mail address of the author."""
    committed_at: datetime
    signed: bool | None = None
    """The commit carries a signature; it is not verified here."""


class Review(Record):
    """A review on record; "reviewed, no change" counts."""

    on: str
    by: str | None = None
    outcome: str | None = None


class Document(Record):
    path: str
    """Relative to the folder, with ``/``."""
    sha256: str
    """Of the file's bytes, hex."""
    size_bytes: int
    id: str
    """``id`` of the front matter, else the path."""
    title: str | None = None
    type: str | None = None
    """``policy``, ``impact-assessment``, ``procedure`` …"""
    owner: str | None = None
    version: str | None = None
    classification: str | None = None
    approved_by: str | None = None
    approved_at: str | None = None
    approver_role: str | None = None
    effective: str | None = None
    review_by: str | None = None
    reviews: list[Review] = []
    controls: list[str] = []
    systems: list[str] = []
    supersedes: str | None = None
    headings: list[str] = []
    """Level-2 headings whose section is not empty, in order."""
    front_matter: dict[str, str | None] = {}
    """Further scalar keys; values only for allowed keys."""
    commit: Commit | None = None
    """Null in a plain folder."""
    first_committed_at: datetime | None = None


class SoaEntry(Record):
    """One control of the Statement of Applicability."""

    control: str
    path: str
    applicable: bool | None = None
    justification: str | None = None
    owner: str | None = None
    soa_version: str | None = None
    approved_by: str | None = None
    approved_at: str | None = None
    commit: Commit | None = None


class System(Record):
    """One AI system of the declared inventory."""

    id: str
    path: str
    name: str | None = None
    owner: str | None = None
    deputy: str | None = None
    role: str | None = None
    """The organisation's role: ``provider``, ``deployer`` …"""
    tier: str | None = None
    stage: str | None = None
    purpose: str | None = None
    affects_people: bool | None = None
    user_facing: bool | None = None
    third_parties: list[str] = []
    data_sources: list[str] = []
    commit: Commit | None = None


DOCUMENT = Kind(
    name="documents.document",
    record=Document,
    subject=lambda r: r.path,
    guarded={"front_matter": ()},
    permission=PERMISSION,
    cross_check=CHECK,
)
SOA_ENTRY = Kind(
    name="documents.soa_entry",
    record=SoaEntry,
    subject=lambda r: r.control,
    permission=PERMISSION,
    cross_check="every control of the catalogue has an entry",
)
SYSTEM = Kind(
    name="documents.system",
    record=System,
    subject=lambda r: r.id,
    permission=PERMISSION,
    cross_check=CHECK,
)
