"""Every version of a document, whoever made it, and who may approve and review."""

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors.documents import kinds
from annexa.collectors.documents.reader import Documents
from annexa.collectors.documents.settings import DocumentsSettings

from .document_reading import read, versions
from .git_repository import DOCUMENT, Git
from .memory_sink import NOON, MemorySink

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="apt-get install git")

APPROVERS = """approvers:
  - {who: ines@example.com, also: [ikeller], role: board, types: [policy], from: 2025-01-01}
  - bob@example.com
"""


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return Git(tmp_path / "repository")


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
