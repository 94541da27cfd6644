"""Every version of a document, whoever made it, whether it was signed, and who may approve."""

import hashlib
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors.documents import kinds
from annexa.collectors.documents.reader import Documents
from annexa.collectors.documents.settings import DocumentsSettings
from annexa.collectors.receipt import KindReceipt
from annexa.collectors.runner import read_source

from .git_repository import DOCUMENT, Git
from .memory_sink import NOON, MemorySink, patient

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="apt-get install git")

APPROVERS = """approvers:
  - {who: ines@example.com, also: [ikeller], role: board, types: [policy], from: 2025-01-01}
  - bob@example.com
"""


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return Git(tmp_path / "repository")


def read(folder: Path, sink: MemorySink, **more: Any) -> dict[str, KindReceipt]:
    settings = DocumentsSettings(id="documents/test", path=str(folder), **more)
    receipt = read_source(
        Documents(settings, clock=lambda: NOON), settings, slot=NOON, sink=sink, retry=patient()
    )
    return {kind.kind.removeprefix("documents."): kind for kind in receipt.kinds}


def versions(sink: MemorySink) -> list[dict[str, Any]]:
    return [sink.body(kinds.VERSION, name) for name in sink.subjects(kinds.VERSION)]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_every_version_has_its_commit_author_blob_hash_and_what_it_said_of_its_approval(
    git: Git,
) -> None:
    draft = "---\nid: POL-1\nversion: 1\n---\n"
    final = "---\nid: POL-1\nversion: 2\napproved_by: ines\napproved_at: 2026-01-02\n---\n"
    git.write("policies/a.md", draft)
    first = git.commit("draft", "--author", "Ann <ann@example.com>")
    git.write("other.txt", "x")
    git.commit()
    git.write("policies/a.md", final)
    second = git.commit("final\n\nReviewed-by: Ines <ines@example.com>\nAcked-by: bob")
    sink = MemorySink()
    found = read(git.root, sink)["version"]
    assert found.verdict == "complete"
    newest, oldest = versions(sink)
    assert (newest["id"], oldest["id"]) == (second, first)
    assert (newest["is_current"], oldest["is_current"]) == (True, False)
    assert (newest["sha256"], oldest["sha256"]) == (sha256(final), sha256(draft))
    assert newest["blob"] == git("rev-parse", "HEAD:policies/a.md")
    assert oldest["author"] == "ann@example.com"
    assert oldest["committer"] == "eva@example.com"
    assert datetime.fromisoformat(newest["at"]) == datetime.fromisoformat(
        git("log", "-1", "--format=%cI", second)
    )
    assert newest["reviewed_by"] == ["ines@example.com", "bob"]
    assert (newest["document"], newest["version"], newest["approved_by"]) == ("POL-1", "2", "ines")
    assert "approved_by" not in oldest
    assert newest["signed"] is False
    assert "verified" not in newest


def test_versions_of_both_sides_of_a_merge_and_from_before_a_rename_are_kept(git: Git) -> None:
    git.write("old.md", DOCUMENT)
    ids = [git.commit()]
    git("mv", "old.md", "new.md")
    ids.append(git.commit())
    git("checkout", "-q", "-b", "side")
    git.write("new.md", DOCUMENT.replace("line 1\n", "line one\n"))
    ids.append(git.commit())
    git("checkout", "-q", "main")
    git.write("new.md", DOCUMENT.replace("line 28\n", "line 28!\n"))
    ids.append(git.commit())
    git("merge", "-q", "--no-edit", "side")
    ids.append(git("rev-parse", "HEAD"))
    sink = MemorySink()
    read(git.root, sink)
    found = versions(sink)
    assert {one["id"] for one in found} == set(ids)
    assert found[0]["id"] == ids[-1]
    assert [one.get("was_at") for one in found if one["id"] == ids[0]] == ["old.md"]
    assert sum(one["is_current"] for one in found) == 1


def test_a_folder_has_the_one_version_that_is_there_and_knows_nobody(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(DOCUMENT)
    (tmp_path / "plain.md").write_text("no front matter")
    (tmp_path / "b.pdf").write_bytes(b"%PDF")
    (tmp_path / "b.pdf.meta.yaml").write_text("title: b")
    sink = MemorySink()
    found = read(tmp_path, sink)
    assert sink.subjects(kinds.VERSION) == [
        f"a.md@{sha256(DOCUMENT)}",
        f"b.pdf@{sha256('%PDF')}",
    ]
    assert all(one["is_current"] and "author" not in one for one in versions(sink))
    assert sink.body(kinds.PLACE, "folder") == {"place": "folder"}
    for kind in ("branch_protection", "merge", "push"):
        assert found[kind].verdict == "unsupported"


def test_files_with_their_front_matter_beside_them_have_versions_under_its_id(git: Git) -> None:
    git.write("b.pdf", "%PDF 1")
    git.write("b.pdf.meta.yaml", "id: MAN-1\nversion: 1\n")
    git.commit()
    git.write("b.pdf", "%PDF 2")
    git.write("b.pdf.meta.yaml", "id: MAN-1\nversion: 2\n")
    git.commit()
    sink = MemorySink()
    assert read(git.root, sink)["version"].verdict == "complete"
    newest, oldest = versions(sink)
    assert (newest["document"], newest["version"]) == ("MAN-1", "2")
    assert newest["sha256"] == sha256("%PDF 2")
    assert (oldest["document"], "version" in oldest) == ("MAN-1", False)
    assert oldest["sha256"] == sha256("%PDF 1")


def test_a_version_has_the_hash_that_the_document_has_with_a_byte_order_mark_too(
    git: Git,
) -> None:
    (git.root / "a.md").write_bytes(b"\xef\xbb\xbf" + DOCUMENT.encode())
    git.commit()
    sink = MemorySink()
    read(git.root, sink)
    (version,) = versions(sink)
    assert version["sha256"] == sink.body(kinds.DOCUMENT, "a.md")["sha256"]


def test_the_kinds_are_the_same_whatever_the_place(tmp_path: Path) -> None:
    for place in ({"path": str(tmp_path)}, {"repository": "x"}, {"s3": "bucket/prefix"}):
        settings = DocumentsSettings(id="documents/x", **place)  # type: ignore[arg-type]  # one key
        readers = Documents(settings).readers()
        assert [reader.kind for reader in readers] == list(Documents.kinds)


def test_a_version_whose_object_is_missing_is_a_named_gap(git: Git) -> None:
    git.write("a.md", DOCUMENT)
    git.commit()
    blob = git("rev-parse", "HEAD:a.md")
    git.write("a.md", DOCUMENT + "more\n")
    git.commit()
    (git.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    sink = MemorySink()
    found = read(git.root, sink)["version"]
    assert found.verdict == "partial"
    assert "partial clone" in found.skipped[0].problem
    assert [("sha256" in one) for one in versions(sink)] == [True, False]


def test_git_says_which_branch_was_read_and_whether_its_history_is_whole(
    git: Git, tmp_path: Path
) -> None:
    git.write("a.md", DOCUMENT)
    git.commit()
    git.write("a.md", DOCUMENT + "x\n")
    head = git.commit()
    git("clone", "-q", "--depth", "1", git.root.as_uri(), str(tmp_path / "shallow"))
    for folder, whole in ((git.root, True), (tmp_path / "shallow", False)):
        sink = MemorySink()
        read(folder, sink)
        assert sink.body(kinds.PLACE, "git") == {
            "place": "git",
            "keeps_versions": True,
            "whole_history": whole,
            "branch": "main",
            "head": head,
        }
    git("checkout", "-q", "--detach")
    sink = MemorySink()
    read(git.root, sink)
    assert "branch" not in sink.body(kinds.PLACE, "git")
    read(git.root, sink, ref="main")
    assert sink.body(kinds.PLACE, "git")["branch"] == "main"


def test_approvers_have_the_time_from_when_to_when_they_stood_on_the_list(git: Git) -> None:
    git.write("approvers.yaml", APPROVERS)
    git.commit()
    listed_at = git("log", "-1", "--format=%cI")
    git.write("approvers.yaml", "approvers: [broken")
    git.commit()
    git.write("approvers.yaml", APPROVERS.replace("  - bob@example.com\n", ""))
    git.commit()
    unlisted_at = git("log", "-1", "--format=%cI")
    sink = MemorySink()
    assert read(git.root, sink)["approver"].verdict == "complete"
    found = [sink.body(kinds.APPROVER, name) for name in sink.subjects(kinds.APPROVER)]
    ines, bob = sorted(found, key=lambda one: one["who"], reverse=True)
    assert ines["names"] == ["ines@example.com", "ikeller"]
    assert (ines["role"], ines["types"], ines["valid_from"]) == ("board", ["policy"], "2025-01-01")
    assert "unlisted_at" not in ines
    for when, text in (("listed_at", listed_at), ("unlisted_at", unlisted_at)):
        assert datetime.fromisoformat(bob[when]) == datetime.fromisoformat(text)


def test_a_new_role_is_a_new_stay_on_the_list(git: Git) -> None:
    git.write("approvers.yaml", APPROVERS)
    git.commit()
    git.write("approvers.yaml", APPROVERS.replace("role: board", "role: chair"))
    git.commit()
    sink = MemorySink()
    read(git.root, sink)
    found = [sink.body(kinds.APPROVER, name) for name in sink.subjects(kinds.APPROVER)]
    roles = {one["role"]: "unlisted_at" in one for one in found if "role" in one}
    assert roles == {"board": True, "chair": False}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("approvers: 3\n", "no list under approvers"),
        ("approvers: [{role: board}]\n", "names nobody"),
        ("approvers: [a, a]\n", "stands twice"),
    ],
)
def test_a_list_of_approvers_that_cannot_be_read_is_a_gap(
    git: Git, text: str, problem: str
) -> None:
    git.write("approvers.yaml", text)
    git.commit()
    found = read(git.root, MemorySink())["approver"]
    assert (found.verdict, found.items) == ("partial", 0)
    assert problem in found.skipped[0].problem


def test_reviews_come_from_front_matter_and_from_the_register(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "---\nid: POL-1\nreviews:\n  - {on: 2026-06-01, by: eva, outcome: no change}\n---\n"
    )
    (tmp_path / "reviews.yaml").write_text(
        "reviews:\n  - {document: POL-1, on: 2026-09-01, by: bob, outcome: no change,"
        " trigger: new regulation}\n"
    )
    sink = MemorySink()
    assert read(tmp_path, sink)["review"].verdict == "complete"
    assert sorted(sink.subjects(kinds.REVIEW)) == ["POL-1@2026-06-01/eva", "POL-1@2026-09-01/bob"]
    assert sink.body(kinds.REVIEW, "POL-1@2026-09-01/bob") == {
        "document": "POL-1",
        "on": "2026-09-01",
        "by": "bob",
        "outcome": "no change",
        "trigger": "new regulation",
        "path": "reviews.yaml",
    }


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


def test_where_no_host_tells_a_moved_branch_is_seen_between_two_runs(git: Git) -> None:
    git.write("a.md", DOCUMENT)
    first = git.commit()

    def pushed(cursor: str | None) -> tuple[list[dict[str, Any]], str]:
        sink = MemorySink({} if cursor is None else {kinds.PUSH.name: cursor})
        assert read(git.root, sink)["push"].verdict == "complete"
        found = [sink.body(kinds.PUSH, name) for name in sink.subjects(kinds.PUSH)]
        return found, sink.cursors[kinds.PUSH.name]

    nothing, cursor = pushed(None)
    assert nothing == []
    git.write("a.md", DOCUMENT + "x\n")
    second = git.commit()
    (push,), cursor = pushed(cursor)
    assert (push["how"], push["before"], push["after"]) == ("push", first, second)
    assert (push["commits"], push["seen_by"], push["branch"]) == ([second], "clone", "main")
    assert datetime.fromisoformat(push["at"]) == NOON.astimezone(UTC)
    assert pushed(cursor)[0] == []
    git("reset", "-q", "--hard", first)
    git.write("a.md", DOCUMENT + "y\n")
    third = git.commit()
    (forced,), _ = pushed(cursor)
    assert (forced["how"], forced["before"], forced["after"]) == ("force_push", second, third)


def test_published_copies_are_hashed_where_they_are_and_named_where_they_are_not(
    tmp_path: Path,
) -> None:
    from .misbehaving import Reply, misbehaving

    (tmp_path / "a.md").write_text(DOCUMENT)
    (tmp_path / "copy.md").write_text(DOCUMENT)
    modified = {"Last-Modified": "Tue, 24 Nov 2026 10:00:00 GMT"}
    replies = {
        "/same": Reply(200, DOCUMENT.encode(), modified),
        "/gone": Reply(404),
        "/closed": Reply(403),
        "/away": Reply(302, headers={"Location": "http://elsewhere.example/"}),
        "/moved": Reply(301, headers={"Location": "/same"}),
    }
    with misbehaving(lambda request: replies[request.path]) as server:
        places = [f"{server.url}{path}?key=hunter2" for path in replies]
        sink = MemorySink()
        found = read(tmp_path, sink, published={"POL-1": ["copy.md", "gone.md", *places]})
    copies = {one.partition("@")[2]: sink.body(kinds.PUBLISHED_COPY, one)
              for one in sink.subjects(kinds.PUBLISHED_COPY)}  # fmt: skip
    url = server.url
    assert copies["copy.md"]["sha256"] == sha256(DOCUMENT)
    assert copies[f"{url}/same"]["sha256"] == copies[f"{url}/moved"]["sha256"] == sha256(DOCUMENT)
    assert copies[f"{url}/same"]["modified_at"] == "2026-11-24T10:00:00Z"
    assert [copies[name]["found"] for name in ("gone.md", f"{url}/gone")] == [False, False]
    receipt = found["published_copy"]
    assert receipt.verdict == "partial"
    assert {skip.what.removeprefix(url): skip.denied for skip in receipt.skipped} == {
        "/closed": True,
        "/away": False,
    }
    assert "hunter2" not in str(receipt)
    assert "another server" in next(s.problem for s in receipt.skipped if not s.denied)
