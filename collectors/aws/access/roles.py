"""IAM roles with everything that their policies grant, a page at a time."""

from collections.abc import Iterator

from ...contract import Call, Check, Page, Skip
from ..api import Api
from .details import RoleDetail, counted, details
from .kinds import ROLE, Role
from .managed import Grants, ManagedPolicies, granted, unreadable
from .policies import principals


class RoleReader:
    kind = ROLE

    def __init__(self, api: Api, managed: ManagedPolicies) -> None:
        self._api = api
        self._managed = managed

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        managed = self._managed.grants(call)
        count = linked = 0
        for page in details(self._api, call, ["Role"]):
            skips: list[Skip] = []
            count += len(page.role_detail_list)
            linked += sum(
                (role.path or "").startswith("/aws-service-role/") for role in page.role_detail_list
            )
            yield Page(records=[_record(role, managed, skips) for role in page.role_detail_list])
            yield from skips
        yield counted(self._api, call, "Roles", count, linked=linked)


def _record(role: RoleDetail, managed: Grants, skips: list[Skip]) -> Role:
    owner = f"role {role.role_name}"
    trusted = principals(role.assume_role_policy_document)
    if trusted is None:
        skips.append(unreadable(owner, "its trust policy"))
    attached = role.attached_managed_policies
    return Role(
        arn=role.arn,
        name=role.role_name,
        role_id=role.role_id,
        path=role.path,
        created_at=role.create_date,
        trusted=trusted or [],
        attached_policies=[one.policy_arn for one in attached],
        boundary=role.permissions_boundary.arn,
        grants=granted(owner, role.role_policy_list, attached, managed, skips),
        tags={tag.key: tag.value for tag in role.tags},
    )
