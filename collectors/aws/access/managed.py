"""Managed policies: the customer's own as records, and what all of them grant."""

import threading
from collections.abc import Iterator, Mapping, Sequence

from ...contract import Call, Check, Page, Skip
from ..api import Api
from .details import Attached, Inline, PolicyDetail, counted, details
from .kinds import MANAGED_POLICY, ManagedPolicy, PolicyGrant
from .policies import grants

Grants = Mapping[str, list[PolicyGrant] | None]
"""ARN of a managed policy -> its statements; None: they cannot be read."""


class ManagedPolicies:
    """Statements of all managed policies, some thousand at most; read when first needed, once."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._found: Grants | None = None

    def grants(self, call: Call) -> Grants:
        """Raises a `CollectionError` if the list cannot be read in full."""
        with self._lock:
            if self._found is None:
                self._found = {
                    policy.arn: in_force(policy)
                    for page in details(self._api, call, ["LocalManagedPolicy", "AWSManagedPolicy"])
                    for policy in page.policies
                }
            return self._found


class ManagedPolicyReader:
    kind = MANAGED_POLICY

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        count = 0
        for page in details(self._api, call, ["LocalManagedPolicy"]):
            count += len(page.policies)
            yield Page(records=[_record(policy) for policy in page.policies])
            for policy in page.policies:
                if in_force(policy) is None:
                    yield unreadable(f"policy {policy.arn}", "its version in force")
        yield counted(self._api, call, "Policies", count)


def in_force(policy: PolicyDetail) -> list[PolicyGrant] | None:
    """The statements of the default version; None if they cannot be read."""
    versions = [v for v in policy.policy_version_list if v.is_default_version]
    return grants(versions[0].document) if versions else None


def granted(
    owner: str,
    inline: Sequence[Inline],
    attached: Sequence[Attached],
    managed: Grants,
    skips: list[Skip],
) -> list[PolicyGrant]:
    """What ``owner`` (``role NAME``) is granted by its own policies, inline ones first.

    A policy that cannot be read is added to ``skips``.
    """
    found: list[PolicyGrant] = []
    for one in inline:
        statements = grants(one.policy_document)
        found += statements or []
        if statements is None:
            skips.append(unreadable(owner, f"inline policy {one.policy_name}"))
    for other in attached:
        statements = managed.get(other.policy_arn)
        found += statements or []
        if statements is None:
            skips.append(unreadable(owner, other.policy_arn))
    return found


def unreadable(owner: str, part: str) -> Skip:
    return Skip(
        what=f"{owner}: {part}",
        problem="there is no policy document that can be read",
        remedy="look at the policy in IAM; the next run reads it again",
    )


def _record(policy: PolicyDetail) -> ManagedPolicy:
    return ManagedPolicy(
        arn=policy.arn,
        name=policy.policy_name or policy.arn.rsplit("/", maxsplit=1)[-1],
        path=policy.path,
        version=policy.default_version_id,
        created_at=policy.create_date,
        modified_at=policy.update_date,
        attachments=policy.attachment_count,
        bounds=policy.permissions_boundary_usage_count,
        grants=in_force(policy),
    )
