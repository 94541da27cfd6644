"""Ways to change what is in a bundle, each a random one of its kind with every call."""

from collections.abc import Callable
from random import Random

from annexa.exporters.verify import ENVELOPE, LEAVES, MANIFEST, PUBLIC_KEY

from .tampering import Files, Mended, Original, relisted, zipped

Change = Callable[[Original, Random], Files]
_FORGED = b"forged\n"


def _one(original: Original, chance: Random, *, minimum: int = 0) -> int:
    """The place of a file that has at least so many bytes."""
    fit = [n for n, (_, content) in enumerate(original.files) if len(content) >= minimum]
    return chance.choice(fit)


def _with(original: Original, place: int, content: bytes) -> Files:
    files = list(original.files)
    files[place] = (files[place][0], content)
    return files


def removed(original: Original, chance: Random) -> Files:
    place = _one(original, chance)
    return original.files[:place] + original.files[place + 1 :]


def added(original: Original, chance: Random) -> Files:
    folder = chance.choice(["", "data/", "data/08_raw/mlflow-prod/", "data/03_controls/A.2.2/"])
    files = list(original.files)
    files.insert(chance.randrange(len(files)), (f"{folder}new{chance.randrange(99)}.jsonl", b""))
    return files


def renamed(original: Original, chance: Random) -> Files:
    place = _one(original, chance)
    name, content = original.files[place]
    files = list(original.files)
    files[place] = (f"{name}{chance.randrange(9)}", content)
    return files


def moved(original: Original, chance: Random) -> Files:
    place = _one(original, chance)
    files = list(original.files)
    name, content = files[place]
    files[place] = (f"data/moved/{name.rpartition('/')[2]}", content)
    return files


def respelled(original: Original, chance: Random) -> Files:
    place = _one(original, chance)
    files = list(original.files)
    name, content = files[place]
    letters = [n for n, letter in enumerate(name) if letter.isalpha()]
    at = chance.choice(letters)
    files[place] = (name[:at] + name[at].swapcase() + name[at + 1 :], content)
    return files


def swapped(original: Original, chance: Random) -> Files:
    """The contents of two files that differ."""
    files = list(original.files)
    while True:
        one, two = chance.sample(range(len(files)), 2)
        if files[one][1] != files[two][1]:
            break
    files[one], files[two] = (files[one][0], files[two][1]), (files[two][0], files[one][1])
    return files


def copied(original: Original, chance: Random) -> Files:
    """One file takes the place of another."""
    files = swapped(original, chance)
    places = [n for n, pair in enumerate(files) if pair != original.files[n]]
    files[places[0]] = original.files[places[0]]
    return files


def doubled(original: Original, chance: Random) -> Files:
    """The same name twice; which of them a program shows is its own affair."""
    place = _one(original, chance)
    name, _ = original.files[place]
    return [*original.files, (name, _FORGED)]


def truncated(original: Original, chance: Random) -> Files:
    place = _one(original, chance, minimum=1)
    content = original.files[place][1]
    return _with(original, place, content[: chance.randrange(len(content))])


def extended(original: Original, chance: Random) -> Files:
    place = _one(original, chance)
    return _with(original, place, original.files[place][1] + chance.randbytes(3))


def _lines_of(original: Original, chance: Random) -> tuple[int, list[bytes]]:
    fit = [n for n, (_, content) in enumerate(original.files) if len(set(content.split(b"\n"))) > 2]
    place = chance.choice(fit)
    return place, original.files[place][1].splitlines(keepends=True)


def line_dropped(original: Original, chance: Random) -> Files:
    place, lines = _lines_of(original, chance)
    del lines[chance.randrange(len(lines))]
    return _with(original, place, b"".join(lines))


def line_doubled(original: Original, chance: Random) -> Files:
    place, lines = _lines_of(original, chance)
    at = chance.randrange(len(lines))
    return _with(original, place, b"".join([*lines[:at], lines[at], *lines[at:]]))


def lines_swapped(original: Original, chance: Random) -> Files:
    place, lines = _lines_of(original, chance)
    while True:
        one, two = chance.sample(range(len(lines)), 2)
        if lines[one] != lines[two]:
            break
    lines[one], lines[two] = lines[two], lines[one]
    return _with(original, place, b"".join(lines))


def from_another_bundle(original: Original, chance: Random) -> Files:
    """A file of another bundle by the same keys: an older list, checkpoint, signature or leaf."""
    own = dict(original.files)
    names = [name for name, content in original.earlier.items() if own.get(name) not in (content,)]
    name = chance.choice(names)
    return [(n, original.earlier[name] if n == name else content) for n, content in original.files]


def listed_line_dropped(original: Original, chance: Random) -> Files:
    """A file and its line in the list, which then fits again."""
    own = dict(original.files)
    names = [name for name in own if name.startswith("data/")]
    gone = chance.choice(names)
    text = b"".join(
        line for line in own[MANIFEST].splitlines(keepends=True) if gone.encode() not in line
    )
    return [(n, text if n == MANIFEST else c) for n, c in original.files if n != gone]


def proof_forged(original: Original, chance: Random) -> Files:
    """Another node in the inclusion proof of a leaf."""
    own = dict(original.files)
    text = bytearray(own[LEAVES])
    at = text.index(b'"proof":["') + 10 + chance.randrange(64)
    text[at] = ord("0") if text[at] != ord("0") else ord("1")
    return [(n, bytes(text) if n == LEAVES else c) for n, c in original.files]


def other_key(original: Original, chance: Random) -> Files:
    """The public key of somebody else beside the real signature."""
    del chance
    own = original.key.public_files[PUBLIC_KEY]
    return [(n, own if n == PUBLIC_KEY else c) for n, c in original.files]


def other_signature(original: Original, chance: Random) -> Files:
    """A signature by somebody else beside the real public key."""
    del chance
    files = relisted(original, original.files, Mended(signature=True))
    forged = dict(files)[ENVELOPE]
    return [(n, forged if n == ENVELOPE else c) for n, c in original.files]


CHANGES: tuple[Change, ...] = (
    removed, added, renamed, moved, respelled, swapped, copied, doubled, truncated, extended,
    line_dropped, line_doubled, lines_swapped, from_another_bundle, listed_line_dropped,
    proof_forged, other_key, other_signature,
)  # fmt: skip


def tampered(original: Original, change: Change, chance: Random, mended: Mended) -> bytes:
    """A zip that is perfect in itself, of files that are not those of the original."""
    while True:
        files = change(original, chance)
        if mended.lists and len({name for name, _ in files}) == len(files):
            files = relisted(original, files, mended)
        if sorted(files) != sorted(original.files):  # mending a list makes up for changing it
            return zipped(original.top, files)
