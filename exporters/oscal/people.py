"""Who answers for what: the parties of the documents."""

from collections.abc import Iterator

from ..facts import Facts
from .identifiers import Identifiers
from .parts import APPROVER, OWNER, PREPARED_BY, Json, responsible, text

ROLES = {
    PREPARED_BY: "Prepared by: the organisation, with a tool of its own",
    OWNER: "Owner: who answers for a system, a control or a gap",
    APPROVER: "Approver: who accepted an exception",
}


class People:
    """Owners and approvers, as the organisation names them, and the organisation itself."""

    def __init__(self, facts: Facts, identifiers: Identifiers) -> None:
        owners, accepted = facts.evaluation.owners, facts.evaluation.accepted.values()
        names = {*owners.of_system.values(), *owners.of_control.values(), owners.organisation}
        names |= {gap.now.owner for gap in facts.gaps}
        names |= {one.approved_by for exceptions in accepted for one in exceptions}
        self._organisation = facts.organisation.name
        self._names = sorted(text(name) for name in names - {"", self._organisation})
        self._identifiers = identifiers

    @property
    def organisation(self) -> str:
        """UUID of the organisation."""
        return self.uuid(self._organisation)

    def uuid(self, name: str) -> str:
        return self._identifiers.lasting("party", text(name))

    def parties(self) -> Iterator[Json]:
        listed = [("organization", self._organisation), *(("person", name) for name in self._names)]
        for kind, name in listed:
            yield {"uuid": self.uuid(name), "type": kind, "name": text(name)}

    def owner(self, name: str | None) -> list[Json]:
        """``responsible-roles`` of an owner; none when nobody is named."""
        return responsible(OWNER, [self.uuid(name)] if name else [])
