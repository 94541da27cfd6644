"""What AWS and botocore say when something is wrong, in the words of ``collectors/errors.py``.

Of an answer only its error code and status are told, never its message: that of
``SignatureDoesNotMatch`` quotes the session token.
"""

import re
from collections.abc import Callable, Mapping

from ..errors import (
    AccessDenied,
    CollectionError,
    SourceUnavailable,
    UnexpectedAnswer,
    Unsupported,
)

# Operations whose permission has another name; all others are ``service:Operation``.
_ACTIONS = {
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    "accessanalyzer:ListAnalyzers": "access-analyzer:ListAnalyzers",
    "accessanalyzer:ListFindingsV2": "access-analyzer:ListFindings",
}

_EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
)
_UNKNOWN_CALLER = frozenset(
    {
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "InvalidToken",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "AuthFailure",
    }
)
# A session of a role -> the role, which is what a trust policy names.
_ASSUMED = re.compile(r"^(arn:aws[\w-]*:)sts(::\d{12}:)assumed-role/([^/]+)/.*$")
_SKEWED = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture"})
_DENIED = frozenset(
    {"UnauthorizedOperation", "AuthorizationError", "AuthorizationErrorException", "NotAuthorized"}
)
_BUSY = frozenset(
    {
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "PriorRequestNotComplete",
        "BandwidthLimitExceeded",
        "ProvisionedThroughputExceededException",
        "RequestTimeout",
        "RequestTimeoutException",
        "InternalFailure",
        "InternalError",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "ServiceFailure",
    }
)
_TOO_MANY = frozenset({"RequestLimitExceeded", "RequestThrottled", "SlowDown"})
_NOT_HERE = frozenset(
    {
        "UnknownOperation",
        "UnknownOperationException",
        "InvalidAction",
        "NotImplemented",
        "UnsupportedOperation",
        "UnsupportedOperationException",
        "OptInRequired",
        "SubscriptionRequiredException",
    }
)
_GONE = frozenset(
    {"NoSuchBucket", "NoSuchEntity", "ResourceNotFound", "ResourceNotFoundException", "NotFound"}
)
_NOT_CONFIGURED = frozenset(
    {
        "ServerSideEncryptionConfigurationNotFoundError",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchTagSet",
        "NoSuchBucketPolicy",
        "NoSuchLifecycleConfiguration",
        "ObjectLockConfigurationNotFoundError",
    }
)
# Bedrock tells the same thing in two ways, by region; services that are closed refuse newcomers.
_NOT_HERE_TEXT = re.compile(
    r"unknown ?operation|(not|no longer) (available|supported|offered) "
    r"(in (this|the|your) .{0,40}region|to new customers)|closed to new customers",
    re.IGNORECASE,
)
_GONE_TEXT = re.compile(r"could not find|does not exist|not found", re.IGNORECASE)


class Gone(UnexpectedAnswer):
    """The object that was asked for is not there (any more)."""


class Expired(AccessDenied):
    """The credentials were good once; new ones may do."""


class NotConfigured(UnexpectedAnswer):
    """The object is there and does not have this setting: an answer like any other."""


def action_of(operation: str) -> str:
    """The IAM action that ``service:Operation`` needs."""
    return _ACTIONS.get(operation, operation).replace("bedrock-agent:", "bedrock:")


def from_answer(where: str, operation: str, answer: Mapping[str, object]) -> CollectionError:
    """The error for an answer that carries an error code (botocore's ``ClientError.response``)."""
    code, text, status, headers = _parts(answer)
    said = f"{operation} answered {code or 'an error'}" + (f" (HTTP {status})" if status else "")
    if code in _NOT_CONFIGURED:
        return NotConfigured(where, said, remedy="nothing is wrong")
    if code in _NOT_HERE or status == 501 or (status < 500 and _NOT_HERE_TEXT.search(text)):
        return Unsupported(where, said, remedy="leave this kind out, or enable the service there")
    if code in _BUSY or code.startswith(("Throttl", "TooManyRequests")) or status in (408, 429):
        return _later(where, said, headers)
    if code in _GONE or (code == "ValidationException" and _GONE_TEXT.search(text)):
        return Gone(where, said, remedy="the next run reads it again")
    if status >= 500:
        return _later(where, said, headers)
    if remedy := _refusal(operation, code, text, status):
        return (Expired if code in _EXPIRED else AccessDenied)(where, said, remedy=remedy)
    return UnexpectedAnswer(where, said, remedy="report this as a bug, with the receipt")


def from_botocore(
    where: str, operation: str, error: Exception, *, offered: Callable[[], bool]
) -> CollectionError:
    """The error for what botocore raised instead of an answer.

    ``offered`` says whether the region has the service at all, as far as botocore knows.
    """
    from botocore import exceptions as aws
    from botocore.parsers import ResponseParserError

    if isinstance(error, aws.ClientError):
        if str(error.operation_name).startswith("AssumeRole"):  # on the way to what was asked for
            operation = f"sts:{error.operation_name}"
        return from_answer(where, operation, error.response)
    if isinstance(error, aws.ProfileNotFound):
        return CollectionError(
            where,
            "the profile that the settings name is not in the AWS configuration files",
            remedy="correct profile in annexa.yaml, or add it with `aws configure --profile`",
        )
    if isinstance(
        error,
        aws.NoCredentialsError
        | aws.PartialCredentialsError
        | aws.CredentialRetrievalError
        | aws.TokenRetrievalError
        | aws.SSOError
        | aws.MetadataRetrievalError,
    ):
        return AccessDenied(
            where,
            f"{operation} found no usable AWS credentials ({type(error).__name__})",
            remedy="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, sign in (aws sso login), "
            "name a profile or role_arn in annexa.yaml, or run where a role is attached",
        )
    if isinstance(error, aws.SSLError):
        return CollectionError(
            where,
            f"{operation}: the server's certificate was not accepted",
            remedy="set AWS_CA_BUNDLE to your CA's file if there is a proxy in between",
        )
    if isinstance(error, aws.EndpointConnectionError) and not offered():
        return Unsupported(
            where,
            f"{operation}: the service is not offered in this region",
            remedy="leave this kind out of kinds in annexa.yaml",
        )
    if isinstance(error, aws.HTTPClientError | aws.ConnectionError | ResponseParserError):
        return SourceUnavailable(
            where,
            f"{operation}: {type(error).__name__}",
            remedy="check the network, region and endpoint_url; the next run tries again",
        )
    return UnexpectedAnswer(
        where,
        f"botocore failed in {operation} with {type(error).__name__}",
        remedy="check this source's settings, or report this as a bug",
    )


def is_throttling(error: Exception) -> bool:
    """Whether botocore's ``error`` says that there were too many requests."""
    code, _, status, _ = _parts(getattr(error, "response", None) or {})
    return code.startswith(("Throttl", "TooManyRequests")) or code in _TOO_MANY or status == 429


def _refusal(operation: str, code: str, text: str, status: int) -> str | None:
    """What to do about a refusal; None: it is none."""
    if code in _EXPIRED:
        return "renew the credentials: sign in again, or set role_arn, which renews by itself"
    if code in _UNKNOWN_CALLER:
        return (
            "check the access key, its secret and its session token, and that the account has "
            "this region enabled"
        )
    if code in _SKEWED:
        return "set this machine's clock: AWS takes requests of the last minutes only"
    if code in _DENIED or code.startswith("AccessDenied") or status in (401, 403):
        named = re.search(r"not authorized to perform: ([a-zA-Z0-9-]+:[a-zA-Z]+)", text)
        action = named[1] if named else action_of(operation)
        if action.startswith("sts:AssumeRole"):
            return _trust(action, text)
        if "explicit deny" in text:
            return f"a policy, boundary or SCP denies {action}: ask its owner for an exception"
        return f"grant {action}, see deploy/aws/policy.json"
    return None


def _trust(action: str, text: str) -> str:
    """The statement to add, as far as AWS says who asks for which role."""
    caller = re.search(r"User: (arn:aws[\w-]*:[\w:+=,.@/-]+)", text)
    role = re.search(r"on resource: (arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+)", text)
    who = _ASSUMED.sub(r"\1iam\2role/\3", caller[1]) if caller else "<the caller's ARN>"
    principal = f'"AWS": "{who}"'
    where = f"the trust policy of {role[1]}" if role else "the role's trust policy"
    return (
        f"allow {action} in the caller's policy, and in {where} with "
        f'{{"Effect": "Allow", "Principal": {{{principal}}}, "Action": "{action}"}}; where the '
        "role asks for an external id, set external_id"
    )


def _later(where: str, said: str, headers: Mapping[str, object]) -> SourceUnavailable:
    wish = str(headers.get("retry-after", ""))
    return SourceUnavailable(
        where,
        said,
        remedy="the next run tries again; lower threads or rate_per_s if it goes on",
        retry_after_s=float(wish) if wish.isdecimal() else None,
    )


def _parts(answer: Mapping[str, object]) -> tuple[str, str, int, Mapping[str, object]]:
    """Code, message, HTTP status and headers; the code without anything but letters and dots."""
    error, metadata = answer.get("Error"), answer.get("ResponseMetadata")
    error = error if isinstance(error, Mapping) else {}
    metadata = metadata if isinstance(metadata, Mapping) else {}
    headers, status = metadata.get("HTTPHeaders"), metadata.get("HTTPStatusCode")
    code = re.sub(r"[^A-Za-z0-9._]", "", str(error.get("Code") or ""))[:80]
    return (
        "" if code.isdecimal() else code,
        str(error.get("Message") or "")[:2000],
        status if isinstance(status, int) else 0,
        headers if isinstance(headers, Mapping) else {},
    )
