"""What limits who may reach a namespace, and what a cluster lets in."""

from pathlib import Path

from annexa.collectors.kubernetes import boundaries
from annexa.collectors.kubernetes.meta import Meta, Selector

from .company_records import service
from .planting import Company, part


def network(
    namespace: str, pods: Selector | None, *, lets_all_in: bool
) -> boundaries.NetworkPolicy:
    ingress = [boundaries.Ingress()] if lets_all_in else []
    spec = boundaries.NetworkSpec(pods=pods, ingress=ingress)
    return boundaries.NetworkPolicy(metadata=Meta(name="n", namespace=namespace), spec=spec)


def test_only_a_policy_for_all_pods_that_lets_not_everybody_in_limits_a_namespace(
    tmp_path: Path,
) -> None:
    company = Company(workloads=[])
    company.services = [service("s", name) for name in ("bare", "shut", "open", "some")]
    of_some = Selector(match_labels={"app": "web"})
    company.cluster.networks = [
        network("shut", Selector(), lets_all_in=False),
        network("open", None, lets_all_in=True),
        network("some", of_some, lets_all_in=False),
        network("elsewhere", Selector(), lets_all_in=False),
    ]
    company.cluster.kyverno.spec = None
    company.cluster.own.spec = None
    company.cluster.constraint.spec = None
    found = company.evaluate(tmp_path, pack=part("A.4.5-8", "A.6.2.5-10"))
    rows = {row.subject.rpartition(":")[2]: row for row in found.rows("A.4.5-8")}
    assert {name: row.outcome for name, row in rows.items()} == {
        "bare": "fail",
        "shut": "pass",
        "open": "fail",
        "some": "inconclusive",
    }
    assert "no network policy limits" in (rows["bare"].reason or "")
    assert "lets everybody reach" in (rows["open"].reason or "")
    (gate,) = found.rows("A.6.2.5-10")  # policies that look at nothing are none
    assert gate.outcome == "fail"
    assert "no admission policy of kubernetes/eu-1" in (gate.reason or "")
