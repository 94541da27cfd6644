"""Fills an MLflow server with the company's assistant: a prompt, a scorer and assessed traces."""

import json
import uuid
from collections.abc import Callable
from typing import Any

from .story import Data, Story, instant

_PROMPT = {"mlflow.prompt.is_prompt": "true"}

Post = Callable[[str, dict[str, Any]], Any]


def fill_assistant(story: Story, url: str) -> int:
    """Everything of the assistant; the number of assessments."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=url, registry_uri=url)
    assistant = story.data("mlflow.yaml")["assistant"]
    experiment = client.create_experiment(assistant["experiment"], tags=assistant["tags"])
    post = _poster(url)
    _prompt(post, assistant["prompt"])
    _check(client, experiment, assistant["check"])
    _scorer(post, experiment, assistant["scorer"])
    return _traces(post, experiment, assistant)


def _prompt(post: Post, prompt: Data) -> None:
    """As ``mlflow.genai.register_prompt`` does, without the long import that this needs."""
    name = prompt["name"]
    post(
        "2.0/mlflow/registered-models/create",
        {
            "name": name,
            "description": prompt["description"],
            "tags": _tags({**prompt["tags"], **_PROMPT}),
        },
    )
    for text in prompt["texts"]:
        tags = {**_PROMPT, "mlflow.prompt.text": text, "_mlflow_prompt_type": "text"}
        version = {"name": name, "source": "dummy-source", "tags": _tags(tags)}
        post("2.0/mlflow/model-versions/create", version)
    for alias, number in prompt["aliases"].items():
        where = {"name": name, "alias": alias, "version": str(number)}
        post("2.0/mlflow/registered-models/alias", where)


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _check(client: Any, experiment: str, check: Data) -> None:
    from mlflow.entities import Metric

    at = int(instant(check["at"]).timestamp() * 1000)
    tags = {"mlflow.user": check["by"], "mlflow.runType": "genai_evaluate"}
    run = client.create_run(experiment, start_time=at, tags=tags, run_name="release check")
    metrics = [Metric(key, value, at, 0) for key, value in check["metrics"].items()]
    client.log_batch(run.info.run_id, metrics=metrics)
    client.set_terminated(run.info.run_id, end_time=at + 60_000)


def _poster(url: str) -> Post:
    from mlflow.utils import rest_utils
    from mlflow.utils.credentials import get_default_host_creds

    send: Any = rest_utils.http_request
    credentials: Any = get_default_host_creds

    def post(path: str, body: dict[str, Any]) -> Any:
        answer = send(credentials(url), f"/api/{path}", "POST", json=body)
        answer.raise_for_status()
        return answer.json()

    return post


def _scorer(post: Post, experiment: str, scorer: Data) -> None:
    judge = {"instructions": "Is {{ outputs }} in the articles?", "model": scorer["model"]}
    definition = {"name": scorer["name"], "instructions_judge_pydantic_data": judge}
    body = {"experiment_id": experiment, "name": scorer["name"]}
    post("3.0/mlflow/scorers/register", {**body, "serialized_scorer": json.dumps(definition)})


def _traces(post: Post, experiment: str, assistant: Data) -> int:
    count = 0
    for number, at in enumerate(assistant["traces"]):
        trace_id = f"tr-{uuid.uuid5(uuid.NAMESPACE_URL, f'{experiment}/{number}').hex}"
        info = {
            "trace_id": trace_id,
            "trace_location": {
                "type": "MLFLOW_EXPERIMENT",
                "mlflow_experiment": {"experiment_id": experiment},
            },
            "request_time": at,
            "execution_duration": "1.2s",
            "state": "OK",
        }
        post("3.0/mlflow/traces", {"trace": {"trace_info": info}})
        for said in assistant["assessments"]:
            kind, who = said["source"]
            assessment = {
                "assessment_name": said["name"],
                "trace_id": trace_id,
                "source": {"source_type": kind, "source_id": who},
                "create_time": at,
                "last_update_time": at,
                "feedback": {"value": said["values"][number]},
            }
            post(f"3.0/mlflow/traces/{trace_id}/assessments", {"assessment": assessment})
            count += 1
    return count
