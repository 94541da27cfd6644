"""An object of each kind, with secrets where people put them, and what has to be kept of it."""

from typing import Any

SECRET = "hunter2-hunter2"
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
POD: dict[str, Any] = {
    "metadata": {"annotations": {"token": SECRET}},
    "spec": {
        "serviceAccountName": "trainer",
        "containers": [
            {
                "name": "main",
                "image": "registry.example/m@sha256:abc",
                "env": [{"name": "API_KEY", "value": SECRET}],
                "args": [SECRET],
                "resources": {"limits": {"nvidia.com/gpu": 1, "memory": "4Gi"}},
            }
        ],
    },
}

OBJECTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # kind -> an object without its metadata, and what has to be kept of it
    "deployment": (
        {"spec": {"replicas": 2, "template": POD}},
        {"limits": {"nvidia.com/gpu": 1, "memory": "4Gi"}},
    ),
    "stateful_set": ({"spec": {"replicas": 2, "template": POD}}, {"replicas": 2}),
    "daemon_set": ({"spec": {"template": POD}}, {"image": "registry.example/m@sha256:abc"}),
    "replica_set": ({"spec": {"replicas": 0, "template": POD}}, {"replicas": 0}),
    "pod": (
        {"spec": POD["spec"], "status": {"containerStatuses": [
            {"name": "main", "imageID": "registry.example/m@sha256:abc",
             "state": {"waiting": {"message": SECRET}}}]}},
        {"imageID": "registry.example/m@sha256:abc"},
    ),
    "inference_service": (
        {"spec": {"predictor": {
            "model": {"storageUri": f"https://me:{SECRET}@blob.example/m?sig={SECRET}"},
            "containers": POD["spec"]["containers"],
            "logger": {"url": f"http://sink.example/?token={SECRET}"}}},
         "status": {"components": {"predictor": {"latestReadyRevision": "r-2"}},
            "conditions": [{"type": "Ready", "status": "True", "message": SECRET}]}},
        {"storageUri": "https://blob.example/m?…", "latestReadyRevision": "r-2", "type": "Ready"},
    ),
    "job": (
        {"spec": {"template": POD}, "status": {"startTime": "2026-05-01T08:00:00Z", "failed": 1}},
        {"failed": 1, "startTime": "2026-05-01T08:00:00Z"},
    ),
    "cron_job": (
        {
            "spec": {"schedule": "0 3 * * 1", "jobTemplate": {"spec": {"template": POD}}},
            "status": {"lastScheduleTime": "2026-05-01T08:00:00Z"},
        },
        {"schedule": "0 3 * * 1", "image": "registry.example/m@sha256:abc"},
    ),
    "service_account": (
        {"secrets": [{"name": SECRET}], "automountServiceAccountToken": False},
        {"automountServiceAccountToken": False},
    ),
    "serving_runtime": (
        {
            "spec": {
                "containers": POD["spec"]["containers"],
                "supportedModelFormats": [{"name": "mlflow", "version": "2"}],
            }
        },
        {"supportedModelFormats": [{"name": "mlflow", "version": "2"}]},
    ),
    "inference_graph": (
        {"spec": {"nodes": {"root": {"routerType": "Splitter", "steps": [
            {"serviceName": "a", "weight": 80}]}}}},
        {"routerType": "Splitter", "weight": 80},
    ),
    "trained_model": (
        {"spec": {"inferenceService": "s", "model": {"storageUri": "s3://m/1", "memory": "1Gi"}}},
        {"storageUri": "s3://m/1"},
    ),
    "llm_inference_service": (
        {"spec": {"model": {"uri": "hf://x/y", "name": "y"}, "template": {"env": SECRET}}},
        {"uri": "hf://x/y"},
    ),
    "network_policy": (
        {"spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [
            {"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]}},
        {"cidr": "10.0.0.0/8", "policyTypes": ["Ingress"]},
    ),
    "resource_quota": ({"spec": {"hard": {"pods": 10, "cpu": "4"}}}, {"pods": 10, "cpu": "4"}),
    "pod_disruption_budget": ({"spec": {"minAvailable": "50%"}}, {"minAvailable": "50%"}),
    "validating_admission_policy": (
        {"spec": {"failurePolicy": "Fail", "validations": [{"expression": "true"}]}},
        {"failurePolicy": "Fail", "expression": "true"},
    ),
    "validating_admission_policy_binding": (
        {"spec": {"policyName": "p", "validationActions": ["Deny"]}},
        {"validationActions": ["Deny"]},
    ),
    "validating_webhook_configuration": (
        {"webhooks": [{"name": "w", "failurePolicy": "Fail", "clientConfig": {"caBundle": SECRET},
                       "rules": [{"apiGroups": ["*"], "operations": ["CREATE"]}]}]},
        {"failurePolicy": "Fail", "operations": ["CREATE"]},
    ),
    "kyverno_cluster_policy": (
        {"spec": {"validationFailureAction": "Enforce", "rules": [{"name": "r", "match": {}}]}},
        {"validationFailureAction": "Enforce"},
    ),
    "policy_report": (
        {"apiVersion": "wgpolicyk8s.io/v1alpha2", "summary": {"pass": 3, "fail": 1}, "results": [
            {"policy": "p", "result": "fail", "message": SECRET, "severity": "high"}]},
        {"pass": 3, "fail": 1, "severity": "high"},
    ),
    "application": (
        {
            "spec": {
                "source": {
                    "repoURL": f"https://bot:{SECRET}@git.example/a.git",
                    "helm": {"values": SECRET},
                },
                "syncPolicy": {"automated": {"selfHeal": True}},
            },
            "status": {"history": [{"id": 3, "revision": "f00", "deployedAt":
                "2026-05-01T08:00:00Z", "initiatedBy": {"username": "dana"}}]},
        },
        {"repoURL": "https://git.example/a.git", "revision": "f00", "username": "dana"},
    ),
    "rollout": (
        {"spec": {"template": POD}, "status": {"phase": "Healthy", "stableRS": "77d"}},
        {"stableRS": "77d"},
    ),
    "kustomization": (
        {"spec": {"path": "./x"}, "status": {"lastAppliedRevision": "main@sha1:1"}},
        {"lastAppliedRevision": "main@sha1:1"},
    ),
    "helm_release": (
        {"spec": {"values": {"password": SECRET}, "chart": {"spec": {"version": "1.2"}}},
         "status": {"history": [{"chartVersion": "1.2", "status": "deployed"}]}},
        {"chartVersion": "1.2", "status": "deployed"},
    ),
    "service_monitor": (
        {"spec": {"endpoints": [{"port": "http", "basicAuth": {"password": SECRET}}],
                  "selector": {"matchLabels": {"app": "m"}}}},
        {"port": "http", "app": "m"},
    ),
    "prometheus_rule": (
        {"spec": {"groups": [{"name": "g", "rules": [
            {"alert": "Drift", "expr": "psi > 0.2", "for": "1h"},
            {"record": "one", "expr": 1}]}]}},
        {"alert": "Drift", "expr": "psi > 0.2"},
    ),
    "mutating_webhook_configuration": (
        {"webhooks": [{"name": "w", "clientConfig": {"url": f"https://x:{SECRET}@h.example/",
            "service": {"name": "s", "path": "/mutate"}}}]},
        {"path": "/mutate"},
    ),
    "constraint_template": (
        {"spec": {"crd": {"spec": {"names": {"kind": "K8sPinned"}}},
            "targets": [{"target": "admission.k8s.gatekeeper.sh", "rego": SECRET}]}},
        {"kind": "K8sPinned", "target": "admission.k8s.gatekeeper.sh"},
    ),
    "ray_service": (
        {"spec": {"serveConfigV2": SECRET, "rayClusterConfig": {"rayVersion": "2.9"}}},
        {"rayVersion": "2.9"},
    ),
    "train_job": (
        {"spec": {"runtimeRef": {"name": "torch"}, "trainer": {"image": "t:1", "args": [SECRET]}}},
        {"image": "t:1", "name": "torch"},
    ),
    "ray_cluster": (
        {"spec": {"rayVersion": "2.9", "headGroupSpec": {"template": POD}}},
        {"rayVersion": "2.9", "image": "registry.example/m@sha256:abc"},
    ),
    "ray_job": (
        {"spec": {"entrypoint": SECRET, "rayClusterSpec": {"rayVersion": "2.9"}},
         "status": {"jobStatus": "SUCCEEDED", "endTime": "2026-05-01T08:00:00Z"}},
        {"jobStatus": "SUCCEEDED"},
    ),
    "training_job": (
        {"kind": "PyTorchJob",
         "spec": {"x": SECRET, "pytorchReplicaSpecs": {"Master": {"replicas": 1, "template": POD}}},
         "status": {"completionTime": "2026-05-01T08:00:00Z"}},
        {"completionTime": "2026-05-01T08:00:00Z", "image": "registry.example/m@sha256:abc"},
    ),
    "notebook": (
        {"spec": {"template": POD}},
        {"image": "registry.example/m@sha256:abc"},
    ),
}  # fmt: skip
