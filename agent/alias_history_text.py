"""The history of aliases, for people and for programs."""

from typing import Any

from .alias_history import AliasHistory, Moment, Pointing, Resolution, Told
from .config import format_utc
from .screen import Column, Screen

_UNITS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"))


def show_aliases(screen: Screen, history: AliasHistory) -> None:
    """A row for each version that an alias pointed to, and what the times mean."""
    columns = (
        Column("alias", keep=True), Column("version", right=True),
        Column("from", keep=True), Column("until", keep=True),
    )  # fmt: skip
    screen.table(columns, [_row(one) for one in history.pointings])
    for told in history.unseen:
        to = f"version {told.version}" if told.version else "nothing"
        screen.line(
            f"At {format_utc(told.at)} a webhook told that {told.alias} points to {to}; "
            "no reading saw that."
        )
    screen.line(_meaning(history.resolution))
    screen.line()


def as_json(history: AliasHistory) -> dict[str, object]:
    """``aliases``, ``unseen`` and ``resolution`` of ``annexa.history/1``."""
    resolution = history.resolution
    return {
        "aliases": [
            {
                "alias": one.alias,
                "version": one.version,
                "since": _moment(one.since),
                "until": _moment(one.until) if one.until else None,
            }
            for one in history.pointings
        ],
        "unseen": [_told(one) for one in history.unseen],
        "resolution": {
            "readings": resolution.readings,
            "first": format_utc(resolution.first) if resolution.first else None,
            "last": format_utc(resolution.last) if resolution.last else None,
            "typical_s": resolution.typical_s,
            "longest_s": resolution.longest_s,
        },
    }


def _row(one: Pointing) -> tuple[str, str, str, str]:
    return one.alias, one.version, _words(one.since), _words(one.until) if one.until else "now"


def _words(moment: Moment) -> str:
    if moment.told is not None:
        return f"{format_utc(moment.told)}, told by webhook"
    if moment.after is None:
        return f"before {format_utc(moment.until)}"
    return f"between {format_utc(moment.after)} and {format_utc(moment.until)}"


def _meaning(resolution: Resolution) -> str:
    if resolution.first is None or resolution.last is None:
        return "Resolution: no reading was complete, so no change is dated."
    if resolution.typical_s is None or resolution.longest_s is None:
        return f"Resolution: one complete reading, at {format_utc(resolution.first)}."
    return (
        "Resolution: MLflow keeps no times of aliases; a change lies between two complete "
        f"readings. {resolution.readings} since {format_utc(resolution.first)}, the newest at "
        f"{format_utc(resolution.last)}; usually {_length(resolution.typical_s)} apart, "
        f"{_length(resolution.longest_s)} at the most."
    )


def _length(seconds: float) -> str:
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}".replace(".0 ", " ")
    return f"{seconds:.0f} s"


def _moment(moment: Moment) -> dict[str, Any]:
    return {
        "after": format_utc(moment.after) if moment.after else None,
        "until": format_utc(moment.until),
        "told": format_utc(moment.told) if moment.told else None,
    }


def _told(told: Told) -> dict[str, Any]:
    return {"alias": told.alias, "version": told.version, "at": format_utc(told.at)}
