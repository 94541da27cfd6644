"""One entry for many accounts and regions: the sources that it stands for.

What is global in an account (`GLOBAL`) is read in its home region only. Decided from the
configuration and, where that says ``organization`` or ``enabled``, from the last reading of
`scope.AccountRegion`; AWS is not asked.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from .settings import AwsSettings

SCOPE = "aws.account_region"
GLOBAL = frozenset(
    {
        "aws.account",
        "aws.account_settings",
        "aws.bucket",
        "aws.group",
        "aws.managed_policy",
        "aws.object_version",
        "aws.role",
        "aws.user",
    }
)
_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "us-isof-": "aws-iso-f",
    "eu-isoe-": "aws-iso-e",
    "eusc-": "aws-eusc",
}


class _Place(msgspec.Struct):
    account_id: str
    region: str | None = None
    source: str | None = None


def is_spread(entry: "AwsSettings") -> bool:
    return entry.accounts is not None or entry.regions is not None


def spread(entry: "AwsSettings", found: Iterable[bytes] = ()) -> "Sequence[AwsSettings]":
    """See `contract.Settings.spread`."""
    if not is_spread(entry):
        return (entry,)
    places = [*_configured(entry), *_discovered(entry, found)]
    sources = [one for place in dict.fromkeys(places) if (one := source_of(entry, *place))]
    own = {"kinds": (SCOPE,), "kinds_of_each": entry.kinds_of_each or entry.kinds}
    return (entry.model_copy(update=own), *sources)


def source_of(entry: "AwsSettings", account: str | None, region: str) -> "AwsSettings | None":
    """The source of one account and region; None: ``kinds`` leaves nothing to read there.

    ``account`` is None in an entry without ``accounts``: that of its credentials.
    """
    kinds = kinds_in(entry, region)
    if not kinds:
        return None
    update: dict[str, object] = {
        "id": source_id(entry, account, region),
        "region": region,
        "kinds": kinds,
        "kinds_of_each": None,
        "accounts": None,
        "role_name": None,
        "own_account": None,
        "regions": None,
    }
    if account is not None:
        update["role_arn"] = role_arn(entry, account, region)
    return entry.model_copy(update=update)


def source_id(entry: "AwsSettings", account: str | None, region: str) -> str:
    """An account has the same name in every entry, so that its history goes on when it moves."""
    return f"{entry.id}/{region}" if account is None else f"aws/{account}/{region}"


def role_arn(entry: "AwsSettings", account: str, region: str) -> str | None:
    """None: the credentials are that account's own."""
    if account == entry.own_account:
        return None
    return f"arn:{partition_of(region)}:iam::{account}:role/{entry.role_name}"


def partition_of(region: str) -> str:
    """``aws``, ``aws-cn`` … as ARNs of the region begin."""
    return next((p for start, p in _PARTITIONS.items() if region.startswith(start)), "aws")


def kinds_in(entry: "AwsSettings", region: str) -> tuple[str, ...]:
    """What is read in ``region``, in the order of reading."""
    from .reader import Aws

    wanted = entry.kinds_of_each
    if wanted is None and entry.kinds != (SCOPE,):
        wanted = entry.kinds
    elsewhere = frozenset() if region == entry.region else GLOBAL
    return tuple(
        kind.name
        for kind in Aws.kinds
        if (wanted is None or kind.name in wanted) and kind.name not in elsewhere | {SCOPE}
    )


def _configured(entry: "AwsSettings") -> Iterator[tuple[str | None, str]]:
    """Accounts and regions that the configuration names itself."""
    if entry.accounts == "organization" or entry.regions == "enabled":
        return
    for account in entry.accounts or (None,):
        for region in entry.regions or (entry.region,):
            yield account, region


def _discovered(entry: "AwsSettings", found: Iterable[bytes]) -> Iterator[tuple[str | None, str]]:
    for body in found:
        place = msgspec.json.decode(body, type=_Place)
        if place.source is not None and place.region is not None:
            yield (None if entry.accounts is None else place.account_id), place.region
