"""What looks like a credential: the forms in which platforms write their tokens and keys.

A second line of defence behind the allow-list: people put secrets where a name, an owner or a
description belongs. Every record that is kept passes `may_hold`, which must cost next to nothing
(each of its expressions begins with a literal, so that searching is ``memchr``); what it suspects
is looked at string by string.
"""

import re

# A literal first, so that each search is a loop over one character; one expression for all of them
# takes 30 times as long. Where a rare byte must be there too, looking for that comes first: `in`
# is ``memchr``, ten times as fast again. It finds words with a frequent first letter sooner, too.
_SUSPECT = tuple(
    (rare, re.compile(pattern).search)
    for rare, pattern in (
        (b"", rb"_[A-Za-z0-9]{14}"),  # ghp_, npm_, hf_, sk_live_ …
        (b"", rb"sk-[A-Za-z0-9_-]{20}"),
        (b"", rb"glpat-"),
        (b"", rb"pypi-"),
        (b"", rb"xox"),
        (b"I", rb"A(?:[KS]IA[A-Z0-9]{16}|Iza)"),
        (b"J", rb"yJ[A-Za-z0-9]{8}"),
        (b"=", rb"= ?[^\s\"\\&]{4}"),
        (b"@", rb"://[^/\s\"@]*@"),
        (b"~", rb"~[A-Za-z0-9_~.-]{30}"),
        (b"V", rb"PRIVATE KEY"),
        (b"assword", rb"assword"),
        (b"earer ", rb"earer "),
        (b"", rb"hook"),
        (b"", rb"ya29\."),
    )
)

_CALLED = (
    r"(?i:passw(?:or)?d|pwd|secret|token|api[_-]?key|account[_-]?key|access[_-]?key(?:[_-]?id)?"
    r"|private[_-]?key|credentials?|\bsig)"
)
_VALUE = r"[\"']?(?![$<{{*%\[])[^\s\"'&;,]{{{},}}"
# Every repetition is bounded or begins at a boundary: hostile text costs no more than its length.
_NAMED = {
    "private key": r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?s:.*)",
    "AWS access key": r"\bA[KS]IA[A-Z0-9]{16}\b",
    "GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{22,}",
    "GitLab token": r"\bgl(?:pat|ptt|dt|rt|cbt|soat|ffct|imt|agent)-[\w-]{16,}",
    "Slack token": r"\bxox[abeoprs]-[\w-]{10,}|\bxapp-[\w-]{20,}",
    "Stripe key": r"\b[sr]k_(?:live|test)_\w{14,}|\bwhsec_\w{14,}",
    "AI provider key": r"\bsk-(?=[\w-]{0,60}[A-Z0-9])(?:(?:proj|svcacct|ant|or)-)?[\w-]{20,}",
    "Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}",
    "Google key": r"\bAIza[\w-]{35}|\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}",
    "JSON web token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*",
    "npm token": r"\bnpm_[A-Za-z0-9]{30,}",
    "PyPI token": r"\bpypi-[\w-]{40,}",
    "Azure secret": r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{30,}",
    "webhook address": r"hooks\.slack\.com/(?:services|workflows)/[\w/-]+"
    r"|/api/webhooks/\d+/[\w-]{20,}"
    r"|\.webhook\.office\.com/webhook\S{1,200}@",
    "address with a password": r"://(?:[^\s/@:]*:[^\s/@]+|[\w-]{20,})@",
    "bearer token": r"(?i:\b(?:bearer|basic)\s+(?=\S{0,80}\d)[\w.~+/-]{12,}=*)",
    "password": rf"(?i:passw(?:or)?d|\bpwd)[\"']?\s*[=:]\s*{_VALUE.format(4)}"
    r"|(?i:\bmachine\s+\S+\s+login\s+\S+\s+password\s+\S+)",  # .netrc
    "assigned secret": rf"{_CALLED}\w{{0,40}}[\"']?\s*=\s*{_VALUE.format(8)}",
}
_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _NAMED.items())

_RANDOM = re.compile(r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=\D*\d)[A-Za-z0-9+/_-]{24,}={0,2}")
SHORTEST_RANDOM = 24
_TURN = re.compile(r"(?<=[a-z])[^a-z]|(?<=[A-Z])[^A-Z]|(?<=\d)\D")


def may_hold(text: bytes) -> bool:
    """Whether it is worth looking closer; about 200 bytes in a microsecond."""
    return any(rare in text and search(text) for rare, search in _SUSPECT)


def credential_in(text: str) -> str | None:
    """What kind of credential is in ``text``, in words; None: none is seen."""
    return next((name for name, pattern in _PATTERNS if pattern.search(text)), None)


def is_random(text: str) -> bool:
    """Whether the whole of ``text`` looks drawn by chance, as keys without a form of their own do.

    Capital and small letters and digits, of which every second changes from one to another; so no
    words in CamelCase, no hexadecimal digests, no UUIDs. For free values only: platforms have
    identifiers that look the same.
    """
    return (
        len(text) >= SHORTEST_RANDOM
        and _RANDOM.fullmatch(text) is not None
        and len(_TURN.findall(text)) >= 0.4 * len(text)
    )


def without_credentials(text: str) -> str:
    """``text`` with ``…`` in the place of what looks like a credential."""
    if may_hold(text.encode("utf-8", "replace")):
        for _, pattern in _PATTERNS:
            text = pattern.sub("…", text)
    return text
