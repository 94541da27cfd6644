"""A plugin that does not work any more takes nothing with it but certainty about what it read."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from annexa.collectors import registry
from annexa.ledger import Ledger
from annexa.mappings.conventions import Conventions
from annexa.mappings.errors import PackError
from annexa.mappings.evaluation import evaluate
from annexa.mappings.pack import Pack, load_pack

from .planting import NOW, PACK, Company, open_ledger, outcome, part, plant

WORKING = """
from annexa.collectors.contract import Kind, Record, Settings

class Cartridge(Record):
    name: str

class Tape:
    name = "tape"; version = "1"; stability = "alpha"; settings = Settings
    kinds = (Kind(name="tape.cartridge", record=Cartridge, subject=lambda r: r.name,
                  permission="read", cross_check="none: a test"),)
    def __init__(self, settings): self.given = settings
    def identity(self, call): raise NotImplementedError
    def readers(self): return []
"""
FRAGMENT = """-- rows: tape.cartridge
select _subject as subject, _source as source, 'credit-risk' as system_id, name,
  true as encrypted, true as in_scope
from tape_cartridge"""


def forget() -> None:
    sys.modules.pop("annexa_tape", None)
    for found in (registry.all_kinds, registry.usable_kinds, registry.broken_plugins):
        found.cache_clear()


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of a plugin that has a collector and adds rows to a view."""
    package = tmp_path / "site" / "annexa_tape"
    (package / "views").mkdir(parents=True)
    (package / "views" / "storage.tape.sql").write_text(FRAGMENT)
    (package / "__init__.py").write_text(WORKING)
    info = tmp_path / "site" / "annexa_tape-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: annexa_tape\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[annexa.collectors]\ntape = annexa_tape:Tape\n[annexa.views]\ntape = annexa_tape\n"
    )
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(tmp_path / "site")
    forget()
    yield package / "__init__.py"
    forget()


def collected(ledger: Ledger) -> None:
    Company().plant(ledger)
    kind = registry.kind("tape.cartridge")
    plant(ledger, "tape/vault", [(kind, [kind.record(name="7")])])


def few() -> Pack:
    return part("A.4.3-1", pack=load_pack())


def test_what_a_plugin_read_is_in_doubt_once_its_code_is_broken(code: Path, tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        collected(ledger)
        with evaluate(ledger, few(), Conventions(), at=NOW) as found:
            assert outcome(found, "A.4.3-1") == "pass"
            assert "tape/vault:cartridge:7" in {row.subject for row in found.rows("A.4.3-1")}
        code.write_text("raise RuntimeError('hunter2')")
        forget()
        with evaluate(ledger, few(), Conventions(), at=NOW) as found:
            assert outcome(found, "A.4.3-1") == "inconclusive"
            (state,) = (one for one in found.sources if one.source == "tape/vault")
            assert (state.verdict, state.is_read) == ("unavailable", False)
            assert "annexa plugins" in (state.remedy or "")
            assert "source" in {gap.rule for gap in found.gaps() if gap.source == "tape/vault"}


def test_rules_that_do_not_need_a_broken_plugin_say_what_they_said(
    code: Path, tmp_path: Path
) -> None:
    with open_ledger(tmp_path) as ledger:
        collected(ledger)
        with evaluate(ledger, PACK, Conventions(), at=NOW) as found:
            before = found.cells
        code.write_text("raise RuntimeError('hunter2')")
        forget()
        with evaluate(ledger, PACK, Conventions(), at=NOW) as found:
            assert found.cells == before


def test_a_table_that_nobody_has_is_still_an_error_of_the_fragment(tmp_path: Path) -> None:
    (tmp_path / "storage.typo.sql").write_text(FRAGMENT.replace("tape", "tap"))
    with open_ledger(tmp_path) as ledger:
        Company().plant(ledger)
        pack = part("A.4.3-1", pack=load_pack(fragments=[tmp_path]))
        with pytest.raises(PackError, match=r"views/storage\.typo\.sql: .*tap_cartridge"):
            evaluate(ledger, pack, Conventions(), at=NOW)


def test_fragments_of_a_package_that_is_gone_are_missed(code: Path) -> None:
    shutil.rmtree(code.parent)
    with pytest.raises(PackError, match="plugin tape: its package annexa_tape is not there"):
        load_pack()
