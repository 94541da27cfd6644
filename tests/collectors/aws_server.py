"""A moto server in this process that can also misbehave, and pages what moto itself does not.

    with aws_server() as server:
        server.fail("GetBucketTagging", denied(), when="bucket-2")

Each test gets an account of its own (`Account`), so that nothing of another test is in the lists.
"""

import contextlib
import itertools
import json
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

from annexa.agent.demo import moto_lookup_events, moto_missing, moto_shelf
from annexa.collectors.aws.reader import Aws, AwsSettings
from annexa.collectors.receipt import KindReceipt, Receipt
from annexa.collectors.runner import read_source

from .memory_sink import NOON, MemorySink, patient

REGION = "eu-central-1"
DATE_AHEAD_S = 60  # so that what a test has just made is older than the list it reads
_NUMBERS = itertools.count(os.getpid() * 10_000)


@dataclass
class Reply:
    status: int
    body: bytes
    content_type: str = "application/x-amz-json-1.1"
    headers: dict[str, str] = field(default_factory=dict)
    drip_s: float = 0.0
    """Wait so long between single bytes."""

    def chunks(self) -> Iterator[bytes]:
        if not self.drip_s:
            yield self.body
            return
        for byte in self.body:
            yield bytes([byte])
            time.sleep(self.drip_s)


def refusal(
    code: str, status: int = 400, message: str = "no", headers: dict[str, str] | None = None
) -> Reply:
    """An error as SageMaker and CloudTrail tell it."""
    text = json.dumps({"__type": code, "message": message})
    return Reply(status, text.encode(), headers=headers or {})


def xml_refusal(code: str, status: int = 400, message: str = "no") -> Reply:
    """An error as S3 (and, near enough, IAM and STS) tells it."""
    error = f"<Code>{code}</Code><Message>{message}</Message>"
    body = f"<Error>{error}</Error>"
    return Reply(status, body.encode(), "application/xml")


def query_refusal(code: str, status: int = 400, message: str = "no") -> Reply:
    """An error as IAM and STS tell it."""
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    body = f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"
    return Reply(status, body.encode(), "text/xml")


@dataclass
class _Fault:
    operation: str
    reply: Reply
    times: int | None
    when: str
    after: int

    def takes(self, operation: str, seen: str) -> bool:
        if operation != self.operation or self.when not in seen or self.times == 0:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


Application = Callable[[dict[str, Any], Any], Any]
Rewrite = Callable[[bytes, bytes], bytes]


class Server:
    """The WSGI application in front of moto."""

    def __init__(self, moto: Application) -> None:
        self.url = ""
        self.requests: list[str] = []
        self.bodies: dict[str, bytes] = {}
        """The last request's body per operation."""
        self.authorizations: list[str] = []
        self.page_size = 2
        self.list_size: int | None = None
        """Keys of a bucket that S3 gives at once."""
        self.rewrites: dict[str, Rewrite] = {}
        self._moto = moto
        self._faults: list[_Fault] = []
        self._lock = threading.Lock()

    def fail(
        self,
        operation: str,
        reply: Reply,
        *,
        times: int | None = None,
        when: str = "",
        after: int = 0,
    ) -> None:
        """Answer ``reply`` to requests whose address or body contains ``when``, ``times`` times,
        but not to the first ``after``."""
        self._faults.append(_Fault(operation, reply, times, when, after))

    def behave(self) -> None:
        self._faults.clear()
        self.rewrites.clear()
        self.requests.clear()
        self.page_size = 2
        self.list_size = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        environ["wsgi.input"] = BytesIO(body)
        operation = _operation(environ, body)
        if operation in ("ListObjectsV2", "ListObjectVersions") and self.list_size:
            environ["QUERY_STRING"] += f"&max-keys={self.list_size}"
        text = body.decode(errors="replace")
        seen = f"{environ.get('PATH_INFO')}?{environ.get('QUERY_STRING')} {text}"
        with self._lock:
            self.requests.append(operation)
            self.authorizations.append(environ.get("HTTP_AUTHORIZATION", ""))
            self.bodies[operation] = body
            fault = next((f for f in self._faults if f.takes(operation, seen)), None)
        if fault is not None:
            headers = {"Content-Type": fault.reply.content_type, **fault.reply.headers}
            start_response(f"{fault.reply.status} told", list(headers.items()))
            return fault.reply.chunks()
        rewrite = self.rewrites.get(operation) or self._pager(operation, environ)
        if rewrite is None:
            return self._moto(environ, start_response)
        status, headers, answer = _run(self._moto, environ)
        if status.startswith("200"):
            answer = rewrite(body, answer)
        headers = {k: v for k, v in headers.items() if k.lower() != "content-length"}
        start_response(status, [*headers.items(), ("Content-Length", str(len(answer)))])
        return [answer]

    def _pager(self, operation: str, environ: dict[str, Any]) -> Rewrite | None:
        if operation == "GetAccountAuthorizationDetails":
            return lambda asked, answer: _page_details(asked, answer, self.page_size)
        if operation == "ListBuckets":
            query = parse_qs(environ.get("QUERY_STRING", ""))
            at = int(query.get("continuation-token", ["0"])[0])
            return lambda asked, answer: _page_buckets(answer, at, self.page_size)
        return None


class Account:
    """An AWS account of one test, with clients for whoever fills it."""

    def __init__(self, server: Server) -> None:
        import boto3

        self.server = server
        self.number = f"{next(_NUMBERS):012d}"[-12:]
        role = f"arn:aws:iam::{self.number}:role/tester"
        sts = boto3.client(
            "sts",
            endpoint_url=server.url,
            region_name=REGION,
            aws_access_key_id="a",
            aws_secret_access_key="b",
        )
        keys = sts.assume_role(RoleArn=role, RoleSessionName="tester")["Credentials"]
        self.keys = {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        }
        self.sink = MemorySink()

    def client(self, service: str, region: str = REGION) -> Any:
        import boto3

        keys = {name.lower(): value for name, value in self.keys.items()}
        return boto3.client(service, endpoint_url=self.server.url, region_name=region, **keys)

    def settings(self, **more: Any) -> AwsSettings:
        standard = {"endpoint_url": self.server.url, "region": REGION, "lookup_rate_per_s": 10_000}
        return AwsSettings.model_validate({"id": "aws/test", **standard, **more})

    def read(self, *kinds: str, clock: Any = None, **more: Any) -> Receipt:
        settings = self.settings(kinds=kinds or None, **more)
        collector = Aws(settings, clock) if clock else Aws(settings)
        return read_source(collector, settings, slot=NOON, sink=self.sink, retry=patient())

    def read_one(self, kind: str, **more: Any) -> tuple[KindReceipt, dict[str, Any]]:
        """The receipt of one kind, and its records by subject."""
        receipt = self.read(kind, **more)
        (found,) = receipt.kinds
        return found, self.records(kind)

    def records(self, kind: str) -> dict[str, Any]:
        rows = self.sink.rows.get(kind, {})
        return {subject: json.loads(row.body) for subject, row in rows.items()}


@contextlib.contextmanager
def aws_server() -> Iterator[Server]:
    moto_lookup_events.register()
    moto_missing.register()
    moto_shelf.register()
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)

    class Handler(MotoRequestHandler):
        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate((timestamp or time.time()) + DATE_AHEAD_S, usegmt=True)

    server = Server(DomainDispatcherApplication(create_backend_app))
    http = make_server("127.0.0.1", 0, server, threaded=True, request_handler=Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield server
    http.shutdown()
    http.server_close()
    thread.join()


def _operation(environ: dict[str, Any], body: bytes) -> str:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).rpartition(".")[2]
    if action := re.search(rb"(?:^|&)Action=(\w+)", body):
        return action[1].decode()
    if called := re.search(r"/operation/(\w+)$", environ.get("PATH_INFO", "")):
        return called[1]
    if service := re.search(r"/(eks|access-analyzer)/aws4", environ.get("HTTP_AUTHORIZATION", "")):
        return _by_path(service[1], environ.get("PATH_INFO", ""))
    if "/bedrock/aws4" in environ.get("HTTP_AUTHORIZATION", ""):
        return moto_shelf.operation_of(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))
    if environ.get("PATH_INFO") == "/v20180820/configuration/publicAccessBlock":
        return "GetPublicAccessBlock"
    return _s3(environ) if environ["REQUEST_METHOD"] == "GET" else ""


def _s3(environ: dict[str, Any]) -> str:
    query, path = environ.get("QUERY_STRING", ""), environ.get("PATH_INFO", "")
    for key, operation in {
        "encryption": "GetBucketEncryption",
        "versioning": "GetBucketVersioning",
        "publicAccessBlock": "GetPublicAccessBlock",
        "tagging": "GetBucketTagging",
        "policyStatus": "GetBucketPolicyStatus",
        "lifecycle": "GetBucketLifecycleConfiguration",
        "object-lock": "GetObjectLockConfiguration",
        "list-type=2": "ListObjectsV2",
        "versions": "ListObjectVersions",
    }.items():
        if key in query:
            return operation
    return "ListBuckets" if path == "/" else "GetObject" if path.count("/") > 1 else ""


def _by_path(service: str, path: str) -> str:
    forms = {
        "eks": {
            "/clusters": "ListClusters",
            "/clusters/[^/]+": "DescribeCluster",
            "/clusters/[^/]+/access-entries": "ListAccessEntries",
            "/clusters/[^/]+/access-entries/[^/]+(/[^/]+)?": "DescribeAccessEntry",
            ".*/access-policies": "ListAssociatedAccessPolicies",
        },
        "access-analyzer": {"/analyzer": "ListAnalyzers", "/findingv2": "ListFindingsV2"},
    }
    return next((name for form, name in forms[service].items() if re.fullmatch(form, path)), "")


def _run(moto: Application, environ: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    said: list[Any] = []
    chunks = moto(environ, lambda status, headers, *_: said.extend((status, dict(headers))))
    body = b"".join(chunks)
    if hasattr(chunks, "close"):
        chunks.close()
    return said[0], said[1], body


def _page_details(asked: bytes, answer: bytes, size: int) -> bytes:
    """IAM's GetAccountAuthorizationDetails, which moto gives in one piece."""
    at = int(parse_qs(asked.decode()).get("Marker", ["0"])[0])
    root = ElementTree.fromstring(answer)
    space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    result = root.find(f"{space}GetAccountAuthorizationDetailsResult")
    assert result is not None
    is_truncated = False
    for name in ("RoleDetailList", "UserDetailList", "GroupDetailList", "Policies"):
        found = result.find(f"{space}{name}")
        if found is None:
            continue
        items = list(found)
        is_truncated = is_truncated or at + size < len(items)
        for item in [*items[:at], *items[at + size :]]:
            found.remove(item)
    truncated = result.find(f"{space}IsTruncated")
    assert truncated is not None
    truncated.text = str(is_truncated).lower()
    if is_truncated:
        ElementTree.SubElement(result, f"{space}Marker").text = str(at + size)
    return ElementTree.tostring(root)


def _page_buckets(answer: bytes, at: int, size: int) -> bytes:
    """S3's ListBuckets, which moto cuts off at ``max-buckets`` without a token."""
    buckets = re.findall(rb"<Bucket>.*?</Bucket>", answer, re.DOTALL)
    for bucket in [*buckets[:at], *buckets[at + size :]]:
        answer = answer.replace(bucket, b"")
    if at + size < len(buckets):
        token = b"<ContinuationToken>%d</ContinuationToken>" % (at + size)
        answer = answer.replace(b"</ListAllMyBucketsResult>", token + b"</ListAllMyBucketsResult>")
    return answer
