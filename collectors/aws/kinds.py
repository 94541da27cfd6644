"""What is kept of an AWS account: models, endpoints, cards, bucket posture, roles, changes.

Field names are ours in snake case; each record merges the answers of the operations that its
docstring names. Never read: objects in buckets, invocation payloads, environment values.
"""

from datetime import datetime
from decimal import Decimal

from ..contract import Kind, Record


class Account(Record):
    """sts:GetCallerIdentity."""

    account_id: str
    caller_arn: str
    partition: str | None = None


class PackageContainer(Record):
    image: str | None = None
    image_digest: str | None = None
    model_data_url: str | None = None


class ModelPackage(Record):
    """sagemaker:ListModelPackageGroups, ListModelPackages, DescribeModelPackage, ListTags.

    A version's tags are those of its group, as in SageMaker itself, and its own
    ``CustomerMetadataProperties``, which win."""

    arn: str
    group: str | None = None
    version: int | None = None
    approval_status: str | None = None
    approval_description: str | None = None
    status: str | None = None
    created_at: datetime | None = None
    created_by: str | None = None
    modified_at: datetime | None = None
    modified_by: str | None = None
    """No dependable approver: use the CloudTrail event."""
    containers: list[PackageContainer] = []
    commit_id: str | None = None
    repository: str | None = None
    has_metrics: bool | None = None
    has_bias_metrics: bool | None = None
    has_explainability: bool | None = None
    quality_statistics_uri: str | None = None
    quality_constraints_uri: str | None = None
    data_quality_statistics_uri: str | None = None
    data_quality_constraints_uri: str | None = None
    bias_report_uri: str | None = None
    bias_pre_training_report_uri: str | None = None
    bias_post_training_report_uri: str | None = None
    explainability_report_uri: str | None = None
    drift_baselines: list[str] = []
    """Which of bias, explainability, model and data quality have a baseline."""
    has_card: bool | None = None
    card_status: str | None = None
    stage: str | None = None
    """Of the life cycle, with its ``stage_status``."""
    stage_status: str | None = None
    validation_skipped: bool | None = None
    source_uri: str | None = None
    domain: str | None = None
    task: str | None = None
    tags: dict[str, str | None] = {}


class ServedModel(Record):
    """sagemaker:DescribeModel."""

    name: str
    model_package_arn: str | None = None
    image: str | None = None
    model_data_url: str | None = None
    environment_names: list[str] = []
    role_arn: str | None = None
    in_vpc: bool | None = None
    network_isolation: bool | None = None


class Variant(Record):
    name: str
    model: ServedModel | None = None
    instance_type: str | None = None
    instance_count: int | None = None


class Endpoint(Record):
    """sagemaker:ListEndpoints, DescribeEndpoint(Config), DescribeModel, ListTags."""

    name: str
    arn: str
    status: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    config_name: str | None = None
    kms_key_id: str | None = None
    data_capture_enabled: bool | None = None
    data_capture_percent: int | None = None
    data_capture_uri: str | None = None
    variants: list[Variant] = []
    tags: dict[str, str | None] = {}


class CardMetric(Record):
    """Value of a number, text of a string or boolean; of charts only name and type."""

    group: str | None = None
    name: str | None = None
    type: str | None = None
    value: Decimal | None = None
    text: str | None = None


class CardEvaluation(Record):
    name: str | None = None
    job_arn: str | None = None
    datasets: list[str] = []
    """URIs."""
    metrics: list[CardMetric] = []


class ModelCard(Record):
    """sagemaker:ListModelCards, DescribeModelCard, ListTags; of the content only these fields."""

    name: str
    arn: str
    version: int | None = None
    status: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    sections: list[str] = []
    """Filled top-level sections of the card's JSON, sorted."""
    model_name: str | None = None
    model_package_arn: str | None = None
    created_by: str | None = None
    modified_by: str | None = None
    owner: str | None = None
    creator: str | None = None
    problem_type: str | None = None
    algorithm_type: str | None = None
    purpose: str | None = None
    intended_uses: str | None = None
    risk_rating: str | None = None
    training_arn: str | None = None
    training_datasets: list[str] = []
    """URIs."""
    evaluations: list[CardEvaluation] = []
    tags: dict[str, str | None] = {}


class LifecycleRule(Record):
    id: str | None = None
    enabled: bool | None = None
    prefix: str | None = None
    """Null: the whole bucket, or what a tag or a size selects."""
    expires_days: int | None = None
    old_versions_expire_days: int | None = None
    transitions: list[str] = []
    """``30d GLACIER``"""


class Bucket(Record):
    """s3:ListAllMyBuckets, GetEncryptionConfiguration, GetBucketVersioning,
    GetBucketPublicAccessBlock, GetBucketPolicyStatus, GetLifecycleConfiguration,
    GetBucketObjectLockConfiguration, GetBucketTagging. An absent setting reads ``false``, one that
    could not be read reads null and is named in the receipt."""

    name: str
    region: str | None = None
    created_at: datetime | None = None
    encrypted: bool | None = None
    encryption_algorithm: str | None = None
    kms_key_id: str | None = None
    versioned: bool | None = None
    public_access_blocked: bool | None = None
    """All four switches of the bucket are on; the account's are in ``aws.account_settings``."""
    policy_is_public: bool | None = None
    """S3's own judgement of the bucket policy."""
    lifecycle: list[LifecycleRule] | None = None
    object_lock: bool | None = None
    object_lock_mode: str | None = None
    """Of the default retention, like the next one: ``COMPLIANCE`` or ``GOVERNANCE``."""
    object_lock_days: int | None = None
    listed_only: bool | None = None
    """True: the setting ``bucket_details`` leaves it out, so the rest is null."""
    tags: dict[str, str | None] = {}


class ManagementEvent(Record):
    """cloudtrail:LookupEvents, or a trail's log files; of the request only names and states, never
    free values."""

    event_id: str
    event_name: str
    event_source: str
    event_time: datetime
    region: str | None = None
    actor: str | None = None
    """ARN of the user identity."""
    actor_type: str | None = None
    session_name: str | None = None
    source_identity: str | None = None
    read_only: bool | None = None
    error_code: str | None = None
    resources: list[str] = []
    request: dict[str, str | None] = {}
    """Top-level scalar request parameters; values only for allowed keys."""


REQUEST_KEYS = (
    "modelPackageName",
    "modelPackageArn",
    "modelApprovalStatus",
    "modelPackageGroupName",
    "endpointName",
    "endpointConfigName",
    "modelName",
    "modelCardName",
    "modelCardStatus",
    "bucketName",
    "roleName",
    "policyArn",
    "name",
    "trailName",
)

ACCOUNT = Kind(
    name="aws.account",
    record=Account,
    subject=lambda r: r.account_id,
    permission="none (sts:GetCallerIdentity is always allowed)",
    cross_check="none: a single answer",
)
MODEL_PACKAGE = Kind(
    name="aws.model_package",
    record=ModelPackage,
    subject=lambda r: r.arn,
    guarded={"tags": ()},
    permission="sagemaker:ListModelPackageGroups, sagemaker:ListModelPackages, "
    "sagemaker:DescribeModelPackage, sagemaker:ListTags",
    cross_check="a second listing in the opposite sort order has the same names; version numbers "
    "of each group without gaps (a gap is a deleted version)",
)
ENDPOINT = Kind(
    name="aws.endpoint",
    record=Endpoint,
    subject=lambda r: r.name,
    guarded={"tags": ()},
    permission="sagemaker:ListEndpoints, sagemaker:DescribeEndpoint, "
    "sagemaker:DescribeEndpointConfig, sagemaker:DescribeModel, sagemaker:ListTags",
    cross_check="a second listing in the opposite sort order has the same names",
)
MODEL_CARD = Kind(
    name="aws.model_card",
    record=ModelCard,
    subject=lambda r: r.name,
    guarded={"tags": ()},
    permission="sagemaker:ListModelCards, sagemaker:DescribeModelCard, sagemaker:ListTags",
    cross_check="a second listing in the opposite sort order has the same names",
)
BUCKET = Kind(
    name="aws.bucket",
    record=Bucket,
    subject=lambda r: r.name,
    guarded={"tags": ()},
    permission="s3:ListAllMyBuckets, s3:GetEncryptionConfiguration, s3:GetBucketVersioning, "
    "s3:GetBucketPublicAccessBlock, s3:GetBucketPolicyStatus, s3:GetLifecycleConfiguration, "
    "s3:GetBucketObjectLockConfiguration, s3:GetBucketTagging",
    cross_check="none: S3 has no second list of buckets",
)
MANAGEMENT_EVENT = Kind(
    name="aws.management_event",
    record=ManagementEvent,
    subject=lambda r: r.event_id,
    mode="event",
    happened_at=lambda r: r.event_time,
    guarded={"request": REQUEST_KEYS},
    permission="cloudtrail:LookupEvents",
    cross_check="windows overlap; log files of a trail are held against its signed digest files",
)
