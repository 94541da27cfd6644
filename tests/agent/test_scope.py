"""An AWS entry of many accounts: what it found is read in the same round, missed when unread."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from annexa.agent import job
from annexa.agent.alerts.outbox import Outbox
from annexa.agent.config import Config, load
from annexa.agent.errors import ConfigError
from annexa.agent.permissions import kinds_of
from annexa.agent.rounds import Rounds
from annexa.agent.scope import all_sources
from annexa.ledger import Ledger

from ..collectors.aws_server import REGION, Account, Server, aws_server, query_refusal, refusal
from ..mappings.small_pack import write_small_pack

A, B = "111111111111", "222222222222"
FOUND = [f"aws/{A}/{REGION}", f"aws/{B}/{REGION}"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with aws_server() as running:
        yield running


@pytest.fixture
def config(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    server.behave()
    account = Account(server)
    for name, value in account.keys.items():
        monkeypatch.setenv(name, value)
    account.client("organizations").create_organization(FeatureSet="ALL")
    accounts = [{"Id": A, "Status": "ACTIVE"}, {"Id": B, "Status": "ACTIVE"}]
    answer = json.dumps({"Accounts": accounts}).encode()
    server.rewrites["ListAccounts"] = lambda asked, said: answer
    write_small_pack(tmp_path / "few")
    path = tmp_path / "annexa.yaml"
    path.write_text(
        "organisation: {name: Example}\n"
        "pack: ./few\n"
        "sources:\n"
        "  - id: aws/all\n"
        "    accounts: organization\n"
        "    role_name: annexa\n"
        f"    region: {REGION}\n"
        "    kinds: [aws.key, aws.user]\n"
        f"    endpoint_url: {server.url}\n"
    )
    return load(path)


@pytest.fixture
def ledger(config: Config) -> Iterator[Ledger]:
    with Ledger.open(config.ledger, keys=config.keys) as ledger:
        yield ledger


def ids(config: Config, ledger: Ledger) -> list[str]:
    return [source.id for source in all_sources(config, ledger)]


def test_the_first_collection_reads_what_it_found(config: Config, ledger: Ledger) -> None:
    assert ids(config, ledger) == ["aws/all"]
    receipts = job.collect(config, ledger)
    assert [receipt.source for receipt in receipts] == ["aws/all", *FOUND]
    assert all(receipt.complete for receipt in receipts), receipts
    assert [kind.kind for kind in receipts[1].kinds] == ["aws.user", "aws.key"]
    assert ids(config, ledger) == ["aws/all", *FOUND]


def test_one_that_was_found_can_be_read_alone(config: Config, ledger: Ledger) -> None:
    job.collect(config, ledger)
    (receipt,) = job.collect(config, ledger, sources=[FOUND[1]])
    assert receipt.source == FOUND[1]
    with pytest.raises(ConfigError, match="no source"):
        job.collect(config, ledger, sources=["aws/333333333333/eu-central-1"])


def test_what_was_found_and_never_read_is_expected_without_asking_aws(
    config: Config, ledger: Ledger, server: Server
) -> None:
    job.collect(config, ledger, sources=["aws/all"])
    server.requests.clear()
    wanted = {source.id: source.kinds for source in job.expected_sources(config, ledger)}
    assert wanted == {
        "aws/all": ("aws.account_region",),
        FOUND[0]: ("aws.user", "aws.key"),
        FOUND[1]: ("aws.user", "aws.key"),
    }
    with job.assess(config, ledger) as evaluation:
        states = {(one.source, one.kind): one.verdict for one in evaluation.sources}
    assert states[FOUND[1], "aws.key"] == "never"
    assert server.requests == []


def test_an_account_whose_role_is_refused_is_denied_and_touches_no_other(
    config: Config, ledger: Ledger, server: Server
) -> None:
    server.fail("AssumeRole", query_refusal("AccessDenied", 403), when=B)
    receipts = {receipt.source: receipt for receipt in job.collect(config, ledger)}
    assert {kind.verdict for kind in receipts[FOUND[0]].kinds} == {"complete"}
    assert {kind.verdict for kind in receipts[FOUND[1]].kinds} == {"denied"}
    assert {kind.verdict for kind in receipts["aws/all"].kinds} == {"partial"}


def test_an_organisation_that_cannot_be_listed_any_more_loses_no_source(
    config: Config, ledger: Ledger, server: Server
) -> None:
    job.collect(config, ledger)
    server.fail("ListAccounts", refusal("AccessDeniedException"))
    receipts = job.collect(config, ledger)
    assert [receipt.source for receipt in receipts] == ["aws/all", *FOUND]


def test_each_source_that_was_found_has_slots_of_its_own(config: Config, ledger: Ledger) -> None:
    rounds = Rounds(config, ledger, Outbox(ledger, [], lasts=timedelta(hours=1)))
    result = rounds.run(config.sources)
    assert [receipt.source for receipt in result.receipts] == ["aws/all", *FOUND]
    assert [slot.state for slot in ledger.slots(FOUND[1])] == ["committed"]
    assert rounds.run(config.sources).receipts == ()


def test_the_policy_for_an_entry_is_that_of_the_sources_it_will_find(config: Config) -> None:
    kinds = {kind.name for kind in kinds_of("aws", config)}
    assert kinds == {"aws.account_region", "aws.key", "aws.user"}
