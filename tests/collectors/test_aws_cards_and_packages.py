"""What is kept of model cards' content and of a version's reports: the allow-list, nothing else."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from annexa.collectors.aws.kinds import ModelCard
from annexa.collectors.aws.sagemaker.card_content import MOST, fill
from hypothesis import given
from hypothesis import strategies as st

from .aws_server import Account, aws_server
from .aws_shapes import shapes_checked

CONTENT: dict[str, Any] = {
    "model_overview": {
        "model_name": "credit",
        "model_owner": "eve",
        "model_description": "s3cr3t",
        "problem_type": "Binary Classification",
    },
    "intended_uses": {
        "purpose_of_model": "Decide on credit.",
        "intended_uses": "A clerk decides.",
        "risk_rating": "High",
        "explanations_for_risk_rating": "s3cr3t",
    },
    "training_details": {
        "training_observations": "s3cr3t",
        "training_job_details": {
            "training_arn": "arn:job",
            "training_datasets": ["s3://data/train?token=s3cr3t"],
            "hyper_parameters": [{"name": "p", "value": "s3cr3t"}],
        },
    },
    "evaluation_details": [
        {
            "name": "holdout",
            "evaluation_observation": "s3cr3t",
            "datasets": ["s3://data/holdout"],
            "metadata": {"k": "s3cr3t"},
            "metric_groups": [
                {
                    "name": "accuracy",
                    "metric_data": [
                        {"name": "auc", "type": "number", "value": 0.910, "notes": "s3cr3t"},
                        {"name": "ok", "type": "boolean", "value": True},
                        {"name": "grade", "type": "string", "value": "B"},
                        {"name": "roc", "type": "linear_graph", "value": [["s3cr3t"]]},
                        {"name": "odd", "type": "number", "value": {"a": "s3cr3t"}},
                    ],
                }
            ],
        }
    ],
    "additional_information": {"custom_details": {"password": "s3cr3t"}},
    "model_package_details": {"model_package_arn": "arn:package"},
}


def filled(content: Any) -> ModelCard:
    record = ModelCard(name="n", arn="a")
    fill(record, json.dumps(content))
    return record


def test_a_card_says_owner_use_risk_and_what_was_measured_and_nothing_else() -> None:
    record = filled(CONTENT)
    assert (record.owner, record.risk_rating, record.problem_type) == (
        "eve",
        "High",
        "Binary Classification",
    )
    assert (record.purpose, record.intended_uses) == ("Decide on credit.", "A clerk decides.")
    assert (record.training_arn, record.model_package_arn) == ("arn:job", "arn:package")
    (evaluation,) = record.evaluations
    assert (evaluation.name, evaluation.datasets) == ("holdout", ["s3://data/holdout"])
    assert [(m.group, m.name, m.value, m.text) for m in evaluation.metrics] == [
        ("accuracy", "auc", Decimal("0.91"), None),
        ("accuracy", "ok", None, "true"),
        ("accuracy", "grade", None, "B"),
        ("accuracy", "roc", None, None),
        ("accuracy", "odd", None, None),
    ]
    assert "s3cr3t" not in repr(record)
    assert len(record.sections) == 6


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(sorted({*CONTENT, "name", "metric_groups"})), inner)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(sorted(CONTENT)), json_values))
def test_a_card_of_any_shape_can_be_read(content: dict[str, Any]) -> None:
    filled(content)


def test_an_enormous_card_is_kept_within_bounds() -> None:
    metric = {"name": "m", "type": "number", "value": 1}
    evaluation = {"metric_groups": [{"metric_data": [metric] * 2 * MOST}]}
    record = filled({"evaluation_details": [evaluation] * (MOST + 1)})
    assert len(record.evaluations) == MOST
    assert len(record.evaluations[0].metrics) == MOST


@pytest.mark.parametrize("content", ["[1]", "NaN", "{", '{"a": NaN}', "[" * 100_000])
def test_what_is_no_json_object_is_refused(content: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        fill(ModelCard(name="n", arn="a"), content)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with aws_server() as server, shapes_checked():
        account = Account(server)
        for name, value in account.keys.items():
            monkeypatch.setenv(name, value)
        yield account


def test_a_version_says_where_its_reports_are(account: Account) -> None:
    def report(name: str) -> dict[str, str]:
        return {"ContentType": "application/json", "S3Uri": f"s3://m/{name}"}

    sagemaker = account.client("sagemaker")
    sagemaker.create_model_package_group(
        ModelPackageGroupName="credit", ModelPackageGroupDescription="Decides."
    )
    sagemaker.create_model_package(
        ModelPackageGroupName="credit",
        ModelPackageDescription="d",
        ModelMetrics={
            "ModelQuality": {"Statistics": report("q"), "Constraints": report("c")},
            "Bias": {"PreTrainingReport": report("pre"), "PostTrainingReport": report("post")},
            "Explainability": {"Report": report("shap")},
        },
        DriftCheckBaselines={"ModelQuality": {"Statistics": report("b")}},
        Domain="COMPUTER_VISION",
    )
    _, records = account.read_one("aws.model_package")
    (found,) = records.values()
    assert (found["quality_statistics_uri"], found["quality_constraints_uri"]) == (
        "s3://m/q",
        "s3://m/c",
    )
    assert (found["bias_pre_training_report_uri"], found["bias_post_training_report_uri"]) == (
        "s3://m/pre",
        "s3://m/post",
    )
    assert found["explainability_report_uri"] == "s3://m/shap"
    assert (found["has_metrics"], found["has_bias_metrics"], found["has_explainability"]) == (
        True,
        True,
        True,
    )
    assert "data_quality_statistics_uri" not in found
    assert found["drift_baselines"] == ["ModelQuality"]
    _, groups = account.read_one("aws.model_package_group")
    assert groups["credit"]["description"] == "Decides."
