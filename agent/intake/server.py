"""The listening socket and its connections, on an event loop in a thread of its own.

Why neither http.server nor uvicorn: the one has no limit for a whole request, the other none for a
head that trickles in. asyncio has both, and h11, which reads HTTP for our own requests too, is
installed with the core.
"""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from ..errors import ConfigError
from .desk import Desk
from .exchange import Exchange, Limits
from .settings import IntakeSettings

_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
_END_S = 5.0


@dataclass
class Listening:
    """An open intake."""

    host: str
    port: int
    scheme: str

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@contextmanager
def listening(
    settings: IntakeSettings, desk: Desk, *, limits: Limits | None = None
) -> Iterator[Listening]:
    """Take in pushes until the block ends; what is being answered then is answered.

    Raises:
        ConfigError: The address or the certificate cannot be used.
    """
    limits = limits or Limits(body_bytes=settings.max_body_mib * 1024 * 1024)
    server = _Server(settings, desk, limits)
    thread = threading.Thread(target=server.run, name="intake", daemon=True)
    thread.start()
    server.is_settled.wait()
    if server.failure is not None:
        raise _unusable(settings, server.failure) from server.failure
    try:
        yield Listening(settings.address[0], server.port, "https" if server.tls else "http")
    finally:
        server.end()
        thread.join(_END_S + 1)


class _Server:
    def __init__(self, settings: IntakeSettings, desk: Desk, limits: Limits) -> None:
        self._settings = settings
        self._desk = desk
        self._limits = limits
        self._open: dict[asyncio.Task[None], Exchange] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Event | None = None
        self.is_settled = threading.Event()
        self.failure: OSError | None = None
        self.tls = settings.certificate_file is not None
        self.port = 0

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self.is_settled.set()

    def end(self) -> None:
        if self._loop is not None and self._ending is not None:
            with suppress(RuntimeError):  # the loop is closed already
                self._loop.call_soon_threadsafe(self._ending.set)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ending = asyncio.Event()
        host, port = self._settings.address
        try:
            context = self._context()
            server = await asyncio.start_server(
                self._connected,
                host,
                port,
                ssl=context,
                ssl_handshake_timeout=self._limits.head_s if context else None,
                limit=64 * 1024,
            )
        except OSError as error:  # SSLError is one
            self.failure = error
            return
        self.port = server.sockets[0].getsockname()[1]
        self.is_settled.set()
        await self._ending.wait()
        server.close()
        for task, exchange in self._open.items():
            if exchange.is_idle:
                task.cancel()
        if self._open:
            await asyncio.wait(self._open, timeout=_END_S)
        for task in self._open:
            task.cancel()

    def _context(self) -> ssl.SSLContext | None:
        if self._settings.certificate_file is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._settings.certificate_file, self._settings.key_file)
        return context

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            if len(self._open) >= self._settings.connections:
                writer.write(_BUSY)
                return
            self._open[task] = Exchange(reader, writer, self._desk, self._limits)
            with suppress(OSError, TimeoutError, asyncio.CancelledError):
                await self._open[task].run()
        finally:
            self._open.pop(task, None)
            writer.close()
            with suppress(OSError, TimeoutError, asyncio.CancelledError):  # it ends either way
                await asyncio.wait_for(writer.wait_closed(), self._limits.answer_s)


def _unusable(settings: IntakeSettings, error: OSError) -> ConfigError:
    if isinstance(error, ssl.SSLError):
        return ConfigError(
            "intake.certificate_file",
            "certificate and key cannot be used",
            remedy="give a PEM certificate and the key that belongs to it",
        )
    where = "certificate_file" if isinstance(error, FileNotFoundError) else "listen"
    return ConfigError(
        f"intake.{where}",
        f"{settings.listen} cannot be listened on ({error.strerror})"
        if where == "listen"
        else f"{error.filename or 'a file'} is not there",
        remedy="choose another address, or end what uses it" if where == "listen" else "correct it",
    )
