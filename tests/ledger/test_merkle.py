"""The log against the Certificate Transparency reference vectors, and proofs against themselves."""

import hashlib
from pathlib import Path

import pytest
from annexa.ledger import Ledger
from annexa.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    Hashes,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    range_root,
)
from hypothesis import given
from hypothesis import strategies as st

from .sample import Clock

LEAVES = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Of the first 1 … 8 of LEAVES; certificate-transparency, merkle_tree_test."""


def memory(leaves: list[bytes]) -> Hashes:
    """The hashes of complete subtrees, by definition."""

    def hashes(level: int, position: int) -> bytes:
        if level == 0:
            return leaves[position]
        return node_hash(hashes(level - 1, 2 * position), hashes(level - 1, 2 * position + 1))

    return hashes


def climb(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162, 2.1.3.2: the root that an inclusion proof leads to."""
    last, result = size - 1, leaf
    for step in path:
        assert last > 0
        if index & 1 or index == last:
            result = node_hash(step, result)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            result = node_hash(result, step)
        index, last = index >> 1, last >> 1
    assert last == 0
    return result


def grown(old: int, new: int, old_root: bytes, path: list[bytes]) -> tuple[bytes, bytes]:
    """RFC 9162, 2.1.4.2: the old and the new root that a consistency proof leads to."""
    steps = [old_root, *path] if old & (old - 1) == 0 else path
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        assert last > 0
        if first & 1 or first == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, step)
        first, last = first >> 1, last >> 1
    assert last == 0
    return before, after


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    leaves = [leaf_hash(leaf) for leaf in LEAVES[:size]]
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    assert frontier.root().hex() == ROOTS[size - 1]
    assert range_root(memory(leaves), 0, size).hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


@given(size=st.integers(1, 70), data=st.data())
def test_every_inclusion_proof_leads_to_the_root(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(bytes([i])) for i in range(size)]
    index = data.draw(st.integers(0, size - 1))
    hashes = memory(leaves)
    path = inclusion_path(hashes, index, size)
    assert climb(leaves[index], index, size, path) == range_root(hashes, 0, size)


@given(new=st.integers(1, 70), data=st.data())
def test_every_consistency_proof_leads_to_both_roots(new: int, data: st.DataObject) -> None:
    hashes = memory([leaf_hash(bytes([i])) for i in range(new)])
    old = data.draw(st.integers(1, new))
    roots = (range_root(hashes, 0, old), range_root(hashes, 0, new))
    path = consistency_path(hashes, old, new)
    assert (grown(old, new, roots[0], path) if old < new else roots) == roots


@given(sizes=st.lists(st.integers(0, 700), max_size=4))
def test_many_at_once_are_as_one_by_one(sizes: list[int]) -> None:
    whole, single, number = Frontier(), Frontier(), 0
    for size in sizes:
        leaves = [leaf_hash(str(number + i).encode()) for i in range(size)]
        number += size
        whole.extend(leaves)
        for leaf in leaves:
            single.append(leaf)
    assert (whole.size, whole.root()) == (single.size, single.root())


def test_the_stored_log_gives_the_same_roots_and_proofs(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "annexa.db", clock=Clock()) as ledger:
        for i in range(20):
            assert ledger.append("note", {"n": i}) == i + 1
        leaves = [leaf.hash for leaf in ledger.log.leaves()]
        hashes, size = memory(leaves), ledger.log.size()
        assert [leaf_hash(leaf.body) for leaf in ledger.log.leaves()] == leaves
        for n in range(size + 1):
            assert ledger.log.root(n) == range_root(hashes, 0, n)
            assert ledger.log.consistency(n, size) == consistency_path(hashes, n, size)
        for i in range(size):
            assert ledger.log.inclusion(i, size) == inclusion_path(hashes, i, size)
        with pytest.raises(ValueError, match="has 21 leaves, not 22"):
            ledger.log.root(22)
        with pytest.raises(ValueError, match="no leaf 99"):
            ledger.log.leaf(99)
