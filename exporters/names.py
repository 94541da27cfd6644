"""Names of files in a bundle: short, plain ASCII, and the same on every system.

What comes from outside (sources, kinds, systems) may hold anything; a name that had to be changed
so much that two could become one carries a piece of the original's hash.
"""

import hashlib
import re
import unicodedata

from .verify import name_problem

_LIMIT = 48
_FOREIGN = re.compile(r"[^A-Za-z0-9._-]+")


def plain(text: str, limit: int = _LIMIT) -> str:
    """One path component that resembles ``text``; different texts give different names.

    ``mlflow/prod`` becomes ``mlflow-prod``, and so would ``mlflow-prod`` itself: see `Folder`
    for where that could matter.
    """
    tidy = re.sub(r"[/: ]", "-", text)
    letters = unicodedata.normalize("NFKD", tidy).replace("ß", "ss")
    ascii_only = letters.encode("ascii", "ignore").decode()
    name = re.sub(r"\.\.+", "_", _FOREIGN.sub("-", ascii_only)).strip("-._")
    if name == re.sub(r"\.\.+", "_", tidy) and len(name) <= limit and not name_problem(name):
        return name
    return _with_hash(re.sub("-+", "-", name), text, limit)


def _with_hash(name: str, text: str, limit: int) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    start = name[: limit - 11].strip("-._") or "x"
    return f"{start}-{digest}"


class Folder:
    """Names that are unique in one folder, whatever the case of their letters."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def name(self, text: str) -> str:
        """The name of ``text`` here; the same text gets the same name again."""
        name = plain(text)
        if self._texts.setdefault(name.lower(), text) != text:
            name = _with_hash(name, text, _LIMIT)
            self._texts[name.lower()] = text
        return name
