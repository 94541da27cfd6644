"""GitHub: branch protection and rulesets, merged pull requests with reviews, activity.

Permissions of a fine-grained token: Contents, Pull requests and Administration, read. Without
Administration the rules that hold are read (``/rules/branches``), the classic protection is not.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from ..contract import Call, Skip
from ..errors import AccessDenied, CollectionError, Unsupported
from .host_api import HostApi, NotFound
from .records import Approval, BranchProtection, CommitSignature, Merge, Push

THREADS = 8  # GitHub's secondary limit is 100 requests at a time, of everybody together
MAX_COMMITS = 250  # that GitHub lists of a pull request
_HOW = {"pr_merge": "merge", "merge_queue_merge": "merge"}


class _User(msgspec.Struct):
    login: str


class _Repository(msgspec.Struct):
    default_branch: str


class _Sha(msgspec.Struct):
    sha: str


class _Branch(msgspec.Struct):
    commit: _Sha
    protected: bool | None = None


class _Pull(msgspec.Struct):
    number: int
    updated_at: datetime
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None
    user: _User | None = None
    merged_by: _User | None = None
    head: _Sha | None = None


class _Review(msgspec.Struct):
    state: str
    user: _User | None = None
    submitted_at: datetime | None = None
    commit_id: str | None = None


class _Person(msgspec.Struct):
    email: str | None = None
    date: datetime | None = None


class _Verification(msgspec.Struct):
    verified: bool
    reason: str | None = None


class _Details(msgspec.Struct):
    author: _Person | None = None
    verification: _Verification | None = None


class _Commit(msgspec.Struct):
    sha: str
    commit: _Details
    parents: list[_Sha] = []

    @property
    def mark(self) -> tuple[str | None, datetime | None]:
        """What a rebase leaves as it is."""
        person = self.commit.author
        return (person.email, person.date) if person else (None, None)


class _Activity(msgspec.Struct):
    id: int
    timestamp: datetime
    activity_type: str
    before: str | None = None
    after: str | None = None
    actor: _User | None = None


class GitHub:
    """See `host.RepositoryHost`."""

    name = "github"

    def __init__(self, api: HostApi) -> None:
        self._api = api

    def branch(self, call: Call) -> str:
        """See `host.RepositoryHost.branch`."""
        return self._api.host.branch or self._api.get(call, "", _Repository).default_branch

    def protection(self, call: Call, branch: str) -> tuple[BranchProtection, list[Skip]]:
        """See `host.RepositoryHost.protection`."""
        from .github_protection import GitHubProtection

        found = self._api.get(call, "/branches/{branch}", _Branch, branch=branch)
        record = BranchProtection(
            host="github",
            repository=self._api.host.repository,
            branch=branch,
            protected=found.protected,
            head=found.commit.sha,
        )
        return record, GitHubProtection(self._api, call, record).read()

    def merges(
        self, call: Call, branch: str, since: datetime | None
    ) -> Iterator[tuple[Merge | Skip | None, datetime]]:
        """See `host.RepositoryHost.merges`.

        The list is read the newest change first, so that a request that changes meanwhile comes
        twice rather than never.
        """
        wanted: dict[int, _Pull] = {}
        query = {"state": "closed", "base": branch, "sort": "updated", "direction": "desc"}
        for page in self._api.pages(call, "/pulls", _Pull, **query):
            wanted.update({p.number: p for p in page if since is None or p.updated_at >= since})
            if since is not None and any(p.updated_at < since for p in page):
                break
        pulls = sorted(wanted.values(), key=lambda pull: (pull.updated_at, pull.number))
        looked = call.each(pulls, lambda pull: self._merge(call, branch, pull), threads=THREADS)
        for pull, merge in zip(pulls, looked, strict=True):
            yield merge, pull.updated_at

    def _merge(self, call: Call, branch: str, pull: _Pull) -> Merge | Skip | None:
        if pull.merged_at is None:
            return None
        number = pull.number
        try:
            whole = self._api.get(call, "/pulls/{number}", _Pull, number=number)
            reviews = self._api.items(call, "/pulls/{number}/reviews", _Review, number=number)
            commits = self._api.items(call, "/pulls/{number}/commits", _Commit, number=number)
            landed = self._landed(call, pull.merge_commit_sha, commits)
        except NotFound as error:
            return _skip(f"pull request {number}", error)
        if len(commits) >= MAX_COMMITS:
            return Skip(
                what=f"pull request {number}",
                problem=f"it has {MAX_COMMITS} commits or more, and GitHub lists no more",
                remedy="split such requests; its commits count as not reviewed",
            )
        return Merge(
            host="github",
            repository=self._api.host.repository,
            number=number,
            branch=branch,
            merged_at=pull.merged_at,
            author=pull.user.login if pull.user else None,
            merged_by=whole.merged_by.login if whole.merged_by else None,
            commit=pull.merge_commit_sha,
            commits=landed,
            authors=sorted({email for c in commits if (email := c.mark[0])}),
            reviews=[_approval(review) for review in reviews if review.user],
            head=pull.head.sha if pull.head else None,
            signatures=[_signature(one) for one in commits if one.commit.verification],
        )

    def _landed(self, call: Call, last: str | None, commits: list[_Commit]) -> list[str]:
        """What the request brought onto the branch: its commits, and what merging made of them.

        A squash of n commits and the last of n rebased ones look the same; only when the authors
        and dates of all n agree was it a rebase. To guess would call others' commits reviewed.
        """
        own = [commit.sha for commit in commits]
        if last is None:
            return own
        if len(commits) < 2 or last in own:
            return list(dict.fromkeys([last, *own]))
        count = min(len(commits), 100)
        query = {"sha": last, "per_page": count}
        found = self._api.get(call, "/commits", list[_Commit], **query)
        is_rebase = (
            len(found[0].parents) == 1
            and [c.mark for c in reversed(found)] == [c.mark for c in commits[-count:]]
            if found
            else False
        )
        rebased = [commit.sha for commit in found] if is_rebase and count == len(commits) else []
        return list(dict.fromkeys([last, *rebased, *own]))

    def pushes(self, call: Call, branch: str, since: datetime | None) -> list[Push]:
        """See `host.RepositoryHost.pushes`."""
        found: list[Push] = []
        query = {"ref": f"refs/heads/{branch}", "direction": "desc"}
        try:
            for page in self._api.pages(call, "/activity", _Activity, **query):
                found += [_push(one, branch) for one in page]
                if since is not None and any(one.timestamp < since for one in page):
                    break
        except NotFound as error:
            raise Unsupported(
                error.where, "this GitHub has no list of activities", remedy="nothing is wrong"
            ) from error
        found = [push for push in found if since is None or push.at >= since]
        return sorted(found, key=lambda push: push.at)


def _approval(review: _Review) -> Approval:
    return Approval(
        by=review.user.login if review.user else "",
        at=review.submitted_at,
        state=review.state.lower(),
        commit=review.commit_id,
    )


def _signature(one: _Commit) -> CommitSignature:
    said = one.commit.verification or _Verification(verified=False)
    return CommitSignature(commit=one.sha, verified=said.verified, reason=said.reason)


def _push(one: _Activity, branch: str) -> Push:
    return Push(
        id=f"github/{one.id}",
        branch=branch,
        at=one.timestamp,
        how=_HOW.get(one.activity_type, one.activity_type),
        before=one.before,
        after=one.after,
        by=one.actor.login if one.actor else None,
        seen_by="github",
    )


def _skip(what: str, error: CollectionError) -> Skip:
    return Skip(
        what=what,
        problem=error.problem,
        remedy=error.remedy,
        denied=isinstance(error, AccessDenied),
    )
