"""An expired list and the ledger: what was deleted while it was read is gone, at once."""

from datetime import timedelta
from pathlib import Path

from annexa.collectors.kubernetes.access import KubernetesSettings
from annexa.collectors.kubernetes.reader import Kubernetes
from annexa.collectors.runner import read_source
from annexa.ledger.store import Ledger

from .kubernetes_reading import cluster, deployment, listing, refusal
from .memory_sink import NOON, patient
from .misbehaving import Reply, Request


def test_an_object_that_only_the_expired_part_of_a_list_held_is_closed(tmp_path: Path) -> None:
    expires = False

    def answer(request: Request) -> Reply | None:
        nonlocal expires
        if "/deployments" not in request.path:
            return None
        if "continue" not in request.query:
            names = ["kept", "deleted"] if expires or not seen else ["kept", "new"]
            return listing([deployment(name) for name in names], token="t", remaining=1)
        if expires:
            expires = False
            return refusal(410)
        return listing([deployment("last")])

    seen: list[int] = []
    token = tmp_path / "token"
    token.write_text("x")
    with Ledger.open(tmp_path / "ledger.db") as ledger, cluster(answer) as server:
        settings = KubernetesSettings(
            id="kubernetes/t",
            server=server.url,
            token_file=str(token),
            kinds=("kubernetes.deployment",),
        )
        summaries = []
        for number in range(2):
            slot = NOON + timedelta(hours=number)
            with ledger.begin(settings.id, slot) as run:
                receipt = read_source(
                    Kubernetes(settings), settings, slot=slot, sink=run, retry=patient()
                )
                assert receipt.kinds[0].verdict == "complete"
                summaries.append(run.commit(receipt))
            seen.append(1)
            expires = True
        subjects = [record.subject for record in ledger.snapshot().records("kubernetes.deployment")]
    assert sorted(subjects) == ["shop/kept", "shop/last", "shop/new"]
    assert sum(summaries[1].closed.values()) == 1
    assert sum(summaries[1].opened.values()) == 1
