"""Which files of a commit are renamed ones: the same content, or most of it, under a new name."""

from collections import Counter
from typing import Any

MAX_FILES = 200  # added or deleted in one commit; beyond that only equal contents are paired
MAX_BYTES = 1024 * 1024
ALIKE = 0.5
"""Of the bytes of the larger file; what git takes, too."""


def renames(store: Any, before: bytes, after: bytes) -> dict[bytes, bytes]:
    """New name -> old name, between the trees ``before`` and ``after``."""
    from dulwich import diff_tree

    tree_changes: Any = diff_tree.tree_changes
    added: dict[bytes, bytes] = {}
    deleted: dict[bytes, bytes] = {}
    for change in tree_changes(store, before, after):
        if change.type == "add":
            added[change.new.path] = change.new.sha
        elif change.type == "delete":
            deleted[change.old.path] = change.old.sha
    found = _equal(added, deleted)
    if max(len(added), len(deleted)) <= MAX_FILES:
        found.update(_alike(store, added, deleted))
    return found


def _equal(added: dict[bytes, bytes], deleted: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """Takes the pairs out of both."""
    by_content = {sha: name for name, sha in sorted(deleted.items(), reverse=True)}
    found = {}
    for name, sha in sorted(added.items()):
        old = by_content.pop(sha, None)
        if old is not None:
            found[name] = old
            del added[name], deleted[old]
    return found


def _alike(
    store: Any, added: dict[bytes, bytes], deleted: dict[bytes, bytes]
) -> dict[bytes, bytes]:
    """The best pairs first; each file is in one at most."""
    old_lines = {name: _lines(store, sha) for name, sha in deleted.items()}
    pairs = []
    for name, sha in added.items() if deleted else ():
        lines = _lines(store, sha)
        for old, others in old_lines.items():
            if _suffix(old) == _suffix(name):
                pairs.append((-_likeness(lines, others), name, old))
    found: dict[bytes, bytes] = {}
    for likeness, name, old in sorted(pairs):
        if -likeness >= ALIKE and name not in found and old not in found.values():
            found[name] = old
    return found


def _lines(store: Any, sha: bytes) -> Counter[bytes]:
    try:
        content: bytes = store[sha].data
    except (KeyError, AttributeError):  # a submodule
        return Counter()
    return Counter(content[:MAX_BYTES].splitlines(keepends=True))


def _likeness(one: Counter[bytes], other: Counter[bytes]) -> float:
    """Shared bytes by the bytes of the larger file."""
    shared = sum(len(line) * n for line, n in (one & other).items())
    return shared / max(_size(one), _size(other), 1)


def _size(lines: Counter[bytes]) -> int:
    return sum(len(line) * n for line, n in lines.items())


def _suffix(name: bytes) -> bytes:
    return name.rpartition(b".")[2]
