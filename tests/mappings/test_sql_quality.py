"""The SQL of the pack is read by auditors: it looks one way, says what is not plain to see, and
rules know no platform."""

import re
from pathlib import Path

import pytest
from annexa.mappings.pack import BUILTIN
from annexa.mappings.rule import Rule

from .planting import PACK

FOLDER = BUILTIN / "iso42001"
FRAGMENTS = sorted((FOLDER / "views").glob("*.sql"))
_TEXT = re.compile(r"'(?:[^']|'')*'|--[^\n]*")
_SHOUTED = re.compile(
    r"\b(SELECT|FROM|WHERE|JOIN|LEFT|ON|WITH|UNION|GROUP|ORDER|BY|AS|CASE|WHEN|THEN|ELSE|END|AND"
    r"|OR|NOT|IN|IS|NULL|TRUE|FALSE|BETWEEN|LIKE|INTERVAL|DISTINCT)\b"
)
_PLATFORM = re.compile(
    r"\b(aws|kubernetes|kserve|mlflow|sagemaker|bedrock|eks|s3|iam|kms|glue|cloudtrail|cloudwatch"
    r"|kyverno|gatekeeper|prometheus|marquez|openlineage|github|gitlab)(_\w+)?\b"
)


def complaints(where: str, sql: str, widest: int) -> list[str]:
    """How the text differs from the one way in which it is written."""
    found = []
    for number, line in enumerate(sql.splitlines(), 1):
        told = {
            "a keyword in capitals": _SHOUTED.search(_TEXT.sub("''", line)),
            "a space at the end": line != line.rstrip(),
            "a tab": "\t" in line,
            f"more than {widest} characters": len(line) > widest and not line.startswith("-- rows"),
        }
        found += [f"{where}:{number}: {what}" for what, is_so in told.items() if is_so]
    return found


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)
def test_a_fragment_is_formatted_and_says_in_a_line_what_is_not_plain(path: Path) -> None:
    text = path.read_text()
    assert complaints(path.name, text, 120) == []
    header, comment, *_ = text.splitlines()
    assert header.startswith("-- rows: ")
    assert re.match(r"-- [A-Z].*", comment), "the second line says what the fragment decides"
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("rule", PACK.rules, ids=lambda rule: rule.id)
def test_a_rule_is_formatted_titled_and_knows_no_platform(rule: Rule) -> None:
    for key, text in rule.texts.items():
        assert complaints(f"{rule.id} {key}", text, 260) == []
        assert not _PLATFORM.search(text.lower()), f"{rule.id} {key}"
    assert re.match(r"[A-Z].*[^.]$", rule.title)
    assert re.match(r"[A-Z].*\.$", rule.step)


def test_every_view_says_in_a_line_what_its_rows_are() -> None:
    lines = (FOLDER / "views.yaml").read_text().splitlines()
    heads = [line for line in lines if re.match(r"[a-z_]+:", line)]
    assert [line for line in heads if not re.match(r"[a-z_]+: +# \S", line)] == []
    assert len(heads) == len(PACK.views)


def test_what_is_badly_written_is_told() -> None:
    (one,) = complaints("x", "select 'AND' -- OR\nfrom a WHERE b", 99)
    assert one == "x:2: a keyword in capitals"
    assert complaints("x", "select \n\ta", 99) == ["x:1: a space at the end", "x:2: a tab"]
