"""Several accounts and regions: sources of their own, and a record for each that is unread."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from annexa.collectors.aws.reader import Aws, AwsSettings
from annexa.collectors.aws.spread import GLOBAL, SCOPE
from pydantic import ValidationError

from .aws_server import REGION, Account, Server, aws_server, query_refusal, refusal, xml_refusal

A, B = "111111111111", "222222222222"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with aws_server() as running:
        yield running


@pytest.fixture
def account(server: Server, monkeypatch: pytest.MonkeyPatch) -> Account:
    server.behave()
    account = Account(server)
    for name, value in account.keys.items():
        monkeypatch.setenv(name, value)
    return account


def entry(**more: Any) -> AwsSettings:
    standard = {"id": "aws/all", "accounts": [A, B], "role_name": "annexa", "regions": [REGION]}
    return AwsSettings.model_validate({**standard, **more})


def by_id(settings: AwsSettings, found: Any = ()) -> dict[str, AwsSettings]:
    spread = [one for one in settings.spread(found) if isinstance(one, AwsSettings)]
    return {one.id: one for one in spread}


def test_an_entry_of_one_account_and_region_stands_for_itself() -> None:
    plain = AwsSettings(id="aws/prod", region=REGION)
    assert plain.spread() == (plain,)
    assert plain.discovers is None


def test_accounts_and_regions_become_sources_of_their_own() -> None:
    sources = by_id(entry(regions=[REGION, "us-east-1"], systems=["credit"], every="6h"))
    assert list(sources) == [
        "aws/all",
        f"aws/{A}/{REGION}",
        f"aws/{A}/us-east-1",
        f"aws/{B}/{REGION}",
        f"aws/{B}/us-east-1",
    ]
    one = sources[f"aws/{B}/us-east-1"]
    assert one.role_arn == f"arn:aws:iam::{B}:role/annexa"
    assert (one.region, one.systems, one.every) == ("us-east-1", ("credit",), "6h")
    assert one.spread() == (one,)
    assert sources["aws/all"].kinds == (SCOPE,)


def test_global_services_are_read_in_the_home_region_only() -> None:
    sources = by_id(entry(regions=[REGION, "us-east-1"]))
    home, other = (set(sources[f"aws/{A}/{name}"].kinds or ()) for name in (REGION, "us-east-1"))
    everything = {kind.name for kind in Aws.kinds}
    assert home == everything - {SCOPE}
    assert other == everything - {SCOPE} - GLOBAL
    assert everything > GLOBAL


def test_kinds_apply_to_each_and_where_nothing_is_left_there_is_no_source() -> None:
    settings = entry(regions=[REGION, "us-east-1"], kinds=["aws.role"], accounts=[A])
    assert list(by_id(settings)) == ["aws/all", f"aws/{A}/{REGION}"]
    again = by_id(by_id(settings)["aws/all"])  # the agent keeps only what came out
    assert list(again) == ["aws/all", f"aws/{A}/{REGION}"]


def test_no_role_is_assumed_in_the_account_of_the_credentials() -> None:
    sources = by_id(entry(own_account=A))
    assert sources[f"aws/{A}/{REGION}"].role_arn is None
    assert sources[f"aws/{B}/{REGION}"].role_arn is not None


@pytest.mark.parametrize(
    ("region", "partition"),
    [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-west-2", "aws")],
)
def test_roles_are_named_in_the_partition_of_the_region(region: str, partition: str) -> None:
    one = by_id(entry(regions=[region]))[f"aws/{A}/{region}"]
    assert str(one.role_arn).startswith(f"arn:{partition}:iam::")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"role_name": None}, "role_name"),
        ({"accounts": ["12"]}, "pattern"),
        ({"accounts": []}, "at least 1"),
        ({"region": "eu-west-1"}, "not one of regions"),
        ({"accounts": None}, "need accounts"),
        ({"regions": "enabled"}, "region"),
    ],
)
def test_what_does_not_fit_together_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        entry(**wrong)


def scope(account: Account, **more: Any) -> tuple[Any, dict[str, Any]]:
    settings = account.settings(**{"role_name": "annexa", "regions": [REGION], **more})
    own = by_id(settings)["aws/test"]
    return account.read_one(SCOPE, **own.model_dump(exclude={"id", "kinds", "endpoint_url"}))


def test_every_region_is_listed_and_the_unread_ones_say_why(account: Account) -> None:
    receipt, records = scope(account, accounts=[A], regions=[REGION, "us-east-1"])
    assert receipt.verdict == "complete", receipt
    read = {name: record for name, record in records.items() if "reason" not in record}
    assert read.keys() == {f"{A}/{REGION}", f"{A}/us-east-1"}
    assert read[f"{A}/us-east-1"]["source"] == f"aws/{A}/us-east-1"
    assert records[f"{A}/eu-west-1"]["reason"] == "not configured"
    assert records[f"{A}/af-south-1"]["reason"] in ("not configured", "not opted in")
    assert len(records) > 20


def test_a_plain_source_lists_the_other_regions_of_its_account(account: Account) -> None:
    receipt, records = account.read_one(SCOPE)
    assert receipt.verdict == "complete"
    read = [name for name, record in records.items() if "reason" not in record]
    assert read == [f"{account.number}/{REGION}"]
    assert records[f"{account.number}/eu-west-1"]["reason"] == "not configured"
    assert "sts:AssumeRole" not in {trace.operation for trace in receipt.operations}


def test_all_enabled_regions_become_sources_after_the_first_reading(account: Account) -> None:
    settings = account.settings(
        accounts=[A, B], role_name="annexa", regions="enabled", region=REGION
    )
    assert list(by_id(settings)) == ["aws/test"]
    assert settings.discovers == SCOPE
    _, records = account.read_one(
        SCOPE, **by_id(settings)["aws/test"].model_dump(exclude={"kinds"})
    )
    bodies = [row.body for row in account.sink.rows[SCOPE].values()]
    found = by_id(settings, bodies)
    assert f"aws/{B}/us-east-1" in found
    assert len(found) > 30
    opted_out = {r["region"] for r in records.values() if r.get("reason") == "not opted in"}
    assert not any(one.region in opted_out for one in found.values())


def test_a_role_that_is_refused_is_named_with_the_trust_to_grant(
    account: Account, server: Server
) -> None:
    said = f"User: arn:aws:iam::{account.number}:user/annexa is not authorized to perform: "
    said += f"sts:AssumeRole on resource: arn:aws:iam::{B}:role/annexa"
    server.fail("AssumeRole", query_refusal("AccessDenied", 403, said), when=B)
    receipt, records = scope(account, accounts=[A, B])
    assert receipt.verdict == "partial"
    (skip,) = receipt.skipped
    assert (skip.what, skip.denied) == (f"regions of account {B}", True)
    assert f"trust policy of arn:aws:iam::{B}:role/annexa" in skip.remedy
    assert f'"AWS": "arn:aws:iam::{account.number}:user/annexa"' in skip.remedy
    assert records[f"{B}/{REGION}"]["reason"] == "role refused"
    assert records[f"{B}/{REGION}"]["source"] == f"aws/{B}/{REGION}"
    assert "reason" not in records[f"{A}/{REGION}"]


def test_an_organisation_names_its_accounts_also_those_that_are_suspended(
    account: Account, server: Server
) -> None:
    organisation = {
        "Accounts": [
            {"Id": A, "Name": "models", "Status": "ACTIVE", "Email": "root@example.com"},
            {"Id": B, "Name": "old", "Status": "SUSPENDED", "State": "SUSPENDED"},
        ]
    }
    server.rewrites["ListAccounts"] = lambda asked, answer: json.dumps(organisation).encode()
    account.client("organizations").create_organization(FeatureSet="ALL")
    receipt, records = scope(account, accounts="organization")
    assert receipt.verdict == "complete", receipt
    assert records[f"{A}/{REGION}"]["account_name"] == "models"
    assert records[f"{B}/*"] == {
        "account_id": B,
        "account_name": "old",
        "account_state": "SUSPENDED",
        "reason": "suspended",
    }
    assert "root@example.com" not in json.dumps(records)


def test_accounts_of_the_organisation_that_nobody_configured_are_named(
    account: Account, server: Server
) -> None:
    organisation = {"Accounts": [{"Id": A, "Status": "ACTIVE"}, {"Id": B, "Status": "ACTIVE"}]}
    account.client("organizations").create_organization(FeatureSet="ALL")
    server.rewrites["ListAccounts"] = lambda asked, answer: json.dumps(organisation).encode()
    receipt, records = scope(account, accounts=[A])
    assert receipt.verdict == "complete"
    assert records[f"{B}/*"]["reason"] == "not configured"


def test_an_organisation_that_may_not_be_listed_is_denied_or_a_named_part(
    account: Account, server: Server
) -> None:
    server.fail("ListAccounts", refusal("AccessDeniedException"))
    receipt, records = scope(account, accounts="organization")
    assert (receipt.verdict, records) == ("denied", {})
    receipt, records = scope(account, accounts=[A])
    assert receipt.verdict == "partial"
    assert [skip.what for skip in receipt.skipped] == ["further accounts of the organisation"]
    assert f"{A}/{REGION}" in records


def test_without_an_organisation_the_configured_accounts_are_all(
    account: Account, server: Server
) -> None:
    server.fail("ListAccounts", refusal("AWSOrganizationsNotInUseException"))
    receipt, _ = scope(account, accounts=[A])
    assert receipt.verdict == "complete"


def test_regions_that_cannot_be_listed_now_leave_the_last_reading_as_it_was(
    account: Account, server: Server
) -> None:
    server.fail("DescribeRegions", xml_refusal("InternalError", 500))
    receipt, records = scope(account, accounts=[A])
    assert (receipt.verdict, records) == ("partial", {})


def test_a_region_that_does_not_exist_is_told(account: Account) -> None:
    _, records = scope(account, accounts=[A], regions=[REGION, "eu-nowhere-9"])
    assert records[f"{A}/eu-nowhere-9"]["reason"] == "unknown region"
