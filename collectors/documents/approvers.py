"""Who may approve, and since when that stood in the list: the list's own history says so.

An entry can be dated back; the commit that brought it cannot be, where the branch is protected.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from .place import Revision
from .records import Approver
from .yaml_text import NotReadable, text, texts


def approvers(fields: Mapping[str, Any], path: str) -> list[Approver]:
    """The entries of a list.

    Raises:
        NotReadable: It has no ``approvers``, or an entry has the wrong shape.
    """
    entries = fields.get("approvers")
    if not isinstance(entries, list):
        raise NotReadable(None, "there is no list under approvers")
    found: dict[tuple[str, str | None], Approver] = {}
    for entry in entries:
        fields = {"who": entry} if isinstance(entry, str) else entry
        who = text(fields, "who") if isinstance(fields, dict) else None
        if who is None:
            raise NotReadable(None, "an entry of approvers names nobody under who")
        approver = Approver(
            who=who,
            path=path,
            names=[who, *texts(fields, "also")],
            role=text(fields, "role"),
            types=texts(fields, "types", split=True),
            valid_from=text(fields, "from"),
            valid_until=text(fields, "until"),
        )
        if found.setdefault((who, approver.valid_from), approver) is not approver:
            raise NotReadable(None, f"{who} stands twice with one date under from")
    return list(found.values())


def stays(
    now: Sequence[Approver], then: Sequence[tuple[Revision, list[Approver] | None]]
) -> list[Approver]:
    """Every stay on the list, ended ones too; ``then`` are its versions, the newest first.

    A version that cannot be read as a list changes nothing: what stood before it still stands.
    """
    if not then:
        return list(now)
    ended: list[Approver] = []
    keyed: dict[tuple[object, ...], Approver] = {}
    began: dict[tuple[object, ...], datetime | None] = {}
    for revision, listed in reversed(then):
        if listed is None:
            continue
        at = revision.version.at
        here = {_key(approver): approver for approver in listed}
        for key in [key for key in keyed if key not in here]:
            ended.append(
                msgspec.structs.replace(keyed.pop(key), listed_at=began.pop(key), unlisted_at=at)
            )
        for key, approver in here.items():
            keyed[key] = approver
            began.setdefault(key, at)
    standing = [
        msgspec.structs.replace(approver, listed_at=began.get(_key(approver))) for approver in now
    ]
    return standing + ended


def _key(approver: Approver) -> tuple[object, ...]:
    """A change of what somebody may do ends one stay and begins another."""
    return (
        approver.who,
        tuple(approver.names),
        tuple(approver.types),
        approver.role,
        approver.valid_from,
        approver.valid_until,
    )
