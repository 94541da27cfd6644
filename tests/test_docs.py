"""README and docs speak of commands, files and figures that exist."""

import re
from collections import Counter
from pathlib import Path

import pytest
from annexa.agent.command_table import COMMANDS
from annexa.agent.demo.faults import FAULTS
from annexa.agent.entry import run
from annexa.agent.exit_codes import ExitCode
from annexa.mappings.pack import load_pack

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text()):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_named_exists(page: Path) -> None:
    fences = "".join(re.findall(r"^```\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE))
    named = set(re.findall(r"`annexa ([a-z]+)", page.read_text()))
    named |= set(re.findall(r"^annexa ([a-z]+)", fences, re.MULTILINE))
    assert named <= COMMANDS.keys()


def test_every_option_in_the_readme_is_known_to_its_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for command, rest in re.findall(r"^annexa ([a-z]+)([^#\n]*)", README, re.MULTILINE):
        options = re.findall(r"--[a-z]+", rest)
        if options:
            assert run([command, "--help"]) == ExitCode.OK
            shown = capsys.readouterr().out
            assert all(option in shown for option in options)


def test_the_two_commands_of_the_first_screen_are_targets_of_the_makefile() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"^make ([a-z]+)", README, re.MULTILINE)
    assert named[:2] == ["demo", "test"]
    assert set(named) <= set(targets)


def test_the_readme_shows_every_deliberate_fault_of_the_demo() -> None:
    shown = re.search(r"<!-- demo -->(.*?)<!-- /demo -->", README, re.DOTALL)
    assert shown is not None
    for fault in FAULTS:
        assert re.search(rf"^{fault.id} +{re.escape(fault.control)} ", shown[1], re.MULTILINE)


def test_the_tally_in_the_readme_is_that_of_the_catalogue() -> None:
    classes = Counter(control.kind for control in load_pack("iso42001").catalogue.controls)
    words = f"{classes['automated']} are automated, {classes['partial']} partial and "
    assert words + f"{classes['manual']} manual" in README


def test_no_page_says_more_than_an_auditor_could() -> None:
    forbidden = re.compile(r"\b(compliant|certified|conforms)\b", re.IGNORECASE)
    for page in PAGES:
        assert not forbidden.search(page.read_text()), page.name
