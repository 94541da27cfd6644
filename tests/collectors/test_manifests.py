"""Declared workloads: plain manifests, what is not rendered, and git."""

from pathlib import Path
from typing import Any

import pytest
from annexa.collectors import registry
from annexa.collectors.manifests.kinds import OBJECT
from annexa.collectors.receipt import KindReceipt, Receipt
from annexa.collectors.runner import read_source

from .git_repository import Git
from .memory_sink import NOON, MemorySink, patient

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: scorer
  namespace: shop
  labels: {ai-system-id: credit-risk}
  annotations: {monitored-by: grafana, note: hunter2}
spec:
  replicas: 3
  template:
    spec:
      initContainers: [{name: load, image: "r/load:1"}]
      containers:
        - name: main
          image: r/scorer@sha256:00
          env: [{name: KEY, value: hunter2}]
          args: [hunter2]
"""


def deployment(name: str) -> str:
    return DEPLOYMENT.replace("scorer\n", f"{name}\n", 1)


def write(folder: Path, files: dict[str, str]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)


def whole(folder: Path, sink: MemorySink, **more: Any) -> Receipt:
    raw = {"id": "manifests/eu-1", "path": str(folder), "cluster": "kubernetes/eu-1", **more}
    collector, settings = registry.build(raw)
    return read_source(
        collector,
        settings,
        slot=NOON,
        sink=sink,
        retry=patient(),
        keep=frozenset({"monitored-by"}),
    )


def read(folder: Path, sink: MemorySink, **more: Any) -> KindReceipt:
    return whole(folder, sink, **more).kinds[0]


def test_a_declared_workload_keeps_its_images_and_marks_and_never_an_environment(
    tmp_path: Path,
) -> None:
    write(tmp_path, {"apps/scorer.yaml": DEPLOYMENT})
    sink = MemorySink()
    assert read(tmp_path, sink).verdict == "complete"
    assert sink.body(OBJECT, "apps/scorer.yaml#Deployment/shop/scorer") == {
        "path": "apps/scorer.yaml",
        "document": 1,
        "kind": "Deployment",
        "group": "apps",
        "cluster": "kubernetes/eu-1",
        "images": ["r/load:1", "r/scorer@sha256:00"],
        "replicas": 3,
        "metadata": {
            "name": "scorer",
            "namespace": "shop",
            "labels": {"ai-system-id": "credit-risk"},
            "annotations": {"monitored-by": "grafana", "note": None},
        },
    }


def test_documents_lists_and_json_are_all_read_and_other_objects_are_counted(
    tmp_path: Path,
) -> None:
    listed = "apiVersion: v1\nkind: List\nitems:\n" + "".join(
        "- " + deployment(name).strip().replace("\n", "\n  ") + "\n" for name in ("b", "c")
    )
    service = """{"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService",
      "metadata": {"name": "risk"}, "spec": {"predictor": {"minReplicas": 2,
      "model": {"storageUri": "s3://m/7?token=hunter2"}}}}"""
    cron = (
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec: {jobTemplate: "
        "{spec: {template: {spec: {containers: [{image: 'r/train:2'}]}}}}}\n"
    )
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: hunter2}\n"
    write(
        tmp_path,
        {
            "all.yaml": f"---\n{deployment('a')}\n---\n{cron}---\n---\n{secret}",
            "list.yml": listed,
            "service.json": service,
            "values.yaml": "replicas: 3\n",
        },
    )
    sink = MemorySink()
    found = read(tmp_path, sink, namespace="prod")
    assert found.verdict == "complete"
    assert sorted(sink.subjects(OBJECT)) == [
        "all.yaml#CronJob/prod/nightly",
        "all.yaml#Deployment/shop/a",
        "list.yml#Deployment/shop/b",
        "list.yml#Deployment/shop/c",
        "service.json#InferenceService/prod/risk",
    ]
    assert sink.body(OBJECT, "service.json#InferenceService/prod/risk")["model_uri"] == "s3://m/7?…"
    assert sink.body(OBJECT, "all.yaml#CronJob/prod/nightly")["images"] == ["r/train:2"]
    assert found.checks[0].note == "1 objects are no workloads, and not kept"


NOT_RENDERED = {
    "a chart": (
        {"chart/Chart.yaml": "name: x\n", "chart/templates/d.yaml": "name: {{ .x }}\n"},
        ("chart/", "a Helm chart is not rendered"),
    ),
    "an overlay": (
        {
            "over/kustomization.yaml": "resources: [../base]\npatches: [{path: more.yaml}]\n",
            "over/more.yaml": deployment("patch"),
        },
        ("over/kustomization.yaml", "kustomize is not run (patches)"),
    ),
    "a remote base": (
        {"k/kustomization.yaml": "resources: ['https://x.example/base?ref=1']\n"},
        ("k/kustomization.yaml", "kustomize takes resources from another place"),
    ),
    "a release": (
        {"r.yaml": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"},
        ("r.yaml", "what a Helm release installs is not rendered"),
    ),
    "jsonnet": ({"j.jsonnet": "{}"}, ("j.jsonnet", "Jsonnet is not evaluated")),
    "a loose template": (
        {"t.yaml": "{{- if .x }}\na: b\n"},
        ("t.yaml", "line 1: "),
    ),
    "a placeholder": (
        {"p.yaml": deployment("'${NAME}'")},
        ("p.yaml, document 1", "its name holds a placeholder that is not filled in"),
    ),
    "a merge key": ({"m.yaml": "a: &a {b: c}\nd:\n  <<: *a\n"}, ("m.yaml", "it has merge keys")),
    "no name": (
        {"n.yaml": "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: x-}\n"},
        ("n.yaml, document 1", "missing required field `name`"),
    ),
    "binary": ({"b.yaml": "\ud800"}, ("b.yaml", "it is not UTF-8 text")),
}


@pytest.mark.parametrize("case", NOT_RENDERED)
def test_what_is_not_rendered_or_readable_is_named_and_the_rest_is_read(
    case: str, tmp_path: Path
) -> None:
    files, (what, problem) = NOT_RENDERED[case]
    write(tmp_path, {"good.yaml": DEPLOYMENT})
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content.encode("utf-8", "surrogatepass"))
    sink = MemorySink()
    found = read(tmp_path, sink)
    assert found.verdict == "partial"
    (skip,) = found.skipped
    assert skip.what == what
    assert problem in skip.problem
    assert sink.subjects(OBJECT) == ["good.yaml#Deployment/shop/scorer"]


def test_a_kustomization_that_only_gathers_files_leaves_nothing_out(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": DEPLOYMENT, "kustomization.yaml": "resources: [a.yaml]\n"})
    assert read(tmp_path, MemorySink()).verdict == "complete"


def test_the_commit_is_read_whatever_lies_around(tmp_path: Path) -> None:
    git = Git(tmp_path)
    write(tmp_path, {"eu/a.yaml": deployment("a"), "us/b.yaml": deployment("b")})
    git.commit()
    write(tmp_path, {"eu/new.yaml": deployment("new")})
    sink = MemorySink()
    receipt = whole(tmp_path, sink, include=["eu/*"])
    assert receipt.identity is not None
    assert (receipt.identity.server or "").startswith("git commit ")
    assert receipt.kinds[0].verdict == "complete"
    assert sink.subjects(OBJECT) == ["eu/a.yaml#Deployment/shop/a"]


def test_a_folder_without_manifests_is_not_a_cluster_without_declarations(tmp_path: Path) -> None:
    (tmp_path / "readme.md").write_text("x")
    found = read(tmp_path, MemorySink(), include=["eu/*"])
    assert found.verdict == "partial"
    assert found.checks[0].found == "0 files"
