"""GitHub as the company uses it for its documents: every commit came by a reviewed pull request.

It answers what GitHub's REST documentation says, from the commits that are in the repository; its
pages are long enough for everything.
"""

import contextlib
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from .story import Data

REPOSITORY = "nordlicht/governance"
TOKEN_ENV = "ANNEXA_DEMO_GITHUB_TOKEN"
_ROOT = f"/api/v3/repos/{REPOSITORY}"
_REVIEWERS = ("lbrandt", "ikeller")
"""Who looks at what nobody was named for; never the author."""

_PROTECTION = {
    "enforce_admins": {"enabled": True},
    "required_pull_request_reviews": {
        "required_approving_review_count": 1,
        "dismiss_stale_reviews": True,
        "bypass_pull_request_allowances": {"users": [], "teams": [], "apps": []},
    },
    "required_signatures": {"enabled": True},
    "allow_force_pushes": {"enabled": False},
    "allow_deletions": {"enabled": False},
}


@dataclass(frozen=True)
class PullRequest:
    number: int
    commit: str
    author: str
    """Login."""
    email: str
    reviewer: str
    at: datetime
    """Of the commit."""

    def shown(self) -> dict[str, Any]:
        """As the list and the request itself have it."""
        merged = _text(self.at + timedelta(hours=2))
        return {
            "number": self.number,
            "updated_at": merged,
            "merged_at": merged,
            "merge_commit_sha": self.commit,
            "user": {"login": self.author},
            "merged_by": {"login": self.reviewer},
            "head": {"sha": self.commit},
        }

    def reviews(self) -> list[dict[str, Any]]:
        return [
            {
                "state": "APPROVED",
                "user": {"login": self.reviewer},
                "submitted_at": _text(self.at + timedelta(hours=1)),
                "commit_id": self.commit,
            }
        ]

    def commits(self) -> list[dict[str, Any]]:
        author = {"email": self.email, "date": _text(self.at)}
        verification = {"verified": True, "reason": "valid"}
        details = {"author": author, "verification": verification}
        return [{"sha": self.commit, "commit": details, "parents": []}]

    def activity(self, before: str) -> dict[str, Any]:
        """The move of the branch when it was merged."""
        return {
            "id": self.number,
            "timestamp": _text(self.at + timedelta(hours=2)),
            "activity_type": "pr_merge",
            "before": before,
            "after": self.commit,
            "actor": {"login": self.reviewer},
        }


@dataclass(frozen=True)
class Repository:
    requests: Sequence[PullRequest]
    """The oldest first; each added one commit to ``main``."""

    @cached_property
    def answers(self) -> Mapping[str, Any]:
        """Path -> JSON."""
        requests = self.requests
        before = ["0" * 40, *(one.commit for one in requests)]
        found: dict[str, Any] = {
            "": {"default_branch": "main"},
            "/branches/main": {"commit": {"sha": requests[-1].commit}, "protected": True},
            "/branches/main/protection": _PROTECTION,
            "/rules/branches/main": [],
            "/pulls": [one.shown() for one in reversed(requests)],
            "/activity": [one.activity(last) for last, one in zip(before, requests, strict=False)][
                ::-1
            ],
        }
        for one in requests:
            found[f"/pulls/{one.number}"] = one.shown()
            found[f"/pulls/{one.number}/reviews"] = one.reviews()
            found[f"/pulls/{one.number}/commits"] = one.commits()
        return {_ROOT + path: answer for path, answer in found.items()}


def requests_of(commits: Sequence[Data], shas: Sequence[str]) -> list[PullRequest]:
    """One for each of the company's commits; ``shas`` are theirs, in the same order."""
    found = []
    for number, (commit, sha) in enumerate(zip(commits, shas, strict=True), start=1):
        author = _login(commit["by"])
        others = [one for one in _REVIEWERS if one != author]
        reviewer = _login(commit["reviewed_by"]) if "reviewed_by" in commit else others[0]
        email = commit["by"].partition("<")[2].rstrip(">")
        at = datetime.fromisoformat(commit["at"])
        found.append(PullRequest(number, sha, author, email, reviewer, at))
    return found


@contextlib.contextmanager
def simulated_github(requests: Sequence[PullRequest]) -> Iterator[str]:
    """Yields its address; the API is below ``/api/v3``, as on a server of one's own."""
    answers = Repository(requests).answers

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            found = answers.get(urlsplit(self.path).path)
            status = 404 if found is None else 200
            body = json.dumps({"message": "Not Found"} if found is None else found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _login(who: str) -> str:
    """``Lea Brandt <…>`` is lbrandt."""
    names = re.findall(r"\w+", who.partition("<")[0].lower())
    return str(names[0][0] + names[-1])


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
