"""IAM roles with everything that their policies grant.

Two lists: first the managed policies, kept as their statements for as long as this takes (some
thousand at most), then the roles, a page at a time. So memory does not grow with the roles.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from ..contract import Call, Check, Page, Skip
from ..errors import UnexpectedAnswer
from .api import Answer, Api, Tag
from .kinds import ROLE, PolicyGrant, Role
from .policies import grants, principals

PAGE = 100

_OPERATION = "iam:GetAccountAuthorizationDetails"


class _Version(msgspec.Struct, rename="pascal"):
    is_default_version: bool = False
    document: object = None


class _Policy(msgspec.Struct, rename="pascal"):
    arn: str
    policy_version_list: list[_Version] = []


class _Inline(msgspec.Struct, rename="pascal"):
    policy_name: str
    policy_document: object = None


class _Attached(msgspec.Struct, rename="pascal"):
    policy_arn: str


class _Role(msgspec.Struct, rename="pascal"):
    arn: str
    role_name: str
    role_id: str | None = None
    path: str | None = None
    create_date: datetime | None = None
    assume_role_policy_document: object = None
    role_policy_list: list[_Inline] = []
    attached_managed_policies: list[_Attached] = []
    tags: list[Tag] = []


class _Details(Answer, kw_only=True):
    is_truncated: bool
    marker: str | None = None
    policies: list[_Policy] = []
    role_detail_list: list[_Role] = []


class _Summary(Answer, kw_only=True):
    summary_map: dict[str, int]


class RoleReader:
    kind = ROLE

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        managed: dict[str, list[PolicyGrant] | None] = {}
        for details in self._details(call, ["LocalManagedPolicy", "AWSManagedPolicy"]):
            for policy in details.policies:
                managed[policy.arn] = self._default(policy)
        count = linked = 0
        for details in self._details(call, ["Role"]):
            records: list[Role] = []
            skips: list[Skip] = []
            for role in details.role_detail_list:
                count += 1
                linked += (role.path or "").startswith("/aws-service-role/")
                records.append(self._record(role, managed, skips))
            yield Page(records=records)
            yield from skips
        yield self._check(call, count, linked)

    def _details(self, call: Call, wanted: list[str]) -> Iterator[_Details]:
        parameters = {"Filter": wanted, "MaxItems": PAGE}

        def fetch(marker: str | None) -> tuple[_Details, str | None]:
            more = {"Marker": marker} if marker else {}
            page = self._api.fetch(call, _OPERATION, _Details, {**parameters, **more})
            if page.is_truncated and not page.marker:
                raise UnexpectedAnswer(
                    self._api.where,
                    f"{_OPERATION} says that there is more, and not where",
                    remedy="report this to whoever runs the endpoint",
                )
            return page, page.marker if page.is_truncated else None

        return call.every_page(_OPERATION, fetch, **parameters)

    def _default(self, policy: _Policy) -> list[PolicyGrant] | None:
        """The statements in force; None: they cannot be read."""
        versions = [v for v in policy.policy_version_list if v.is_default_version]
        return grants(versions[0].document) if versions else None

    def _record(
        self, role: _Role, managed: dict[str, list[PolicyGrant] | None], skips: list[Skip]
    ) -> Role:
        record = Role(
            arn=role.arn,
            name=role.role_name,
            role_id=role.role_id,
            path=role.path,
            created_at=role.create_date,
            attached_policies=[attached.policy_arn for attached in role.attached_managed_policies],
            tags={tag.key: tag.value for tag in role.tags},
        )
        trusted = principals(role.assume_role_policy_document)
        unread = [] if trusted is not None else ["its trust policy"]
        record.trusted = trusted or []
        record.grants = []
        for inline in role.role_policy_list:
            statements = grants(inline.policy_document)
            record.grants += statements or []
            unread += [] if statements is not None else [f"inline policy {inline.policy_name}"]
        for attached in role.attached_managed_policies:
            statements = managed.get(attached.policy_arn)
            record.grants += statements or []
            unread += [] if statements is not None else [attached.policy_arn]
        skips += [
            Skip(
                what=f"role {role.role_name}: {part}",
                problem="there is no policy document that can be read",
                remedy="look at the policy in IAM; the next run reads it again",
            )
            for part in unread
        ]
        return record

    def _check(self, call: Call, count: int, linked: int) -> Check | Skip:
        """IAM's own number. Whether it counts service-linked roles is not documented: both do."""
        expected = self._api.ask(call, "iam:GetAccountSummary", _Summary).summary_map.get("Roles")
        if expected is None:
            return Skip(
                what="iam:GetAccountSummary",
                problem="it does not say how many roles there are",
                remedy="report this with the receipt",
            )
        return Check(
            method="iam:GetAccountSummary, number of roles",
            expected=str(expected),
            found=f"{count}, of which {linked} service-linked",
            ok=expected in (count, count - linked),
        )
