"""Documents in a git repository; the ``git`` program makes the repositories and is the oracle."""

import random
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors.documents import kinds
from annexa.collectors.documents.reader import Documents
from annexa.collectors.documents.settings import DocumentsSettings
from annexa.collectors.receipt import KindReceipt, Receipt
from annexa.collectors.runner import read_source

from .git_repository import DOCUMENT, Git
from .memory_sink import NOON, MemorySink, patient

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="apt-get install git")


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return Git(tmp_path / "repository")


def read(folder: Path, sink: MemorySink, **more: Any) -> Receipt:
    settings = DocumentsSettings(id="documents/test", path=str(folder), **more)
    return read_source(Documents(settings), settings, slot=NOON, sink=sink, retry=patient())


def documents(receipt: Receipt) -> KindReceipt:
    return receipt.kinds[0]


def test_the_last_commit_its_author_and_the_first_one_are_recorded(git: Git) -> None:
    git.write("a.md", DOCUMENT)
    first = git.commit()
    git.write("a.md", DOCUMENT + "more\n")
    last = git.commit()
    git.write("b.md", DOCUMENT)
    head = git.commit()
    sink = MemorySink()
    receipt = read(git.root, sink)
    record = sink.body(kinds.DOCUMENT, "a.md")
    when = git("log", "-1", "--format=%cI", last)
    assert record["commit"]["id"] == last
    assert record["commit"]["author"] == "eva@example.com"
    assert record["commit"]["signed"] is False
    assert record["commit"]["committed_at"].endswith("Z")
    assert datetime.fromisoformat(record["commit"]["committed_at"]) == datetime.fromisoformat(when)
    assert datetime.fromisoformat(record["first_committed_at"]) == datetime.fromisoformat(
        git("log", "-1", "--format=%cI", first)
    )
    assert receipt.identity is not None
    assert receipt.identity.server == f"git commit {head} (HEAD)"
    assert documents(receipt).verdict == "complete"


def test_what_is_not_committed_is_not_read_and_is_named(git: Git) -> None:
    for name in ("a.md", "gone.md", "same.md"):
        git.write(name, DOCUMENT)
    git.write(".gitignore", "build/\n")
    git.commit()
    git.write("a.md", DOCUMENT.replace("title: x", "title: draft"))
    git.write("new.md", DOCUMENT)
    git.write("build/ignored.md", DOCUMENT)
    git.write("same.md", DOCUMENT)
    (git.root / "gone.md").unlink()
    sink = MemorySink()
    found = documents(read(git.root, sink))
    assert sink.subjects(kinds.DOCUMENT) == ["a.md", "gone.md", "same.md"]
    assert sink.body(kinds.DOCUMENT, "a.md")["title"] == "x"
    assert found.verdict == "complete"
    assert found.checks[0].note == (
        "changed or gone, read as committed: a.md, gone.md; not committed, not read: new.md"
    )


def test_windows_line_ends_in_the_working_tree_are_no_difference(git: Git) -> None:
    git.write("a.md", DOCUMENT)
    git.commit()
    (git.root / "a.md").write_bytes(DOCUMENT.replace("\n", "\r\n").encode())
    assert documents(read(git.root, MemorySink())).checks[0].note == ""


def test_a_renamed_document_keeps_the_time_of_its_first_commit(git: Git) -> None:
    git.write("old.md", DOCUMENT)
    first = git.commit()
    git("mv", "old.md", "new.md")
    git.write("new.md", DOCUMENT + "more\n")
    renamed = git.commit()
    sink = MemorySink()
    read(git.root, sink)
    record = sink.body(kinds.DOCUMENT, "new.md")
    assert record["commit"]["id"] == renamed
    assert datetime.fromisoformat(record["first_committed_at"]) == datetime.fromisoformat(
        git("log", "-1", "--format=%cI", first)
    )


def test_a_merge_is_not_mistaken_for_a_change(git: Git) -> None:
    git.write("a.md", DOCUMENT)
    git.commit()
    git("checkout", "-q", "-b", "side")
    git.write("a.md", DOCUMENT + "side\n")
    changed = git.commit()
    git("checkout", "-q", "main")
    git.write("b.md", DOCUMENT)
    git.commit()
    merge = git("merge", "-q", "--no-ff", "-m", "merge", "side")
    sink = MemorySink()
    read(git.root, sink)
    assert sink.body(kinds.DOCUMENT, "a.md")["commit"]["id"] == changed != merge


@pytest.mark.parametrize("seed", range(4))
def test_last_commits_are_those_that_git_names(git: Git, seed: int) -> None:
    chance = random.Random(seed)
    names = [f"{folder}{n}.md" for folder in ("", "p/", "p/q/") for n in range(3)]
    branches = ["main"]
    git.write("0.md", DOCUMENT)
    git.commit()
    for step in range(25):
        action = chance.random()
        if action < 0.15 and len(branches) < 4:
            branches.append(f"b{step}")
            git("checkout", "-q", "-b", branches[-1])
        elif action < 0.3:
            git("checkout", "-q", chance.choice(branches))
        elif action < 0.45:
            git("merge", "-q", "-X", "ours", "--no-edit", chance.choice(branches))
        else:
            git.write(chance.choice(names), f"{DOCUMENT}{seed} {step}\n")
            git.commit()
    sink = MemorySink()
    read(git.root, sink)
    assert sorted(sink.subjects(kinds.DOCUMENT)) == sorted(git("ls-files").splitlines())
    for path in sink.subjects(kinds.DOCUMENT):
        last = git("log", "-1", "--format=%H", "--", path)
        assert sink.body(kinds.DOCUMENT, path)["commit"]["id"] == last, path


def test_a_shallow_clone_says_that_its_history_is_cut(git: Git, tmp_path: Path) -> None:
    git.write("a.md", DOCUMENT)
    git.commit()
    git.write("b.md", DOCUMENT)
    last = git.commit()
    clone = tmp_path / "clone"
    git("clone", "-q", "--depth", "1", git.root.as_uri(), str(clone))
    sink = MemorySink()
    found = documents(read(clone, sink))
    assert found.verdict == "partial"
    assert "shallow clone" in found.skipped[0].problem
    assert "commit" not in sink.body(kinds.DOCUMENT, "a.md")
    git("clone", "-q", "--depth", "2", git.root.as_uri(), str(tmp_path / "deeper"))
    read(tmp_path / "deeper", sink)
    assert sink.body(kinds.DOCUMENT, "b.md")["commit"]["id"] == last


def test_a_folder_inside_a_repository_and_a_bare_repository_are_read(
    git: Git, tmp_path: Path
) -> None:
    git.write("policies/a.md", DOCUMENT)
    git.write("other.md", DOCUMENT)
    head = git.commit()
    inside, bare = MemorySink(), MemorySink()
    read(git.root / "policies", inside)
    assert inside.subjects(kinds.DOCUMENT) == ["a.md"]
    assert inside.body(kinds.DOCUMENT, "a.md")["commit"]["id"] == head
    git("clone", "-q", "--bare", str(git.root), str(tmp_path / "bare.git"))
    assert documents(read(tmp_path / "bare.git", bare)).verdict == "complete"
    assert bare.subjects(kinds.DOCUMENT) == ["other.md", "policies/a.md"]


def test_a_branch_can_be_named(git: Git) -> None:
    git.write("a.md", DOCUMENT)
    approved = git.commit()
    git("branch", "approved")
    git.write("a.md", DOCUMENT + "draft\n")
    git.commit()
    sink = MemorySink()
    read(git.root, sink, ref="approved")
    assert sink.body(kinds.DOCUMENT, "a.md")["commit"]["id"] == approved


def test_a_folder_that_git_does_not_know_is_read_as_a_folder_unless_git_is_wanted(
    git: Git,
) -> None:
    git.write("a.md", DOCUMENT)
    git.write(".gitignore", "out/\n")
    git.commit()
    git.write("out/b.md", DOCUMENT)
    sink = MemorySink()
    receipt = read(git.root / "out", sink)
    assert sink.subjects(kinds.DOCUMENT) == ["b.md"]
    assert receipt.identity is not None
    assert receipt.identity.server == "folder"
    wanted = read(git.root / "out", MemorySink(), git=True)
    assert documents(wanted).verdict == "unavailable"
    assert documents(wanted).problem == "commit HEAD has no folder out"


def test_links_and_submodules_in_a_commit_are_named_and_never_followed(git: Git) -> None:
    git.write("a.md", DOCUMENT)
    head = git.commit()
    (git.root / "link.md").symlink_to("/etc/passwd")
    git("update-index", "--add", "--cacheinfo", f"160000,{head},sub")
    git.commit()
    sink = MemorySink()
    found = documents(read(git.root, sink))
    assert sink.subjects(kinds.DOCUMENT) == ["a.md"]
    assert {skip.what for skip in found.skipped} >= {"link.md"}
    assert found.verdict == "partial"


def test_no_hook_filter_or_monitor_of_the_repository_is_run(git: Git, tmp_path: Path) -> None:
    git.write("a.md", DOCUMENT)
    git.commit()
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "diff.external", "core.pager", "core.sshCommand"):
        git("config", name, str(trap))
    for name in ("filter.trap.smudge", "filter.trap.clean", "diff.trap.textconv"):
        git("config", name, str(trap))
    git.write(".gitattributes", "*.md filter=trap diff=trap\n")
    for hook in ("post-checkout", "pre-commit", "post-index-change"):
        shutil.copy(trap, git.root / ".git/hooks" / hook)
    assert documents(read(git.root, MemorySink())).items == 1
    assert not (tmp_path / "sprung").exists()


def empty(git: Git) -> None:
    pass


def without_an_object(git: Git) -> None:
    git.write("a.md", DOCUMENT)
    git.commit()
    blob = git("rev-parse", "HEAD:a.md")
    (git.root / ".git/objects" / blob[:2] / blob[2:]).unlink()


def with_a_broken_head(git: Git) -> None:
    git.write("a.md", DOCUMENT)
    commit = git.commit()
    path = git.root / ".git/objects" / commit[:2] / commit[2:]
    path.chmod(0o644)
    path.write_bytes(b"junk")


@pytest.mark.parametrize("spoil", [empty, without_an_object, with_a_broken_head])
def test_a_repository_without_commits_or_with_broken_objects_is_a_gap(
    git: Git, spoil: Callable[[Git], None]
) -> None:
    spoil(git)
    found = documents(read(git.root, MemorySink(), git=True))
    assert (found.verdict, found.items) == ("unavailable", 0)
    assert found.problem
    assert "the collector failed" not in found.problem


def test_a_signature_on_a_commit_is_noted(git: Git) -> None:
    git.write("a.md", DOCUMENT)
    head = git.commit()
    text = git("cat-file", "commit", head)
    header, _, message = text.partition("\n\n")
    signed = f"{header}\ngpgsig -----BEGIN SSH SIGNATURE-----\n x\n\n{message}\n"
    (git.root / "signed").write_text(signed)
    commit = git("hash-object", "-t", "commit", "-w", "signed")
    git("update-ref", "HEAD", commit)
    sink = MemorySink()
    read(git.root, sink)
    assert sink.body(kinds.DOCUMENT, "a.md")["commit"]["signed"] is True
