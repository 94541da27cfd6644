"""The text of a first ``annexa.yaml``: commented, loadable, without secrets."""

from collections.abc import Iterable, Sequence

from .discovery import Found

_HEAD = """\
# annexa: where to read, where to keep it, when, and whom to tell.
# Secrets never stand here: only the names of environment variables that hold them.
# Check it with `annexa doctor`.

organisation:
  name: {name}
  timezone: UTC            # for display and cron fields; what is stored is UTC

ledger: annexa.db          # SQLite, on a local disk; relative to this file
keys: keys                 # made on first use, for the owner's eyes only

# One entry per place that is read. All of them take, besides their own keys:
#   kinds: [...]           only these kinds          (annexa plugins lists them)
#   systems: [...]         the AI systems that live there; all when left out
#   every: 6h              a rhythm of its own, or five cron fields
#   keep: [...]            further tags or labels whose values may be kept
sources:{none}
"""

_EXAMPLES = {
    "mlflow": ("mlflow/prod", {"tracking_uri": "https://mlflow.example.com"}),
    "kubernetes": ("kubernetes/prod", {"context": "prod"}),
    "aws": ("aws/eu-west-1", {"region": "eu-west-1"}),
    "documents": ("documents/governance", {"path": "governance"}),
}

_TAIL = """
# How this organisation marks things. The defaults are shown; `annexa doctor` says how often
# each of them matched. A list is tried in order.
# conventions:
#   mlflow: {system: ai-system-id, approval_status: approval_status, approved_by: approved_by}
#   kubernetes: {system: ai-system-id, environment: environment}
#   aws: {system: ai-system-id}
#   production: [production, prod]

pack: iso42001             # or a folder

schedule:                  # of `annexa run`
  every: 6h                # or cron: "0 */6 * * *"
  jitter: 60s

# signing:                 # of bundles; when left out: a key in keys/, and no time stamp
#   keys: ["awskms:alias/annexa"]
#   timestamps: [https://tsa.example.com/tsr]

# alerts:
#   webhook:
#     url: https://hooks.example.com/annexa
#     secret_env: ANNEXA_WEBHOOK_SECRET
#   alertmanager:
#     url: http://alertmanager:9093
"""


def starter(name: str, found: Sequence[Found]) -> str:
    """The file; what was not found is there as a comment to copy."""
    active = [one for one in found if one.active]
    lines = [_HEAD.format(name=_quoted(name), none="" if active else " []").rstrip("\n")]
    for one in found:
        lines += _entry(one)
    missing = [name for name in _EXAMPLES if not any(f.id.startswith(f"{name}/") for f in found)]
    if missing:
        lines += ["", "  # not found here; copy what you have:"]
    for platform in missing:
        source, settings = _EXAMPLES[platform]
        lines += _commented(_mapping(source, settings.items()))
    return "\n".join(lines) + "\n" + _TAIL


def _entry(one: Found) -> list[str]:
    comments = [f"  # {_one_line(text)}" for text in (one.because, *one.notes)]
    body = _mapping(one.id, one.settings.items())
    return ["", *comments, *(body if one.active else _commented(body))]


def _mapping(source: str, settings: Iterable[tuple[str, str | bool]]) -> list[str]:
    pairs = [
        f"    {key}: {_quoted(value) if isinstance(value, str) else str(value).lower()}"
        for key, value in settings
    ]
    return [f"  - id: {source}", *pairs]


def _quoted(text: str) -> str:
    """A YAML string, whatever is in it; bytes that are no text become U+FFFD."""
    safe = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return '"' + "".join(map(_char, safe)) + '"'


def _char(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def _commented(lines: Iterable[str]) -> list[str]:
    return [f"  # {line[2:]}" for line in lines]


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
