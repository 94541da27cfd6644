"""One graph of lineage over MLflow, OpenLineage, SageMaker and S3."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from annexa.collectors.aws.sagemaker.lineage import (
    LINEAGE_ASSOCIATION,
    LINEAGE_NODE,
    LineageAssociation,
    LineageNode,
)
from annexa.collectors.contract import Kind, Record
from annexa.collectors.openlineage.kinds import EVENT
from annexa.collectors.openlineage.wire import read_event
from annexa.mappings.conventions import Conventions
from annexa.mappings.evaluation import Evaluation, evaluate
from annexa.mappings.lineage import Hop, Trace, trace
from annexa.mappings.place import PLACE_MACROS

from ..collectors.lineage_events import dataset, facet, line, run_event
from .planting import NOW, PACK, Company, open_ledger, part, plant

VIEWS = replace(
    part("A.7.5-3"),  # it follows the lineage
    rules=(),
    catalogue=PACK.catalogue.model_copy(update={"controls": ()}),
)
VERSION = "mlflow/prod:model_version:credit-risk/7"
DEPLOYMENT = "kubernetes/eu-1:inference_service:prod/credit-risk"


@contextmanager
def traced(
    folder: Path,
    *events: dict[str, Any],
    company: Company | None = None,
    more: Sequence[tuple[str, Sequence[tuple[Kind, Sequence[Record]]]]] = (),
) -> Iterator[Evaluation]:
    """An evaluation of the company with these OpenLineage events."""
    with open_ledger(folder) as ledger:
        (company or Company()).plant(ledger)
        if events:
            plant(ledger, "openlineage/prod", [(EVENT, [read_event(line(e)) for e in events])])
        for source, records in more:
            plant(ledger, source, records)
        with evaluate(ledger, VIEWS, Conventions(), at=NOW) as evaluation:
            yield evaluation


def hop(found: Trace, node: str, origin: str | None) -> Hop:
    matches = [h for h in found.nodes[node].hops if h.origin == origin]
    assert matches, f"{node} leads to {[h.origin for h in found.nodes[node].hops]}"
    return matches[0]


def prepared(number: int, at: str, version: str | None = None, **more: Any) -> dict[str, Any]:
    """A job that writes the loans from a raw table."""
    facets = {"version": facet(datasetVersion=version)} if version else {}
    return run_event(
        number,
        at=at,
        inputs=[dataset("postgres://db:5432", "bank.public.loans")],
        outputs=[dataset("s3a://loans", "/loans/", **facets)],
        **more,
    )


RUN0 = "openlineage:run:00000000-0000-0000-0000-000000000001"


def test_the_path_leads_from_the_version_over_run_and_dataset_to_the_source(
    tmp_path: Path,
) -> None:
    with traced(tmp_path, prepared(0, "2026-05-06T00:00:00Z")) as evaluation:
        found = trace(evaluation, VERSION)
    assert DEPLOYMENT in [h.node for h in found.used_by]
    run = "mlflow/prod:run:r7"
    assert hop(found, VERSION, run).certainty == "recorded"
    assert hop(found, run, "dataset:loans@d1").version == "d1"
    place = hop(found, "dataset:loans@d1", "s3://loans/loans")
    assert (place.source, place.subject) == ("mlflow/prod", run)
    written = hop(found, "s3://loans/loans", RUN0)
    assert (written.certainty, written.source) == ("recorded", "openlineage/prod")
    assert written.happened_at == "2026-05-06T00:00:00Z"
    assert hop(found, RUN0, "postgres://db:5432/bank.public.loans").certainty == "recorded"
    bucket = hop(found, "s3://loans/loans", "aws/1/eu-west-1:bucket:loans")
    assert bucket.rule == "lies in a bucket that keeps versions"
    assert found.counts["broken"] == found.counts["unknown"] == 0


def test_the_path_of_a_deployment_begins_with_its_version(tmp_path: Path) -> None:
    with traced(tmp_path) as evaluation:
        found = trace(evaluation, DEPLOYMENT)
    first = hop(found, DEPLOYMENT, VERSION)
    assert (first.certainty, first.rule) == ("recorded", "artifact address")
    assert "mlflow/prod:run:r7" in found.nodes


def test_a_link_by_labels_is_inferred_and_a_missing_one_is_broken(tmp_path: Path) -> None:
    company = Company()
    company.served.storage_uri = "s3://elsewhere/x"
    with traced(tmp_path, company=company) as evaluation:
        workload = trace(evaluation, "kubernetes/eu-1:deployment:web/credit-web")
        orphan = trace(evaluation, DEPLOYMENT)
    assert workload.nodes[workload.root].hops[0].certainty == "inferred"
    (broken,) = orphan.nodes[DEPLOYMENT].hops
    assert broken.certainty == "broken"
    assert "s3://elsewhere/x" in str(broken.problem)


def test_of_many_runs_that_wrote_a_place_the_last_before_the_reading_is_followed(
    tmp_path: Path,
) -> None:
    nightly = [prepared(n, f"2026-05-{n + 1:02}T00:00:00Z") for n in range(20)]
    with traced(tmp_path, *nightly) as evaluation:
        found = trace(evaluation, VERSION)
    place = found.nodes["s3://loans/loans"]
    (written,) = [h for h in place.hops if h.origin_type == "run"]
    assert written.happened_at == "2026-05-08T00:00:00Z", "the training ended on the 8th"
    assert written.certainty == "inferred"
    assert place.older_writers == 19


def test_the_run_that_wrote_the_version_that_was_read_is_recorded(tmp_path: Path) -> None:
    events = [
        prepared(0, "2026-05-01T00:00:00Z", "v1"),
        prepared(1, "2026-05-02T00:00:00Z", "v2"),
        run_event(
            9,
            at="2026-05-03T00:00:00Z",
            inputs=[dataset("s3://loans", "loans", version=facet(datasetVersion="v1"))],
            outputs=[dataset("s3://models", "credit-risk/7")],
        ),
    ]
    with traced(tmp_path, *events) as evaluation:
        found = trace(evaluation, "openlineage:run:00000000-0000-0000-0000-00000000000a")
    written = hop(found, "s3://loans/loans", RUN0)
    assert (written.certainty, written.version) == ("recorded", "v1")


def test_data_that_was_read_before_anybody_wrote_it_breaks_the_path(tmp_path: Path) -> None:
    with traced(tmp_path, prepared(0, "2026-06-01T00:00:00Z")) as evaluation:
        found = trace(evaluation, VERSION)
    broken = hop(found, "s3://loans/loans", None)
    assert broken.certainty == "broken"
    assert "was read before airflow/prepare wrote it" in str(broken.problem)


@pytest.mark.parametrize(
    ("state", "certainty"),
    [("COMPLETE", "recorded"), ("FAIL", "broken"), ("START", "inferred")],
)
def test_how_a_run_ended_says_what_its_output_is_worth(
    tmp_path: Path, state: str, certainty: str
) -> None:
    event = prepared(0, "2026-05-06T00:00:00Z", event_type=state)
    with traced(tmp_path, event) as evaluation:
        found = trace(evaluation, VERSION)
    assert hop(found, "s3://loans/loans", RUN0).certainty == certainty


def test_a_file_in_a_folder_that_a_run_wrote_is_inferred_to_come_from_it(tmp_path: Path) -> None:
    company = Company()
    company.run.datasets[0].source = "s3://loans/loans/part-0.parquet"
    with traced(tmp_path, prepared(0, "2026-05-06T00:00:00Z"), company=company) as evaluation:
        found = trace(evaluation, VERSION)
    inferred = hop(found, "s3://loans/loans/part-0.parquet", "s3://loans/loans")
    assert inferred.certainty == "inferred"
    assert hop(found, "s3://loans/loans", RUN0).certainty == "recorded"


def test_a_run_that_wrote_the_artifact_is_part_of_the_path(tmp_path: Path) -> None:
    training = run_event(
        0,
        at="2026-05-08T00:00:00Z",
        inputs=[dataset("s3://features", "f")],
        outputs=[dataset("s3://models", "credit-risk/7/model.pkl")],
    )
    with traced(tmp_path, training) as evaluation:
        found = trace(evaluation, VERSION)
    artifact = "s3://models/credit-risk/7"
    assert hop(found, VERSION, artifact).certainty == "recorded"
    assert hop(found, artifact, f"{artifact}/model.pkl").certainty == "inferred"
    assert hop(found, f"{artifact}/model.pkl", RUN0).certainty == "recorded"


def test_an_mlflow_run_and_an_openlineage_run_may_be_the_same(tmp_path: Path) -> None:
    tagged = run_event(
        0,
        inputs=[dataset("s3://features", "f")],
        run_facets={"tags": facet(tags=[{"key": "mlflow.run_id", "value": "r7", "source": "U"}])},
    )
    with traced(tmp_path, tagged) as evaluation:
        found = trace(evaluation, VERSION)
    same = hop(found, "mlflow/prod:run:r7", RUN0)
    assert (same.certainty, same.rule) == ("recorded", "its events name the MLflow run")


def test_another_name_of_a_dataset_leads_to_it(tmp_path: Path) -> None:
    link = facet(identifiers=[{"namespace": "s3://loans", "name": "loans", "type": "LOCATION"}])
    event = run_event(
        0,
        at="2026-05-06T00:00:00Z",
        outputs=[dataset("hive://meta:9083", "bank.loans", symlinks=link)],
    )
    with traced(tmp_path, event) as evaluation:
        found = trace(evaluation, VERSION)
    table = "hive://meta:9083/bank.loans"
    assert hop(found, "s3://loans/loans", table).rule == "another name of it"
    assert hop(found, table, RUN0).certainty == "recorded"


def test_a_version_without_a_run_and_a_dataset_without_a_source_are_broken(
    tmp_path: Path,
) -> None:
    company = Company()
    company.run.datasets[0].source = None
    with traced(tmp_path, company=company) as evaluation:
        assert hop(trace(evaluation, VERSION), "dataset:loans@d1", None).problem
    company.version.run_id = None
    with traced(tmp_path / "second", company=company) as evaluation:
        broken = hop(trace(evaluation, VERSION), VERSION, None)
    assert broken.problem == "names no training run"


def test_a_ring_ends(tmp_path: Path) -> None:
    events = [
        prepared(0, "2026-05-06T00:00:00Z"),
        run_event(
            1,
            at="2026-05-05T00:00:00Z",
            inputs=[dataset("s3://loans", "loans")],
            outputs=[dataset("postgres://db:5432", "bank.public.loans")],
        ),
        prepared(2, "2026-05-04T00:00:00Z"),
    ]
    with traced(tmp_path, *events) as evaluation:
        found = trace(evaluation, VERSION)
    assert len(found.nodes) < 20
    assert not any(node.is_cut for node in found.nodes.values())


def test_what_is_too_wide_is_cut_and_counted(tmp_path: Path) -> None:
    wide = run_event(
        0,
        at="2026-05-06T00:00:00Z",
        inputs=[dataset("s3://raw", f"part-{n:04}") for n in range(1000)],
        outputs=[dataset("s3://loans", "loans")],
    )
    with traced(tmp_path, wide) as evaluation:
        found = trace(evaluation, VERSION, width=25)
        assert found.nodes[RUN0].more == 975
        few = trace(evaluation, VERSION, nodes=10)
    assert sum(node.is_cut for node in few.nodes.values()) > 0


def test_a_thing_without_lineage_says_so(tmp_path: Path) -> None:
    company = Company()
    company.run.datasets = []
    with traced(tmp_path, company=company) as evaluation:
        found = trace(evaluation, VERSION)
        nothing = trace(evaluation, "mlflow/prod:model_version:other/1")
    assert found.nodes["mlflow/prod:run:r7"].end == "no source tells what it read"
    assert found.counts["unknown"] == 1
    assert nothing.nodes[nothing.root].type is None


def test_hostile_names_are_only_names(tmp_path: Path) -> None:
    name = "x'); drop table lineage_edge; --\x1b[2J\n\"$1"
    event = run_event(
        0,
        at="2026-05-06T00:00:00Z",
        job=name,
        inputs=[dataset(name, name)],
        outputs=[dataset("s3://loans", "loans")],
    )
    with traced(tmp_path, event) as evaluation:
        found = trace(evaluation, VERSION)
        again = trace(evaluation, name)
    assert any(name.strip() in node for node in found.nodes)
    assert again.nodes[name].hops == []


def test_sagemaker_lineage_joins_the_same_graph(tmp_path: Path) -> None:
    nodes = [
        LineageNode(
            arn="arn:artifact/data", node="artifact", type="DataSet", source_uri="s3://loans/loans"
        ),
        LineageNode(
            arn="arn:artifact/model",
            node="artifact",
            type="Model",
            source_uri="s3://models/credit-risk/7",
        ),
        LineageNode(arn="arn:action/train", node="action", name="training"),
    ]
    links = [
        LineageAssociation(
            source_arn="arn:artifact/data", destination_arn="arn:action/train", type="ContributedTo"
        ),
        LineageAssociation(
            source_arn="arn:action/train", destination_arn="arn:artifact/model", type="Produced"
        ),
    ]
    records: list[tuple[Kind, Sequence[Record]]] = [
        (LINEAGE_NODE, nodes),
        (LINEAGE_ASSOCIATION, links),
    ]
    with traced(tmp_path, more=[("aws/2/eu-west-1", records)]) as evaluation:
        found = trace(evaluation, "s3://models/credit-risk/7")
    action = "aws/2/eu-west-1:lineage_node:arn:action/train"
    assert hop(found, "s3://models/credit-risk/7", action).rule == "SageMaker lineage: Produced"
    assert hop(found, action, "s3://loans/loans").certainty == "recorded"


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("s3a://loans/x/", "s3://loans/x"),
        ("s3n://loans//x/*", "s3://loans/x"),
        ("https://loans.s3.eu-west-1.amazonaws.com/x/y.csv", "s3://loans/x/y.csv"),
        ("https://s3.amazonaws.com/loans/x", "s3://loans/x"),
        ("arn:aws-cn:s3:::loans/x", "s3://loans/x"),
        ("/data/x.csv", "file:///data/x.csv"),
        ("file:/data/x.csv", "file:///data/x.csv"),
        ("postgresql://DB:5432/bank.public.loans", "postgres://db:5432/bank.public.loans"),
        ("https://huggingface.co/datasets/a/b", "hf://datasets/a/b"),
        ("data/x.csv", "data/x.csv"),
        ("s3://loans/UPPER", "s3://loans/UPPER"),
        (" ", None),
    ],
)
def test_an_address_has_one_form(written: str, place: str | None) -> None:
    with duckdb.connect() as db:
        for macro in PLACE_MACROS:
            db.execute(f"create macro {macro}")
        found = db.execute("select place_of($1), place_of(place_of($1))", [written]).fetchone()
    assert found == (place, place)


@pytest.mark.parametrize(
    ("namespace", "name", "place"),
    [
        ("s3://loans", "/x", "s3://loans/x"),
        ("s3://loans/", "x/y", "s3://loans/x/y"),
        ("s3://loans", "s3a://other/x", "s3://other/x"),
        ("file", "/data/x", "file:///data/x"),
        ("bigquery", "p.d.t", "bigquery:p.d.t"),
        ("postgres://db:5432", "bank.public.loans", "postgres://db:5432/bank.public.loans"),
        ("warehouse", "loans", "warehouse:loans"),
    ],
)
def test_a_namespace_and_a_name_are_an_address(namespace: str, name: str, place: str) -> None:
    with duckdb.connect() as db:
        for macro in PLACE_MACROS:
            db.execute(f"create macro {macro}")
        assert db.execute("select dataset_place($1, $2)", [namespace, name]).fetchone() == (place,)
