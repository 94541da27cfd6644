"""The same signature as a Sigstore bundle, which programs that we did not write can check."""

import base64
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from annexa.exporters.signature import Signing
from annexa.exporters.verify import PUBLIC_KEY, SIGSTORE, verify_bundle

from . import authority, small_bundle

_JS = Path(__file__).parent / "sigstore_js"
_INSTALL = "npm ci --ignore-scripts --prefix tests/exporters/sigstore_js"


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("tsa") / "tsa"
    authority.found(folder)
    with authority.serving(folder) as url:
        yield url, folder


@pytest.fixture(scope="module")
def stamped(tmp_path_factory: pytest.TempPathFactory, tsa: tuple[str, Path]) -> Path:
    folder = tmp_path_factory.mktemp("sigstore")
    signing = Signing(timestamps=(tsa[0],))
    small_bundle.write(folder / "b.zip", folder / "keys", signing=signing)
    with zipfile.ZipFile(folder / "b.zip") as archive:
        archive.extractall(folder)
    return folder / small_bundle.TOP


def sigstore_js(bundle: Path, key: Path, *chain: Path) -> subprocess.CompletedProcess[str]:
    node = shutil.which("node")
    if node is None or not (_JS / "node_modules").is_dir():
        pytest.skip(f"sigstore-js is not installed: {_INSTALL}")
    return subprocess.run(
        [node, str(_JS / "check.mjs"), *map(str, (bundle, key, *chain))],
        capture_output=True,
        text=True,
        check=False,
    )


def test_sigstore_js_verifies_the_signature_and_its_time(
    stamped: Path, tsa: tuple[str, Path]
) -> None:
    chain = (tsa[1] / "tsa.pem", tsa[1] / "ca.pem")
    run = sigstore_js(stamped / SIGSTORE, stamped / PUBLIC_KEY, *chain)
    assert json.loads(run.stdout) == verify_bundle(stamped).statement, run.stderr


def other_payload(bundle: dict[str, Any]) -> None:
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(b"{}").decode()


def other_signature(bundle: dict[str, Any]) -> None:
    signature = bundle["dsseEnvelope"]["signatures"][0]
    signature["sig"] = signature["sig"].replace("M", "N", 1)


def other_key(bundle: dict[str, Any]) -> None:
    bundle["verificationMaterial"]["publicKey"]["hint"] = "ab" * 32


def no_time(bundle: dict[str, Any]) -> None:
    del bundle["verificationMaterial"]["timestampVerificationData"]


@pytest.mark.parametrize("change", [other_payload, other_signature, other_key, no_time])
def test_a_sigstore_bundle_that_says_something_else_is_named(
    stamped: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    folder = shutil.copytree(stamped, tmp_path / "folder")
    bundle = json.loads((folder / SIGSTORE).read_bytes())
    change(bundle)
    (folder / SIGSTORE).write_bytes(small_bundle.canonical(bundle) + b"\n")
    assert verify_bundle(folder).has(SIGSTORE)


def test_sigstore_js_refuses_another_payload(stamped: Path, tmp_path: Path) -> None:
    bundle = json.loads((stamped / SIGSTORE).read_bytes())
    other_payload(bundle)
    (tmp_path / "changed.json").write_text(json.dumps(bundle))
    run = sigstore_js(tmp_path / "changed.json", stamped / PUBLIC_KEY)
    assert run.returncode != 0
    assert "signature verification failed" in run.stderr or "timestamp" in run.stderr
