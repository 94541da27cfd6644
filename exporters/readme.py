"""``00_README.md``: page one, which says what is missing before it says what is there."""

import re
from zoneinfo import ZoneInfo

from .facts import CLASS_WORDS, STATE_WORDS, Facts, moment
from .markdown import md, table
from .people import people_shown
from .scoped import scope_words
from .sections import missing
from .words import CHECKS, LAYOUT, OUTCOMES, PROVES, PROVES_NOT


def readme(facts: Facts) -> str:
    """The whole page."""
    evaluation, period, zone = facts.evaluation, facts.period, facts.organisation.timezone
    local = facts.at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    scope = [
        *(facts.engagement.lines() if facts.engagement else ()),
        ("Organisation", facts.organisation.name),
        ("Systems in scope", ", ".join(evaluation.systems) or "none are known"),
        (
            "Period",
            f"{period.label}: from {moment(period.start)} until before {moment(period.end)}",
        ),
        ("State shown", f"as of {moment(facts.at)} ({local} {zone})"),
        ("Times", f"UTC everywhere; the organisation's zone is {zone}"),
        *facts.pack_lines,
        ("Sources", ", ".join(sorted(facts.latest)) or "none was read"),
        ("People", people_shown(facts.latest)),
        ("Key", f"sha256:{facts.key_fingerprint}"),
    ]
    classes = [(name, facts.classes[name], words) for name, words in CLASS_WORDS.items()]
    states = [(state, facts.states[state], STATE_WORDS[state]) for state in STATE_WORDS]
    parts = [
        f"# {md(facts.title)}\n",
        "Open `../index.html` for the same with links; it needs no network and no scripts.\n",
        *_scope(facts),
        re.sub(r"(?m)^#", "##", missing(facts)),
        "## Scope\n",
        table(("", ""), scope),
        "## How much can come from systems at all\n",
        f"{len(evaluation.pack.catalogue.controls)} controls of Annex A:\n",
        table(("class", "controls", "meaning"), classes),
        "## Where the controls stand, for the organisation as a whole\n",
        "Six states that are never added up into one number. For each system: 01_index.xlsx.\n",
        table(("state", "controls", "meaning"), states),
        "## Check it yourself, in the unpacked folder\n",
        table(("check", "command", "what it proves"), CHECKS),
        f"The key's fingerprint is `{facts.key_fingerprint}`. A forger can sign forgeries with "
        "a forged key: compare it with the one that you were given by another way.\n",
        "## What this proves\n",
        *(f"- {line}" for line in PROVES),
        "\n## What it does not prove\n",
        *(f"- {line}" for line in PROVES_NOT),
        "\n## What is where\n",
        table(("name", "what"), LAYOUT),
        "## Words for outcomes\n",
        table(("outcome", "meaning"), OUTCOMES.items()),
        "CSV files are UTF-8; a text that a spreadsheet could take for a formula has an apostrophe "
        "in front, which is not part of it.\n",
    ]  # fmt: skip
    return "\n".join(parts)


def _scope(facts: Facts) -> list[str]:
    told = scope_words(facts.evaluation)
    return ["## What this leaves out\n", *(f"- {md(line)}" for line in told), ""] if told else []
