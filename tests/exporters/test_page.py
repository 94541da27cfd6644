"""The pages of a bundle: every link leads somewhere, nothing needs a script, names stay text."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from .whole_bundle import HOSTILE, Whole

VOID = {"meta", "br", "wbr", "input"}


@dataclass
class Page(HTMLParser):
    targets: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    open: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "href":
                self.targets.append(str(value))
            elif name == "id":
                self.ids.add(str(value))
            assert not name.startswith("on")
            assert name not in ("src", "style", "action")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text("utf-8"))
    page.close()
    assert page.open == []
    return page


@pytest.fixture(scope="module")
def pages(whole: Whole) -> dict[Path, Page]:
    return {path: read(path) for path in sorted(whole.unpacked.rglob("*.html"))}


def test_every_link_of_every_page_leads_to_a_file_or_a_place(pages: dict[Path, Page]) -> None:
    assert len(pages) > 40
    for path, page in pages.items():
        assert page.targets
        for target in page.targets:
            name, _, place = unquote(target).partition("#")
            leads_to = (path.parent / name).resolve() if name else path
            assert leads_to.exists(), (path, target)
            if place:
                assert place in pages[leads_to].ids, (path, target)


def test_no_page_asks_a_network_and_the_one_script_is_allowed_by_its_hash(
    pages: dict[Path, Page],
) -> None:
    for path, page in pages.items():
        assert not page.tags & {"img", "iframe", "object", "form", "link", "svg", "base"}
        text = path.read_text("utf-8")
        (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
        assert policy.startswith("default-src 'none'; ")
        for tag, directive in (("style", "style-src"), ("script", "script-src")):
            (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert f"{directive} 'sha256-{digest}'" in policy
        assert "unsafe" not in policy


def test_a_control_leads_to_its_evidence_and_that_to_receipt_and_leaf(
    whole: Whole, pages: dict[Path, Page]
) -> None:
    first = pages[whole.unpacked / "index.html"]
    assert "summary.pdf" in first.targets
    for control in whole.evaluation.pack.catalogue.controls:
        name = f"data/03_controls/{control.id}/evidence/index.html"
        assert name in first.targets
        targets = pages[whole.unpacked / name].targets
        if any("08_raw/" in target for target in targets):
            assert any("09_manifest/receipts/run-" in target for target in targets)
            assert any("09_manifest/log.html#leaf-" in target for target in targets)


def test_what_does_not_pass_stands_first_among_the_evidence(
    whole: Whole, pages: dict[Path, Page]
) -> None:
    text = pages[whole.unpacked / "data/03_controls/A.4.3/evidence/index.html"].text
    assert text.index("fail") < text.index("pass")


def test_hostile_names_stay_text_on_every_page(pages: dict[Path, Page]) -> None:
    everything = "".join(page.text for page in pages.values())
    for name in HOSTILE:
        assert " ".join("".join(c if c.isprintable() else " " for c in name).split()) in everything
    for page in pages.values():
        assert "alert" not in page.tags


SEARCH = """
<!doctype html><iframe src="PAGE"></iframe><pre></pre><script>
addEventListener('load', () => {
  const page = document.querySelector('iframe').contentDocument;
  const box = page.querySelector('nav input');
  const seen = [];
  for (const words of ['bucket:loans', 'no such words', 'A.6.2.5 deployment', '']) {
    box.value = words;
    box.dispatchEvent(new Event('input'));
    const all = [...page.querySelectorAll('tbody tr')];
    const rows = all.filter(row => !row.closest('[hidden]'));
    const blocks = [...page.querySelectorAll('section.control')].filter(one => !one.hidden);
    const told = page.querySelector('nav output').textContent;
    seen.push([rows.length, all.length, blocks.map(one => one.id), told]);
  }
  document.querySelector('pre').textContent = JSON.stringify(seen);
});
</script>
"""


def test_a_search_shows_the_rows_that_hold_all_its_words(whole: Whole, tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    outside = tmp_path / "search.html"
    outside.write_text(SEARCH.replace("PAGE", (whole.unpacked / "index.html").as_uri()))
    run = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu",
            "--allow-file-access-from-files", "--virtual-time-budget=4000",
            f"--user-data-dir={tmp_path}", "--dump-dom", outside.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    found = re.search("<pre>(.*)</pre>", run.stdout)
    assert found is not None
    bucket, nothing, deployment, everything = json.loads(found[1])
    assert 0 < bucket[0] < bucket[1]
    assert bucket[3] == f"{bucket[0]} rows"
    assert nothing == [0, nothing[1], [], "0 rows"]
    assert "A.6.2.5" in deployment[2]
    controls = [control.id for control in whole.evaluation.pack.catalogue.controls]
    assert everything == [everything[1], everything[1], controls, ""]
