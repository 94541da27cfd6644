"""GitLab: protected branches, approval rules, merged merge requests with approvals, push events.

Permission: a token with ``read_api`` and the role Maintainer, which protected branches need. What
only paid tiers have (approval rules) answers 404 elsewhere, and is null then.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

import msgspec

from ..contract import Call, Skip
from ..errors import AccessDenied
from .host_api import HostApi, NotFound
from .records import Approval, BranchProtection, Merge, Push

THREADS = 8
_NO_ONE = 0


class _Project(msgspec.Struct):
    default_branch: str | None = None


class _Commit(msgspec.Struct):
    id: str
    author_email: str | None = None


class _Branch(msgspec.Struct):
    commit: _Commit
    protected: bool | None = None


class _Level(msgspec.Struct):
    access_level: int | None = None
    access_level_description: str | None = None


class _Protected(msgspec.Struct):
    name: str
    push_access_levels: list[_Level] = []
    allow_force_push: bool = False
    code_owner_approval_required: bool = False


class _Approvals(msgspec.Struct):
    reset_approvals_on_push: bool | None = None
    merge_requests_author_approval: bool | None = None


class _Named(msgspec.Struct):
    name: str


class _Rule(msgspec.Struct):
    name: str
    approvals_required: int = 0
    protected_branches: list[_Named] = []


class _User(msgspec.Struct):
    username: str


class _Request(msgspec.Struct):
    iid: int
    updated_at: datetime
    merged_at: datetime | None = None
    author: _User | None = None
    merge_user: _User | None = None
    merged_by: _User | None = None
    merge_commit_sha: str | None = None
    squash_commit_sha: str | None = None
    sha: str | None = None


class _Approved(msgspec.Struct):
    user: _User
    approved_at: datetime | None = None


class _RequestApprovals(msgspec.Struct):
    approved_by: list[_Approved] = []


class _PushData(msgspec.Struct):
    action: str
    ref_type: str
    ref: str | None = None
    commit_from: str | None = None
    commit_to: str | None = None


class _Event(msgspec.Struct):
    id: int
    created_at: datetime
    author_username: str | None = None
    push_data: _PushData | None = None


class GitLab:
    """See `host.RepositoryHost`."""

    name = "gitlab"

    def __init__(self, api: HostApi) -> None:
        self._api = api

    def branch(self, call: Call) -> str:
        """See `host.RepositoryHost.branch`."""
        return self._api.host.branch or self._api.get(call, "", _Project).default_branch or "main"

    def protection(self, call: Call, branch: str) -> tuple[BranchProtection, list[Skip]]:
        """See `host.RepositoryHost.protection`."""
        found = self._api.get(call, "/repository/branches/{branch}", _Branch, branch=branch)
        record = BranchProtection(
            host="gitlab",
            repository=self._api.host.repository,
            branch=branch,
            protected=found.protected,
            head=found.commit.id,
        )
        try:
            listed = self._api.items(call, "/protected_branches", _Protected)
        except AccessDenied as error:
            skip = Skip(
                what=f"protection of the branch {branch}",
                problem=error.problem,
                remedy=error.remedy,
                denied=True,
            )
            return record, [skip]
        _guarded(record, [one for one in listed if fnmatchcase(branch, one.name)])
        self._approvals(call, record)
        return record, []

    def _approvals(self, call: Call, record: BranchProtection) -> None:
        """Of paid tiers; others answer 404, and nobody can say then whether a review is needed."""
        try:
            settings = self._api.get(call, "/approvals", _Approvals)
            rules = self._api.items(call, "/approval_rules", _Rule)
        except AccessDenied:
            return
        rules = [rule for rule in rules if _applies(rule, record.branch)]
        record.dismisses_stale_approvals = settings.reset_approvals_on_push
        record.author_may_approve = settings.merge_requests_author_approval
        record.required_approvals = max((rule.approvals_required for rule in rules), default=0)
        record.rulesets = [rule.name for rule in rules if rule.approvals_required]

    def merges(
        self, call: Call, branch: str, since: datetime | None
    ) -> Iterator[tuple[Merge | Skip | None, datetime]]:
        """See `host.RepositoryHost.merges`."""
        wanted: dict[int, _Request] = {}
        query = {
            "state": "merged",
            "target_branch": branch,
            "order_by": "updated_at",
            "sort": "desc",
            "updated_after": since.isoformat() if since else None,
        }
        for page in self._api.pages(call, "/merge_requests", _Request, **query):
            wanted.update({request.iid: request for request in page})
        requests = sorted(wanted.values(), key=lambda request: (request.updated_at, request.iid))
        looked = call.each(requests, lambda one: self._merge(call, branch, one), threads=THREADS)
        for request, merge in zip(requests, looked, strict=True):
            yield merge, request.updated_at

    def _merge(self, call: Call, branch: str, request: _Request) -> Merge | Skip | None:
        if request.merged_at is None:
            return None
        number = request.iid
        try:
            path = "/merge_requests/{number}"
            given = self._api.get(call, f"{path}/approvals", _RequestApprovals, number=number)
            commits = self._api.items(call, f"{path}/commits", _Commit, number=number)
        except NotFound as error:
            return Skip(
                what=f"merge request {number}",
                problem=error.problem,
                remedy=error.remedy,
                denied=True,
            )
        made = [request.merge_commit_sha, request.squash_commit_sha]
        merged_by = request.merge_user or request.merged_by
        return Merge(
            host="gitlab",
            repository=self._api.host.repository,
            number=number,
            branch=branch,
            merged_at=request.merged_at,
            author=request.author.username if request.author else None,
            merged_by=merged_by.username if merged_by else None,
            commit=request.merge_commit_sha or request.squash_commit_sha or request.sha,
            commits=list(dict.fromkeys([*filter(None, made), *(one.id for one in commits)])),
            authors=sorted({one.author_email for one in commits if one.author_email}),
            reviews=[
                Approval(by=one.user.username, state="approved", at=one.approved_at)
                for one in given.approved_by
            ],
            head=request.sha,
        )

    def pushes(self, call: Call, branch: str, since: datetime | None) -> list[Push]:
        """See `host.RepositoryHost.pushes`; GitLab does not say which push was forced."""
        day = (since - timedelta(days=1)).date().isoformat() if since else None
        found: list[Push] = []
        for page in self._api.pages(call, "/events", _Event, action="pushed", after=day):
            found += [
                _push(event, event.push_data)
                for event in page
                if event.push_data is not None
                and event.push_data.ref_type == "branch"
                and event.push_data.ref == branch
                and (since is None or event.created_at >= since)
            ]
        return sorted(found, key=lambda push: push.at)


def _guarded(record: BranchProtection, rules: list[_Protected]) -> None:
    """Where several rules fit the branch, the most permissive holds for pushes (GitLab's docs)."""
    record.protected = bool(rules)
    if not rules:
        record.review_required = False
        record.allows_force_push = record.allows_deletion = True
        return
    may_push = [
        level.access_level_description or f"access level {level.access_level}"
        for rule in rules
        for level in rule.push_access_levels
        if level.access_level != _NO_ONE
    ]
    record.may_bypass = list(dict.fromkeys(may_push))
    record.review_required = True
    record.enforce_admins = not may_push
    record.allows_force_push = any(rule.allow_force_push for rule in rules)
    record.allows_deletion = False
    record.code_owners_must_approve = any(rule.code_owner_approval_required for rule in rules)


def _applies(rule: _Rule, branch: str) -> bool:
    return not rule.protected_branches or any(
        fnmatchcase(branch, one.name) for one in rule.protected_branches
    )


def _push(event: _Event, data: _PushData) -> Push:
    how = {"created": "branch_creation", "removed": "branch_deletion"}.get(data.action, "push")
    return Push(
        id=f"gitlab/{event.id}",
        branch=data.ref or "",
        at=event.created_at,
        how=how,
        before=data.commit_from,
        after=data.commit_to,
        by=event.author_username,
        seen_by="gitlab",
    )
