"""Keys that others hold: AWS KMS (moto), a PKCS#11 token (SoftHSM), Vault (its two requests)."""

import base64
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from annexa.exporters.errors import ExportError
from annexa.exporters.signature import BundleKey, Signing
from annexa.exporters.signers import PIN, fingerprint, open_key
from annexa.exporters.verify import ENVELOPE, PUBLIC_KEY, verify_bundle
from annexa.ledger.errors import KeyRefused
from annexa.ledger.keys import load_or_create
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from . import small_bundle


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """moto hashes a digest once more; here it signs it as it is, as AWS does."""
    import boto3
    from moto import mock_aws
    from moto.kms.utils import ECDSAPrivateKey

    def sign(self: Any, message: bytes, signing_algorithm: str) -> bytes:
        return bytes(self.private_key.sign(message, ec.ECDSA(Prehashed(hashes.SHA256()))))

    monkeypatch.setattr(ECDSAPrivateKey, "sign", sign)
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
    ):
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield boto3.client("kms")


def new_kms_key(kms: Any, spec: str = "ECC_NIST_P256") -> str:
    made = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec=spec)
    return "awskms:" + str(made["KeyMetadata"]["Arn"])


def test_a_key_in_kms_signs_bundles_that_verify_and_differ_in_the_signature_only(
    kms: Any, tmp_path: Path
) -> None:
    signing = Signing(keys=(new_kms_key(kms),))
    contents = []
    for name in ("1.zip", "2.zip"):
        path = small_bundle.write(tmp_path / name, tmp_path / "keys", signing=signing)
        assert verify_bundle(path, fingerprint=BundleKey(tmp_path, signing).fingerprint).ok
        with zipfile.ZipFile(path) as archive:
            contents.append({name: archive.read(name) for name in archive.namelist()})
    one, two = contents
    assert {name.partition("/")[2] for name in one if one[name] != two[name]} == {
        ENVELOPE,
        "signature/tagmanifest.sigstore.json",
        "SHA256SUMS",
    }
    assert not (tmp_path / "keys" / "bundle.p256.pem").exists()


def test_a_key_in_kms_that_is_not_there_not_ours_or_of_another_kind_is_refused(kms: Any) -> None:
    with pytest.raises(KeyRefused, match=r"awskms:none: cannot be reached \(An error occurred"):
        open_key("awskms:none")
    with pytest.raises(KeyRefused, match=r"awskms:.*: cannot be reached"):
        open_key(new_kms_key(kms, "RSA_2048"))


def test_a_service_that_signs_with_another_key_is_caught_before_anything_is_written(
    kms: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto.kms.utils import ECDSAPrivateKey

    signing = Signing(keys=(new_kms_key(kms),))
    other = ec.generate_private_key(ec.SECP256R1())
    monkeypatch.setattr(
        ECDSAPrivateKey,
        "sign",
        lambda self, message, _: other.sign(message, ec.ECDSA(hashes.SHA256())),
    )
    with pytest.raises(ExportError, match="signed with another key than the one it shows"):
        small_bundle.write(tmp_path / "b.zip", tmp_path / "keys", signing=signing)


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A P-256 key, number 2, on a software token; its address."""
    library = next(Path("/usr/lib").glob("**/libsofthsm2.so"), None)
    if library is None or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM is not installed: apt-get install softhsm2")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    monkeypatch.setenv("PYKCS11LIB", str(library))
    monkeypatch.setenv(PIN, "1234")
    script = f"""
import pkcs11, pkcs11.util.ec
lib = pkcs11.lib({str(library)!r})
with lib.get_token(token_label="annexa").open(user_pin="1234", rw=True) as session:
    curve = pkcs11.util.ec.encode_named_curve_parameters("secp256r1")
    session.create_domain_parameters(
        pkcs11.KeyType.EC, {{pkcs11.Attribute.EC_PARAMS: curve}}, local=True
    ).generate_keypair(mechanism=pkcs11.Mechanism.EC_KEY_PAIR_GEN, store=True, id=b"\\x02")
"""
    init = ["softhsm2-util", "--init-token", "--free", "--label", "annexa"]
    subprocess.run([*init, "--so-pin", "1234", "--pin", "1234"], check=True, capture_output=True)
    subprocess.run([sys.executable, "-c", script], check=True, env=dict(os.environ))
    return "hsm:2?label=annexa"


def test_a_key_on_a_pkcs11_token_signs(
    token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_bundle.write(tmp_path / "b.zip", tmp_path / "keys", signing=Signing(keys=(token,)))
    assert verify_bundle(path).ok
    monkeypatch.delenv(PIN)
    with pytest.raises(KeyRefused, match=r"\$ANNEXA_HSM_PIN is not set"):
        open_key(token)


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ec.EllipticCurvePrivateKey]]:
    """The two requests of Vault's transit engine that signing needs, as its documentation has
    them; the keys by version."""
    keys = {str(version): ec.generate_private_key(ec.SECP256R1()) for version in (9, 10)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/v1/transit/keys/bundles"
            shown = {
                version: {
                    "public_key": key.public_key()
                    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
                    .decode()
                }
                for version, key in keys.items()
            }
            self._answer({"keys": shown, "type": "ecdsa-p256"})

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            key = keys[str(asked["key_version"])]
            made = key.sign(base64.b64decode(asked["input"]), ec.ECDSA(hashes.SHA256()))
            signature = f"vault:v{asked['key_version']}:{base64.b64encode(made).decode()}"
            self._answer({"signature": signature})

        do_PUT = do_POST  # noqa: N815 - the name that http.server looks for

        def _answer(self, data: dict[str, object]) -> None:
            assert self.headers["x-vault-token"] == "t"
            body = json.dumps({"data": data}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serve = {"poll_interval": 0.05}
    threading.Thread(target=server.serve_forever, kwargs=serve, daemon=True).start()
    monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("VAULT_TOKEN", "t")
    yield keys
    server.shutdown()
    server.server_close()


def test_the_newest_version_of_a_key_in_vault_signs(
    vault: dict[str, ec.EllipticCurvePrivateKey], tmp_path: Path
) -> None:
    signing = Signing(keys=("hv:bundles",))
    path = small_bundle.write(tmp_path / "b.zip", tmp_path / "keys", signing=signing)
    assert verify_bundle(path, fingerprint=fingerprint(vault["10"].public_key())).ok


def test_several_keys_sign_the_same_and_each_is_checked(tmp_path: Path) -> None:
    for name in ("one.pem", "two.pem", "three.pem"):
        load_or_create(tmp_path / name, "p256")
    addresses = tuple(f"file:{tmp_path / name}" for name in ("one.pem", "two.pem", "three.pem"))
    path = small_bundle.write(tmp_path / "b.zip", tmp_path, signing=Signing(keys=addresses))
    report = verify_bundle(path)
    assert report.signers == [fingerprint(open_key(address).public) for address in addresses]
    assert verify_bundle(path, fingerprint=report.signers[1]).is_pinned
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / small_bundle.TOP
    run = subprocess.run(["sh", folder / "verify.sh"], capture_output=True, text=True, check=False)
    assert (run.returncode, "signature: valid, by 3 keys" in run.stdout) == (0, True), run.stdout
    envelope = json.loads((folder / ENVELOPE).read_bytes())
    envelope["signatures"][1]["sig"] = envelope["signatures"][2]["sig"]
    (folder / ENVELOPE).write_bytes(small_bundle.canonical(envelope) + b"\n")
    assert verify_bundle(folder).has(ENVELOPE)
    run = subprocess.run(["sh", folder / "verify.sh"], capture_output=True, text=True, check=False)
    assert "the signature is not valid" in run.stdout
    del envelope["signatures"][1:]
    (folder / ENVELOPE).write_bytes(small_bundle.canonical(envelope) + b"\n")
    assert verify_bundle(folder).has("signature/public-2.pem")


def test_a_key_in_a_file_is_read_and_never_made(tmp_path: Path) -> None:
    with pytest.raises(KeyRefused, match="is not there"):
        open_key(str(tmp_path / "none.pem"))
    load_or_create(tmp_path / "ed.pem", "ed25519")
    with pytest.raises(KeyRefused, match="is not a key of kind p256"):
        open_key(f"file:{tmp_path / 'ed.pem'}")
    assert PUBLIC_KEY in BundleKey(tmp_path / "new").public_files
