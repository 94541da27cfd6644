"""IAM groups with what their policies grant; who is in them stands with the users."""

from ...contract import Skip
from .details import GroupDetail
from .kinds import GROUP, Group
from .managed import Grants, granted
from .principals import Principals


def _record(group: GroupDetail, managed: Grants, skips: list[Skip]) -> Group:
    attached = group.attached_managed_policies
    owner = f"group {group.group_name}"
    return Group(
        arn=group.arn,
        name=group.group_name,
        group_id=group.group_id,
        path=group.path,
        created_at=group.create_date,
        attached_policies=[one.policy_arn for one in attached],
        grants=granted(owner, group.group_policy_list, attached, managed, skips),
    )


GROUPS = Principals(
    kind=GROUP,
    type="Group",
    of=lambda page: page.group_detail_list,
    record=_record,
)
