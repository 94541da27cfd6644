"""A bundle of a few files with everything that ``verify.py`` follows, made without a ledger."""

import hashlib
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from annexa.exporters.bag import Bag
from annexa.exporters.signature import BundleKey, Signing
from annexa.exporters.verify import Tree, leaf_hash
from annexa.exporters.zip_writer import ZipWriter
from annexa.ledger.checkpoint import Checkpoint, sign, verifier_key
from annexa.ledger.keys import load_or_create
from annexa.ledger.merkle import inclusion_path

ORIGIN = "annexa/test"
TOP = "annexa-test-2026-Q4"
SHIPPED = Path(__file__).parents[2] / "exporters"


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


class Log:
    """Leaves with their proofs, of runs that each opened some records."""

    def __init__(self, runs: int, records: int) -> None:
        self.raw = b""
        self.forged_lines = b""
        self.forged_hashes: list[bytes] = []
        self.changes: dict[int, bytes] = {}
        self.receipts: dict[int, bytes] = {}
        self.bodies: list[bytes] = [canonical({"type": "ledger"})]
        for run in range(1, runs + 1):
            tree, entries = Tree(), b""
            for number in range(records):
                body = canonical({"name": f"model-{number}", "run": run})
                sha256 = hashlib.sha256(body).hexdigest()
                subject = f'model "{number}"/{run}'
                name = {"kind": "mlflow.model_version", "sha256": sha256, "subject": subject}
                entry = canonical({**name, "op": "open"})
                tree.add(entry)
                entries += entry + b"\n"
                head = canonical({**name, "run": run, "source": "mlflow/prod"})
                self.raw += head[:-1] + b',"record":' + body + b"}\n"
            self.changes[run] = entries
            self.receipts[run] = canonical({"source": "mlflow/prod", "number": run})
            leaf = {
                "type": "run",
                "run": run,
                "receipt_sha256": hashlib.sha256(self.receipts[run]).hexdigest(),
                "changes_root": tree.root().hex(),
                "changes": tree.size,
            }
            self.bodies.append(canonical(leaf))

    def hashes(self) -> list[bytes]:
        return [leaf_hash(body) for body in self.bodies]

    def root(self) -> bytes:
        tree = Tree()
        for body in self.bodies:
            tree.add(body)
        return tree.root()

    def lines(self) -> bytes:
        tree = self.hashes()

        def hashes(level: int, position: int) -> bytes:
            if level == 0:
                return tree[position]
            left, right = hashes(level - 1, 2 * position), hashes(level - 1, 2 * position + 1)
            return hashlib.sha256(b"\1" + left + right).digest()

        text = b""
        for index, body in enumerate(self.bodies):
            proof = [node.hex() for node in inclusion_path(hashes, index, len(self.bodies))]
            head = canonical({"index": index, "proof": proof})
            text += head[:-1] + b',"body":' + body + b"}\n"
        return text


def write(
    path: Path,
    keys: Path,
    *,
    runs: int = 3,
    records: int = 4,
    filling: int = 2,
    rewrite: Callable[[Log], object] = lambda log: None,
    forge: Callable[[Log], object] = lambda log: None,
    origin: str = ORIGIN,
    signing: Signing | None = None,
) -> Path:
    """A bundle at ``path``; the same arguments give the same bytes.

    Args:
        rewrite: What an operator who also holds the ledger's key changes before the log is signed.
        forge: What an operator who holds the key changes before the bundle is signed.
    """
    log = Log(runs, records)
    rewrite(log)
    ledger_key = load_or_create(keys / "ledger.pem", "ed25519")
    note = sign(Checkpoint(origin=origin, size=len(log.bodies), root=log.root()), ledger_key)
    verifier = verifier_key(origin, ledger_key.public_key()) + "\n"
    key = BundleKey(keys, signing or Signing())
    lines = log.lines()
    forge(log)
    lines = log.forged_lines or lines
    with path.open("wb") as out, closing(ZipWriter(out)) as archive:
        bag = Bag(archive, TOP)
        bag.payload("03_controls/A.6.2.5/summary.md", (b"A.6.2.5",))
        bag.payload("08_raw/mlflow-prod/model_version.jsonl", (log.raw,))
        for run in log.changes:
            bag.payload(f"09_manifest/changes/run-{run:06d}.jsonl", (log.changes[run],))
            bag.payload(f"09_manifest/receipts/run-{run:06d}.json", (log.receipts[run],))
        bag.payload("09_manifest/checkpoint-key.txt", (verifier.encode(),))
        bag.payload("09_manifest/checkpoint.txt", (note.encode(),))
        about_keys = [line for line in lines.splitlines(keepends=True) if b'"type":"key"' in line]
        bag.payload("09_manifest/keys.jsonl", about_keys)
        bag.payload("09_manifest/leaf-hashes.bin", log.forged_hashes or log.hashes())
        bag.payload("09_manifest/leaves.jsonl", (lines,))
        for number in range(filling):
            text = f"file {number}: ".encode() + hashlib.sha256(bytes(number)).hexdigest().encode()
            bag.payload(f"05_documents/d{number}.txt", (text, b" again" * number))
        bag.payload("05_documents/empty.txt", ())
        bag.tag("index.html", b"<!doctype html><title>small</title>\n")
        for name in ("verify.py", "verify.sh", "verify.ps1"):
            bag.tag(name, (SHIPPED / name).read_bytes())
        for name, content in key.public_files.items():
            bag.tag(name, content)
        predicate = {"checkpoint": note, "checkpoint_key": verifier, "organisation": "Größe"}
        bag.finish(
            {"Source-Organization": "Größe", "Bagging-Date": "2026-11-24"},
            lambda digest: key.seal(digest, predicate),
        )
    return path
