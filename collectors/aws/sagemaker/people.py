"""Who made or changed something, as SageMaker says it: often nobody, and no dependable approver."""

import msgspec


class _IamIdentity(msgspec.Struct, rename="pascal"):
    arn: str | None = None


class Person(msgspec.Struct, rename="pascal"):
    user_profile_arn: str | None = None
    user_profile_name: str | None = None
    iam_identity: _IamIdentity | None = None


def person(found: Person | None) -> str | None:
    if found is None:
        return None
    arn = found.iam_identity.arn if found.iam_identity else None
    return arn or found.user_profile_arn or found.user_profile_name
