"""The HTTP intake, spoken to by real sockets, with a receiver of our own behind it."""

import gzip
import json
import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.errors import ConfigError
from annexa.agent.intake.desk import Desk, Post
from annexa.agent.intake.exchange import Limits
from annexa.agent.intake.server import Listening, listening
from annexa.agent.intake.settings import IntakeSettings
from annexa.agent.intake.trigger import Trigger
from annexa.agent.intake.unpacking import TooLarge, unpacked
from annexa.collectors.errors import SettingsError
from annexa.collectors.inbox import Inbox
from annexa.collectors.intake import Accepted, Push, Receiver, Refused

SECRET = "s" * 20
LIMITS = Limits(body_bytes=64 * 1024, head_s=0.6, body_s=0.6, answer_s=2.0)


class Notes:
    """Takes any JSON from whoever knows the secret."""

    paths = ("/notes",)

    def __init__(self, secret: str = SECRET) -> None:
        self.secret = secret
        self.bodies = 0

    def admits(self, headers: Mapping[str, str], now: datetime) -> Refused | None:
        known = headers.get("authorization") == f"Bearer {self.secret}"
        return None if known else Refused(status=401, problem="the key is not the one")

    def accepts(self, push: Push) -> Accepted | Refused:
        self.bodies += 1
        try:
            document = json.loads(push.body)
        except ValueError:
            return Refused(status=400, problem="is no JSON")
        return Accepted(documents=[json.dumps(document).encode()], answer=b'{"kept":1}')


class Log:
    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def warning(self, event: str, **fields: Any) -> None:
        self.lines.append((event, fields))


class House:
    """An intake, what it kept, and whom it told."""

    def __init__(self, folder: Path, *receivers: Receiver) -> None:
        self.log = Log()
        self.arrived: list[str] = []
        self.inboxes = [folder / str(number) for number in range(len(receivers))]
        posts = [
            Post(f"notes/{number}", receiver, Inbox(self.inboxes[number]))
            for number, receiver in enumerate(receivers)
        ]
        self.desk = Desk(posts, arrived=self.arrived.append, log=self.log)
        self.open: Listening | None = None

    def post(
        self, path: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        assert self.open is not None
        given = {"Authorization": f"Bearer {SECRET}", **(headers or {})}
        request = urllib.request.Request(self.open.url + path, body, given)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def kept(self, number: int = 0) -> list[Any]:
        files = sorted(self.inboxes[number].iterdir())
        return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]

    def connect(self) -> socket.socket:
        assert self.open is not None
        connection = socket.create_connection(("127.0.0.1", self.open.port))
        connection.settimeout(10)
        return connection


@contextmanager
def house(
    folder: Path, *receivers: Receiver, limits: Limits = LIMITS, **settings: Any
) -> Iterator[House]:
    here = House(folder, *receivers)
    with listening(
        IntakeSettings(listen="127.0.0.1:0", **settings), here.desk, limits=limits
    ) as open_:
        here.open = open_
        yield here


def everything(connection: socket.socket) -> bytes:
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionResetError:
        pass
    return found


HEAD = f"POST /notes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\n".encode()


def test_a_push_is_on_disk_before_it_is_answered_and_its_source_is_told(tmp_path: Path) -> None:
    with house(tmp_path, Notes()) as here:
        assert here.post("/notes/0/notes", b'{"a": 1}') == (200, b'{"kept":1}')
        assert here.kept() == [{"a": 1}]
        assert here.arrived == ["notes/0"]


def test_a_wrong_secret_is_401_and_its_body_is_never_read(tmp_path: Path) -> None:
    notes = Notes()
    with house(tmp_path, notes) as here:
        for _ in range(3):
            status, _ = here.post("/notes", b"x" * 60_000, {"Authorization": "Bearer no"})
            assert status == 401
        assert notes.bodies == 0
        assert here.kept() == []
        assert len(here.log.lines) == 1, "one line a minute, not one for each attempt"
        assert SECRET not in str(here.log.lines)


def test_the_secret_says_which_of_two_sources_is_meant(tmp_path: Path) -> None:
    other = "t" * 20
    with house(tmp_path, Notes(), Notes(other)) as here:
        assert here.post("/notes", b"1")[0] == 200
        assert here.post("/notes", b"2", {"Authorization": f"Bearer {other}"})[0] == 200
        assert here.post("/notes/0/notes", b"3", {"Authorization": f"Bearer {other}"})[0] == 401
        assert (here.kept(0), here.kept(1)) == ([1], [2])
        assert here.post("/notes", b"{", {"Authorization": f"Bearer {SECRET}"})[0] == 400


def test_what_is_not_taken_has_its_own_answer(tmp_path: Path) -> None:
    with house(tmp_path, Notes()) as here:
        assert here.post("/other", b"1")[0] == 404
        assert here.post("/notes", b"{")[0] == 400
        assert here.post("/notes", b"1", {"Content-Encoding": "br"})[0] == 415
        assert here.post("/notes", b"1", {"Content-Encoding": "gzip"})[0] == 400
        with here.connect() as connection:
            connection.sendall(b"GET /notes HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b" 405 " in everything(connection)
        assert here.kept() == []


def test_livez_answers_without_a_secret(tmp_path: Path) -> None:
    with house(tmp_path, Notes()) as here, here.connect() as connection:
        for _ in range(2):  # on one connection
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_packed_body_is_unpacked(tmp_path: Path) -> None:
    with house(tmp_path, Notes()) as here:
        body = gzip.compress(b'{"a":') + gzip.compress(b" 1}")
        assert here.post("/notes", body, {"Content-Encoding": "gzip"})[0] == 200
        assert here.kept() == [{"a": 1}]


@pytest.mark.parametrize("size", [64 * 1024 + 1, 3_000_000])
def test_a_body_beyond_the_limit_is_413_whole_packed_or_in_chunks(
    tmp_path: Path, size: int
) -> None:
    body = b"[" + b" " * (size - 2) + b"]"
    with house(tmp_path, Notes()) as here:
        assert here.post("/notes", body)[0] == 413
        assert here.post("/notes", gzip.compress(body), {"Content-Encoding": "gzip"})[0] == 413
        with here.connect() as connection:
            connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
            connection.sendall(f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n")
            assert b" 413 " in everything(connection)
        assert here.kept() == []


def test_a_bomb_is_never_unpacked_beyond_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    tracemalloc.start()
    with pytest.raises(TooLarge):
        unpacked(bomb, limit=1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
    with pytest.raises(TooLarge):
        unpacked(gzip.compress(b"\0" * 600) * 2, limit=1000)
    assert unpacked(gzip.compress(b"\0" * 1000), limit=1000) == b"\0" * 1000


def test_a_body_that_is_announced_and_never_comes_whole_is_not_kept(tmp_path: Path) -> None:
    with house(tmp_path, Notes()) as here:
        with here.connect() as connection:
            connection.sendall(HEAD + b"Content-Length: 10\r\n\r\n12345")
            connection.shutdown(socket.SHUT_WR)
            assert b" 200 " not in everything(connection)
        with here.connect() as connection:
            connection.sendall(HEAD + b"Content-Length: 10\r\n\r\n12345")
            assert b" 408 " in everything(connection)
        assert here.kept() == []


@pytest.mark.parametrize(
    "begin", [b"", b"POST /notes HT", HEAD, HEAD + b"Content-Length: 9\r\n\r\n1"]
)
def test_a_client_that_trickles_is_cut_off_and_others_are_served(
    tmp_path: Path, begin: bytes
) -> None:
    with house(tmp_path, Notes()) as here, here.connect() as connection:
        connection.sendall(begin)
        ended = threading.Event()

        def trickle() -> None:
            try:
                while not ended.wait(0.05):
                    connection.sendall(b"x")
            except OSError:
                pass

        slow = threading.Thread(target=trickle)
        slow.start()
        assert here.post("/notes", b"1")[0] == 200
        everything(connection)  # ends, or the socket's own time limit is an error
        ended.set()
        slow.join()
        assert here.kept() == [1]


def test_a_head_without_end_is_refused(tmp_path: Path) -> None:
    with house(tmp_path, Notes()) as here, here.connect() as connection:
        connection.sendall(HEAD + b"X-Long: " + b"a" * 100_000)
        assert b" 431 " in everything(connection)


def test_what_is_not_http_is_refused(tmp_path: Path) -> None:
    with house(tmp_path, Notes()) as here, here.connect() as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert b" 400 " in everything(connection)


def test_two_lengths_in_one_head_are_refused(tmp_path: Path) -> None:
    with house(tmp_path, Notes()) as here, here.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n11")
        assert b" 400 " in everything(connection)
        assert here.kept() == []


def test_more_connections_than_allowed_are_told_to_come_back(tmp_path: Path) -> None:
    patient = Limits(body_bytes=1000, head_s=30, body_s=30)
    with house(tmp_path, Notes(), limits=patient, connections=2) as here:
        first, second = here.connect(), here.connect()
        with first, second:
            for connection in (first, second):
                connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
                assert b" 200 " in connection.recv(4096)
            with here.connect() as third:
                assert b" 503 " in everything(third)
        end = time.monotonic() + 10
        while here.post("/notes", b"1")[0] != 200:  # those two have gone
            assert time.monotonic() < end


def test_a_client_may_ask_before_it_sends(tmp_path: Path) -> None:
    with house(tmp_path, Notes()) as here, here.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"7")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert here.kept() == [7]


def test_a_full_disk_is_507_and_the_source_is_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with house(tmp_path, Notes()) as here:
        with monkeypatch.context() as broken:
            broken.setattr("os.fsync", refuse)
            assert here.post("/notes", b"1")[0] == 507
        assert here.arrived == []
        assert here.post("/notes", b"1")[0] == 200
        assert here.kept() == [1]


def test_a_receiver_that_breaks_lets_nothing_through(tmp_path: Path) -> None:
    class Broken(Notes):
        def admits(self, headers: Mapping[str, str], now: datetime) -> Refused | None:
            raise RuntimeError("a bug")

    class Unset(Notes):
        def accepts(self, push: Push) -> Accepted | Refused:
            raise SettingsError("notes/0.push_secret_file", "cannot be read", remedy="mend it")

    with house(tmp_path, Broken()) as here:
        assert here.post("/notes", b"1") == (500, b'{"error":"failed by a bug"}')
    with house(tmp_path, Unset()) as here:
        assert here.post("/notes", b"1") == (503, b'{"error":"cannot check this now"}')
        assert here.kept() == []


def test_https_is_spoken_where_a_certificate_is_given(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    names = ["-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(certificate), "-days", "2"]
    subprocess.run([*made, *names, *files], check=True, capture_output=True)
    with house(tmp_path / "in", Notes(), certificate_file=certificate, key_file=key) as here:
        assert here.open is not None
        url = f"https://localhost:{here.open.port}/livez"
        trust = ssl.create_default_context(cafile=str(certificate))
        with urllib.request.urlopen(url, context=trust, timeout=10) as answer:
            assert answer.status == 200


def test_an_address_in_use_is_one_line(tmp_path: Path) -> None:
    with house(tmp_path, Notes()) as here:
        assert here.open is not None
        again = IntakeSettings(listen=f"127.0.0.1:{here.open.port}")
        with (
            pytest.raises(ConfigError, match=r"intake.listen: .* in use"),
            listening(again, here.desk),
        ):
            pass


@pytest.mark.parametrize("listen", ["8642", "127.0.0.1:99999", "a b:1", "http://x:1", "::1:80"])
def test_an_address_that_is_none_is_refused(listen: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        IntakeSettings(listen=listen)


@pytest.mark.parametrize(
    ("listen", "is_in_the_open"),
    [("127.0.0.1:1", False), ("[::1]:1", False), ("localhost:1", False), ("0.0.0.0:1", True)],
)
def test_an_address_beyond_this_machine_is_known_as_such(listen: str, is_in_the_open: bool) -> None:
    assert IntakeSettings(listen=listen).is_in_the_open is is_in_the_open


class _Later:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.planned: list[tuple[float, Any]] = []

    def __call__(self, seconds: float, call: Any) -> None:
        self.planned.append((self.now + seconds, call))

    def turn(self) -> None:
        at, call = self.planned.pop(0)
        self.now = at
        call()


def test_many_pushes_are_one_round_and_a_push_during_it_is_another() -> None:
    clock = _Later()
    began: list[float] = []

    def reading() -> None:
        began.append(clock.now)
        clock.now += 20
        if len(began) == 1:
            trigger.pull()
            trigger.pull()
            assert clock.planned == [], "two rounds of one source never overlap"

    trigger = Trigger(reading, clock, monotonic=lambda: clock.now)
    for _ in range(100):
        trigger.pull()
    clock.turn()
    clock.turn()
    assert began == [101.0, 141.0], "a round that takes 20 s is not begun more often than that"
    assert clock.planned == []
