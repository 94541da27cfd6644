"""The records of documents: an allow-list of what is kept. Hashes and names, never the text.

Dates in front matter are ISO dates or RFC 3339 times and are kept as written. What a place cannot
tell (a folder knows no author) is null.
"""

from datetime import datetime
from typing import Literal

from ..contract import Record


class Commit(Record):
    """The last commit that touched the file."""

    id: str
    author: str
    """E-mail address of the author."""
    committed_at: datetime
    signed: bool | None = None
    """The commit carries a signature."""
    verified: bool | None = None
    """The signature is good and its key is one that the settings trust; null: no keys are set."""
    signer: str | None = None
    """Whose key that is."""


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
    modified_at: datetime | None = None
    """When the place took it in: S3's last modified, the commit in git; null in a folder."""


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


class Version(Record):
    """One version of a document that can still be retrieved, the newest included."""

    path: str
    """As the document is called now."""
    id: str
    """The commit, S3's version id, or in a folder the hash."""
    is_current: bool
    is_deletion: bool
    """The document was removed in this version."""
    document: str | None = None
    """The document's id in that version."""
    was_at: str | None = None
    """Its path then, where that was another."""
    sha256: str | None = None
    """Null: this version could not be read."""
    size_bytes: int | None = None
    blob: str | None = None
    """Git's name for the content; S3's ETag."""
    author: str | None = None
    """E-mail address."""
    committer: str | None = None
    authored_at: datetime | None = None
    at: datetime | None = None
    """When it was committed, or S3 took it."""
    signed: bool | None = None
    verified: bool | None = None
    """See `Commit.verified`."""
    signer: str | None = None
    reviewed_by: list[str] = []
    """Addresses in ``Reviewed-by:``, ``Approved-by:`` and ``Acked-by:`` lines of the commit: what
    its author says, not what a host knows."""
    version: str | None = None
    approved_by: str | None = None
    approved_at: str | None = None
    lock_mode: str | None = None
    """Of S3 Object Lock: ``GOVERNANCE``, ``COMPLIANCE``."""
    locked_until: datetime | None = None
    legal_hold: bool | None = None


class Approver(Record):
    """One stay of one person on the list of approvers."""

    who: str
    path: str
    names: list[str] = []
    """All names of the person, ``who`` included: addresses, log-in names at the host."""
    role: str | None = None
    types: list[str] = []
    """Types of documents that this person may approve; empty: all."""
    valid_from: str | None = None
    valid_until: str | None = None
    """As written, the day included."""
    listed_at: datetime | None = None
    """The commit that put the entry into the file; null outside of git."""
    unlisted_at: datetime | None = None
    """The commit that took it out; null: it is there now."""


class ReviewRecord(Record):
    """A review of a document, out of its front matter or of the register of reviews."""

    document: str
    """Id or path, as written."""
    on: str
    path: str
    """The file that says so."""
    by: str | None = None
    outcome: str | None = None
    """``no change``, ``changed`` …, as written."""
    trigger: str | None = None
    """What called for it, where it was not the calendar."""
    commit: Commit | None = None


class Place(Record):
    """What the place does with older versions."""

    place: Literal["folder", "git", "s3"]
    keeps_versions: bool | None = None
    """False: a change overwrites. Null: the place cannot tell."""
    whole_history: bool | None = None
    """False: a shallow clone."""
    branch: str | None = None
    """The branch that was read."""
    head: str | None = None
    """Its commit."""
    lock_mode: str | None = None
    """S3 Object Lock's default."""
    lock_days: int | None = None
    expires_after_days: int | None = None
    """Older versions are removed by the bucket's life cycle after so many days, the soonest."""


class BranchProtection(Record):
    """How the host guards the branch that documents are read from."""

    host: Literal["github", "gitlab"]
    repository: str
    branch: str
    protected: bool | None = None
    head: str | None = None
    """The branch's commit at the host."""
    required_approvals: int | None = None
    dismisses_stale_approvals: bool | None = None
    """A push takes earlier approvals away."""
    author_may_approve: bool | None = None
    code_owners_must_approve: bool | None = None
    last_push_needs_approval: bool | None = None
    enforce_admins: bool | None = None
    """The rules hold for administrators, too."""
    review_required: bool | None = None
    """Nothing gets onto the branch but through a pull or merge request."""
    may_bypass: list[str] | None = None
    """Who may go around that: users, teams, apps, roles; null: the host does not tell."""
    allows_force_push: bool | None = None
    allows_deletion: bool | None = None
    signatures_required: bool | None = None
    status_checks: list[str] = []
    rulesets: list[str] = []
    """GitHub rulesets, or GitLab rules, that take part."""


class Approval(Record):
    by: str
    """Log-in name."""
    state: str
    """``approved``, ``changes_requested``, ``dismissed``, ``commented``."""
    at: datetime | None = None
    commit: str | None = None
    """The commit that was looked at."""


class CommitSignature(Record):
    """What the host says of a commit's signature, by the keys that people gave to it."""

    commit: str
    verified: bool
    reason: str | None = None
    """``valid``, ``unsigned``, ``unknown_key``, ``bad_email`` …, in GitHub's words."""


class Merge(Record):
    """A pull or merge request that was merged into the branch."""

    host: Literal["github", "gitlab"]
    repository: str
    number: int
    branch: str
    merged_at: datetime
    author: str | None = None
    merged_by: str | None = None
    commit: str | None = None
    """What it became on the branch: a merge, a squash, or the last of a rebase."""
    commits: list[str] = []
    """All commits that it brought onto the branch, ``commit`` included."""
    authors: list[str] = []
    """E-mail addresses of who wrote them."""
    reviews: list[Approval] = []
    head: str | None = None
    """The last commit of the request itself."""
    signatures: list[CommitSignature] = []
    """Of the request's own commits; empty: the host says nothing of them."""


class Push(Record):
    """The branch moved."""

    branch: str
    at: datetime
    """As the host knows it; where nobody does, when it was seen."""
    how: str
    """``push``, ``force_push``, ``merge``, ``branch_creation``, ``branch_deletion``."""
    id: str
    seen_by: Literal["github", "gitlab", "clone"]
    before: str | None = None
    after: str | None = None
    by: str | None = None
    commits: list[str] = []
    """What came onto the branch, the newest first, at most 1,000."""


class PublishedCopy(Record):
    """A document where its readers find it."""

    document: str
    """Id or path, as in the settings."""
    location: str
    found: bool
    sha256: str | None = None
    size_bytes: int | None = None
    modified_at: datetime | None = None
