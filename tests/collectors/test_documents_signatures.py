"""Whether a version of a document was signed, by whom, and whether that holds."""

import shutil
import subprocess
from pathlib import Path

import pytest
from annexa.collectors.documents import kinds

from .document_reading import read
from .git_repository import DOCUMENT, Git
from .memory_sink import MemorySink

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="apt-get install git")


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return Git(tmp_path / "repository")


def ssh_key(folder: Path, name: str, kind: str = "ed25519") -> Path:
    path = folder / name
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", str(path)], check=True
    )
    return path


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="apt-get install openssh-client")
def test_ssh_signatures_are_verified_against_the_allowed_signers(git: Git, tmp_path: Path) -> None:
    known, stranger = ssh_key(tmp_path, "known"), ssh_key(tmp_path, "stranger", "ecdsa")
    signers = tmp_path / "signers"
    signers.write_text(f'eva@example.com namespaces="git" {known.with_suffix(".pub").read_text()}')
    ids = {}
    for name, key in (("known", known), ("stranger", stranger)):
        git.write(f"{name}.md", DOCUMENT)
        sign = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")
        git("add", "-A")
        git(*sign, "commit", "-q", "-S", "-m", name)
        ids[name] = git("rev-parse", "HEAD")
    git.write("none.md", DOCUMENT)
    git.commit()
    sink = MemorySink()
    read(git.root, sink, allowed_signers_file=str(signers))
    commit = {n: sink.body(kinds.DOCUMENT, f"{n}.md")["commit"] for n in (*ids, "none")}
    assert (commit["known"]["verified"], commit["known"]["signer"]) == (True, "eva@example.com")
    assert (commit["stranger"]["signed"], commit["stranger"]["verified"]) == (True, False)
    assert commit["stranger"]["signer"].startswith("SHA256:")
    assert (commit["none"]["signed"], "verified" in commit["none"]) == (False, False)
    # git itself agrees
    oracle = ("-c", f"gpg.ssh.allowedSignersFile={signers}", "log", "-1", "--format=%G?")
    assert [git(*oracle, ids[name]) for name in ("known", "stranger")] == ["G", "U"]


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="apt-get install openssh-client")
def test_a_signature_under_another_text_or_by_a_key_that_had_ended_does_not_hold(
    git: Git, tmp_path: Path
) -> None:
    key = ssh_key(tmp_path, "key")
    public = key.with_suffix(".pub").read_text()
    git.write("a.md", DOCUMENT)
    git("add", "-A")
    git("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}", "commit", "-q", "-S", "-m", "x")
    signers = tmp_path / "signers"

    def verified() -> bool:
        sink = MemorySink()
        read(git.root, sink, allowed_signers_file=str(signers))
        answer: bool = sink.body(kinds.VERSION, sink.subjects(kinds.VERSION)[0])["verified"]
        return answer

    signers.write_text(f'eva@example.com valid-before="20301231" {public}')
    assert verified()
    signers.write_text(f'eva@example.com valid-before="20231101" {public}')  # committed on the 14th
    assert not verified()
    signers.write_text(f'eva@example.com valid-after="20231201" {public}')
    assert not verified()
    signers.write_text(f"eva@example.com {public}")
    forged = git("cat-file", "commit", "HEAD").replace("\n\nx", "\n\ny")
    (git.root / ".git/forged").write_text(forged + "\n")
    git("update-ref", "HEAD", git("hash-object", "-t", "commit", "-w", ".git/forged"))
    assert not verified()


@pytest.mark.skipif(
    shutil.which("gpg") is None or shutil.which("gpgv") is None, reason="apt-get install gpg gpgv"
)
def test_openpgp_signatures_are_verified_with_gpgv(git: Git, tmp_path: Path) -> None:
    home = tmp_path / "g"
    home.mkdir(mode=0o700)
    git.environment = {"GNUPGHOME": str(home)}
    gpg = ["gpg", "--homedir", str(home), "--batch", "-q", "--passphrase", ""]
    try:
        make = [*gpg, "--quick-generate-key", "Eva <eva@example.com>", "ed25519", "sign"]
        subprocess.run(make, check=True, capture_output=True)
        export = subprocess.run([*gpg, "--armor", "--export"], check=True, capture_output=True)
        git.write("a.md", DOCUMENT)
        git("add", "-A")
        git("-c", "user.signingkey=eva@example.com", "commit", "-q", "-S", "-m", "x")
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
    keys, others = tmp_path / "keys.asc", tmp_path / "others.asc"
    keys.write_bytes(export.stdout)
    sink = MemorySink()
    read(git.root, sink, pgp_keys_file=str(keys))
    commit = sink.body(kinds.DOCUMENT, "a.md")["commit"]
    assert (commit["verified"], commit["signer"]) == (True, "eva@example.com")
    others.write_text("no keys")
    refused = read(git.root, MemorySink(), pgp_keys_file=str(others))["document"]
    assert (refused.verdict, refused.problem) == (
        "unavailable",
        "pgp_keys_file holds no public keys",
    )


def test_a_file_of_keys_that_cannot_be_used_is_a_gap_and_no_unverified_signature(
    git: Git, tmp_path: Path
) -> None:
    git.write("a.md", DOCUMENT)
    git.commit()
    signers = tmp_path / "signers"
    for text in (None, "eva@example.com", "eva ssh-ed25519 AAAA", "eva cert-authority ssh-rsa AA"):
        if text is not None:
            signers.write_text(text + "\n")
        found = read(git.root, MemorySink(), allowed_signers_file=str(signers))["document"]
        assert found.verdict == "unavailable"
        assert "allowed_signers_file" in (found.problem or "")
