"""Which account this is, and as whom we read it."""

from collections.abc import Iterator

from ..contract import Call, Check, Identity, Page, Skip
from .api import Answer, Api
from .kinds import ACCOUNT, Account
from .second_look import server_date


class _Caller(Answer, kw_only=True):
    account: str
    arn: str


class AccountReader:
    kind = ACCOUNT

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        caller = self._api.ask(call, "sts:GetCallerIdentity", _Caller)
        account = Account(
            account_id=caller.account,
            caller_arn=caller.arn,
            partition=caller.arn.split(":")[1] if caller.arn.startswith("arn:") else None,
        )
        yield Page(records=[account])


def account_of(api: Api, call: Call) -> str:
    """The number of the account that ``api`` reads."""
    return api.ask(call, "sts:GetCallerIdentity", _Caller).account


def identity(api: Api, call: Call) -> Identity:
    """The caller's ARN and AWS's clock. AWS refuses lists; it does not filter them."""
    caller = api.ask(call, "sts:GetCallerIdentity", _Caller)
    import botocore

    return Identity(
        caller=caller.arn,
        endpoint=api.clients.get("sts").meta.endpoint_url,
        server=f"AWS {api.settings.region}",
        client=f"botocore {botocore.__version__}",
        server_time=server_date(caller),
    )
