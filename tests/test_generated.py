"""What `make docs` makes is what stands in the tree."""

import json
from pathlib import Path

import pytest
import yaml
from annexa.agent.kinds_page import kinds_page
from annexa.agent.permissions import aws_actions, cluster_reads, in_words
from annexa.agent.policies import MANAGED_POLICY_LIMIT, cluster_role, iam_policy, size_of
from annexa.collectors import registry

ROOT = Path(__file__).parents[1]


def test_the_table_of_kinds_is_made_from_the_kinds() -> None:
    assert (ROOT / "docs" / "kinds.md").read_text() == kinds_page(), "run `make docs`"


def test_the_shipped_cluster_role_is_made_from_the_kinds() -> None:
    made = cluster_role(cluster_reads(registry.load("kubernetes").kinds))
    assert (ROOT / "deploy/kubernetes/clusterrole.yaml").read_text() == made, "run `make docs`"
    assert {rule["verbs"][-1] for rule in yaml.safe_load(made)["rules"]} == {"list"}


def test_the_shipped_iam_policy_is_made_from_the_kinds_and_aws_takes_it() -> None:
    made = iam_policy(aws_actions(registry.load("aws").kinds))
    assert (ROOT / "deploy/aws/policy.json").read_text() == made, "run `make docs`"
    assert size_of(made) <= MANAGED_POLICY_LIMIT
    actions = [action for part in json.loads(made)["Statement"] for action in part["Action"]]
    read = ("Get", "List", "Describe", "Lookup", "BatchGet", "Search")
    assert all(action.partition(":")[2].startswith(read) for action in actions)


@pytest.mark.parametrize("platform", ["aws", "kubernetes"])
def test_a_right_that_no_policy_can_express_is_a_right_that_nobody_needs_to_give(
    platform: str,
) -> None:
    for words in in_words(registry.load(platform).kinds):
        assert words.startswith("none"), f"not machine-readable: {words}"


def test_every_kind_says_how_old_it_may_be_and_what_it_leaves_out() -> None:
    for kind in registry.all_kinds().values():
        assert kind.freshness[:-1].isdigit()
        assert kind.freshness[-1] in "mhd"
        assert not isinstance(kind.volatile, str), kind.name
