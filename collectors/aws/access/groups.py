"""IAM groups with what their policies grant; who is in them stands with the users."""

from collections.abc import Iterator

from ...contract import Call, Check, Page, Skip
from ..api import Api
from .details import GroupDetail, counted, details
from .kinds import GROUP, Group
from .managed import Grants, ManagedPolicies, granted


class GroupReader:
    kind = GROUP

    def __init__(self, api: Api, managed: ManagedPolicies) -> None:
        self._api = api
        self._managed = managed

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        managed = self._managed.grants(call)
        count = 0
        for page in details(self._api, call, ["Group"]):
            skips: list[Skip] = []
            count += len(page.group_detail_list)
            yield Page(records=[_record(group, managed, skips) for group in page.group_detail_list])
            yield from skips
        yield counted(self._api, call, "Groups", count)


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
