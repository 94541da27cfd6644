"""Every account and region there is, and which source reads it; or why none does.

What is not read is a record, so nobody has to notice that it is missing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from ..contract import Call, Check, Kind, Page, Record, Skip
from ..errors import AccessDenied, CollectionError
from .account import account_of
from .api import Answer, Api
from .listing import Listing, skip_of
from .settings import AwsSettings
from .spread import SCOPE, is_spread, role_arn, source_of

_ENABLED = frozenset({"opt-in-not-required", "opted-in"})
_NO_ORGANISATION = "AWSOrganizationsNotInUseException"


class AccountRegion(Record):
    """organizations:ListAccounts, and in each account ec2:DescribeRegions."""

    account_id: str
    region: str | None = None
    """Null: the account as a whole, none of its regions is looked at."""
    account_name: str | None = None
    account_state: str | None = None
    opt_in: str | None = None
    """``opt-in-not-required``, ``opted-in``, ``not-opted-in``; null: we could not ask."""
    source: str | None = None
    """The source that is to read it; several sources may each say this of other regions."""
    reason: str | None = None
    """Why it is not, or cannot be, read: ``suspended``, ``not opted in``, ``not configured``,
    ``role refused``, ``unknown region``, ``nothing to read``."""


ACCOUNT_REGION = Kind(
    name=SCOPE,
    record=AccountRegion,
    subject=lambda r: f"{r.account_id}/{r.region or '*'}",
    permission="ec2:DescribeRegions, organizations:ListAccounts",
    cross_check="the configured accounts and regions are among those that AWS lists",
)


class _Listed(msgspec.Struct, rename="pascal"):
    id: str
    name: str | None = None
    state: str | None = None
    status: str | None = None


class _Region(msgspec.Struct, rename="pascal"):
    region_name: str
    opt_in_status: str | None = None


class _Regions(Answer, kw_only=True):
    regions: list[_Region]


_ACCOUNTS = Listing(
    operation="organizations:ListAccounts",
    items="Accounts",
    item=_Listed,
    name=lambda account: account.id,
    is_paged=False,  # it takes 20 at most, and 20 without
)


@dataclass(frozen=True)
class _Account:
    id: str
    name: str | None
    state: str | None
    is_wanted: bool


@dataclass(frozen=True)
class _Look:
    records: list[AccountRegion]
    skip: Skip | None = None


class AccountRegionReader:
    kind = ACCOUNT_REGION

    def __init__(self, api: Api) -> None:
        self._api = api
        self._entry = api.settings

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        accounts, unlisted = self._accounts(call)
        if unlisted is not None:
            yield unlisted
        for look in call.each(accounts, lambda account: self._look(call, account), threads=8):
            if look.records:
                yield Page(records=look.records)
            if look.skip is not None:
                yield look.skip
        if isinstance(self._entry.accounts, tuple) and unlisted is None:
            yield _all_listed(self._entry.accounts, accounts)

    def _accounts(self, call: Call) -> tuple[list[_Account], Skip | None]:
        """Those of the organisation and the configured ones."""
        wanted = self._entry.accounts
        if wanted is None:
            return [_Account(account_of(self._api, call), None, None, is_wanted=True)], None
        found: list[_Account] = []
        unlisted = None
        try:
            for page in _ACCOUNTS.pages(self._api, call, {}):
                found += [_account(one, self._entry) for one in page.items]
        except CollectionError as error:
            if wanted == "organization":
                raise
            if _NO_ORGANISATION not in error.problem:
                unlisted = skip_of("further accounts of the organisation", error)
        known = {account.id for account in found}
        if wanted != "organization":
            found += [
                _Account(id_, None, None, is_wanted=True) for id_ in wanted if id_ not in known
            ]
        return found, unlisted

    def _look(self, call: Call, account: _Account) -> _Look:
        if account.state not in (None, "ACTIVE"):
            state = str(account.state).lower().replace("_", " ")
            return _Look([_record(account, None, reason=state)])
        if not account.is_wanted:
            return _Look([_record(account, None, reason="not configured")])
        try:
            regions = self._regions(call, account)
        except AccessDenied as error:
            skip = skip_of(f"regions of account {account.id}", error)
            return _Look(self._refused(account), skip)
        except CollectionError as error:
            return _Look([], skip_of(f"regions of account {account.id}", error))
        records = [self._placed(account, one.region_name, one.opt_in_status) for one in regions]
        known = {one.region_name for one in regions}
        records += [
            _record(account, name, source=self._source(account, name), reason="unknown region")
            for name in self._wanted_regions()
            if name not in known
        ]
        return _Look(records)

    def _regions(self, call: Call, account: _Account) -> list[_Region]:
        api = self._api
        if self._entry.accounts is not None:
            role = role_arn(self._entry, account.id, self._entry.region)
            api = Api(self._entry.model_copy(update={"role_arn": role}))
        wanted = {"AllRegions": True}
        return api.ask(call, "ec2:DescribeRegions", _Regions, wanted, of="each account").regions

    def _refused(self, account: _Account) -> list[AccountRegion]:
        """It stands there as a whole, or with the regions that were to be read."""
        return [
            _record(account, name, source=self._source(account, name), reason="role refused")
            for name in self._wanted_regions()
        ] or [_record(account, None, reason="role refused")]

    def _placed(self, account: _Account, region: str, opt_in: str | None) -> AccountRegion:
        is_enabled = opt_in in _ENABLED
        is_wanted = region in self._wanted_regions() or (
            self._entry.regions == "enabled" and is_enabled
        )
        source = self._source(account, region) if is_wanted else None
        reason: str | None
        if not is_enabled:
            reason = "not opted in"
        elif not is_wanted:
            reason = "not configured"
        else:
            reason = None if source else "nothing to read"
        return _record(account, region, opt_in=opt_in, source=source, reason=reason)

    def _wanted_regions(self) -> Sequence[str]:
        """Those that the configuration names."""
        if self._entry.regions == "enabled":
            return ()
        return self._entry.regions or (self._entry.region,)

    def _source(self, account: _Account, region: str) -> str | None:
        if not is_spread(self._entry):
            return self._entry.id
        number = None if self._entry.accounts is None else account.id
        found = source_of(self._entry, number, region)
        return None if found is None else found.id


def _account(listed: _Listed, entry: AwsSettings) -> _Account:
    wanted = entry.accounts
    return _Account(
        listed.id,
        listed.name,
        listed.state or listed.status,
        is_wanted=wanted == "organization" or (wanted is not None and listed.id in wanted),
    )


def _record(
    account: _Account,
    region: str | None,
    *,
    opt_in: str | None = None,
    source: str | None = None,
    reason: str | None = None,
) -> AccountRegion:
    return AccountRegion(
        account_id=account.id,
        region=region,
        account_name=account.name,
        account_state=account.state,
        opt_in=opt_in,
        source=source,
        reason=reason,
    )


def _all_listed(wanted: Sequence[str], accounts: Sequence[_Account]) -> Check:
    listed = {account.id for account in accounts if account.state is not None}
    strange = sorted(set(wanted) - listed) if listed else []
    return Check(
        method="organizations:ListAccounts has the configured accounts",
        expected=f"{len(wanted)} accounts",
        found=f"{len(wanted) - len(strange)} accounts",
        ok=True,  # an account of somebody else's may be read too
        note=f"not of this organisation: {', '.join(strange)}" if strange else "",
    )
