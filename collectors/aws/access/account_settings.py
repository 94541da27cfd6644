"""What holds for a whole account: S3's public access block, and the root user's means."""

from collections.abc import Iterator

import msgspec

from ...contract import Call, Check, Page, Skip
from ...errors import CollectionError
from ..account import account_of
from ..api import Answer, Api
from ..listing import skip_of
from .details import summary
from .kinds import ACCOUNT_SETTINGS, AccountSettings


class _Switches(msgspec.Struct, rename="pascal"):
    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False


class _PublicAccess(Answer, kw_only=True):
    public_access_block_configuration: _Switches


_NO_SWITCHES = _PublicAccess(public_access_block_configuration=_Switches())


class AccountSettingsReader:
    kind = ACCOUNT_SETTINGS

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        account = account_of(self._api, call)
        found = AccountSettings(account_id=account)
        skips: list[Skip] = []
        try:
            answer = self._api.ask(
                call,
                "s3control:GetPublicAccessBlock",
                _PublicAccess,
                {"AccountId": account},
                absent=_NO_SWITCHES,
            )
            switches = msgspec.structs.astuple(answer.public_access_block_configuration)
            found.public_access_blocked = all(switches)
        except CollectionError as error:
            skips.append(skip_of("public access block of the account", error))
        try:
            said = summary(self._api, call)
            found.root_has_mfa = _flag(said, "AccountMFAEnabled")
            found.root_has_access_keys = _flag(said, "AccountAccessKeysPresent")
        except CollectionError as error:
            skips.append(skip_of("summary of the account", error))
        if len(skips) < 2:  # with both refused there is nothing to keep
            yield Page(records=[found])
        yield from skips


def _flag(said: dict[str, int], name: str) -> bool | None:
    return bool(said[name]) if name in said else None
