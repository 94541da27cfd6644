"""The command line over one configuration, as a person runs it."""

import json
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.entry import run
from annexa.agent.exit_codes import ExitCode


class CommandLine:
    def __init__(self, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.config = config
        self._capsys = capsys
        self.err = ""
        """What the last command wrote to standard error."""

    def annexa(self, *arguments: str, code: int = ExitCode.OK) -> str:
        """Run a command; returns what it wrote to standard output."""
        found = run([*arguments, "--config", str(self.config)])
        out, self.err = self._capsys.readouterr()
        assert found == code, (out, self.err)
        assert "Traceback" not in self.err
        return out

    def json(self, *arguments: str) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.annexa(*arguments, "--json"))
        return body
