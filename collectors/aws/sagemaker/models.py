"""SageMaker models: what an endpoint or a batch job would run. A model never changes.

Source: sagemaker:ListModels, DescribeModel, ListTags.
"""

from datetime import datetime

import msgspec

from ...contract import Call, Kind, Record
from ..api import Answer, Api
from ..kinds import PackageContainer, ServedModel
from ..listing import Listing
from ..table import Details, Table
from .containers import Container


class Model(Record):
    """sagemaker:DescribeModel, ListTags. Of the environment only the names of the variables."""

    name: str
    arn: str
    created_at: datetime | None = None
    model_package_arn: str | None = None
    """Of the first container that comes from the registry."""
    containers: list[PackageContainer] = []
    environment_names: list[str] = []
    role_arn: str | None = None
    in_vpc: bool | None = None
    network_isolation: bool | None = None
    tags: dict[str, str | None] = {}


MODEL = Kind(
    name="aws.model",
    record=Model,
    subject=lambda r: r.name,
    guarded={"tags": ()},
    permission="sagemaker:ListModels, sagemaker:DescribeModel, sagemaker:ListTags",
    cross_check="a second listing in the opposite sort order has the same names",
)


class _Listed(msgspec.Struct, rename="pascal"):
    model_name: str
    model_arn: str
    creation_time: datetime | None = None


class _Vpc(msgspec.Struct, rename="pascal"):
    subnets: list[str] = []


class _Model(Answer, kw_only=True):
    model_name: str
    primary_container: Container | None = None
    containers: list[Container] = []
    execution_role_arn: str | None = None
    vpc_config: _Vpc | None = None
    enable_network_isolation: bool = False

    @property
    def all(self) -> list[Container]:
        return [*([self.primary_container] if self.primary_container else []), *self.containers]

    @property
    def main(self) -> Container:
        """The first container that says where it comes from, else the first."""
        named = [part for part in self.all if part.model_package_name]
        return next(iter(named or self.all), Container())

    @property
    def environment_names(self) -> list[str]:
        return sorted({name for part in self.all for name in part.environment})

    @property
    def in_vpc(self) -> bool:
        return bool(self.vpc_config and self.vpc_config.subnets)


def read_model(api: Api, call: Call, name: str) -> ServedModel:
    """The model called ``name``, as part of an endpoint. Of a pipeline of containers, the first
    one that says where it comes from; variable names of all.

    Raises:
        CollectionError: It could not be read; `Gone` if it is not there.
    """
    model = api.ask(
        call, "sagemaker:DescribeModel", _Model, {"ModelName": name}, of="each served model"
    )
    return ServedModel(
        name=model.model_name,
        model_package_arn=model.main.model_package_name,
        image=model.main.image,
        model_data_url=model.main.data,
        environment_names=model.environment_names,
        role_arn=model.execution_role_arn,
        in_vpc=model.in_vpc,
        network_isolation=model.enable_network_isolation,
    )


def _record(details: Details, listed: _Listed) -> Model:
    record = Model(name=listed.model_name, arn=listed.model_arn, created_at=listed.creation_time)
    model = details.main("sagemaker:DescribeModel", _Model, {"ModelName": listed.model_name})
    if model is not None:
        record.model_package_arn = model.main.model_package_name
        record.containers = [
            PackageContainer(
                image=part.image, image_digest=part.image_digest, model_data_url=part.data
            )
            for part in model.all
        ]
        record.environment_names = model.environment_names
        record.role_arn = model.execution_role_arn
        record.in_vpc = model.in_vpc
        record.network_isolation = model.enable_network_isolation
    record.tags = details.tags(listed.model_arn)
    return record


MODELS = Table(
    kind=MODEL,
    what="model",
    listing=Listing(
        operation="sagemaker:ListModels",
        items="Models",
        item=_Listed,
        name=lambda item: item.model_name,
        made=lambda item: item.creation_time,
        sort_by="Name",
    ),
    record=_record,
)
