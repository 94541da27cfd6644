"""What a container of SageMaker runs: its image, its data, names of its variables."""

import msgspec

from ...redaction import scrub


class _S3(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3Uri", default=None)


class _Source(msgspec.Struct):
    s3: _S3 | None = msgspec.field(name="S3DataSource", default=None)


class Container(msgspec.Struct, rename="pascal"):
    image: str | None = None
    image_digest: str | None = None
    model_data_url: str | None = None
    model_data_source: _Source | None = None
    model_package_name: str | None = None
    environment: dict[str, object] = {}

    @property
    def data(self) -> str | None:
        other = self.model_data_source and self.model_data_source.s3
        return plain(self.model_data_url or (other.uri if other else None))


def plain(url: str | None) -> str | None:
    """Without user name, password and query."""
    return scrub(url, limit=2000) if url else None


def names(variables: dict[str, object] | None) -> list[str]:
    """Of environment variables, sorted; never their values."""
    return sorted(variables or {})
