"""Puts the data that the company's runs read into moto's S3, as old as the story has it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from .moto_missing import WRITTEN_AT
from .story import Data, Story, filled, instant

ADDRESSES = (
    "s3://nordlicht-credit-data/instalments/",
    "s3://nordlicht-credit-data/income/",
    "s3://nordlicht-forecast-data/sales/",
)
"""Below these every version of an object is recorded."""
_BEFORE = timedelta(days=2)


def fill_objects(story: Story, s3: Any) -> int:
    """How many versions were written; the buckets are there already."""
    written = sorted(set(_objects(story)), key=lambda one: one[1])
    for address, at in written:
        bucket, _, key = address.removeprefix("s3://").partition("/")
        when = {WRITTEN_AT: at.isoformat()}
        s3.put_object(Bucket=bucket, Key=key, Body=f"{address} {at}".encode(), Metadata=when)
    return len(written)


def _objects(story: Story) -> Iterator[tuple[str, datetime]]:
    """Address and time: what a run read was written before it; one was written once more since."""
    registry = story.data("mlflow.yaml")
    for model in registry["models"]:
        for number, version in enumerate(model["versions"], start=1):
            datasets = filled(
                version.get("datasets", model.get("datasets", ())), {"version": str(number)}
            )
            yield from _sources(datasets, instant(version["trained"]) - _BEFORE)
    for each in registry["evaluations"]:
        yield from _sources([each["dataset"]], instant(each["at"]) - _BEFORE)
    for again in story.data("aws.yaml")["written_again"]:
        yield again["object"], instant(again["at"])


def _sources(datasets: Data, at: datetime) -> Iterator[tuple[str, datetime]]:
    for dataset in datasets:
        if dataset["source"].startswith(ADDRESSES):
            yield dataset["source"], at
