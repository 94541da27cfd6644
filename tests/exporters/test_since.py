"""Has history been rewritten since the last visit? Two bundles, or a bundle and a checkpoint."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from annexa.exporters.verify import CHECKPOINT, CannotTry, leaf_hash, verify_bundle
from annexa.ledger import Ledger

from . import small_bundle
from .small_bundle import Log, canonical


def other_beginning(log: Log) -> None:
    log.bodies[0] = canonical({"type": "ledger", "id": "rewritten"})


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def made(name: str, **how: object) -> Path:
        return small_bundle.write(tmp_path / name, tmp_path / "keys", **how)  # type: ignore[arg-type]

    return made


def told(new: Path, old: Path) -> str:
    return "\n".join(map(str, verify_bundle(new, since=old).problems))


def test_a_log_that_only_grew_is_the_continuation_of_every_earlier_one(
    write: Callable[..., Path],
) -> None:
    new = write("new.zip", runs=11, records=1)
    for runs in (1, 2, 3, 6, 7, 10, 11):
        report = verify_bundle(new, since=write(f"{runs}.zip", runs=runs, records=1))
        assert report.ok, report.problems
        assert f"since {runs}.zip: its {runs + 1} leaves are the first of this log" in "\n".join(
            report.lines()
        )


def test_a_rewritten_leaf_is_named(write: Callable[..., Path]) -> None:
    old = write("old.zip", runs=3)
    assert told(write("new.zip", runs=5, rewrite=other_beginning), old) == (
        f"{CHECKPOINT}: the first 4 leaves are not those of old.zip: history was rewritten;"
        " leaf 0 is the first that differs"
    )
    assert "leaf 1 is the first that differs" in told(write("more.zip", runs=5, records=9), old)


def test_two_logs_of_one_size_are_compared_too(write: Callable[..., Path]) -> None:
    old = write("old.zip")
    assert told(write("same.zip"), old) == ""
    assert "history was rewritten; leaf 0 is" in told(
        write("other.zip", rewrite=other_beginning), old
    )


def test_the_older_and_the_newer_the_wrong_way_round_is_said(write: Callable[..., Path]) -> None:
    old, new = write("old.zip", runs=2), write("new.zip", runs=4)
    assert told(old, new) == (
        f"{CHECKPOINT}: ends at 3 leaves, and new.zip at 5: either new.zip is the newer of the two"
        " (then give them the other way round), or leaves were removed"
    )


def test_another_ledger_and_another_key_are_told_apart(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    old = write("old.zip")
    assert "is of the ledger annexa/else, and old.zip of the ledger annexa/test" in told(
        write("else.zip", origin="annexa/else"), old
    )
    taken_over = small_bundle.write(tmp_path / "n.zip", tmp_path / "other-keys")
    assert "is signed with another key than the one of old.zip" in told(taken_over, old)


def test_a_checkpoint_that_was_kept_is_enough(write: Callable[..., Path], tmp_path: Path) -> None:
    old, note = write("old.zip", runs=2), tmp_path / "kept.txt"
    unpacked = tmp_path / "unpacked"
    shutil.unpack_archive(old, unpacked)
    shutil.copy(unpacked / small_bundle.TOP / CHECKPOINT, note)
    assert told(write("new.zip", runs=4), note) == ""
    assert "the first 3 leaves are not those of kept.txt: history was rewritten" in told(
        write("rewritten.zip", runs=4, rewrite=other_beginning), note
    )
    note.write_bytes(note.read_bytes().replace(b"\n3\n", b"\n2\n"))
    assert "kept.txt is not a checkpoint of this ledger: its signature is not valid" in told(
        write("again.zip", runs=4), note
    )


def test_what_is_neither_bundle_nor_checkpoint_is_refused(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    new, odd = write("new.zip"), tmp_path / "odd.txt"
    odd.write_bytes(b"a\nb\nc\nd")
    with pytest.raises(CannotTry, match=r"odd\.txt: is neither a bundle nor a checkpoint"):
        verify_bundle(new, since=odd)
    with pytest.raises(CannotTry, match=r"no\.zip: cannot be read"):
        verify_bundle(new, since=tmp_path / "no.zip")
    damaged = tmp_path / "damaged.zip"
    *whole, last = new.read_bytes()
    damaged.write_bytes(bytes((*whole, last ^ 1)))
    assert told(new, damaged).startswith("damaged.zip: does not verify itself")


def lost_hash(log: Log) -> None:
    log.forged_hashes = log.hashes()[:-1]


def other_hash(log: Log) -> None:
    log.forged_hashes = [bytes(32), *log.hashes()[1:]]


def half_hash(log: Log) -> None:
    log.forged_hashes = [*log.hashes(), b"half"]


@pytest.mark.parametrize(
    ("forge", "problem"),
    [
        (lost_hash, "has not the hashes of the 4 leaves of the log"),
        (half_hash, "has not the hashes of the 4 leaves of the log"),
        (other_hash, "is not the tree of the checkpoint"),
    ],
)
def test_hashes_that_are_not_those_of_the_log_are_refused(
    write: Callable[..., Path], forge: Callable[[Log], None], problem: str
) -> None:
    report = verify_bundle(write("forged.zip", forge=forge))
    assert [str(one) for one in report.problems] == [f"data/09_manifest/leaf-hashes.bin: {problem}"]


def test_a_ledger_that_was_set_back_and_went_on_otherwise_is_caught(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    folder = tmp_path / "ledger"

    def tell(*requests: str) -> None:
        with Ledger.open(folder / "ledger.db") as ledger:
            for request in requests:
                ledger.append("request", {"id": request})

    def bundle(name: str) -> Path:
        with Ledger.open(folder / "ledger.db", read_only=True) as ledger:
            bodies = [leaf.body for leaf in ledger.log.leaves()]
            assert [leaf_hash(body) for body in bodies] == list(ledger.log.leaf_hashes(len(bodies)))
        return write(name, runs=0, rewrite=lambda log: log.bodies.__setitem__(slice(None), bodies))

    tell("one")
    shutil.copytree(folder, tmp_path / "copy")
    tell("two")
    old = bundle("old.zip")
    tell("three")
    honest = bundle("honest.zip")
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "copy", folder)
    tell("zwei", "three")
    new = bundle("new.zip")
    assert verify_bundle(new).ok
    script = [sys.executable, "-I", str(small_bundle.SHIPPED / "verify.py")]
    for path, code, text in (
        (honest, 0, "since old.zip: its 3 leaves are the first of this log"),
        (new, 1, "history was rewritten; leaf 2 is the first that differs"),
    ):
        run = subprocess.run(
            [*script, path, "--since", old], check=False, capture_output=True, text=True
        )
        assert (run.returncode, text in run.stdout) == (code, True), run.stdout
