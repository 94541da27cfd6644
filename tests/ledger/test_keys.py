"""Key files: made once, for the owner only, and never guessed."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from annexa.ledger import Ledger, LedgerError
from annexa.ledger.errors import KeyRefused
from annexa.ledger.keys import load_or_create, raw_public
from cryptography.hazmat.primitives.asymmetric import ec

from .sample import NOON, open_ledger, record


def test_a_new_key_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ledger.ed25519.pem"
    load_or_create(path, "ed25519")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_key_is_made_once_even_by_many_at_once(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "k.pem"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: load_or_create(path, "ed25519"), range(16)))
    assert len({raw_public(key.public_key()) for key in made}) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "k.pem"
    load_or_create(path, "p256")
    path.chmod(mode)
    with pytest.raises(KeyRefused, match=rf"others may read it \(mode {mode:04o}\); chmod 600"):
        load_or_create(path, "p256")


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "k.pem"
    assert isinstance(load_or_create(path, "p256").curve, ec.SECP256R1)
    with pytest.raises(KeyRefused, match="is not a key of kind ed25519"):
        load_or_create(path, "ed25519")


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "k.pem"
    path.write_bytes(b"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n")
    path.chmod(0o600)
    with pytest.raises(KeyRefused, match="is not an unencrypted private key in PEM"):
        load_or_create(path, "ed25519")


def test_a_ledger_whose_key_is_gone_gets_no_new_one(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {"a": "1"})
    (tmp_path / "keys" / "ledger.ed25519.pem").unlink()
    with pytest.raises(KeyRefused, match="the key that signs this ledger is not there"):
        open_ledger(tmp_path)
    with Ledger.open(tmp_path / "annexa.db", read_only=True) as ledger:
        assert ledger.verify().ok


def test_another_ledgers_key_is_refused(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {"a": "1"})
    load_or_create(tmp_path / "other" / "ledger.ed25519.pem", "ed25519")
    for read_only in (False, True):
        with pytest.raises(LedgerError, match="is not the key of") as refused:
            Ledger.open(tmp_path / "annexa.db", keys=tmp_path / "other", read_only=read_only)
        assert refused.value.exit_code == 5
