"""How GitHub guards a branch: the classic protection and the rulesets together.

Either of them may ask for a review; what the one leaves open the other may close. So a requirement
holds when one of them makes it, and a way around it exists only where no other closes it.
"""

from collections.abc import Sequence

import msgspec

from ..contract import Call, Skip
from ..errors import AccessDenied, CollectionError
from .host_api import HostApi, NotFound
from .records import BranchProtection


class _Enabled(msgspec.Struct):
    enabled: bool = False


class _Named(msgspec.Struct):
    login: str | None = None
    slug: str | None = None


class _Actors(msgspec.Struct):
    users: list[_Named] = []
    teams: list[_Named] = []
    apps: list[_Named] = []

    def names(self) -> list[str]:
        return [
            *(f"user {one.login}" for one in self.users),
            *(f"team {one.slug}" for one in self.teams),
            *(f"app {one.slug}" for one in self.apps),
        ]


class _Reviews(msgspec.Struct):
    required_approving_review_count: int = 0
    dismiss_stale_reviews: bool = False
    require_code_owner_reviews: bool = False
    require_last_push_approval: bool = False
    bypass_pull_request_allowances: _Actors | None = None


class _Checks(msgspec.Struct):
    contexts: list[str] = []


class _Protection(msgspec.Struct):
    enforce_admins: _Enabled | None = None
    required_pull_request_reviews: _Reviews | None = None
    required_status_checks: _Checks | None = None
    required_signatures: _Enabled | None = None
    allow_force_pushes: _Enabled | None = None
    allow_deletions: _Enabled | None = None


class _RuleReviews(msgspec.Struct):
    required_approving_review_count: int = 0
    dismiss_stale_reviews_on_push: bool = False
    require_code_owner_review: bool = False
    require_last_push_approval: bool = False


class _Rule(msgspec.Struct):
    type: str
    ruleset_id: int | None = None
    parameters: msgspec.Raw = msgspec.Raw(b"null")


class _Actor(msgspec.Struct):
    actor_type: str
    actor_id: int | None = None
    bypass_mode: str = "always"


class _Ruleset(msgspec.Struct):
    name: str
    bypass_actors: list[_Actor] | None = None


class GitHubProtection:
    """Fills in ``record``."""

    def __init__(self, api: HostApi, call: Call, record: BranchProtection) -> None:
        self._api, self._call, self._record = api, call, record

    def read(self) -> list[Skip]:
        """Ask for both; what the token may not see is a skip, unless it could change nothing."""
        skips: list[Skip] = []
        rules: list[_Rule] | None = None
        classic: _Protection | None = None
        try:
            rules = self._api.items(
                self._call, "/rules/branches/{branch}", _Rule, branch=self._record.branch
            )
        except AccessDenied as error:
            skips.append(self._skip("rules of the branch", error))
        try:
            classic = self._classic() if self._record.protected is not False else None
        except AccessDenied as error:
            skips.append(self._skip("protection of the branch", error))
        if classic is not None:
            self._take_classic(classic)
        if rules:
            self._record.protected = True
            self._take_rules(rules)
        if self._is_closed():
            skips = []
        if not skips:
            self._settle(bool(rules or classic))
        return skips

    def _is_closed(self) -> bool:
        """Nothing that was not seen could open it: the rules only ever add up."""
        record = self._record
        is_reviewed = record.review_required is True and record.may_bypass == []
        return is_reviewed and record.allows_force_push is False

    def _classic(self) -> _Protection | None:
        """None where the branch has none; GitHub says so with a 404 of its own words."""
        try:
            return self._api.get(
                self._call, "/branches/{branch}/protection", _Protection, branch=self._record.branch
            )
        except NotFound as error:
            if error.says("Branch not protected"):
                return None
            raise

    def _take_classic(self, found: _Protection) -> None:
        record, reviews = self._record, found.required_pull_request_reviews
        record.enforce_admins = bool(found.enforce_admins and found.enforce_admins.enabled)
        record.allows_force_push = bool(
            found.allow_force_pushes and found.allow_force_pushes.enabled
        )
        record.allows_deletion = bool(found.allow_deletions and found.allow_deletions.enabled)
        record.signatures_required = bool(
            found.required_signatures and found.required_signatures.enabled
        )
        if found.required_status_checks:
            record.status_checks = found.required_status_checks.contexts
        if reviews is None:
            return
        record.review_required = True
        record.required_approvals = reviews.required_approving_review_count
        record.dismisses_stale_approvals = reviews.dismiss_stale_reviews
        record.code_owners_must_approve = reviews.require_code_owner_reviews
        record.last_push_needs_approval = reviews.require_last_push_approval
        allowed = reviews.bypass_pull_request_allowances
        record.may_bypass = [
            *(allowed.names() if allowed else ()),
            *(() if record.enforce_admins else ("administrators",)),
        ]

    def _take_rules(self, rules: Sequence[_Rule]) -> None:
        record = self._record
        types = {rule.type for rule in rules}
        closed = False
        for rule in rules:
            if rule.type == "pull_request":
                closed |= self._take_review_rule(rule)
        if closed:
            record.may_bypass = []
            record.enforce_admins = True
        if "non_fast_forward" in types:
            record.allows_force_push = False
        if "deletion" in types:
            record.allows_deletion = False
        if "required_signatures" in types:
            record.signatures_required = True

    def _take_review_rule(self, rule: _Rule) -> bool:
        """Whether nobody may go around it."""
        record = self._record
        found = msgspec.json.decode(rule.parameters, type=_RuleReviews | None) or _RuleReviews()
        record.required_approvals = max(
            record.required_approvals or 0, found.required_approving_review_count
        )
        record.dismisses_stale_approvals = bool(
            record.dismisses_stale_approvals or found.dismiss_stale_reviews_on_push
        )
        record.code_owners_must_approve = bool(
            record.code_owners_must_approve or found.require_code_owner_review
        )
        record.last_push_needs_approval = bool(
            record.last_push_needs_approval or found.require_last_push_approval
        )
        is_first = record.review_required is not True
        record.review_required = True
        ruleset = self._ruleset(rule.ruleset_id)
        if ruleset is None:
            return False
        record.rulesets = [*record.rulesets, ruleset.name]
        actors = ruleset.bypass_actors  # told only to those who may change the ruleset
        if is_first and actors is not None:
            record.may_bypass = [_actor(actor) for actor in actors]
            record.enforce_admins = not actors
        return actors == []

    def _ruleset(self, ruleset_id: int | None) -> _Ruleset | None:
        if ruleset_id is None:
            return None
        try:
            return self._api.get(self._call, "/rulesets/{id}", _Ruleset, id=ruleset_id)
        except AccessDenied:
            return None

    def _settle(self, is_guarded: bool) -> None:
        """Everything was read, so what nobody asks for is not asked for."""
        record = self._record
        record.protected = is_guarded
        record.review_required = record.review_required is True
        record.required_approvals = record.required_approvals or 0
        record.author_may_approve = False  # GitHub takes no approval of one's own request
        record.allows_force_push = record.allows_force_push is not False
        record.allows_deletion = record.allows_deletion is not False
        record.signatures_required = record.signatures_required is True
        if not record.review_required:
            record.enforce_admins = record.enforce_admins is True

    def _skip(self, what: str, error: CollectionError) -> Skip:
        return Skip(
            what=f"{what} {self._record.branch}",
            problem=error.problem,
            remedy=error.remedy,
            denied=isinstance(error, AccessDenied),
        )


def _actor(actor: _Actor) -> str:
    return f"{actor.actor_type} {actor.actor_id or ''}".strip()
