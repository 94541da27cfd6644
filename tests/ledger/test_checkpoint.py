"""Signed roots: their form, their signature, and the file beside the database."""

import base64
from pathlib import Path

import pytest
from annexa.ledger import Ledger, outside
from annexa.ledger.checkpoint import Checkpoint, read, sign, verifier_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .sample import HOUR, NOON, Clock, open_ledger, record

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NOTE = sign(Checkpoint(origin="annexa/00", size=3, root=b"r" * 32), KEY)


def test_a_checkpoint_is_a_c2sp_signed_note() -> None:
    origin, size, root, empty, line, end = NOTE.split("\n")
    assert (origin, size, empty, end) == ("annexa/00", "3", "", "")
    assert base64.b64decode(root) == b"r" * 32
    dash, name, blob = line.split(" ")
    assert (dash, name) == ("\u2014", "annexa/00")
    signed = base64.b64decode(blob)
    assert len(signed) == 4 + 64
    KEY.public_key().verify(signed[4:], f"{origin}\n{size}\n{root}\n".encode())
    assert verifier_key("annexa/00", KEY.public_key()).split("+")[1] == signed[:4].hex()


def test_the_same_root_is_signed_with_the_same_bytes() -> None:
    assert sign(Checkpoint(origin="annexa/00", size=3, root=b"r" * 32), KEY) == NOTE


@pytest.mark.parametrize(
    ("note", "problem"),
    [
        (NOTE.replace("\n3\n", "\n4\n"), "wrong signature"),
        (NOTE.replace("annexa/00", "annexa/01"), "another ledger"),
        (NOTE.replace("\n3\n", "\nthree\n"), "no size and root"),
        (NOTE.partition("\n\n")[0], "not a signed note"),
        ("", "not a signed note"),
        (NOTE.replace("\u2014", "-"), "not signed with this ledger's key"),
        (
            sign(
                Checkpoint(origin="annexa/00", size=3, root=b"r" * 32), Ed25519PrivateKey.generate()
            ),
            "not signed with this ledger's key",
        ),
    ],
)
def test_what_is_not_signed_by_this_ledger_is_refused(note: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read(note, "annexa/00", KEY.public_key())


def test_every_commit_adds_a_checkpoint_to_the_file_beside(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {"a": "1"})
        ledger.append("note", {})
        notes, rest = outside.split((tmp_path / "annexa.db.checkpoints").read_bytes())
        assert rest == b""
        assert [read(n, ledger.origin, ledger.public_key).size for n in notes] == [1, 2, 3]
        assert notes[-1] == ledger.checkpoint()
        assert read(notes[-1], ledger.origin, ledger.public_key).root == ledger.log.root()


def test_a_note_cut_off_by_a_crash_is_completed_by_the_next_commit(tmp_path: Path) -> None:
    beside = tmp_path / "annexa.db.checkpoints"
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {"a": "1"})
        whole = beside.read_bytes()
        for cut in (1, 40, 100):
            beside.write_bytes(whole[:-cut])
            lagging = ledger.verify()
            assert lagging.ok
            assert lagging.notes == [
                "annexa.db.checkpoints lags 1 leaves behind; the next run mends it"
            ]
        ledger.append("note", {})
        assert beside.read_bytes().startswith(whole)
        assert (ledger.verify().checkpoints_outside, ledger.verify().notes) == (3, [])


def test_a_ledger_that_was_turned_back_does_not_fit_its_checkpoints(tmp_path: Path) -> None:
    clock = Clock()
    with open_ledger(tmp_path, clock) as ledger:
        record(ledger, NOON, {"a": "1"})
    before = (tmp_path / "annexa.db").read_bytes()
    with open_ledger(tmp_path, clock) as ledger:
        record(ledger, NOON + HOUR, {"a": "2"})
    (tmp_path / "annexa.db").write_bytes(before)
    with Ledger.open(tmp_path / "annexa.db", read_only=True) as ledger:
        report = ledger.verify()
    assert report.problem == (
        "annexa.db.checkpoints, checkpoint 3: it is signed for 3 leaves, the log holds 2:"
        " the database is older than its checkpoints"
    )


def test_a_history_that_was_rewritten_does_not_fit_its_checkpoints(tmp_path: Path) -> None:
    clock = Clock()
    with open_ledger(tmp_path, clock) as ledger:
        record(ledger, NOON, {"a": "1"})
    before = (tmp_path / "annexa.db").read_bytes()
    with open_ledger(tmp_path, clock) as ledger:
        record(ledger, NOON + HOUR, {"a": "2"})
    (tmp_path / "annexa.db").write_bytes(before)
    with open_ledger(tmp_path, clock) as ledger:
        record(ledger, NOON + HOUR, {"a": "3"})
        report = ledger.verify()
    assert report.problem == (
        "annexa.db.checkpoints, checkpoint 3: the first 3 leaves are not those signed"
    )


def test_without_the_file_beside_there_is_no_proof_outside(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {"a": "1"})
        (tmp_path / "annexa.db.checkpoints").unlink()
        assert "there is no proof outside" in str(ledger.verify().problem)


def test_a_founder_that_was_killed_leaves_a_ledger_that_fits_and_is_mended(tmp_path: Path) -> None:
    open_ledger(tmp_path).close()
    (path,) = tmp_path.glob("*.db")
    beside = outside.path_beside(path)
    beside.unlink()
    with Ledger.open(path, read_only=True) as ledger:
        report = ledger.verify()
        assert report.ok
        assert any("not written yet" in note for note in report.notes)
    with Ledger.open(path):
        assert beside.exists()
