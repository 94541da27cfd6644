"""Prompts, logged models and evaluations of a real MLflow 3. It is shared: names are our own."""

import json

import pytest
from annexa.collectors.mlflow.evaluations import EVALUATION
from annexa.collectors.mlflow.experiments import EXPERIMENT
from annexa.collectors.mlflow.gateway import GATEWAY_ENDPOINT
from annexa.collectors.mlflow.kinds import MODEL_VERSION, REGISTERED_MODEL
from annexa.collectors.mlflow.logged_models import LOGGED_MODEL
from annexa.collectors.mlflow.prompts import PROMPT, PROMPT_VERSION
from annexa.collectors.mlflow.server import SERVER

from .memory_sink import MemorySink
from .mlflow_server import SECRET, Filled, Server, fill, nothing_secret

TEMPLATE = f"Summarize {{{{ text }}}}, {SECRET}"


@pytest.fixture(scope="module")
def server(mlflow_url: str) -> Server:
    return Server(mlflow_url)


@pytest.fixture(scope="module")
def filled(server: Server) -> Filled:
    return fill(server)


def test_prompts_are_read_as_prompts_with_a_digest_and_are_no_models(
    server: Server, filled: Filled
) -> None:
    name = f"{filled.prefix}-prompt"
    is_prompt = {"key": "mlflow.prompt.is_prompt", "value": "true"}
    server.post("registered-models/create", name=name, tags=[is_prompt])
    for text in (TEMPLATE, TEMPLATE, TEMPLATE + "!"):
        tags = {"mlflow.prompt.text": text, "_mlflow_prompt_type": "text", "team": "credit"}
        tags["_mlflow_prompt_response_format"] = json.dumps({"title": SECRET})
        tags["_mlflow_prompt_model_config"] = json.dumps({"model_name": "gpt", "stop": SECRET})
        server.post(
            "model-versions/create",
            name=name,
            source="dummy-source",
            tags=[is_prompt, *({"key": k, "value": v} for k, v in tags.items())],
        )
    server.post("registered-models/alias", name=name, alias="production", version="3")
    server.post("model-versions/delete", method="DELETE", name=name, version="2")
    sink = MemorySink()
    found = server.read(sink, REGISTERED_MODEL, MODEL_VERSION, PROMPT, PROMPT_VERSION, page_size=1)
    assert name not in sink.subjects(REGISTERED_MODEL)
    assert not [one for one in sink.subjects(MODEL_VERSION) if one.startswith(name)]
    assert sink.body(PROMPT, name)["aliases"] == {"production": "3"}
    first, third = (sink.body(PROMPT_VERSION, f"{name}/{n}") for n in (1, 3))
    assert first["template_sha256"] != third["template_sha256"]
    assert (first["prompt_type"], first["model_name"]) == ("text", "gpt")
    assert first["tags"] == {"team": "credit"}
    assert third["aliases"] == ["production"]
    assert "source" not in first
    assert f"{name} 2" in found["mlflow.prompt_version"].checks[0].note
    assert {one.verdict for one in found.values()} == {"complete"}
    nothing_secret(sink)


def test_a_logged_model_keeps_what_was_measured_on_which_data_and_leads_to_its_version(
    server: Server, filled: Filled
) -> None:
    sink = MemorySink()
    found = server.read(sink, MODEL_VERSION, LOGGED_MODEL, runs_page_size=1)
    body = sink.body(LOGGED_MODEL, filled.logged_model)
    assert sink.body(MODEL_VERSION, f"{filled.prefix}/1")["model_id"] == filled.logged_model
    assert body["source_run_id"] == filled.training
    assert body["tags"] == {
        "mlflow.modelVersions": json.dumps([{"name": filled.prefix, "version": 1}]),
        "note": None,
        "team": "credit",
    }
    assert body["params"] == {"depth": None}
    on = {"dataset_name": "holdout", "dataset_digest": "abc"}
    assert body["metrics"] == [
        {"key": key, "value": value, "run_id": run, **on}
        for key, value, run in (("auc", "0.9", filled.measuring), ("loss", "0.25", filled.training))
    ]
    assert found["mlflow.logged_model"].verdict == "complete"
    nothing_secret(sink)


def test_a_logged_model_that_was_deleted_is_named_and_is_no_gap(
    server: Server, filled: Filled
) -> None:
    name = f"{filled.prefix}-gone"
    model = server.post("logged-models", experiment_id=filled.experiment, name="gone")
    gone = model["model"]["info"]["model_id"]
    server.post("registered-models/create", name=name)
    server.post("model-versions/create", name=name, source=f"models:/{gone}", model_id=gone)
    server.post(f"logged-models/{gone}", method="DELETE")
    found = server.read(MemorySink(), MODEL_VERSION, LOGGED_MODEL)["mlflow.logged_model"]
    assert found.verdict == "complete"
    assert gone in found.checks[0].note


def test_evaluations_are_runs_that_say_so_and_runs_that_measured_a_model_of_another(
    server: Server, filled: Filled
) -> None:
    sink = MemorySink()
    found = server.read(sink, EVALUATION)["mlflow.evaluation"]
    assert found.verdict == "complete"
    assert sink.body(EVALUATION, filled.measuring)["model_ids"] == [filled.logged_model]
    assert sink.body(EVALUATION, filled.evaluation)["tags"]["mlflow.runType"] == "genai_evaluate"
    assert filled.training not in sink.subjects(EVALUATION)


def test_experiments_are_read_with_those_that_were_deleted(server: Server, filled: Filled) -> None:
    gone = server.post("experiments/create", name=f"{filled.prefix}-gone")["experiment_id"]
    server.post("experiments/delete", experiment_id=gone)
    sink = MemorySink()
    server.read(sink, EXPERIMENT)
    assert sink.body(EXPERIMENT, gone)["lifecycle_stage"] == "deleted"
    assert sink.body(EXPERIMENT, filled.experiment)["tags"] == {
        "mlflow.experimentKind": "genai_development"
    }


def test_a_gateway_endpoint_names_its_models_and_no_key(server: Server, filled: Filled) -> None:
    secret = server.post(
        "gateway/secrets/create",
        api=3,
        secret_name=f"{filled.prefix}-{SECRET}",
        secret_value={"api_key": f"{SECRET}{SECRET}"},
        provider="openai",
    )["secret"]["secret_id"]
    model = server.post(
        "gateway/model-definitions/create",
        api=3,
        name=f"{filled.prefix}-gpt",
        secret_id=secret,
        provider="openai",
        model_name="gpt-5",
    )["model_definition"]["model_definition_id"]
    name = f"{filled.prefix}-chat"
    server.post(
        "gateway/endpoints/create",
        api=3,
        name=name,
        model_configs=[{"model_definition_id": model, "linkage_type": "PRIMARY", "weight": 1.0}],
    )
    sink = MemorySink()
    found = server.read(sink, GATEWAY_ENDPOINT)["mlflow.gateway_endpoint"]
    (served,) = sink.body(GATEWAY_ENDPOINT, name)["models"]
    assert (served["provider"], served["model_name"]) == ("openai", "gpt-5")
    assert found.verdict == "complete"
    nothing_secret(sink)


def test_the_server_says_its_version_and_what_is_turned_on(server: Server) -> None:
    sink = MemorySink()
    server.read(sink, SERVER)
    body = sink.body(SERVER, "server")
    assert body["version"].split(".")[0] == "3"
    assert body["auth_app"] is False
    assert body["store_type"] == "SqlStore"
