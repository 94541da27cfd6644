"""IAM users with what their own policies grant, and the groups that grant more."""

from collections.abc import Iterator

from ...contract import Call, Check, Page, Skip
from ..api import Api
from .details import UserDetail, counted, details
from .kinds import USER, User
from .managed import Grants, ManagedPolicies, granted


class UserReader:
    kind = USER

    def __init__(self, api: Api, managed: ManagedPolicies) -> None:
        self._api = api
        self._managed = managed

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        managed = self._managed.grants(call)
        count = 0
        for page in details(self._api, call, ["User"]):
            skips: list[Skip] = []
            count += len(page.user_detail_list)
            yield Page(records=[_record(user, managed, skips) for user in page.user_detail_list])
            yield from skips
        yield counted(self._api, call, "Users", count)


def _record(user: UserDetail, managed: Grants, skips: list[Skip]) -> User:
    attached = user.attached_managed_policies
    owner = f"user {user.user_name}"
    return User(
        arn=user.arn,
        name=user.user_name,
        user_id=user.user_id,
        path=user.path,
        created_at=user.create_date,
        groups=sorted(user.group_list),
        attached_policies=[one.policy_arn for one in attached],
        boundary=user.permissions_boundary.arn,
        grants=granted(owner, user.user_policy_list, attached, managed, skips),
        tags={tag.key: tag.value for tag in user.tags},
    )
