"""Who may do what in an account: roles, users, groups and policies.

Of a policy what it grants is kept: actions, resources, and whether there is a condition. Keys,
passwords and certificates of users are never read.
"""

from datetime import datetime

from ...contract import Kind, Record


class PolicyGrant(Record):
    effect: str
    actions: list[str] = []
    not_actions: list[str] = []
    resources: list[str] = []
    conditional: bool | None = None


class Role(Record):
    """iam:GetAccountAuthorizationDetails (roles with inline and attached policies)."""

    arn: str
    name: str
    role_id: str | None = None
    path: str | None = None
    created_at: datetime | None = None
    trusted: list[str] = []
    """Principals of the trust policy, sorted."""
    attached_policies: list[str] = []
    boundary: str | None = None
    """ARN of the policy that bounds what the grants can give."""
    grants: list[PolicyGrant] = []
    """Statements of inline and attached policies, in policy order."""
    tags: dict[str, str | None] = {}


class User(Record):
    """iam:GetAccountAuthorizationDetails (users with inline and attached policies)."""

    arn: str
    name: str
    user_id: str | None = None
    path: str | None = None
    created_at: datetime | None = None
    groups: list[str] = []
    attached_policies: list[str] = []
    boundary: str | None = None
    """ARN of the policy that bounds what the grants can give."""
    grants: list[PolicyGrant] = []
    """Of its own policies; those of its groups come on top."""
    tags: dict[str, str | None] = {}


class Group(Record):
    """iam:GetAccountAuthorizationDetails (groups with inline and attached policies)."""

    arn: str
    name: str
    group_id: str | None = None
    path: str | None = None
    created_at: datetime | None = None
    attached_policies: list[str] = []
    grants: list[PolicyGrant] = []


class ManagedPolicy(Record):
    """iam:GetAccountAuthorizationDetails (customer managed policies)."""

    arn: str
    name: str
    path: str | None = None
    version: str | None = None
    """The one that is in force."""
    created_at: datetime | None = None
    modified_at: datetime | None = None
    attachments: int | None = None
    bounds: int | None = None
    """Users and roles that it is the boundary of."""
    grants: list[PolicyGrant] | None = None


class AccountSettings(Record):
    """s3control:GetPublicAccessBlock of the account, iam:GetAccountSummary."""

    account_id: str
    public_access_blocked: bool | None = None
    """All four of S3's switches of the account are on, for every bucket in it."""
    root_has_mfa: bool | None = None
    root_has_access_keys: bool | None = None


_PERMISSION = "iam:GetAccountAuthorizationDetails, iam:GetAccountSummary"

ROLE = Kind(
    name="aws.role",
    record=Role,
    subject=lambda r: r.arn,
    guarded={"tags": ()},
    permission=_PERMISSION,
    cross_check="iam:GetAccountSummary counts the same number of roles",
)
USER = Kind(
    name="aws.user",
    record=User,
    subject=lambda r: r.arn,
    guarded={"tags": ()},
    people=("name",),
    volatile=("PasswordLastUsed",),
    permission=_PERMISSION,
    cross_check="iam:GetAccountSummary counts the same number of users",
)
GROUP = Kind(
    name="aws.group",
    record=Group,
    subject=lambda r: r.arn,
    permission=_PERMISSION,
    cross_check="iam:GetAccountSummary counts the same number of groups",
)
MANAGED_POLICY = Kind(
    name="aws.managed_policy",
    record=ManagedPolicy,
    subject=lambda r: r.arn,
    permission=_PERMISSION,
    cross_check="iam:GetAccountSummary counts the same number of policies",
)
ACCOUNT_SETTINGS = Kind(
    name="aws.account_settings",
    record=AccountSettings,
    subject=lambda r: r.account_id,
    permission="s3:GetAccountPublicAccessBlock, iam:GetAccountSummary",
    cross_check="none: a single answer",
)
