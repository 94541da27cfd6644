"""What is read of documents, the same for folders, git repositories and S3 prefixes.

A document is a Markdown file with YAML front matter (or any file with a ``.meta.yaml`` beside
it).
"""

from ..contract import Kind
from .records import (
    Approval,
    Approver,
    BranchProtection,
    Commit,
    Document,
    Merge,
    Place,
    PublishedCopy,
    Push,
    Review,
    ReviewRecord,
    SoaEntry,
    System,
    Version,
)

__all__ = [
    "Approval",
    "Approver",
    "BranchProtection",
    "Commit",
    "Document",
    "Merge",
    "Place",
    "PublishedCopy",
    "Push",
    "Review",
    "ReviewRecord",
    "SoaEntry",
    "System",
    "Version",
]

PERMISSION = (
    "read on the folder; for git its history too; s3:ListBucketVersions, s3:GetObjectVersion"
)
CHECK = "files in the working tree equal the files of the commit; folders and buckets: listed twice"
HOST = "GitHub: Contents, Pull requests and Administration read; GitLab: read_api as Maintainer"

DOCUMENT = Kind(
    name="documents.document",
    record=Document,
    subject=lambda r: r.path,
    guarded={"front_matter": ()},
    permission=PERMISSION,
    cross_check=CHECK,
    freshness="7d",
)
SOA_ENTRY = Kind(
    name="documents.soa_entry",
    record=SoaEntry,
    subject=lambda r: r.control,
    permission=PERMISSION,
    cross_check="every control of the catalogue has an entry",
    freshness="7d",
)
SYSTEM = Kind(
    name="documents.system",
    record=System,
    subject=lambda r: r.id,
    permission=PERMISSION,
    cross_check=CHECK,
    freshness="7d",
)
VERSION = Kind(
    name="documents.version",
    record=Version,
    subject=lambda r: f"{r.path}@{r.id}",
    permission=PERMISSION,
    cross_check="the newest version of each document is the document; git: to its first commit",
    freshness="7d",
)
APPROVER = Kind(
    name="documents.approver",
    record=Approver,
    subject=lambda r: "@".join(
        filter(None, (r.who, r.valid_from, r.listed_at and f"{r.listed_at:%Y%m%dT%H%M%SZ}"))
    ),
    people=("names",),
    permission=PERMISSION,
    cross_check=CHECK,
    freshness="7d",
)
REVIEW = Kind(
    name="documents.review",
    record=ReviewRecord,
    subject=lambda r: f"{r.document}@{r.on}" + (f"/{r.by}" if r.by else ""),
    permission=PERMISSION,
    cross_check=CHECK,
    freshness="7d",
)
PLACE = Kind(
    name="documents.place",
    record=Place,
    subject=lambda r: r.place,
    permission="for S3 s3:GetBucketVersioning, s3:GetBucketObjectLockConfiguration, "
    "s3:GetLifecycleConfiguration; else as for documents",
    cross_check="none: it is one object",
)
PUBLISHED_COPY = Kind(
    name="documents.published_copy",
    record=PublishedCopy,
    subject=lambda r: f"{r.document}@{r.location}",
    permission="read on each published copy",
    cross_check="one record for each copy in the settings",
)
BRANCH_PROTECTION = Kind(
    name="documents.branch_protection",
    record=BranchProtection,
    subject=lambda r: f"{r.repository}/{r.branch}",
    permission=HOST,
    cross_check="the host's commit of the branch is the one that was read",
)
MERGE = Kind(
    name="documents.merge",
    record=Merge,
    mode="event",
    subject=lambda r: f"{r.repository}/{r.number}",
    happened_at=lambda r: r.merged_at,
    permission=HOST,
    cross_check="none: hosts give no total; a request that changes meanwhile comes twice",
)
PUSH = Kind(
    name="documents.push",
    record=Push,
    mode="event",
    subject=lambda r: r.id,
    happened_at=lambda r: r.at,
    permission=HOST,
    cross_check="each push begins where the one before it ended",
)
