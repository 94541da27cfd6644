"""Users and roles of MLflow's auth app, with every permission that a role carries."""

from collections.abc import Iterator
from typing import TypeVar

from ..contract import Call, Check, Kind, Page, Record, Skip
from ..errors import Unsupported
from . import kinds
from .access import API_3, Api
from .listing import Listing
from .wire import Wire

T = TypeVar("T", bound=Wire)


class User(Record):
    username: str
    is_admin: bool | None = None
    roles: list[str] = []
    """``workspace/name``; that of a user's own grants included."""


class RolePermission(Record):
    resource_type: str
    resource_pattern: str
    """``*``, or the id or name of one."""
    permission: str
    """``READ``, ``USE``, ``EDIT``, ``MANAGE``, ``NO_PERMISSIONS``."""


class Role(Record):
    name: str
    workspace: str
    permissions: list[RolePermission] = []


USER = Kind(
    name="mlflow.user",
    record=User,
    subject=lambda r: r.username,
    permission=kinds.ADMIN,
    cross_check="an administrator is among them",
)
ROLE = Kind(
    name="mlflow.role",
    record=Role,
    subject=lambda r: f"{r.workspace}/{r.name}",
    permission=kinds.ADMIN,
    cross_check="every role that a user has is among them",
)


class _Permission(Wire):
    resource_type: str
    resource_pattern: str
    permission: str


class _Role(Wire):
    name: str
    workspace: str = "default"
    permissions: list[_Permission] = []

    def record(self) -> Role:
        return Role(
            name=self.name,
            workspace=self.workspace,
            permissions=sorted(
                (
                    RolePermission(one.resource_type, one.resource_pattern, one.permission)
                    for one in self.permissions
                ),
                key=lambda one: (one.resource_type, one.resource_pattern, one.permission),
            ),
        )


class _User(Wire):
    username: str
    is_admin: bool | None = None
    roles: list[_Role] = []

    def record(self) -> User:
        return User(
            username=self.username,
            is_admin=self.is_admin,
            roles=sorted(f"{role.workspace}/{role.name}" for role in self.roles),
        )


class Accounts:
    """The auth app's lists; it gives each in one answer, whatever their length."""

    def __init__(self, api: Api, where: str) -> None:
        self._api = api
        self._where = where

    def users(self, call: Call) -> Iterator[list[_User]]:
        """Raises:
        CollectionError: They cannot be listed; Unsupported without the auth app.
        """
        yield from self._listed(call, Listing("users/list", "users", _User))

    def roles(self, call: Call) -> Iterator[list[_Role]]:
        """As `users`; Unsupported too before the auth app had roles."""
        yield from self._listed(call, Listing("roles/list", "roles", _Role, api=API_3))

    def _listed(self, call: Call, listing: Listing[T]) -> Iterator[list[T]]:
        try:
            yield from listing.get(call, self._api.get)
        except Unsupported as error:
            raise Unsupported(
                self._where,
                f"{error.problem}: no auth app, or one that is older",
                remedy="nothing to do where access is governed by a proxy; its rules are evidence",
            ) from error


class UserReader:
    """Who may sign in, who is an administrator, and what roles each has."""

    kind = USER

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        admins = 0
        for users in self._accounts.users(call):
            admins += sum(bool(user.is_admin) for user in users)
            yield Page(records=[user.record() for user in users])
        yield Check(
            method="the auth app always has an administrator",
            expected="1 or more",
            found=str(admins),
            ok=admins > 0,
        )


class RoleReader:
    """Roles with their permissions; grants to one user are a role that MLflow makes for them."""

    kind = ROLE

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        there: set[str] = set()
        for roles in self._accounts.roles(call):
            records = [role.record() for role in roles]
            there.update(f"{role.workspace}/{role.name}" for role in records)
            yield Page(records=records)
        used = {
            role
            for users in self._accounts.users(call)
            for user in users
            for role in user.record().roles
        }
        yield Check(
            method="every role that a user has is in the list of roles",
            expected=f"{len(used)} roles in use",
            found=f"{len(used & there)} of them listed",
            ok=used <= there,
        )
