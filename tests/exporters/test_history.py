"""An operator who holds the signing key and rewrites what was read: the log gives it away."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from annexa.exporters.verify import (
    Tree,
    is_signed_ed25519,
    leaf_hash,
    root_from_proof,
    verify_bundle,
)
from annexa.ledger import merkle
from annexa.ledger.merkle import Frontier, inclusion_path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from . import small_bundle
from .small_bundle import Log


def forged_record(log: Log) -> None:
    """Another record with a SHA-256 that fits it."""
    line, rest = log.raw.split(b"\n", 1)
    head, body = line.split(b',"record":')
    old, new = hashlib.sha256(body[:-1]).hexdigest(), body[:-1].replace(b"model-0", b"model-X")
    head = head.replace(old.encode(), hashlib.sha256(new).hexdigest().encode())
    log.raw = head + b',"record":' + new + b"}\n" + rest


def forged_body(log: Log) -> None:
    log.raw = log.raw.replace(b'"name":"model-0"', b'"name":"model-9"', 1)


def forged_change(log: Log) -> None:
    log.changes[1] = log.changes[1].replace(b'"op":"open"', b'"op":"event"', 1)


def forged_receipt(log: Log) -> None:
    log.receipts[2] = log.receipts[2].replace(b"prod", b"none")


def forged_leaf(log: Log) -> None:
    log.forged_lines = log.lines().replace(b'"changes":4', b'"changes":5', 1)


def left_out_leaf(log: Log) -> None:
    lines = log.lines().splitlines(keepends=True)
    log.forged_lines = b"".join(lines[:2] + lines[3:])


def left_out_changes(log: Log) -> None:
    del log.changes[3], log.receipts[3]


@pytest.mark.parametrize(
    ("forge", "told"),
    [
        (forged_record, 'model_version.jsonl: line 1: the record model "0"/1 is not among'),
        (forged_body, 'model_version.jsonl: line 1: the record model "0"/1 is not the one'),
        (forged_change, "run-000001.jsonl: its changes are not those that the leaf"),
        (forged_receipt, "run-000002.json: is not the receipt that leaf of run 2 names"),
        (forged_leaf, "leaves.jsonl: line 2: leaf 1 is not in the log of the checkpoint"),
        (left_out_leaf, "leaves.jsonl: has no leaf for run 2"),
        (left_out_changes, "run-000003.jsonl: is missing; records of its run are here"),
    ],
)
def test_a_rewritten_history_is_found_and_named(
    tmp_path: Path, forge: Callable[[Log], None], told: str
) -> None:
    path = small_bundle.write(tmp_path / "forged.zip", tmp_path / "keys", forge=forge)
    report = verify_bundle(path)
    assert told in "\n".join(map(str, report.problems))


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
@settings(max_examples=60)
def test_every_leaf_and_no_other_leads_to_the_root(
    bodies: list[bytes], data: st.DataObject
) -> None:
    tree = Tree()
    frontier = Frontier()
    for body in bodies:
        tree.add(body)
        frontier.append(merkle.leaf_hash(body))
    assert tree.root() == frontier.root()

    def hashes(level: int, position: int) -> bytes:
        part = Tree()
        for body in bodies[position << level : (position + 1) << level]:
            part.add(body)
        return part.root()

    index = data.draw(st.integers(0, len(bodies) - 1))
    proof = inclusion_path(hashes, index, len(bodies))
    size = len(bodies)
    assert root_from_proof(index, size, leaf_hash(bodies[index]), proof) == tree.root()
    assert root_from_proof(index, size, leaf_hash(b"not in it"), proof) != tree.root()
    assert root_from_proof(index, size, leaf_hash(bodies[index]), [*proof, b"x" * 32]) is None
    assert root_from_proof(size, size, leaf_hash(bodies[index]), proof) is None


@given(st.binary(max_size=40), st.binary(min_size=32, max_size=32), st.integers(0, 511))
@settings(max_examples=15, deadline=None)
def test_ed25519_agrees_with_the_library(message: bytes, seed: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = private.sign(message)
    assert is_signed_ed25519(public, signature, message)
    wrong = bytearray(signature)
    wrong[bit // 8] ^= 1 << bit % 8
    assert not is_signed_ed25519(public, bytes(wrong), message)
