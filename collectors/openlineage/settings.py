"""An ``openlineage/…`` source in ``annexa.yaml``: one of three places that events come from."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from ..intake import PushSettings


class OpenLineageSettings(PushSettings, frozen=True):
    """Events are pushed (``push_secret_env`` or ``push_secret_file`` is the clients' API key), or
    read from files, or from a Marquez."""

    path: Path | None = None
    """A file of events, one on each line, or a folder of such files, as OpenLineage's file
    transport writes them. Rotated files are followed, gzip is unpacked."""
    marquez_url: str | None = None
    """``https://marquez.example.com``; its API is below ``/api/v1``."""
    token_env: str | None = None
    """Name of the environment variable with a bearer token, where a proxy before Marquez wants
    one."""
    page_size: int = Field(default=500, ge=1, le=10_000)
    """Events of Marquez at a time."""
    look_back_h: float = Field(default=24.0, ge=0)
    """Marquez has no order of arrival, only the events' own times: so far back from the newest that
    was read it is asked again for what arrived late."""

    @field_validator("marquez_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be the http:// or https:// address of a Marquez")
        if parts.username or parts.password:
            raise ValueError("must not hold credentials; name a variable in token_env")
        return value.rstrip("/").removesuffix("/api/v1")

    @model_validator(mode="after")
    def _has_one_place(self) -> "OpenLineageSettings":
        places = (self.path, self.marquez_url, self.push_secret)
        if sum(place is not None for place in places) != 1:
            raise ValueError(
                "give one of path, marquez_url and push_secret_env (or _file); "
                "for several places make several sources"
            )
        return self
