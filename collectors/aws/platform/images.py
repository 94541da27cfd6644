"""Image repositories of ECR and what is in them: digests, tags, scans, signatures."""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ...errors import Unsupported
from ..api import Answer
from ..listing import CAMEL, Listing, Within
from ..table import Details, Table


class ImageRepository(Record):
    """ecr:DescribeRepositories."""

    arn: str
    name: str
    uri: str | None = None
    created_at: datetime | None = None
    tag_mutability: str | None = None
    scans_on_push: bool | None = None
    encryption_type: str | None = None
    kms_key_id: str | None = None


class Image(Record):
    """ecr:DescribeImages, and for images with a tag ecr:DescribeImageSigningStatus."""

    repository: str
    digest: str
    uri: str | None = None
    """``registry/repository@digest``."""
    tags: list[str] = []
    pushed_at: datetime | None = None
    media_type: str | None = None
    artifact_type: str | None = None
    subject_digest: str | None = None
    """What this one is about: a signature, an attestation or an SBOM of that image."""
    scan_status: str | None = None
    scanned_at: datetime | None = None
    findings: dict[str, int] = {}
    """Severity -> number."""
    signing_status: list[str] = []
    """Of ECR's own signing, one a signing profile; empty: no signing rule applies."""


IMAGE_REPOSITORY = Kind(
    name="aws.image_repository",
    record=ImageRepository,
    subject=lambda r: r.name,
    permission="ecr:DescribeRepositories",
    cross_check="none: ECR has one order only",
)


IMAGE = Kind(
    name="aws.image",
    record=Image,
    subject=lambda r: f"{r.repository}@{r.digest}",
    volatile=("lastRecordedPullTime",),
    permission="ecr:DescribeRepositories, ecr:DescribeImages, ecr:DescribeImageSigningStatus",
    cross_check="none: ECR has one order only",
)


class _Scanning(msgspec.Struct, rename="camel"):
    scan_on_push: bool | None = None


class _Encryption(msgspec.Struct, rename="camel"):
    encryption_type: str | None = None
    kms_key: str | None = None


class _Repository(msgspec.Struct, rename="camel"):
    repository_arn: str
    repository_name: str
    repository_uri: str | None = None
    created_at: datetime | None = None
    image_tag_mutability: str | None = None
    image_scanning_configuration: _Scanning = msgspec.field(default_factory=_Scanning)
    encryption_configuration: _Encryption = msgspec.field(default_factory=_Encryption)


class _ScanStatus(msgspec.Struct):
    status: str | None = None


class _Findings(msgspec.Struct, rename="camel"):
    image_scan_completed_at: datetime | None = None
    finding_severity_counts: dict[str, int] = {}


class _Image(msgspec.Struct, rename="camel"):
    registry_id: str
    repository_name: str
    image_digest: str
    image_tags: list[str] = []
    image_pushed_at: datetime | None = None
    image_manifest_media_type: str | None = None
    artifact_media_type: str | None = None
    subject_manifest_digest: str | None = None
    image_scan_status: _ScanStatus = msgspec.field(default_factory=_ScanStatus)
    image_scan_findings_summary: _Findings = msgspec.field(default_factory=_Findings)


class _Status(msgspec.Struct):
    status: str


class _Signing(Answer, kw_only=True):
    signing_statuses: list[_Status] = msgspec.field(name="signingStatuses", default_factory=list)


def _repository(details: Details, listed: _Repository) -> ImageRepository:
    return ImageRepository(
        arn=listed.repository_arn,
        name=listed.repository_name,
        uri=listed.repository_uri,
        created_at=listed.created_at,
        tag_mutability=listed.image_tag_mutability,
        scans_on_push=listed.image_scanning_configuration.scan_on_push,
        encryption_type=listed.encryption_configuration.encryption_type,
        kms_key_id=listed.encryption_configuration.kms_key,
    )


def _image(details: Details, listed: _Image) -> Image:
    scan = listed.image_scan_findings_summary
    registry = f"{listed.registry_id}.dkr.ecr.{details.api.settings.region}.amazonaws.com"
    return Image(
        repository=listed.repository_name,
        digest=listed.image_digest,
        uri=f"{registry}/{listed.repository_name}@{listed.image_digest}",
        tags=sorted(listed.image_tags),
        pushed_at=listed.image_pushed_at,
        media_type=listed.image_manifest_media_type,
        artifact_type=listed.artifact_media_type,
        subject_digest=listed.subject_manifest_digest,
        scan_status=listed.image_scan_status.status,
        scanned_at=scan.image_scan_completed_at,
        findings=scan.finding_severity_counts,
        signing_status=_signed(details, listed) if listed.image_tags else [],
    )


def _signed(details: Details, listed: _Image) -> list[str]:
    """Empty also in regions that do not offer it."""

    def ask() -> _Signing:
        wanted = {
            "repositoryName": listed.repository_name,
            "imageId": {"imageDigest": listed.image_digest},
        }
        operation = "ecr:DescribeImageSigningStatus"
        try:
            return details.api.ask(details.call, operation, _Signing, wanted, of="each image")
        except Unsupported:
            return _Signing()

    answer = details.parts.read(ask)
    return sorted(found.status for found in answer.signing_statuses) if answer else []


_REPOSITORIES = Listing(
    operation="ecr:DescribeRepositories",
    items="repositories",
    item=_Repository,
    name=lambda repository: repository.repository_name,
    naming=CAMEL,
)
IMAGE_REPOSITORIES = Table(
    kind=IMAGE_REPOSITORY, what="image repository", listing=_REPOSITORIES, record=_repository
)
IMAGES = Table(
    kind=IMAGE,
    what="image",
    listing=Listing(
        operation="ecr:DescribeImages",
        items="imageDetails",
        item=_Image,
        name=lambda image: f"{image.repository_name}@{image.image_digest}",
        naming=CAMEL,
        within=Within(
            parents=_REPOSITORIES,
            parameters=lambda repository: {"repositoryName": repository.repository_name},
        ),
    ),
    record=_image,
)
