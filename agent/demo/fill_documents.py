"""Writes the company's documents as a git repository with authors, dates and signed commits."""

import os
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ... import AnnexaError
from .commit_signing import sign_commits
from .simulated_github import PullRequest, requests_of
from .story import Data, Story, instant

_APPROVAL = re.compile(r"^(?:approved_by|approved_at|approver_role):.*\n", re.MULTILINE)


def fill_documents(story: Story, folder: Path) -> tuple[int, list[PullRequest]]:
    """Make the repository in ``folder``, which must not exist; the number of documents in it, and
    how its commits came there.

    The whole history is one ``git fast-import``: a second, not a minute. The keys that signed are
    listed in the file ``allowed_signers`` beside ``folder``.
    """
    commits = story.data("commits.yaml")
    stream = b"".join(_commit(story, commit) for commit in commits)
    _git(folder, "init", "--quiet", "--initial-branch=main", str(folder))
    _git(folder, "-C", str(folder), "fast-import", "--quiet", stream=stream)
    sign_commits(partial(_git, folder, "-C", str(folder)), folder.parent / "allowed_signers")
    _git(folder, "-C", str(folder), "reset", "--quiet", "--hard", "main")
    shas = _git(folder, "-C", str(folder), "rev-list", "--reverse", "main").decode().split()
    count = len({name for commit in commits for name in commit["files"]})
    return count, requests_of(commits, shas)


def _commit(story: Story, commit: Data) -> bytes:
    who = f"{commit['by']} {int(instant(commit['at']).timestamp())} +0000"
    message = commit["message"] + "\n"
    if "reviewed_by" in commit:
        message += f"\nReviewed-by: {commit['reviewed_by']}\n"
    lines = f"commit refs/heads/main\ncommitter {who}\n".encode() + _data(message)
    return lines + b"".join(_files(story, commit["files"]))


def _files(story: Story, files: Data) -> Iterator[bytes]:
    for name, state in files.items():
        text = story.text(f"documents/{name}")
        if state == "draft":
            text = _APPROVAL.sub("", text)
        yield f"M 644 inline {name}\n".encode() + _data(text)


def _data(text: str) -> bytes:
    raw = text.encode()
    return b"data %d\n%s\n" % (len(raw), raw)


def _git(folder: Path, *arguments: str, stream: bytes | None = None) -> bytes:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder.parent),  # nobody's own configuration, hooks or signing keys
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    try:
        done = subprocess.run(
            ["git", *arguments],
            input=stream,
            stdin=None if stream is not None else subprocess.DEVNULL,
            capture_output=True,
            check=True,
            env=environment,
        )
        return done.stdout
    except FileNotFoundError as error:
        raise AnnexaError("demo/documents", "there is no git", remedy="install git") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        raise AnnexaError(
            "demo/documents",
            f"git {arguments[-1]} failed: {said[-1] if said else error.returncode}",
            remedy="report this as a bug",
        ) from error
