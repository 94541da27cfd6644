"""The LookupEvents that the demo adds to moto behaves as CloudTrail's."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from annexa.agent.demo.moto_lookup_events import event, register, seed

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def region() -> str:
    """Of this test alone: the server is shared."""
    return f"eu-test-{uuid.uuid4().int % 10**9}"


def client(url: str, region: str) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "cloudtrail",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"total_max_attempts": 1}),
    )


def happen(url: str, region: str, count: int, **more: Any) -> list[str]:
    events = [
        event(
            name="UpdateEndpoint",
            at=NOON - timedelta(minutes=number),
            actor="arn:aws:iam::123456789012:user/anna",
            region=region,
            event_id=str(uuid.uuid4()),
            **more,
        )
        for number in range(count)
    ]
    seed(url, events)
    return [made["EventId"] for made in events]


def test_pages_of_fifty_newest_first_to_the_end(moto_url: str, region: str) -> None:
    ids = happen(moto_url, region, 120)
    pages = list(client(moto_url, region).get_paginator("lookup_events").paginate())
    assert [len(page["Events"]) for page in pages] == [50, 50, 20]
    assert [found["EventId"] for page in pages for found in page["Events"]] == ids


def test_both_ends_of_the_time_are_included(moto_url: str, region: str) -> None:
    ids = happen(moto_url, region, 10)
    found = client(moto_url, region).lookup_events(
        StartTime=NOON - timedelta(minutes=5), EndTime=NOON - timedelta(minutes=2)
    )
    assert [one["EventId"] for one in found["Events"]] == ids[2:6]


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("ReadOnly", "false", 2),
        ("ReadOnly", "true", 3),
        ("EventName", "UpdateEndpoint", 5),
        ("EventName", "Other", 0),
        ("Username", "anna", 5),
        ("ResourceName", "endpoint-1", 2),
        ("EventSource", "sagemaker.amazonaws.com", 5),
    ],
)
def test_one_attribute_filters(
    moto_url: str, region: str, key: str, value: str, count: int
) -> None:
    happen(moto_url, region, 2, resources=["endpoint-1"])
    happen(moto_url, region, 3, read_only=True)
    found = client(moto_url, region).lookup_events(
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}]
    )
    assert len(found["Events"]) == count


def test_other_regions_and_accounts_are_not_seen(moto_url: str, region: str) -> None:
    happen(moto_url, region, 2, account="999999999999")
    happen(moto_url, "eu-elsewhere-1", 2)
    assert client(moto_url, region).lookup_events()["Events"] == []


def test_a_token_fits_its_own_request_only(moto_url: str, region: str) -> None:
    from botocore.exceptions import ClientError

    happen(moto_url, region, 60)
    cloudtrail = client(moto_url, region)
    token = cloudtrail.lookup_events()["NextToken"]
    assert len(cloudtrail.lookup_events(NextToken=token)["Events"]) == 10
    for wrong in ({"NextToken": "x"}, {"NextToken": token, "EndTime": NOON}):
        with pytest.raises(ClientError, match="InvalidNextTokenException"):
            cloudtrail.lookup_events(**wrong)


def test_the_event_itself_is_json_as_in_cloudtrail(moto_url: str, region: str) -> None:
    happen(moto_url, region, 1, request={"endpointName": "credit"}, source_identity="anna@x")
    (found,) = client(moto_url, region).lookup_events()["Events"]
    detail = json.loads(found["CloudTrailEvent"])
    assert detail["requestParameters"] == {"endpointName": "credit"}
    assert detail["userIdentity"]["sessionContext"] == {"sourceIdentity": "anna@x"}
    assert found["EventTime"].astimezone(UTC) == NOON


def test_too_many_requests_are_throttled_when_asked_to() -> None:
    from annexa.agent.demo import moto_lookup_events

    store = moto_lookup_events._Store()
    store.put({"events": [], "rate_per_s": 2})
    assert [store.is_busy() for _ in range(3)] == [False, False, True]
    store.put({"events": []})
    assert not store.is_busy()


def test_the_same_events_seeded_twice_are_there_once(moto_url: str, region: str) -> None:
    made = event(name="n", at=NOON, actor="arn:aws:iam::123456789012:user/a", region=region)
    assert seed(moto_url, [made]) == seed(moto_url, [made, made])


def test_registering_twice_is_once() -> None:
    from moto.sagemaker.models import SageMakerModelBackend

    register()
    once = SageMakerModelBackend._get_resource_from_arn
    register()
    assert SageMakerModelBackend._get_resource_from_arn is once
