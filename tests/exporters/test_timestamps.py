"""Tokens of a real authority, checked by two programs that are not ours; and its silence."""

import hashlib
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from annexa.exporters.errors import ExportError
from annexa.exporters.signature import BundleKey, Signing
from annexa.exporters.timestamps import RootsRefused, ask, check
from annexa.exporters.verify import (
    ENVELOPE,
    SIGSTORE,
    STAMP_LIST,
    STAMPS,
    Report,
    listing,
    sigstore_bundle,
    verify_bundle,
)

from . import authority, small_bundle
from .test_structure import _relist

AWAY = "http://127.0.0.1:9/tsr"


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authority.found(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture(scope="module")
def other_roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authority.found(tmp_path_factory.mktemp("tsa") / "two")


@pytest.fixture(scope="module")
def url(roots: Path) -> Iterator[str]:
    with authority.serving(roots.parent) as address:
        yield address


@pytest.fixture(scope="module")
def stamped(tmp_path_factory: pytest.TempPathFactory, url: str) -> Path:
    """Two authorities gave their time, one did not answer, one answered with HTTP 503."""
    folder = tmp_path_factory.mktemp("stamped")
    asked = (url, AWAY, url, url + "/no")
    path = folder / "bundle.zip"
    small_bundle.write(path, folder / "keys", signing=Signing(timestamps=asked, timeout_s=5))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder / small_bundle.TOP


@pytest.fixture
def folder(stamped: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stamped, tmp_path / "folder"))


def told(report: Report) -> str:
    return "\n".join(report.lines())


def test_each_authority_is_told_of_with_its_time_or_the_reason_why_there_is_none(
    stamped: Path, url: str
) -> None:
    report = verify_bundle(stamped)
    assert report.ok, report.problems
    assert told(report).count(f"by {url}; whose token that is was not checked here") == 2
    assert f"time stamp: none, {AWAY} did not answer (ConnectError)" in told(report)
    assert f"time stamp: none, {url}/no answered with HTTP 503" in told(report)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/page", "answered with something else: it is not a token"),
        ("/flood", "answered with more than a token"),
        ("/tsr/no", "answered with HTTP 503"),
    ],
)
def test_an_answer_that_is_no_token_is_a_gap(url: str, path: str, why: str) -> None:
    asked = url.removesuffix("/tsr") + path
    assert ask([asked], b"data") == [(asked, None, why)]


def test_rfc3161_client_checks_the_tokens_with_the_auditors_roots(
    stamped: Path, roots: Path, other_roots: Path
) -> None:
    report = verify_bundle(stamped)
    check(report, roots)
    assert report.ok
    assert told(report).count("by a certificate under your roots") == 2
    check(report, other_roots)
    assert len(report.problems) == 2
    assert "does not verify with your roots" in told(report)
    assert "2 problem(s): the bundle itself is as it was exported" in told(report)
    with pytest.raises(RootsRefused, match="holds no certificates in PEM"):
        check(report, stamped / "bagit.txt")


def test_a_token_that_rfc3161_client_cannot_read_is_told_and_not_a_problem(
    stamped: Path, roots: Path
) -> None:
    report = verify_bundle(stamped)
    report.stamps[0] = report.stamps[0]._replace(token=b"0\0")
    check(report, roots)
    assert report.ok
    assert "not checked, rfc3161-client cannot read it: `sh verify.sh` asks openssl" in told(report)


def test_openssl_checks_them_in_the_script(stamped: Path, roots: Path, other_roots: Path) -> None:
    def shell(*arguments: str) -> tuple[int, str]:
        run = subprocess.run(
            ["sh", str(stamped / "verify.sh"), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        return run.returncode, run.stdout

    code, text = shell()
    assert (code, "time stamps: 2, not checked" in text) == (0, True), text
    code, text = shell("--tsa-roots", str(roots))
    assert (code, text.count("by a certificate under your roots")) == (0, 2), text
    code, text = shell("--tsa-roots", str(other_roots))
    assert (code, text.count("does not verify with your roots")) == (1, 2), text


def no_tokens(folder: Path) -> None:
    shutil.rmtree(folder / STAMPS)


def one_token_less(folder: Path) -> None:
    (folder / STAMPS / "3.tsr").unlink()


def a_silence_less(folder: Path) -> None:
    entries = json.loads((folder / STAMP_LIST).read_bytes())
    (folder / STAMP_LIST).write_bytes(small_bundle.canonical(entries[:3]) + b"\n")


def a_file_more(folder: Path) -> None:
    (folder / STAMPS / "9.tsr").write_bytes(b"9")


@pytest.mark.parametrize("change", [no_tokens, one_token_less, a_silence_less, a_file_more])
def test_a_token_that_was_taken_out_or_put_in_is_noticed(
    folder: Path, change: Callable[[Path], None]
) -> None:
    change(folder)
    tokens = sorted((folder / STAMPS).glob("*.tsr"))
    made = sigstore_bundle((folder / ENVELOPE).read_bytes(), [one.read_bytes() for one in tokens])
    (folder / SIGSTORE).write_bytes(made)
    names = {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}
    digests = {name: hashlib.sha256(p.read_bytes()).hexdigest() for name, p in names.items()}
    (folder / "SHA256SUMS").write_bytes(
        listing({n: digests[n] for n in digests if n != "SHA256SUMS"})
    )
    run = subprocess.run(["sh", str(folder / "verify.sh")], capture_output=True, check=False)
    assert (run.returncode, STAMP_LIST.encode() in run.stdout) == (1, True), run.stdout
    told = [str(problem) for problem in verify_bundle(folder).problems]
    assert f"{STAMP_LIST}: does not tell of each authority that was asked, and of no other" in told


def test_the_token_of_another_bundle_is_refused(folder: Path, url: str, tmp_path: Path) -> None:
    key = BundleKey(tmp_path / "keys", Signing(timestamps=(url,)))
    other = key.seal("00", {})[f"{STAMPS}1.tsr"]
    (folder / STAMPS / "1.tsr").write_bytes(other)
    assert f"{STAMPS}1.tsr: is no time stamp of this signature: it is about something else" in [
        str(problem) for problem in verify_bundle(folder).problems
    ]


def test_every_changed_byte_of_a_token_is_noticed_whoever_repairs_the_list(folder: Path) -> None:
    path = folder / STAMPS / "1.tsr"
    token = path.read_bytes()
    for at in range(0, len(token), 97):
        path.write_bytes(token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :])
        _relist(folder, "SHA256SUMS")
        report = verify_bundle(folder)
        assert report.has(SIGSTORE) or report.has(f"{STAMPS}1.tsr"), at


def test_too_few_times_write_no_bundle_where_that_is_asked_for(tmp_path: Path, url: str) -> None:
    for asked in ((url, AWAY), ()):
        signing = Signing(timestamps=asked, timestamps_required=2, timeout_s=5)
        with pytest.raises(ExportError, match=r"did not answer|fewer are asked"):
            small_bundle.write(tmp_path / "b.zip", tmp_path / "keys", signing=signing)


def test_with_time_stamps_only_what_vouches_for_the_bundle_differs(
    tmp_path: Path, url: str
) -> None:
    def contents(name: str) -> dict[str, bytes]:
        path = tmp_path / name
        small_bundle.write(path, tmp_path / "keys", signing=Signing(timestamps=(url,)))
        with zipfile.ZipFile(path) as archive:
            return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}

    one, two = contents("1.zip"), contents("2.zip")
    assert {name for name in one if one[name] != two[name]} == {
        f"{STAMPS}1.tsr",
        SIGSTORE,
        "SHA256SUMS",
    }
