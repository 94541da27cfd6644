"""A ``findings/…`` source in ``annexa.yaml``: where the reports of other tools lie."""

from pydantic import Field, field_validator, model_validator

from ..aws.s3_prefix import S3Prefix, short_form
from ..contract import Settings


class FindingsSettings(Settings, frozen=True):
    """One place; of several reports about the same the newest counts, older ones stay evidence."""

    path: str | None = None
    """A file, a folder, or a pattern: ``reports/**/*.ocsf.json``. In a folder, and below, files are
    read whose names end in .json, .ndjson, .jsonl or .sarif."""
    s3: S3Prefix | None = None
    """``bucket/prefix``, or a mapping."""
    max_file_mib: int = Field(default=1024, ge=1, le=65_536)
    """Larger files are named and not read. Memory does not grow with a file."""

    @field_validator("s3", mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return short_form(value)

    @model_validator(mode="after")
    def _one_place(self) -> "FindingsSettings":
        if (self.path is None) == (self.s3 is None):
            raise ValueError("set one of path and s3")
        return self
