"""Policies as their platforms take them: a ClusterRole, an IAM policy."""

import itertools
import json
from collections.abc import Iterable, Sequence
from typing import Any

from .permissions import ClusterRead

MANAGED_POLICY_LIMIT = 6144
"""Characters without white space; AWS refuses a larger managed policy."""

ANY_NAMED = "arn:aws:s3:::a-bucket-that-objects-names"
"""Grants nothing until a bucket's ARN stands there: names of objects can tell a lot."""
_OF_A_BUCKET = frozenset({"s3:ListBucket", "s3:ListBucketVersions"})

_ROLE = """\
# All that annexa reads from a cluster, and nothing else: no Secrets, no ConfigMaps, no logs,
# no write of any kind. Made by `annexa permissions kubernetes`; do not edit it by hand.
# Bind it with a ClusterRoleBinding. A source that is limited to some namespaces needs only a
# RoleBinding in each of them; `get` on namespaces is for that.
# To say who it is and what it may do (SelfSubjectReview, SelfSubjectRulesReview) annexa needs
# only what every signed-in user may do.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: annexa-reader
  labels:
    app.kubernetes.io/name: annexa
rules:
"""


def cluster_role(reads: Sequence[ClusterRead]) -> str:
    """YAML; a rule for each API group and set of verbs."""
    verbs: dict[tuple[str, str], list[str]] = {}
    for read in reads:
        verbs.setdefault((read.group, read.plural), []).append(read.verb)
    rules: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (group, plural), found in verbs.items():
        rules.setdefault((group, tuple(found)), []).append(plural)
    text = _ROLE if rules else _ROLE.rstrip("\n") + " []\n"
    for (group, verbs_of), plurals in sorted(rules.items()):
        text += f'  - apiGroups: ["{group}"]\n    resources:\n'
        text += "".join(f"      - {_scalar(plural)}\n" for plural in plurals)
        text += f"    verbs: [{', '.join(verbs_of)}]\n"
    return text


def _scalar(plural: str) -> str:
    return f'"{plural}"' if plural == "*" else plural  # a bare asterisk is YAML's alias


def iam_policy(actions: Sequence[str], buckets: Sequence[str] = (ANY_NAMED,)) -> str:
    """JSON; a statement for each service. None of the actions writes, or reads an object.

    Args:
        buckets: ARNs of those whose objects may be listed by name.
    """
    wide = [action for action in actions if action not in _OF_A_BUCKET]
    narrow = [action for action in actions if action in _OF_A_BUCKET]
    statements = [
        _statement("Read" + "".join(part.capitalize() for part in service.split("-")), found)
        for service, found in itertools.groupby(wide, key=lambda name: name.partition(":")[0])
    ]
    if narrow and buckets:
        statements.append(_statement("ListObjects", narrow, sorted(buckets)))
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2) + "\n"


def _statement(sid: str, actions: Iterable[str], resource: str | list[str] = "*") -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resource}


def size_of(policy: str) -> int:
    """Characters without white space, as AWS counts them."""
    return len("".join(policy.split()))
