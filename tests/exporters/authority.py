"""A time stamping authority: ``openssl ts -reply`` with a test CA, behind a few lines of HTTP."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

OTHER = {"/page": b"<!doctype html>", "/flood": bytes(3 << 20)}
"""What comes from other paths."""
_SETTINGS = """
[tsa]
default_tsa = one
[one]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
[v3]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
"""


def _openssl(folder: Path, *arguments: str, given: bytes | None = None) -> bytes:
    run = subprocess.run(
        ["openssl", *arguments], cwd=folder, input=given, capture_output=True, check=True
    )
    return run.stdout


def found(folder: Path) -> Path:
    """Make the authority's keys in ``folder``; its root, in PEM."""
    folder.mkdir()
    (folder / "tsa.cnf").write_text(_SETTINGS)
    (folder / "serial").write_text("01\n")
    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    _openssl(folder, *new, "-x509", "-keyout", "ca.key", "-out", "ca.pem", "-days", "9",
             "-subj", "/CN=Test Root")  # fmt: skip
    request = _openssl(folder, *new, "-keyout", "tsa.key", "-subj", "/CN=Test TSA")
    extensions = ("-extfile", "tsa.cnf", "-extensions", "v3", "-days", "9")
    signer = ("-CA", "ca.pem", "-CAkey", "ca.key", "-out", "tsa.pem")
    _openssl(folder, "x509", "-req", *signer, *extensions, given=request)
    return folder / "ca.pem"


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["content-length"]))
            if self.path not in ("/tsr", *OTHER):
                self.send_error(503)
                return
            section = ("-config", "tsa.cnf", "-section", "one", "-queryfile", "/dev/stdin")
            reply = OTHER.get(self.path) or _openssl(folder, "ts", "-reply", *section, given=query)
            self.send_response(200)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    ).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsr"
    finally:
        server.shutdown()
        server.server_close()
