"""The front door: fast, quiet, and with the exit codes that are written down."""

import os
import re
import subprocess
import sys
from pathlib import Path

import annexa
import pytest
from annexa.agent.cli import build
from annexa.agent.command_table import COMMANDS, overview
from annexa.agent.entry import run
from annexa.agent.exit_codes import ExitCode

ROOT = Path(annexa.__file__).parent
HEAVY = {
    "typer", "click", "rich", "pydantic", "msgspec", "sqlalchemy", "duckdb", "cryptography",
    "zstandard", "yaml", "apscheduler", "httpx2", "stamina", "structlog", "xlsxwriter",
    "mlflow", "boto3", "kubernetes", "moto", "asyncio", "importlib.metadata",
}  # fmt: skip


def annexa_(
    *arguments: str, cwd: Path | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "annexa.agent.entry", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        timeout=120,
    )


def modules_after(*arguments: str) -> set[str]:
    code = (
        "import sys, io\n"
        "from annexa.agent.entry import run\n"
        "out, sys.stdout = sys.stdout, io.StringIO()\n"
        f"run({list(arguments)!r})\n"
        "print('\\n'.join(sys.modules), file=out)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(flag: str) -> None:
    assert not modules_after(flag) & HEAVY


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_commands_help_imports_no_client_database_or_engine(name: str) -> None:
    heavy = HEAVY - {"typer", "click", "rich", "importlib.metadata", "asyncio", "pydantic"}
    assert not modules_after(name, "--help") & heavy


def test_the_overview_lists_what_the_command_line_has() -> None:
    app = build()
    names = {command.name for command in app.registered_commands}
    names |= {group.name for group in app.registered_groups}
    assert names == set(COMMANDS)
    for name, command in COMMANDS.items():
        assert f"  {name} " in overview()
        assert command.help in overview()


def test_the_overview_fits_an_ordinary_terminal() -> None:
    assert max(map(len, overview().splitlines())) <= 100


def test_no_command_prints_the_overview_as_an_error() -> None:
    done = annexa_()
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, "")
    assert done.stderr == overview()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["statsu"], 'annexa: statsu: no such command; did you mean "status"\n'),
        (["\x1b[31mred"], "annexa: \\x1b[31mred: no such command; see `annexa --help`\n"),
        (["status", "--no-such"], "annexa: status: No such option: --no-such"),
        (["export"], "annexa: export: Missing option"),
        (["ledger"], "annexa: ledger: Missing command; see `annexa ledger --help`\n"),
        (["status", "--at", "yesterday"], "annexa: status: --at: write 2026-03-03"),
        (["status", "--at", "2026-03-03T12:00:00"], "annexa: status: --at: the time zone is"),
    ],
)
def test_a_usage_error_is_one_line_and_code_2(arguments: list[str], line: str) -> None:
    done = annexa_(*arguments)
    assert done.returncode == ExitCode.USAGE
    assert done.stdout == ""
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1


def test_a_missing_configuration_is_one_line_and_code_3(tmp_path: Path) -> None:
    done = annexa_("status", cwd=tmp_path)
    assert done.returncode == ExitCode.CONFIGURATION
    assert done.stderr == (
        "annexa: annexa.yaml: no such file; run `annexa init`, or name one with --config\n"
    )


def test_every_command_takes_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A group's own commands do."""

    def help_of(*command: str) -> str:
        assert run([*command, "--help"]) == ExitCode.OK
        return capsys.readouterr().out

    for name in COMMANDS:
        shown = help_of(name)
        if " COMMAND [ARGS]" not in shown:
            assert "--json" in shown, name
            continue
        inner = re.findall(r"^  ([a-z]+)  ", shown.partition("Commands:")[2], re.M)
        assert inner, shown
        for command in inner:
            assert "--json" in help_of(name, command), f"{name} {command}"


def test_the_exit_codes_in_the_documentation_are_those_of_the_program() -> None:
    text = (ROOT / "docs" / "exit-codes.md").read_text()
    documented = {
        int(code): name for code, name in re.findall(r"^\| (\d+) \| `(\w+)` ", text, re.M)
    }
    assert documented == {int(code): code.name for code in ExitCode}


def test_every_error_class_ends_with_a_documented_code() -> None:
    import annexa.agent.errors
    import annexa.collectors.errors
    import annexa.exporters.errors
    import annexa.ledger.errors
    import annexa.mappings.errors

    def tree(kind: type[annexa.AnnexaError]) -> set[type[annexa.AnnexaError]]:
        return {kind}.union(*(tree(below) for below in kind.__subclasses__()))

    codes = {int(code) for code in ExitCode}
    assert {kind.exit_code for kind in tree(annexa.AnnexaError)} <= codes


@pytest.mark.parametrize("command", ["--help", "plugins"])
def test_a_reader_that_goes_away_ends_the_program_without_a_word(command: str) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "annexa.agent.entry", command],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (ExitCode.PIPE, "")
