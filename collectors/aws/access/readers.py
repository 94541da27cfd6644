"""All readers of who may do what: IAM, Access Analyzer and the settings of the account."""

from ...contract import Reader
from ..api import Api
from ..table import TableReader
from .account_settings import AccountSettingsReader
from .analyzers import ACCESS_ANALYZERS, AccessFindingReader
from .groups import GroupReader
from .managed import ManagedPolicies, ManagedPolicyReader
from .roles import RoleReader
from .users import UserReader

KINDS = (
    RoleReader.kind,
    UserReader.kind,
    GroupReader.kind,
    ManagedPolicyReader.kind,
    AccountSettingsReader.kind,
    ACCESS_ANALYZERS.kind,
    AccessFindingReader.kind,
)


def readers(api: Api) -> tuple[Reader, ...]:
    """In the order of `KINDS`. What the managed policies grant is read once for all of them."""
    managed = ManagedPolicies(api)
    return (
        RoleReader(api, managed),
        UserReader(api, managed),
        GroupReader(api, managed),
        ManagedPolicyReader(api),
        AccountSettingsReader(api),
        TableReader(api, ACCESS_ANALYZERS),
        AccessFindingReader(api),
    )
