"""What AWS's error codes and wrong settings become."""

from functools import partial

import pytest
from annexa.collectors.aws.errors import Expired, from_answer
from annexa.collectors.aws.reader import Aws
from annexa.collectors.errors import (
    AccessDenied,
    CollectionError,
    SettingsError,
    SourceUnavailable,
    UnexpectedAnswer,
    Unsupported,
)
from annexa.collectors.registry import build
from pydantic import ValidationError


def _answer(code: str, status: int, message: str = "no") -> dict[str, object]:
    return {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {"retry-after": "7"}},
    }


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("AccessDenied", 403, AccessDenied),
        ("AccessDeniedException", 400, AccessDenied),
        ("UnauthorizedOperation", 403, AccessDenied),
        ("InvalidClientTokenId", 403, AccessDenied),
        ("UnrecognizedClientException", 400, AccessDenied),
        ("ExpiredTokenException", 400, Expired),
        ("SignatureDoesNotMatch", 403, AccessDenied),
        ("RequestTimeTooSkewed", 403, AccessDenied),
        ("", 401, AccessDenied),
        ("403", 403, AccessDenied),
        ("Throttling", 400, SourceUnavailable),
        ("ThrottlingException", 400, SourceUnavailable),
        ("TooManyRequestsException", 429, SourceUnavailable),
        ("SlowDown", 503, SourceUnavailable),
        ("InternalFailure", 500, SourceUnavailable),
        ("RequestTimeout", 400, SourceUnavailable),
        ("", 502, SourceUnavailable),
        ("UnknownOperationException", 404, Unsupported),
        ("InvalidAction", 400, Unsupported),
        ("OptInRequired", 403, Unsupported),
        ("NotImplemented", 501, Unsupported),
        ("ValidationException", 400, UnexpectedAnswer),
        ("SomethingNew", 418, UnexpectedAnswer),
    ],
)
def test_every_error_code_has_its_class(
    code: str, status: int, error: type[CollectionError]
) -> None:
    found = from_answer("aws/test", "sagemaker:ListEndpoints", _answer(code, status))
    assert type(found) is error
    assert "\n" not in str(found)
    if isinstance(found, SourceUnavailable):
        assert found.retry_after_s == 7


def test_the_action_that_aws_names_is_the_one_to_grant() -> None:
    text = (
        "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: kms:Decrypt on "
        "resource: x because no identity-based policy allows the kms:Decrypt action"
    )
    found = from_answer("aws/x", "sagemaker:DescribeModelCard", _answer("AccessDenied", 403, text))
    assert "grant kms:Decrypt" in found.remedy


def test_an_explicit_deny_needs_its_owner_not_a_grant() -> None:
    text = "not authorized to perform: s3:GetBucketTagging with an explicit deny in a SCP"
    found = from_answer("aws/x", "s3:GetBucketTagging", _answer("AccessDenied", 403, text))
    assert "denies s3:GetBucketTagging" in found.remedy


def test_a_region_without_the_service_is_unsupported() -> None:
    from annexa.collectors.aws.errors import from_botocore
    from botocore.exceptions import EndpointConnectionError

    error = EndpointConnectionError(endpoint_url="https://api.sagemaker.xx-1.amazonaws.com/")
    for offered, expected in [(False, Unsupported), (True, SourceUnavailable)]:
        found = from_botocore(
            "aws/x", "sagemaker:ListEndpoints", error, offered=partial(bool, offered)
        )
        assert type(found) is expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("region", "europe"),
        ("region", "eu-central-1.evil.example"),
        ("role_arn", "reader"),
        ("endpoint_url", "https://user:secret@aws.example"),
        ("endpoint_url", "ftp://aws.example"),
        ("threads", 0),
        ("secret_access_key", "x"),
    ],
)
def test_wrong_settings_are_refused_without_telling_their_value(key: str, value: object) -> None:
    with pytest.raises(SettingsError) as caught:
        build({"id": "aws/test", "region": "eu-central-1", key: value})
    assert key in str(caught.value)
    assert "secret@" not in str(caught.value)


def test_a_region_must_be_named() -> None:
    with pytest.raises(ValidationError):
        Aws.settings.model_validate({"id": "aws/test"})
