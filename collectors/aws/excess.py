"""What this principal may do in an account beyond reading (iam:SimulatePrincipalPolicy)."""

import re

import msgspec

from ..contract import Call
from .api import Answer, Api
from .settings import AwsSettings

# Nothing of this is ever asked for: changes, data, secrets, and what gives further rights.
HARMFUL = (
    "bedrock:InvokeModel",
    "cloudtrail:StopLogging",
    "iam:AttachRolePolicy",
    "iam:CreateAccessKey",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "kms:Decrypt",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:PutObject",
    "sagemaker:CreateEndpoint",
    "sagemaker:DeleteEndpoint",
    "sagemaker:InvokeEndpoint",
    "sagemaker:UpdateModelPackage",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
)
_ASSUMED = re.compile(
    r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/"
)


class _Result(msgspec.Struct, rename="pascal"):
    eval_action_name: str
    eval_decision: str


class _Results(Answer, kw_only=True):
    evaluation_results: list[_Result]


def excess(settings: AwsSettings, call: Call, caller: str) -> list[str]:
    """Those of `HARMFUL` that ``caller``, an ARN, may do on any resource.

    Raises:
        CollectionError: It is not known, most often because iam:SimulatePrincipalPolicy, which
            nothing else needs, was not granted.
    """
    assumed = _ASSUMED.match(caller)
    principal = (
        f"arn:{assumed['partition']}:iam::{assumed['account']}:role/{assumed['role']}"
        if assumed
        else caller
    )
    found = Api(settings).ask(
        call,
        "iam:SimulatePrincipalPolicy",
        _Results,
        {"PolicySourceArn": principal, "ActionNames": list(HARMFUL)},
        of="our own principal",
    )
    return [
        one.eval_action_name for one in found.evaluation_results if one.eval_decision == "allowed"
    ]
