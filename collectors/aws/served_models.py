"""sagemaker:DescribeModel. Of its environment only the names of the variables."""

import msgspec

from ..contract import Call
from ..redaction import scrub
from .api import Answer, Api
from .kinds import ServedModel


class _S3(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3Uri", default=None)


class _Source(msgspec.Struct):
    s3: _S3 | None = msgspec.field(name="S3DataSource", default=None)


class _Container(msgspec.Struct, rename="pascal"):
    image: str | None = None
    model_data_url: str | None = None
    model_data_source: _Source | None = None
    model_package_name: str | None = None
    environment: dict[str, object] = {}

    @property
    def data(self) -> str | None:
        other = self.model_data_source and self.model_data_source.s3
        url = self.model_data_url or (other.uri if other else None)
        return scrub(url, limit=2000) if url else None


class _Vpc(msgspec.Struct, rename="pascal"):
    subnets: list[str] = []


class _Model(Answer, kw_only=True):
    model_name: str
    primary_container: _Container | None = None
    containers: list[_Container] = []
    execution_role_arn: str | None = None
    vpc_config: _Vpc | None = None
    enable_network_isolation: bool = False


def read_model(api: Api, call: Call, name: str) -> ServedModel:
    """The model called ``name``. Of a pipeline of containers, the first one that says where it
    comes from; variable names of all.

    Raises:
        CollectionError: It could not be read; `Gone` if it is not there.
    """
    model = api.ask(
        call, "sagemaker:DescribeModel", _Model, {"ModelName": name}, of="each served model"
    )
    containers = [
        *([model.primary_container] if model.primary_container else []),
        *model.containers,
    ]
    named = [part for part in containers if part.model_package_name]
    main = next(iter(named or containers), _Container())
    return ServedModel(
        name=model.model_name,
        model_package_arn=main.model_package_name,
        image=main.image,
        model_data_url=main.data,
        environment_names=sorted({name for part in containers for name in part.environment}),
        role_arn=model.execution_role_arn,
        in_vpc=bool(model.vpc_config and model.vpc_config.subnets),
        network_isolation=model.enable_network_isolation,
    )
