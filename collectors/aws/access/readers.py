"""All readers of who may do what: IAM, Access Analyzer and the settings of the account."""

from ...contract import Reader
from ..api import Api
from ..table import TableReader
from .account_settings import AccountSettingsReader
from .analyzers import ACCESS_ANALYZERS, AccessFindingReader
from .groups import GROUPS
from .managed import ManagedPolicies, ManagedPolicyReader
from .principals import PrincipalReader
from .roles import ROLES
from .users import USERS

KINDS = (
    ROLES.kind,
    USERS.kind,
    GROUPS.kind,
    ManagedPolicyReader.kind,
    AccountSettingsReader.kind,
    ACCESS_ANALYZERS.kind,
    AccessFindingReader.kind,
)


def readers(api: Api) -> tuple[Reader, ...]:
    """In the order of `KINDS`. What the managed policies grant is read once for all of them."""
    managed = ManagedPolicies(api)
    return (
        PrincipalReader(api, managed, ROLES),
        PrincipalReader(api, managed, USERS),
        PrincipalReader(api, managed, GROUPS),
        ManagedPolicyReader(api),
        AccountSettingsReader(api),
        TableReader(api, ACCESS_ANALYZERS),
        AccessFindingReader(api),
    )
