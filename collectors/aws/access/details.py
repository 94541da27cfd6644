"""iam:GetAccountAuthorizationDetails, the one operation that gives all of IAM page by page."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from ...contract import Call, Check, Skip
from ...errors import UnexpectedAnswer
from ..api import Answer, Api, Tag

PAGE = 100

OPERATION = "iam:GetAccountAuthorizationDetails"


class Version(msgspec.Struct, rename="pascal"):
    version_id: str | None = None
    is_default_version: bool = False
    document: object = None


class PolicyDetail(msgspec.Struct, rename="pascal"):
    arn: str
    policy_name: str | None = None
    path: str | None = None
    default_version_id: str | None = None
    attachment_count: int | None = None
    permissions_boundary_usage_count: int | None = None
    create_date: datetime | None = None
    update_date: datetime | None = None
    policy_version_list: list[Version] = []


class Inline(msgspec.Struct, rename="pascal"):
    policy_name: str
    policy_document: object = None


class Attached(msgspec.Struct, rename="pascal"):
    policy_arn: str


class Boundary(msgspec.Struct):
    arn: str | None = msgspec.field(name="PermissionsBoundaryArn", default=None)


class RoleDetail(msgspec.Struct, rename="pascal"):
    arn: str
    role_name: str
    role_id: str | None = None
    path: str | None = None
    create_date: datetime | None = None
    assume_role_policy_document: object = None
    role_policy_list: list[Inline] = []
    attached_managed_policies: list[Attached] = []
    permissions_boundary: Boundary = msgspec.field(default_factory=Boundary)
    tags: list[Tag] = []


class UserDetail(msgspec.Struct, rename="pascal"):
    arn: str
    user_name: str
    user_id: str | None = None
    path: str | None = None
    create_date: datetime | None = None
    group_list: list[str] = []
    user_policy_list: list[Inline] = []
    attached_managed_policies: list[Attached] = []
    permissions_boundary: Boundary = msgspec.field(default_factory=Boundary)
    tags: list[Tag] = []


class GroupDetail(msgspec.Struct, rename="pascal"):
    arn: str
    group_name: str
    group_id: str | None = None
    path: str | None = None
    create_date: datetime | None = None
    group_policy_list: list[Inline] = []
    attached_managed_policies: list[Attached] = []


class Details(Answer, kw_only=True):
    is_truncated: bool
    marker: str | None = None
    policies: list[PolicyDetail] = []
    role_detail_list: list[RoleDetail] = []
    user_detail_list: list[UserDetail] = []
    group_detail_list: list[GroupDetail] = []


class _Summary(Answer, kw_only=True):
    summary_map: dict[str, int]


def details(api: Api, call: Call, wanted: Sequence[str]) -> Iterator[Details]:
    """All pages of the types ``wanted``: ``Role``, ``User``, ``Group``, ``LocalManagedPolicy``,
    ``AWSManagedPolicy``."""
    parameters = {"Filter": list(wanted), "MaxItems": PAGE}

    def fetch(marker: str | None) -> tuple[Details, str | None]:
        more = {"Marker": marker} if marker else {}
        page = api.fetch(call, OPERATION, Details, {**parameters, **more})
        if page.is_truncated and not page.marker:
            raise UnexpectedAnswer(
                api.where,
                f"{OPERATION} says that there is more, and not where",
                remedy="report this to whoever runs the endpoint",
            )
        return page, page.marker if page.is_truncated else None

    return call.every_page(OPERATION, fetch, **parameters)


def counted(api: Api, call: Call, what: str, count: int, *, linked: int = 0) -> Check | Skip:
    """IAM's own number of ``what`` (``Roles``). Whether it counts service-linked ones, of which
    there are ``linked`` among the ``count``, is not documented: both will do."""
    expected = summary(api, call).get(what)
    noun = what.lower()
    if expected is None:
        return Skip(
            what="iam:GetAccountSummary",
            problem=f"it does not say how many {noun} there are",
            remedy="report this with the receipt",
        )
    return Check(
        method=f"iam:GetAccountSummary, number of {noun}",
        expected=str(expected),
        found=f"{count}, of which {linked} service-linked" if what == "Roles" else str(count),
        ok=expected in (count, count - linked),
    )


def summary(api: Api, call: Call) -> dict[str, int]:
    """iam:GetAccountSummary."""
    return api.ask(call, "iam:GetAccountSummary", _Summary).summary_map
