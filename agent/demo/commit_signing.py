"""Signs the commits of the company's documents as their authors would, each with an own key."""

from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ...collectors import ssh_signature

Git = Callable[..., bytes]
"""Runs git: arguments, and ``stream`` for its standard input; returns what it printed."""


def sign_commits(git: Git, signers: Path) -> None:
    """Replace every commit of ``main`` by a signed one, and list the keys in ``signers``."""
    keys: dict[str, Ed25519PrivateKey] = {}
    new: dict[bytes, bytes] = {}
    for old in git("rev-list", "--reverse", "main").split():
        commit = git("cat-file", "commit", old.decode())
        head, _, message = commit.partition(b"\n\n")
        head = b"\n".join(_moved(line, new) for line in head.split(b"\n"))
        author = head.partition(b"\nauthor ")[2].partition(b">")[0].partition(b"<")[2].decode()
        key = keys.setdefault(author, Ed25519PrivateKey.generate())
        signature = ssh_signature.sign(key, head + b"\n\n" + message, namespace=b"git")
        header = b"\ngpgsig " + signature.rstrip(b"\n").replace(b"\n", b"\n ")
        signed = head + header + b"\n\n" + message
        new[old] = git("hash-object", "-t", "commit", "-w", "--stdin", stream=signed).strip()
    git("update-ref", "refs/heads/main", new[old].decode())
    signers.write_text("".join(sorted(_line(who, key) for who, key in keys.items())))


def _moved(line: bytes, new: dict[bytes, bytes]) -> bytes:
    word, _, commit = line.partition(b" ")
    return b"parent " + new[commit] if word == b"parent" else line


def _line(who: str, key: Ed25519PrivateKey) -> str:
    public = ssh_signature.public_line(ssh_signature.public_blob(key.public_key()))
    return f'{who} namespaces="git" {public}\n'
