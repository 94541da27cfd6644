"""IAM users with what their own policies grant, and the groups that grant more."""

from ...contract import Skip
from .details import UserDetail
from .kinds import USER, User
from .managed import Grants, granted
from .principals import Principals


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


USERS = Principals(
    kind=USER,
    type="User",
    of=lambda page: page.user_detail_list,
    record=_record,
)
