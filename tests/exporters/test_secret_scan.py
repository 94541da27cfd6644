"""What looks like a credential keeps a bundle from being written; its place is told, never it."""

import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from annexa.agent.exit_codes import ExitCode
from annexa.exporters import bundle
from annexa.exporters.bag import Bag
from annexa.exporters.errors import SecretFound
from annexa.exporters.secret_scan import SecretScan

from .whole_bundle import ORGANISATION, QUARTER, Whole

TOKEN = "ghp_" + secrets.token_hex(20)


def found(file: str, *chunks: bytes) -> list[tuple[int, str]]:
    scan = SecretScan()
    assert list(scan.watch(file, chunks)) == list(chunks)
    return [(one.line, one.what) for one in scan.findings]


def test_a_token_is_found_wherever_the_chunks_are_cut() -> None:
    text = f'{{"a":1}}\n{{"tag":"{TOKEN}"}}\n{{"a":2}}\n'.encode()
    for cut in range(len(text)):
        assert found("08_raw/x.jsonl", text[:cut], text[cut:]) == [(2, "GitHub token")]


def test_a_token_in_a_line_without_an_end_is_found() -> None:
    page = b"x " * 1_500_000
    assert found("index.html", page, TOKEN.encode(), page)[0] == (1, "GitHub token")


@pytest.mark.parametrize(
    ("file", "line", "what"),
    [
        ("a.csv", b'x,"password=hunter22",y', ["password"]),
        ("a.csv", b"password,hunter22", []),
        ("a.jsonl", b'{"password":"hunter22","note":"a = b"}', []),
        ("a.jsonl", b'{"note":"password: hunter22"}', ["password"]),
        ("a.jsonl", b"{ broken password: hunter22", ["password"]),
        ("a.json", b'  "password": null,', []),
        ("a.json", b'{"a":{"b":{"c":{"password":null}}}}', []),
        ("a.json", b'  "password": "hunter22",', ["password"]),
        ("a.json", b'  "password": "null and more",', ["password"]),
        ("a.md", b"-----BEGIN PRIVATE KEY-----", ["private key"]),
        ("a.parquet", b"password: hunter22", []),
    ],
)
def test_strings_are_looked_at_one_by_one_where_the_form_is_known(
    file: str, line: bytes, what: list[str]
) -> None:
    assert [name for _, name in found(file, line + b"\n")] == what


def test_a_place_that_somebody_accepted_stops_nothing_and_no_other_is_accepted_with_it() -> None:
    scan = SecretScan(["a.md:1"])
    list(scan.watch("a.md", [f"{TOKEN}\n".encode()]))
    scan.check()
    list(scan.watch("b.md", [f"\n{TOKEN}\n".encode()]))
    with pytest.raises(SecretFound, match=r"b\.md:2 \(GitHub token\); .*--accept-finding b\.md:2"):
        scan.check()


def test_a_bundle_with_a_token_is_not_written_and_the_place_is_named(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def payload(bag: Bag, *_: object) -> None:
        bag.payload("04_clauses/x.md", (b"fine\n", f"see {TOKEN}\n".encode()))

    monkeypatch.setattr(bundle, "_write_payload", payload)
    with pytest.raises(SecretFound) as refused:
        bundle.export_bundle(
            whole.ledger,
            whole.evaluation,
            period=QUARTER,
            out=tmp_path / "bundle.zip",
            keys=whole.folder / "keys",
            organisation=ORGANISATION,
        )
    assert (refused.value.exit_code, TOKEN in str(refused.value)) == (ExitCode.SECRET, False)
    assert "data/04_clauses/x.md:2 (GitHub token)" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_every_row_is_looked_through_in_one_file_at_least_and_few_in_more(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: set[str] = set()
    watch = SecretScan.watch

    def noted(scan: SecretScan, file: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        looked.add(file)
        return watch(scan, file, chunks)

    monkeypatch.setattr(SecretScan, "watch", noted)
    whole.export("scanned.zip")
    tables = [
        f"data/{path.relative_to(whole.unpacked / 'data').as_posix()}"
        for path in whole.unpacked.glob("data/0[34]_*/*/**/*.csv")
    ]
    seen: set[tuple[tuple[str, str], ...]] = set()
    for name in sorted(tables, key=lambda name: name not in looked):
        for row in whole.table(name):
            cells = tuple(sorted((k, v) for k, v in row.items() if v))
            assert name in looked or cells in seen
            seen.add(cells)
    assert 10 < len(set(tables) - looked) < len(tables) - 10
