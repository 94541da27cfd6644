"""Keys that were handed on or revoked: what a bundle knows of it, and what the export refuses."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from annexa.exporters import key_history
from annexa.exporters.errors import ExportError
from annexa.exporters.signature import Signing
from annexa.exporters.signers import FileKey, fingerprint
from annexa.exporters.verify import KEYS, PUBLIC_KEY, verify_bundle
from annexa.ledger import Ledger
from annexa.ledger.keys import load_or_create

from . import authority, small_bundle
from .small_bundle import Log, canonical


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.db") as opened:
        yield opened


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("tsa") / "tsa"
    authority.found(folder)
    with authority.serving(folder) as url:
        yield url


class Holder:
    """Three keys, and bundles of what the ledger's log is at that time."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.folder, self.ledger = folder, ledger
        self.old, self.new, self.other = (
            FileKey(load_or_create(folder / f"{name}.pem", "p256"))
            for name in ("old", "new", "other")
        )

    def bundle(self, name: str, key: str, timestamps: tuple[str, ...] = ()) -> Path:
        bodies = [leaf.body for leaf in self.ledger.log.leaves()]

        def take(log: Log) -> None:
            log.bodies = bodies

        address = str(self.folder / f"{key}.pem")
        signing = Signing(keys=(address,), timestamps=timestamps)
        path = self.folder / name
        return small_bundle.write(path, self.folder, runs=0, rewrite=take, signing=signing)

    def hand_on(self, reason: str = "yearly") -> int:
        old = fingerprint(self.old.public)
        return key_history.hand_on(self.ledger, self.old, old, self.new, reason)


@pytest.fixture
def holder(tmp_path: Path, ledger: Ledger) -> Holder:
    return Holder(tmp_path, ledger)


def told(new: Path, since: Path | None = None) -> str:
    return "\n".join(verify_bundle(new, since=since).lines())


def test_a_key_that_was_handed_on_is_followed_from_one_bundle_to_the_next(holder: Holder) -> None:
    old = holder.bundle("old.zip", "old")
    holder.hand_on()
    new = holder.bundle("new.zip", "new")
    text = told(new, since=old)
    assert verify_bundle(new, since=old).ok, text
    mine, follower = fingerprint(holder.old.public)[:16], fingerprint(holder.new.public)[:16]
    assert f"key: {mine} was handed on to {follower} in leaf 1, at " in text
    assert "handed on" not in told(new)


def test_another_key_without_an_entry_is_a_problem_only_when_compared(holder: Holder) -> None:
    old, new = holder.bundle("old.zip", "old"), holder.bundle("new.zip", "other")
    assert verify_bundle(new).ok
    assert f"{PUBLIC_KEY}: is another key than the one of old.zip, and the log does not say" in (
        told(new, since=old)
    )


def test_a_lost_key_cannot_vouch_for_the_next_and_that_is_said(holder: Holder) -> None:
    old = holder.bundle("old.zip", "old")
    gone = fingerprint(holder.old.public)
    key_history.hand_on(holder.ledger, None, gone, holder.new, "the disk broke")
    assert "without its own signature in leaf 1" in told(holder.bundle("new.zip", "new"), since=old)


def test_nothing_is_signed_with_a_key_that_was_given_up(holder: Holder) -> None:
    holder.hand_on()
    path = holder.bundle("old.zip", "old")
    assert f"{PUBLIC_KEY}: the key {fingerprint(holder.old.public)[:16]} was handed on" in told(
        path
    )
    assert "before this bundle was signed" in told(path)
    with pytest.raises(ExportError, match=r"was handed on to .* see `annexa keys list`"):
        key_history.check_usable(holder.ledger, holder.old)
    key_history.check_usable(holder.ledger, holder.new)


@pytest.mark.parametrize(
    ("stamped", "since", "is_doubtful"),
    [
        (True, datetime(2099, 1, 1, tzinfo=UTC), False),
        (True, datetime(2026, 1, 1, tzinfo=UTC), True),
        (True, None, True),
        (False, datetime(2099, 1, 1, tzinfo=UTC), True),
    ],
)
def test_what_a_revoked_key_signed_stands_only_with_a_time_stamp_from_before(
    holder: Holder, tsa: str, stamped: bool, since: datetime | None, is_doubtful: bool
) -> None:
    old = holder.bundle("old.zip", "old", timestamps=(tsa,) if stamped else ())
    holder.hand_on()
    revoked = fingerprint(holder.old.public)
    key_history.revoke(holder.ledger, revoked, holder.new, "a laptop was stolen", since)
    new = holder.bundle("new.zip", "new")
    text = told(new, since=old)
    assert ("nothing proves that it was signed before" in text) is is_doubtful, text
    assert "(a laptop was stolen) in leaf 2, at" in text
    assert verify_bundle(new, since=old).ok is not is_doubtful
    assert "revoked" in told(holder.bundle("again.zip", "old"))


def forged(change: Callable[[bytes], bytes]) -> Callable[[Log], None]:
    def forge(log: Log) -> None:
        log.forged_lines = change(log.lines())

    return forge


def test_an_entry_that_was_changed_is_named(holder: Holder) -> None:
    holder.hand_on()
    bodies = [leaf.body for leaf in holder.ledger.log.leaves()]

    def take(log: Log) -> None:
        log.bodies = [*bodies, canonical({"type": "key", "at": "x", "statement": {}})]

    path = holder.folder / "b.zip"
    signing = Signing(keys=(str(holder.folder / "new.pem"),))
    small_bundle.write(path, holder.folder, runs=0, rewrite=take, signing=signing)
    assert f"{KEYS}: line 2: is not as it was exported" in told(path)
    small_bundle.write(
        path,
        holder.folder,
        runs=0,
        rewrite=lambda log: log.bodies.__setitem__(slice(None), bodies),
        forge=forged(lambda lines: lines.replace(b'"at":"2', b'"at":"1')),
        signing=signing,
    )
    assert f"{KEYS}: line 1: leaf 1 is not in the log of the checkpoint" in told(path)
