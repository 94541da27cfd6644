"""IAM roles with everything that their policies grant, a page at a time."""

from ...contract import Skip
from .details import RoleDetail
from .kinds import ROLE, Role
from .managed import Grants, granted, unreadable
from .policies import principals
from .principals import Principals


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


ROLES = Principals(
    kind=ROLE,
    type="Role",
    of=lambda page: page.role_detail_list,
    record=_record,
    is_linked=lambda role: (role.path or "").startswith("/aws-service-role/"),
)
