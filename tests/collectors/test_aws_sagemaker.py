"""SageMaker's further kinds, against moto and the shelf; every shape checked against AWS's own."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from annexa.collectors.aws import listing

from .aws_objects import arn, at, labeling_job, put
from .aws_server import Account, Server, aws_server, refusal
from .aws_shapes import shapes_checked

IMAGE = "registry/model:1"
BUCKET = "s3://data"
SECRETS = ("s3cr3t", "hunter2")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with aws_server() as running, shapes_checked():
        yield running


@pytest.fixture
def account(server: Server, monkeypatch: pytest.MonkeyPatch) -> Account:
    server.behave()
    monkeypatch.setattr(listing, "PAGE", 2)
    account = Account(server)
    for name, value in account.keys.items():
        monkeypatch.setenv(name, value)
    return account


def role(account: Account) -> str:
    return f"arn:aws:iam::{account.number}:role/work"


def only(account: Account, kind: str, **more: Any) -> dict[str, Any]:
    receipt, records = account.read_one(kind, **more)
    assert receipt.verdict == "complete", receipt
    (record,) = records.values()
    assert not any(secret in json.dumps(record) for secret in SECRETS)
    found: dict[str, Any] = record
    return found


def test_a_training_job_tells_data_code_settings_and_results(account: Account) -> None:
    account.client("sagemaker").create_training_job(
        TrainingJobName="fit",
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        RoleArn=role(account),
        InputDataConfig=[
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{BUCKET}/t"}},
            }
        ],
        OutputDataConfig={"S3OutputPath": f"{BUCKET}/out", "KmsKeyId": "key-1"},
        ResourceConfig={
            "InstanceType": "ml.m5.large",
            "InstanceCount": 2,
            "VolumeSizeInGB": 10,
            "VolumeKmsKeyId": "key-2",
        },
        StoppingCondition={"MaxRuntimeInSeconds": 60},
        HyperParameters={"depth": "7", "password": "s3cr3t", "sagemaker_program": "fit.py"},
        Environment={"API_KEY": "hunter2"},
        EnableNetworkIsolation=True,
        ExperimentConfig={"ExperimentName": "e", "TrialName": "t"},
        Tags=[{"Key": "ai-system-id", "Value": "credit"}, {"Key": "x", "Value": "s3cr3t"}],
    )
    found = only(account, "aws.training_job", keep=["depth", "ai-system-id"])
    assert (found["name"], found["status"], found["image"]) == ("fit", "Completed", IMAGE)
    assert found["inputs"] == [{"name": "train", "uri": f"{BUCKET}/t"}]
    assert found["hyperparameters"] == {
        "depth": "7",
        "password": None,
        "sagemaker_program": "fit.py",
    }
    assert found["tags"] == {"ai-system-id": "credit", "x": None}
    assert (found["output_kms_key_id"], found["volume_kms_key_id"]) == ("key-1", "key-2")
    assert found["network_isolation"] is True
    assert (found["experiment"], found["trial"]) == ("e", "t")
    assert found["model_uri"].startswith(BUCKET)
    assert found["metrics"]
    assert {"started_at", "ended_at", "created_at"} <= found.keys()


def test_a_processing_job_tells_inputs_and_outputs_not_arguments(account: Account) -> None:
    account.client("sagemaker").create_processing_job(
        ProcessingJobName="prepare",
        ProcessingInputs=[
            {
                "InputName": "raw",
                "S3Input": {
                    "S3Uri": f"{BUCKET}/raw",
                    "LocalPath": "/in",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "clean",
                    "S3Output": {
                        "S3Uri": f"{BUCKET}/clean",
                        "LocalPath": "/out",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ],
            "KmsKeyId": "key-1",
        },
        ProcessingResources={
            "ClusterConfig": {
                "InstanceCount": 1,
                "InstanceType": "ml.m5.large",
                "VolumeSizeInGB": 10,
            }
        },
        AppSpecification={"ImageUri": IMAGE, "ContainerArguments": ["--token", "s3cr3t"]},
        Environment={"PASSWORD": "hunter2"},
        NetworkConfig={"EnableNetworkIsolation": True},
        RoleArn=role(account),
    )
    found = only(account, "aws.processing_job")
    assert found["inputs"] == [{"name": "raw", "uri": f"{BUCKET}/raw"}]
    assert found["outputs"] == [{"name": "clean", "uri": f"{BUCKET}/clean"}]
    assert (found["image"], found["output_kms_key_id"]) == (IMAGE, "key-1")


def test_a_transform_job_tells_which_model_it_served(account: Account) -> None:
    account.client("sagemaker").create_transform_job(
        TransformJobName="score",
        ModelName="credit",
        Environment={"PASSWORD": "hunter2"},
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{BUCKET}/in"}}
        },
        TransformOutput={"S3OutputPath": f"{BUCKET}/scores", "KmsKeyId": "key-1"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        DataCaptureConfig={"DestinationS3Uri": f"{BUCKET}/captured"},
    )
    found = only(account, "aws.transform_job")
    assert (found["model_name"], found["input_uri"]) == ("credit", f"{BUCKET}/in")
    assert (found["output_uri"], found["data_capture_uri"]) == (
        f"{BUCKET}/scores",
        f"{BUCKET}/captured",
    )


def test_a_labelling_job_tells_who_labelled_how_much_and_never_what(account: Account) -> None:
    labeling_job(account, "shelves")
    found = only(account, "aws.labeling_job", keep=["ai-system-id"])
    assert (found["human_labeled"], found["machine_labeled"]) == (5, 2)
    assert found["input_uri"] == "s3://data/manifest.json"
    assert found["content_classifiers"] == ["FreeOfAdultContent"]
    assert found["workers_per_object"] == 3
    assert found["tags"] == {"ai-system-id": "vision"}
    assert "secret" not in json.dumps(found)


def test_a_pipeline_tells_its_steps_with_those_of_its_branches(account: Account) -> None:
    steps = [
        {"Name": "fit", "Type": "Training", "Arguments": {"HyperParameters": {"p": "s3cr3t"}}},
        {
            "Name": "gate",
            "Type": "Condition",
            "DependsOn": ["fit"],
            "Arguments": {
                "IfSteps": [{"Name": "register", "Type": "RegisterModel"}],
                "ElseSteps": 7,
            },
        },
    ]
    account.client("sagemaker").create_pipeline(
        PipelineName="weekly",
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": steps}),
        ClientRequestToken="t" * 32,
        RoleArn=role(account),
        Tags=[{"Key": "a", "Value": "hunter2"}],
    )
    found = only(account, "aws.pipeline")
    assert [(step["name"], step["type"]) for step in found["steps"]] == [
        ("fit", "Training"),
        ("gate", "Condition"),
        ("register", "RegisterModel"),
    ]
    assert found["steps"][1]["depends_on"] == ["fit"]
    assert len(found["definition_sha256"]) == 64


def test_endpoint_configurations_and_models_are_read_on_their_own(account: Account) -> None:
    sagemaker = account.client("sagemaker")
    sagemaker.create_model(
        ModelName="credit",
        ExecutionRoleArn=role(account),
        PrimaryContainer={"Image": IMAGE, "Environment": {"PASSWORD": "hunter2"}},
        EnableNetworkIsolation=True,
    )
    sagemaker.create_endpoint_config(
        EndpointConfigName="credit",
        ProductionVariants=[
            {
                "VariantName": "a",
                "ModelName": "credit",
                "InitialInstanceCount": 2,
                "InstanceType": "ml.m5.large",
            }
        ],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 20,
            "DestinationS3Uri": f"{BUCKET}/captured",
            "CaptureOptions": [{"CaptureMode": "Output"}, {"CaptureMode": "Input"}],
        },
    )
    model, config = only(account, "aws.model"), only(account, "aws.endpoint_config")
    assert model["containers"] == [{"image": IMAGE}]
    assert model["environment_names"] == ["PASSWORD"]
    assert config["data_capture_modes"] == ["Input", "Output"]
    assert config["data_capture_percent"] == 20
    assert config["variants"][0]["model_name"] == "credit"
    assert config["variants"][0]["is_shadow"] is False


def test_inference_components_name_their_model_and_its_resolved_image(account: Account) -> None:
    for number in range(3):
        put(
            account,
            "inference-component",
            {
                "InferenceComponentName": f"part-{number}",
                "InferenceComponentArn": arn(
                    account, "sagemaker", f"inference-component/p{number}"
                ),
                "EndpointName": "shared",
                "EndpointArn": arn(account, "sagemaker", "endpoint/shared"),
                "VariantName": "all",
                "InferenceComponentStatus": "InService",
                "CreationTime": at(number),
                "LastModifiedTime": at(number),
                "Specification": {
                    "Container": {
                        "DeployedImage": {"SpecifiedImage": IMAGE, "ResolvedImage": "r@sha256:1"},
                        "ArtifactUrl": f"{BUCKET}/adapter",
                        "Environment": {"PASSWORD": "hunter2"},
                    }
                },
                "RuntimeConfig": {"DesiredCopyCount": 2, "CurrentCopyCount": 1},
            },
            arn=arn(account, "sagemaker", f"inference-component/p{number}"),
            tags={"team": "s3cr3t"},
        )
    receipt, records = account.read_one("aws.inference_component")
    assert receipt.verdict == "complete", receipt
    assert sorted(records) == ["part-0", "part-1", "part-2"]
    found = records["part-0"]
    assert (found["image"], found["image_digest"]) == (IMAGE, "r@sha256:1")
    assert (found["copies"], found["endpoint"]) == (2, "shared")
    assert found["environment_names"] == ["PASSWORD"]
    assert not any(secret in json.dumps(records) for secret in SECRETS)


def test_feature_groups_tell_their_features_over_all_pages(
    account: Account, server: Server
) -> None:
    name_of = arn(account, "sagemaker", "feature-group/customers")
    put(
        account,
        "feature-group",
        {
            "FeatureGroupName": "customers",
            "FeatureGroupArn": name_of,
            "RecordIdentifierFeatureName": "id",
            "EventTimeFeatureName": "at",
            "FeatureDefinitions": [{"FeatureName": "id", "FeatureType": "String"}],
            "CreationTime": at(0),
            "FeatureGroupStatus": "Created",
            "OfflineStoreConfig": {
                "S3StorageConfig": {"S3Uri": f"{BUCKET}/features", "KmsKeyId": "key-1"},
                "DataCatalogConfig": {"TableName": "t", "Catalog": "c", "Database": "d"},
            },
            "OnlineStoreConfig": {"EnableOnlineStore": True},
            "NextToken": "",
        },
        listed={"OfflineStoreStatus": {"Status": "Active"}},
        arn=name_of,
    )

    def paged(asked: bytes, answer: bytes) -> bytes:
        said = json.loads(answer)
        if b"NextToken" in asked:
            said["FeatureDefinitions"] = [{"FeatureName": "age", "FeatureType": "Integral"}]
            return json.dumps(said).encode()
        return json.dumps({**said, "NextToken": "more"}).encode()

    server.rewrites["DescribeFeatureGroup"] = paged
    found = only(account, "aws.feature_group")
    assert [feature["name"] for feature in found["features"]] == ["id", "age"]
    assert (found["online"], found["offline_status"]) == (True, "Active")
    assert (found["offline_uri"], found["offline_kms_key_id"]) == (f"{BUCKET}/features", "key-1")
    assert (found["catalog_database"], found["catalog_table"]) == ("d", "t")


def schedule(account: Account, name: str, **more: Any) -> None:
    name_of = arn(account, "sagemaker", f"monitoring-schedule/{name}")
    put(
        account,
        "monitoring-schedule",
        {
            "MonitoringScheduleName": name,
            "MonitoringScheduleArn": name_of,
            "MonitoringScheduleStatus": "Scheduled",
            "MonitoringType": "ModelQuality",
            "CreationTime": at(0),
            "LastModifiedTime": at(0),
            "EndpointName": "credit",
            "MonitoringScheduleConfig": {
                "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
                "MonitoringJobDefinitionName": "quality",
            },
            **more,
        },
        arn=name_of,
    )


def run(account: Account, name: str, minute: float, status: str) -> None:
    job = arn(account, "sagemaker", f"processing-job/{name}-{minute:g}")
    put(
        account,
        "monitoring-execution",
        {},
        listed={
            "MonitoringScheduleName": name,
            "ScheduledTime": at(minute),
            "CreationTime": at(minute + 1),
            "LastModifiedTime": at(minute + 20),
            "MonitoringExecutionStatus": status,
            "ProcessingJobArn": job,
            "EndpointName": "credit",
            "MonitoringType": "ModelQuality",
        },
        arn=job,
    )


def test_monitoring_schedules_and_what_their_executions_found(
    account: Account, server: Server
) -> None:
    schedule(account, "hourly")
    run(account, "hourly", 0, "Completed")
    run(account, "hourly", 60, "CompletedWithViolations")
    run(account, "hourly", 120, "InProgress")
    found = only(account, "aws.monitoring_schedule")
    assert (found["schedule"], found["job_definition"]) == ("cron(0 * ? * * *)", "quality")
    assert (found["type"], found["endpoint"]) == ("ModelQuality", "credit")

    def statuses() -> list[str]:
        receipt, records = account.read_one("aws.monitoring_execution")
        assert receipt.verdict == "complete", receipt
        return sorted(record["status"] for record in records.values())

    assert statuses() == ["Completed", "CompletedWithViolations"]
    assert statuses() == ["Completed", "CompletedWithViolations"]
    run(account, "hourly", 120, "Failed")
    assert statuses() == ["Completed", "CompletedWithViolations", "Failed"]


def test_all_four_types_of_monitoring_definitions_are_one_kind(account: Account) -> None:
    sagemaker = account.client("sagemaker")
    place = {"S3Output": {"S3Uri": f"{BUCKET}/reports", "LocalPath": "/out"}}
    source = {"EndpointInput": {"EndpointName": "credit", "LocalPath": "/in"}}
    truth = {"GroundTruthS3Input": {"S3Uri": f"{BUCKET}/truth"}}
    app = {"ImageUri": IMAGE, "Environment": {"PASSWORD": "hunter2"}}
    config = {"ConfigUri": f"{BUCKET}/bias.json"}
    inputs = {
        "DataQuality": (app, source),
        "ModelQuality": ({**app, "ProblemType": "BinaryClassification"}, {**source, **truth}),
        "ModelBias": ({**app, **config}, {**source, **truth}),
        "ModelExplainability": ({**app, **config}, source),
    }
    for kind, (application, given) in inputs.items():
        method = "".join("_" + c.lower() if c.isupper() else c for c in kind)
        getattr(sagemaker, f"create{method}_job_definition")(
            JobDefinitionName="watch",
            RoleArn=role(account),
            JobResources={
                "ClusterConfig": {
                    "InstanceCount": 1,
                    "InstanceType": "ml.m5.large",
                    "VolumeSizeInGB": 20,
                }
            },
            **{
                f"{kind}BaselineConfig": {
                    "ConstraintsResource": {"S3Uri": f"{BUCKET}/constraints.json"}
                },
                f"{kind}AppSpecification": application,
                f"{kind}JobInput": given,
                f"{kind}JobOutputConfig": {"MonitoringOutputs": [place], "KmsKeyId": "key-1"},
            },
        )
    receipt, records = account.read_one("aws.monitoring_definition")
    assert receipt.verdict == "complete", receipt
    assert sorted(records) == sorted(f"{kind}/watch" for kind in inputs)
    found = records["ModelBias/watch"]
    assert (found["config_uri"], found["ground_truth_uri"]) == (
        f"{BUCKET}/bias.json",
        f"{BUCKET}/truth",
    )
    assert found["constraints_uri"] == f"{BUCKET}/constraints.json"
    assert found["output_uris"] == [f"{BUCKET}/reports"]
    assert records["ModelQuality/watch"]["problem_type"] == "BinaryClassification"
    assert not any(secret in json.dumps(records) for secret in SECRETS)


def test_one_type_of_definitions_that_is_refused_does_not_hide_the_others(
    account: Account, server: Server
) -> None:
    server.fail("ListModelBiasJobDefinitions", refusal("AccessDeniedException"))
    receipt, _ = account.read_one("aws.monitoring_definition")
    assert receipt.verdict == "partial"
    assert [skip.what for skip in receipt.skipped] == ["ModelBias job definitions"]


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("AccessDeniedException", "denied"), ("UnknownOperationException", "unsupported")],
)
def test_definitions_none_of_which_can_be_listed_have_the_verdict_of_their_lists(
    account: Account, server: Server, code: str, verdict: str
) -> None:
    for kind in ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability"):
        server.fail(f"List{kind}JobDefinitions", refusal(code))
    receipt, _ = account.read_one("aws.monitoring_definition")
    assert (receipt.verdict, receipt.pages) == (verdict, 0)


def test_lineage_is_read_from_its_lists_alone(account: Account, server: Server) -> None:
    model = arn(account, "sagemaker", "artifact/model")
    names = [arn(account, "sagemaker", f"artifact/data-{number}") for number in range(5)]
    for minute, name_of in enumerate([model, *names]):
        put(
            account,
            "artifact",
            {},
            listed={
                "ArtifactArn": name_of,
                "ArtifactName": name_of[-6:],
                "ArtifactType": "DataSet",
                "Source": {
                    "SourceUri": f"{BUCKET}/{minute}?X-Amz-Signature=s3cr3t",
                    "SourceTypes": [{"SourceIdType": "S3ETag", "Value": "e1"}],
                },
                "CreationTime": at(minute),
            },
            arn=name_of,
        )
        put(
            account,
            "association",
            {},
            listed={
                "SourceArn": name_of,
                "DestinationArn": model,
                "AssociationType": "DerivedFrom",
                "CreationTime": at(minute),
                "CreatedBy": {"UserProfileName": "eve"},
            },
            arn=f"{name_of}>",
        )
    for kind, type_of in (("Action", "ModelDeployment"), ("Context", "Endpoint")):
        name_of = arn(account, "sagemaker", f"{kind.lower()}/x")
        put(
            account,
            kind.lower(),
            {},
            listed={
                f"{kind}Arn": name_of,
                f"{kind}Name": "x",
                f"{kind}Type": type_of,
                "Source": {"SourceUri": "arn:aws:x", "SourceType": "ARN"},
                "CreationTime": at(1),
            },
            arn=name_of,
        )
    server.requests.clear()
    receipt, nodes = account.read_one("aws.lineage_node")
    assert receipt.verdict == "complete", receipt
    assert len(receipt.checks) == 3
    assert len(nodes) == 8
    assert nodes[names[0]]["source_ids"] == ["S3ETag=e1"]
    assert "s3cr3t" not in json.dumps(nodes)
    assert {node["node"] for node in nodes.values()} == {"artifact", "action", "context"}
    receipt, pairs = account.read_one("aws.lineage_association")
    assert receipt.verdict == "complete", receipt
    assert pairs[f"{names[0]} > {model}"]["type"] == "DerivedFrom"
    assert pairs[f"{names[0]} > {model}"]["created_by"] == "eve"
    assert {name[:4] for name in server.requests} <= {"List", "GetC", ""}


def test_a_service_that_is_closed_to_new_customers_is_unsupported(
    account: Account, server: Server
) -> None:
    text = "Amazon SageMaker Model Monitor is no longer available to new customers."
    server.fail("ListMonitoringSchedules", refusal("AccessDeniedException", 403, text))
    receipt, _ = account.read_one("aws.monitoring_schedule")
    assert (receipt.verdict, receipt.items) == ("unsupported", 0)
