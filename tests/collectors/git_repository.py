"""Git repositories for tests, made with the ``git`` program."""

import os
import subprocess
from pathlib import Path

DOCUMENT = "---\ntitle: x\n---\n" + "".join(f"line {n}\n" for n in range(30))
SETTINGS = ["init.defaultBranch=main", "user.name=Eva", "user.email=eva@example.com"]
SETTINGS += ["commit.gpgsign=false", "protocol.file.allow=always", "advice.detachedHead=false"]


class Git:
    """A repository in which every commit has a time of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._now = 1_700_000_000
        self.environment: dict[str, str] = {}
        root.mkdir(parents=True, exist_ok=True)
        self("init", "-q")

    def __call__(self, *arguments: str) -> str:
        self._now += 60
        options = [part for setting in SETTINGS for part in ("-c", setting)]
        date = f"{self._now} +0200"
        return subprocess.run(
            ["git", *options, *arguments],
            cwd=self.root,
            env={
                **self.environment,
                "PATH": os.environ["PATH"],
                "HOME": str(self.root),
                "GIT_AUTHOR_DATE": date,
                "GIT_COMMITTER_DATE": date,
                "GIT_CONFIG_NOSYSTEM": "1",
            },
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    def write(self, path: str, content: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(content)

    def commit(self, message: str = "change", *options: str) -> str:
        self("add", "-A")
        self("commit", "-q", "--allow-empty", "-m", message, *options)
        return self("rev-parse", "HEAD")
