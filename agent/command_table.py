"""Every command: where it lives and its one line of help. Nothing else is known before one is
chosen, so that ``annexa --help`` imports nothing heavy."""

from typing import NamedTuple


class Command(NamedTuple):
    module: str
    """Under ``annexa.agent.commands``; its ``register(app)`` adds the command."""
    help: str


COMMANDS: dict[str, Command] = {
    "init": Command("init", "Write a commented annexa.yaml from what is found here"),
    "doctor": Command("doctor", "Say what can be read, what to grant, and which conventions match"),
    "collect": Command("collect", "Read the sources now, record it, judge it"),
    "run": Command("run", "Keep reading on schedule, and tell of gaps that open and close"),
    "status": Command("status", "Show coverage by control and system, and the state of sources"),
    "gaps": Command("gaps", "List what is not supported now: since when, whose, and why"),
    "explain": Command("explain", "Explain a rule, a control or a subject, down to the evidence"),
    "upcoming": Command("upcoming", "List what goes stale in the next days, unless somebody acts"),
    "readiness": Command("readiness", "List what an auditor would miss, with who acts and how"),
    "exception": Command("exception", "Accept a failure for a time, list or take back exceptions"),
    "soa": Command("soa", "Show the Statement of Applicability in force, or propose one"),
    "diff": Command("diff", "Show what changed since a date: outcomes, gaps, evidence, pack"),
    "continuity": Command("continuity", "Show how long a rule or control held over a period"),
    "trend": Command("trend", "Show the states of the controls over time"),
    "lineage": Command("lineage", "Show where a version, a deployment or data comes from"),
    "history": Command("history", "Show every version of one subject that the ledger saw"),
    "export": Command("export", "Write the bundle of a period for an auditor"),
    "sample": Command("sample", "Draw a sample of a population with the auditor's seed, or list"),
    "attest": Command("attest", "Record what a named person attests, signed; or list it"),
    "verify": Command("verify", "Check a bundle offline: every byte, signature and proof"),
    "sign": Command("sign", "Add a named person's signed sign-off to a bundle, beside it"),
    "replay": Command("replay", "Recompute every result of a bundle from its own files"),
    "keys": Command("keys", "List, hand on and revoke the keys that sign bundles"),
    "ledger": Command("ledger", "Verify the ledger, read its log, print its checkpoint"),
    "custody": Command("custody", "Record who had a bundle and when; list it"),
    "retention": Command("retention", "Show or delete contents that nobody has to keep"),
    "people": Command("people", "Tell who a pseudonym is, from the table that is kept apart"),
    "archive": Command("archive", "Copy the ledger where nothing is overwritten; restore it"),
    "mapping": Command("mapping", "Test, lint, compare and explain a mapping pack"),
    "plugins": Command("plugins", "List the collectors and the kinds that they read"),
    "permissions": Command("permissions", "Print the least that a platform has to grant"),
    "demo": Command("demo", "Do the whole job over a sample ML platform made of real parts"),
}

_CONFIGURATION = "annexa.yaml here, or $ANNEXA_CONFIG, or --config FILE after the command."


def overview() -> str:
    """The text of ``annexa --help``."""
    width = max(map(len, COMMANDS)) + 2
    lines = [
        "Usage: annexa COMMAND [OPTIONS] [ARGS]",
        "",
        "Keeps the evidence for ISO/IEC 42001 up to date by itself, in bundles that an auditor",
        "can check offline.",
        "",
        "Commands:",
        *(f"  {name:<{width}}{command.help}" for name, command in COMMANDS.items()),
        "",
        "Options:",
        "  --version  Print the version",
        "  --help     Print this; after a command: its own options",
        "",
        f"Configuration: {_CONFIGURATION}",
        "Every command takes --json. Exit codes: 0 done, 1 error, 2 usage, 3 configuration,",
        "4 a source could not be read in full, 5 ledger, 6 pack or rule, 7 a bundle or an archive",
        "does not verify, 8 a bundle would hold a credential.",
    ]
    return "\n".join(lines) + "\n"
