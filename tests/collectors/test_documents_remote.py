"""A repository that is fetched over HTTP, from a server that wants a token."""

import base64
import contextlib
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from annexa.agent.sources import read_sources
from annexa.collectors.documents import kinds, remote
from annexa.collectors.documents.reader import Documents
from annexa.collectors.documents.settings import DocumentsSettings
from annexa.collectors.receipt import Receipt
from annexa.collectors.runner import read_source

from .git_repository import DOCUMENT, Git
from .memory_sink import NOON, MemorySink, patient

TOKEN = "ghp_hunter2hunter2"
Application = Callable[[dict[str, Any], Any], Any]


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


@contextlib.contextmanager
def served(folder: Path, around: Callable[[Application], Application]) -> Iterator[str]:
    application = around(backend(folder))
    server = make_server("127.0.0.1", 0, application, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{folder.name}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def backend(folder: Path) -> Application:
    """Git's own server, a CGI program."""

    def application(environ: dict[str, Any], start: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        names = ("PATH_INFO", "QUERY_STRING", "REQUEST_METHOD", "CONTENT_TYPE", "HTTP_GIT_PROTOCOL")
        given = {name: environ.get(name, "") for name in names}
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            check=True,
            env={
                **given,
                "CONTENT_LENGTH": str(len(body)),
                "GIT_PROJECT_ROOT": str(folder.parent),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROTOCOL": given["HTTP_GIT_PROTOCOL"],
                "PATH": os.environ["PATH"],
                "HOME": str(folder.parent),
            },
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n")]
        status = dict(headers).pop("Status", "200 OK")
        start(status, [header for header in headers if header[0] != "Status"])
        return [content]

    return application


def guarded(inner: Application) -> Application:
    wanted = "Basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()

    def application(environ: dict[str, Any], start: Any) -> Any:
        if environ.get("HTTP_AUTHORIZATION") == wanted:
            return inner(environ, start)
        start("401 Unauthorized", [("WWW-Authenticate", "Basic"), ("Content-Length", "0")])
        return []

    return application


def answering(status: str) -> Callable[[Application], Application]:
    def around(inner: Application) -> Application:
        def application(environ: dict[str, Any], start: Any) -> Any:
            start(status, [("Content-Length", "0")])
            return []

        return application

    return around


@pytest.fixture
def git(tmp_path: Path) -> Git:
    git = Git(tmp_path / "origin")
    git.write("a.md", DOCUMENT)
    git.commit()
    git("branch", "old")
    git.write("a.md", DOCUMENT + "more\n")
    git.commit()
    return git


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))


def read(url: str, sink: MemorySink, *, token: bool = True, **more: Any) -> Receipt:
    host = {"type": "github", "repository": "acme/docs", "url": "http://127.0.0.1:9"}
    host |= {"token_env": "GITHUB_TOKEN"} if token else {}
    wanted = ("documents.document", "documents.version", "documents.place")
    settings = DocumentsSettings.model_validate(
        {"id": "documents/x", "repository": url, "host": host, "kinds": wanted, **more}
    )
    receipt = read_source(Documents(settings), settings, slot=NOON, sink=sink, retry=patient())
    assert TOKEN not in str(receipt)
    return receipt


def test_it_is_read_like_a_clone_and_nothing_stays_behind(git: Git, tmp_path: Path) -> None:
    sink, local = MemorySink(), MemorySink()
    with served(git.root, guarded) as url:
        receipt = read(url, sink)
    assert receipt.complete
    assert receipt.identity is not None
    assert receipt.identity.endpoint == url
    settings = DocumentsSettings(id="documents/x", path=str(git.root))
    read_source(Documents(settings), settings, slot=NOON, sink=local, retry=patient())
    for kind in (kinds.DOCUMENT, kinds.VERSION, kinds.PLACE):
        names = local.subjects(kind)
        assert [sink.body(kind, name) for name in sink.subjects(kind)] == [
            local.body(kind, name) for name in names
        ]
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_branch_can_be_named_and_one_that_is_not_there_is_a_gap(git: Git) -> None:
    with served(git.root, guarded) as url:
        sink = MemorySink()
        read(url, sink, ref="old")
        place = sink.body(kinds.PLACE, "git")
        assert (place["branch"], place["head"]) == ("old", git("rev-parse", "old"))
        gone = read(url, MemorySink(), ref="gone")
    assert {kind.verdict for kind in gone.kinds} == {"unavailable"}
    assert "no branch or tag gone" in (gone.kinds[0].problem or "")


@pytest.mark.parametrize(
    ("around", "token", "verdict"),
    [
        (guarded, False, "denied"),
        (answering("403 Forbidden"), True, "denied"),
        (answering("404 Not Found"), True, "denied"),
        (answering("500 Oops"), True, "unavailable"),
        (answering("200 OK"), True, "unavailable"),
    ],
)
def test_a_refusal_is_a_gap(
    git: Git, tmp_path: Path, around: Any, token: bool, verdict: str
) -> None:
    sink = MemorySink()
    with served(git.root, around) as url:
        receipt = read(url, sink, token=token)
    assert {kind.verdict for kind in receipt.kinds} == {verdict}
    assert "the collector failed" not in (receipt.kinds[0].problem or "")
    assert sink.rows == {}
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_server_that_is_down_is_unavailable(git: Git) -> None:
    with served(git.root, guarded) as url:
        pass
    assert {kind.verdict for kind in read(url, MemorySink()).kinds} == {"unavailable"}


def test_a_repository_beyond_any_size_is_refused(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MAX_BYTES", 100)
    with served(git.root, guarded) as url:
        receipt = read(url, MemorySink())
    assert "larger than" in (receipt.kinds[0].problem or "")


def test_an_address_in_the_configuration_stays_one_and_a_folder_counts_from_there(
    tmp_path: Path,
) -> None:
    entries = [
        {"id": "documents/a", "repository": "https://github.com/acme/docs.git"},
        {"id": "documents/b", "repository": "docs"},
    ]
    found = read_sources(entries, where="annexa.yaml", folder=tmp_path)
    given = [one.settings.model_dump()["repository"] for one in found]
    assert given == ["https://github.com/acme/docs.git", str(tmp_path / "docs")]
    with pytest.raises(ValueError, match="without user name"):
        DocumentsSettings(id="documents/x", repository="https://u:p@github.com/a/b")


def test_the_token_goes_to_no_other_server(git: Git) -> None:
    given: list[str | None] = []

    def listening(inner: Application) -> Application:
        def application(environ: dict[str, Any], start: Any) -> Any:
            given.append(environ.get("HTTP_AUTHORIZATION"))
            return inner(environ, start)

        return application

    with served(git.root, listening) as elsewhere:

        def leading(inner: Application) -> Application:
            def application(environ: dict[str, Any], start: Any) -> Any:
                rest = environ["PATH_INFO"].removeprefix(f"/{git.root.name}")
                target = f"{elsewhere}{rest}?{environ['QUERY_STRING']}"
                start("302 Found", [("Location", target), ("Content-Length", "0")])
                return []

            return application

        with served(git.root, leading) as url:
            read(url, MemorySink())
    assert given
    assert set(given) == {None}
