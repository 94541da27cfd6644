"""``annexa keys`` and ``annexa sign``, as a person runs them."""

from pathlib import Path

import pytest
from annexa.agent.exit_codes import ExitCode
from annexa.exporters.signature import BundleKey
from annexa.ledger import Ledger

from ..exporters import small_bundle
from .command_line import CommandLine


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    config = tmp_path / "annexa.yaml"
    config.write_text("organisation: {name: Nordlicht}\n")
    Ledger.open(tmp_path / "annexa.db", keys=tmp_path / "keys").close()
    return CommandLine(config, capsys)


def test_a_key_is_handed_on_listed_and_revoked(cli: CommandLine, tmp_path: Path) -> None:
    assert "no key yet" in cli.annexa("keys", "list")
    old = BundleKey(tmp_path / "keys").fingerprint
    done = cli.json("keys", "rotate", "--reason", "yearly")
    assert done["old"] == old
    assert done["new"] == BundleKey(tmp_path / "keys").fingerprint != old
    assert Path(done["kept"]).stat().st_mode & 0o777 == 0o600
    text = cli.annexa("keys", "list")
    assert f"signs bundles    sha256:{done['new']}" in text
    assert f"handed on to {done['new'][:16]}" in text
    cli.annexa("keys", "revoke", done["new"], "--reason", "x", code=ExitCode.LEDGER)
    assert "is in use; hand it on first: `annexa keys rotate`" in cli.err
    cli.annexa("keys", "revoke", old, "--reason", "stolen", "--since", "2026-03-03")
    (handed, revoked) = cli.json("keys", "list")["events"]
    assert (handed["action"], revoked["action"]) == ("handed on", "revoked")
    assert revoked["since"] == "2026-03-03T23:59:59.999999Z"


def test_a_rotation_that_was_killed_before_the_files_changed_goes_on(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = BundleKey(tmp_path / "keys").fingerprint

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("annexa.agent.key_change._put_in_place", killed)
        cli.annexa("keys", "rotate", "--reason", "yearly", code=ExitCode.INTERRUPTED)
    assert BundleKey(tmp_path / "keys").fingerprint == old
    done = cli.json("keys", "rotate", "--reason", "yearly")
    assert BundleKey(tmp_path / "keys").fingerprint == done["new"]
    assert len(cli.json("keys", "list")["events"]) == 1


def test_keys_that_the_configuration_names_are_changed_there(
    cli: CommandLine, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        BundleKey(tmp_path / name)
    cli.config.write_text(
        "organisation: {name: Nordlicht}\nsigning: {keys: [one/bundle.p256.pem]}\n"
    )
    cli.annexa("keys", "rotate", "--reason", "x", code=ExitCode.LEDGER)
    assert "name it with --to KEY" in cli.err
    cli.annexa("keys", "rotate", "--reason", "x", "--to", str(tmp_path / "two/bundle.p256.pem"))
    assert "first under signing.keys: exports with the old key are refused now" in cli.err
    assert "(given up!)" in cli.annexa("keys", "list")


def test_a_reviewer_signs_beside_the_bundle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from annexa.agent.entry import run

    bundle = small_bundle.write(tmp_path / "b.zip", tmp_path / "keys")
    key = tmp_path / "keys" / "bundle.p256.pem"
    who = ["--name", "Grace", "--role", "reviewer", "--control", "A.6.2.5", "--note", "fine"]
    assert run(["sign", str(bundle), "--key", str(key), *who]) == ExitCode.OK
    assert run(["verify", str(bundle)]) == ExitCode.OK
    text = capsys.readouterr().out
    assert text.count("sign-off: reviewer Grace on A.6.2.5") == 2
    assert "hand it over together with the bundle" in text
    assert run(["sign", str(bundle), "--key", "none.pem", *who]) == ExitCode.LEDGER
    assert "none.pem: " in capsys.readouterr().err
