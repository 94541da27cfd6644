"""The posture of 1,000 buckets: the collector against boto3's own time for the same calls.

    python bench/s3_posture.py [BUCKETS]

Floor: bare boto3 on as many threads, one list and seven calls a bucket, answers thrown away. The
server is moto in another process, for which both mostly wait; ``--delay MS`` measures against a
stand-in instead that does nothing but wait so many milliseconds.
Budget: 1.15 times the floor.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from annexa.agent.demo import parts
from annexa.collectors.aws.reader import Aws, AwsSettings
from annexa.collectors.contract import Kind, Row
from annexa.collectors.runner import read_source

THREADS = 16
REGION = "eu-central-1"
CALLS = (
    "get_bucket_encryption",
    "get_bucket_versioning",
    "get_public_access_block",
    "get_bucket_policy_status",
    "get_bucket_lifecycle_configuration",
    "get_object_lock_configuration",
    "get_bucket_tagging",
)


class Counting:
    """A sink that keeps nothing."""

    def __init__(self) -> None:
        self.rows = 0

    def cursor(self, kind: Kind) -> str | None:
        return None

    def add(self, kind: Kind, rows: Sequence[Row]) -> None:
        self.rows += len(rows)

    def restart(self, kind: Kind) -> None: ...

    def move_cursor(self, kind: Kind, cursor: str) -> None: ...


def client(url: str) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(max_pool_connections=THREADS, retries={"total_max_attempts": 1})
    return boto3.client("s3", endpoint_url=url, region_name=REGION, config=config)


def fill(url: str, count: int) -> None:
    s3 = client(url)

    def make(number: int) -> None:
        name = f"bench-{number:05d}"
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        if number % 2:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(make, range(count)))


def floor(url: str) -> int:
    from botocore.exceptions import ClientError

    s3 = client(url)

    def look(name: str) -> None:
        for call in CALLS:
            with suppress(ClientError):
                getattr(s3, call)(Bucket=name)

    names = [bucket["Name"] for bucket in s3.list_buckets(MaxBuckets=10_000)["Buckets"]]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(look, names))
    return len(names)


def ours(url: str) -> int:
    settings = AwsSettings(
        id="aws/bench",
        region=REGION,
        endpoint_url=url,
        threads=THREADS,
        kinds=("aws.bucket",),
    )
    sink = Counting()
    receipt = read_source(Aws(settings), settings, slot=datetime.now(UTC), sink=sink)
    assert receipt.complete, receipt
    return sink.rows


@contextmanager
def stand_in(count: int, delay_s: float) -> Iterator[str]:
    """An S3 and STS that answer the same to everybody, in a process of their own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _serve(count, delay_s, writing)
    os.close(writing)
    port = os.read(reading, 16).decode()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def _serve(count: int, delay_s: float, tell: int) -> None:
    created = "<CreationDate>2026-01-01T00:00:00Z</CreationDate>"
    buckets = "".join(
        f"<Bucket><Name>bench-{number:05d}</Name>{created}</Bucket>" for number in range(count)
    )
    answers = {
        "encryption": b"<ServerSideEncryptionConfiguration><Rule>"
        b"<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
        b"</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
        "versioning": b"<VersioningConfiguration><Status>Enabled</Status>"
        b"</VersioningConfiguration>",
        "publicAccessBlock": b"<PublicAccessBlockConfiguration>"
        b"<BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>",
        "policyStatus": b"<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>",
        "lifecycle": b"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status>"
        b"<Expiration><Days>400</Days></Expiration></Rule></LifecycleConfiguration>",
        "object-lock": b"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
        b"</ObjectLockConfiguration>",
        "tagging": b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
        "max-buckets": f"<ListAllMyBucketsResult><Buckets>{buckets}</Buckets>"
        "</ListAllMyBucketsResult>".encode(),
    }
    caller = (
        b"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/a</Arn>"
        b"<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            query = self.path.partition("?")[2]
            self.answer(next(body for key, body in answers.items() if key in query))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(caller)

        def answer(self, body: bytes) -> None:
            time.sleep(delay_s)
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    os.write(tell, str(server.server_port).encode())
    os.close(tell)
    server.serve_forever()


def measure(url: str, rounds: int) -> None:
    floor(url), ours(url)  # warm: service models are read, the server knows its own
    best = {"floor": 1e9, "ours": 1e9}
    for _ in range(rounds):
        for name, run in (("floor", floor), ("ours", ours)):
            began = time.perf_counter()
            count = run(url)
            best[name] = min(best[name], time.perf_counter() - began)
    ratio = best["ours"] / best["floor"]
    print(
        f"{count:,} buckets, {THREADS} threads: boto3 {best['floor']:.2f} s, "
        f"annexa {best['ours']:.2f} s: {ratio:.2f} x (budget 1.15)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("buckets", nargs="?", type=int, default=1000)
    parser.add_argument("--delay", type=float, help="milliseconds; a stand-in instead of moto")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    os.environ.update(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b")
    if options.delay is not None:
        with stand_in(options.buckets, options.delay / 1000) as url:
            measure(url, options.rounds)
        return
    with tempfile.TemporaryDirectory() as folder, parts.moto(Path(folder)) as url:
        print(f"making {options.buckets:,} buckets in moto …", flush=True)
        fill(url, options.buckets)
        measure(url, options.rounds)


if __name__ == "__main__":
    main()
