"""Who changed what is served, and whether it is what was declared."""

from pathlib import Path

from annexa.collectors.kubernetes_audit.kinds import EVENT, Event, User
from annexa.mappings.conventions import Conventions
from annexa.mappings.evaluation import evaluate

from .company_records import at
from .planting import NOW, Company, open_ledger, part, plant


def event(number: int, verb: str, user: str, name: str = "credit-risk", **more: object) -> Event:
    fields = {
        "resource": "inferenceservices",
        "group": "serving.kserve.io",
        "namespace": "prod",
        "cluster": "kubernetes/eu-1",
        "code": 200,
    } | more
    return Event(
        id=str(number),
        verb=verb,
        name=name,
        user=User(username=user),
        completed_at=at(f"2026-11-{number:02}"),
        **fields,  # type: ignore[arg-type]  # a test's own words
    )


def test_changes_of_what_is_served_name_the_actor_the_object_and_the_system(tmp_path: Path) -> None:
    events = [
        event(1, "patch", "ben@nordlicht.example"),
        event(2, "delete", "system:serviceaccount:argo:deployer", "old", code=403),
        event(3, "patch", "ben", dry_run=True),
        event(4, "create", "ana", "web-0", resource="pods", group=None, subresource="exec"),
        event(5, "create", "system:kube-scheduler", "web-0", resource="pods", group=None),
    ]
    company = Company()
    with open_ledger(tmp_path) as ledger:
        company.plant(ledger)
        plant(ledger, "kubernetes_audit/eu-1", [(EVENT, events)])
        with evaluate(ledger, part("A.6.2.5-11"), Conventions(), at=NOW) as found:
            rows = list(
                found.fetch(
                    "select actor, actor_type, action, target, system_id, succeeded "
                    "from change_event where source = 'kubernetes_audit/eu-1' order by event_at"
                )
            )
    assert rows == [
        ("ben@nordlicht.example", "User", "patch inferenceservices", "prod/credit-risk",
         "credit-risk", True),
        ("system:serviceaccount:argo:deployer", "ServiceAccount", "delete inferenceservices",
         "prod/old", None, False),
        ("ana", "User", "create pods/exec", "prod/web-0", None, True),
    ]  # fmt: skip


def test_a_manifest_without_a_namespace_is_neither_running_nor_missing(tmp_path: Path) -> None:
    company = Company()
    company.declared.without.add("credit-web")
    company.declared.nowhere.append("credit-web")
    with company.evaluate(tmp_path, pack=part("A.6.2.5-7", "A.6.2.5-8")) as found:
        rows = {
            rule: [(row.outcome, row.reason) for row in found.rows(rule, outcomes=["inconclusive"])]
            for rule in ("A.6.2.5-7", "A.6.2.5-8")
        }
    assert rows == {
        "A.6.2.5-7": [
            (
                "inconclusive",
                "a Deployment credit-web is declared without a namespace, so nobody knows whether "
                "it is that in web",
            )
        ],
        "A.6.2.5-8": [
            (
                "inconclusive",
                "credit-web.yaml does not say in which namespace Deployment credit-web shall run",
            )
        ],
    }
