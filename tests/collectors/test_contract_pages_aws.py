"""Pages of every kind of an AWS account: all are followed, and only a whole list ends things.

All kinds are read at once from an AWS that botocore's own descriptions make up, so a new kind is in
it. One whose list AWS gives in one answer has an entry in `ONE_ANSWER`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from annexa.collectors.aws import pace
from annexa.collectors.aws.reader import Aws, AwsSettings
from annexa.collectors.receipt import Receipt
from annexa.collectors.runner import read_source
from annexa.ledger import Ledger

from .aws_imitation import Imitation, answer
from .aws_wire import Asked, refused, said
from .memory_sink import NOON, patient
from .misbehaving import Reply, misbehaving
from .test_contract import AWS_CODES, CREDENTIALS

# botocore leaves the socket of a broken answer to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

# These have windows, addresses or several accounts, and tests of their own.
ELSEWHERE = {"aws.account_region", "aws.object_version", "aws.management_event"}
KINDS = tuple(kind for kind in Aws.kinds if kind.name not in ELSEWHERE)

ONE_ANSWER = {"aws.account": 1, "aws.account_settings": 1, "aws.bedrock_invocation_logging": 1}
ONE_ANSWER |= {"aws.bedrock_foundation_model": 3, "aws.trail": 3}
"""Kind -> records; there are no pages to follow."""

WITHIN = {"aws.pipeline_execution", "aws.bedrock_guardrail", "aws.access_finding", "aws.image"}
WITHIN |= {"aws.cluster_access"}
"""Three for each of three."""
SEVERAL = {"aws.monitoring_definition": 4, "aws.lineage_node": 3, "aws.alarm": 2}
"""Three of each list."""


def second_page(fault: Callable[[Asked], Reply]) -> Callable[[Asked], Reply | None]:
    return lambda asked: fault(asked) if asked.token == "t1" else None


def cut(asked: Asked) -> Reply:
    whole = said(asked, answer(asked))
    return replace(whole, cut_after=len(whole.body) // 2)


FAULTS: dict[str, Callable[[Asked], Reply]] = {
    "403": lambda asked: refused(asked, 403, AWS_CODES[403]),
    "404": lambda asked: refused(asked, 404, AWS_CODES[404]),
    "429": lambda asked: refused(asked, 429, AWS_CODES[429]),
    "500 of a proxy": lambda asked: Reply(500, b"<html>hunter2</html>"),
    "cut": cut,
    "half": lambda asked: Reply(200, said(asked, answer(asked)).body[:20]),
    "again": lambda asked: said(asked, answer(replace(asked, token=""))),
}


@dataclass
class Account:
    """One collector and one ledger for all tests: to make them takes longer than to use them."""

    imitation: Imitation
    collector: Aws
    settings: AwsSettings
    ledger: Ledger
    hours: int = 0

    def read(self) -> Receipt:
        """The next run, into the ledger."""
        slot = NOON + timedelta(hours=self.hours)
        self.hours += 1
        retry = replace(patient(), attempts=2)
        with self.ledger.begin("aws/c", slot) as run:
            receipt = read_source(
                self.collector, self.settings, slot=slot, sink=run, retry=retry, agent_version="1"
            )
            run.commit(receipt)
        return receipt

    def kept(self) -> dict[str, int]:
        """How much there is of each kind."""
        snapshot = self.ledger.snapshot()
        return {
            kind.name: len(list(snapshot.records(kind.name)))
            if kind.mode == "state"
            else len(list(self.ledger.events(kind.name, None, None)))
            for kind in KINDS
        }


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    imitation = Imitation()
    path = tmp_path_factory.mktemp("aws") / "ledger.db"
    with (
        pytest.MonkeyPatch.context() as patch,
        misbehaving(imitation) as server,
        Ledger.open(path) as ledger,
    ):
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        patch.setattr(pace, "STARTS", {})
        settings = AwsSettings(
            id="aws/c",
            region="eu-west-1",
            endpoint_url=server.url,
            kinds=tuple(kind.name for kind in KINDS),
        )
        yield Account(imitation, Aws(settings, lambda: NOON), settings, ledger)


@pytest.fixture(scope="module")
def complete(account: Account) -> Receipt:
    """Of the first run."""
    return account.read()


def test_every_page_is_followed_through_an_empty_one_to_the_end(
    account: Account, complete: Receipt
) -> None:
    assert {one.kind: one.verdict for one in complete.kinds} == {
        kind.name: "complete" for kind in KINDS
    }
    assert account.kept() == {kind.name: there(kind.name) for kind in KINDS}
    assert all(check.ok for one in complete.kinds for check in one.checks)


def there(kind: str) -> int:
    return ONE_ANSWER.get(kind) or 3 * (3 if kind in WITHIN else SEVERAL.get(kind, 1))


def test_a_receipt_says_all_that_a_run_can_prove_about_itself(complete: Receipt) -> None:
    """DESIGN, the receipt of a run."""
    assert complete.identity is not None
    assert complete.identity.caller.endswith(":assumed-role/annexa/annexa")
    assert complete.identity.endpoint.startswith("http://127.0.0.1")
    assert complete.identity.server == "AWS eu-west-1"
    assert (complete.identity.client or "").startswith("botocore ")
    assert complete.clock_offset_s is not None
    assert "" not in (complete.collector, complete.collector_version, complete.agent_version)
    assert len(complete.config_sha256) == 64
    for kind in complete.kinds:
        assert complete.started_at <= kind.started_at <= kind.finished_at <= complete.finished_at
        assert all(":" in one.operation and one.bytes > 0 for one in kind.operations)
        most = max(one.calls for one in kind.operations)
        assert most >= (1 if kind.kind in ONE_ANSWER else 3)
        counted = [items for one in kind.operations for items in one.items_per_page]
        assert (len(counted), sum(counted)) == (kind.pages, kind.items)
        assert (len(kind.raw_digest), len(kind.schema_sha256)) == (64, 64)
        assert kind.permission
        assert kind.cross_check


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.usefixtures("complete")
def test_a_list_that_breaks_in_the_middle_ends_nothing(fault: str, account: Account) -> None:
    before = account.kept()
    account.imitation.instead = second_page(FAULTS[fault])
    try:
        receipt = account.read()
    finally:
        account.imitation.instead = lambda _asked: None
    whole = {one.kind for one in receipt.kinds if one.verdict == "complete"}
    assert whole == ONE_ANSWER.keys()
    for one in receipt.kinds:
        assert one.kind in ONE_ANSWER or one.problem or one.skipped, one.kind
        assert "the collector failed" not in (one.problem or ""), one.problem
    assert "hunter2" not in str(receipt)
    assert account.kept() == before
