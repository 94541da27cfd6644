"""One connection: requests under limits of time and size, answers, and an orderly end.

h11 reads the protocol; time is ours. A head has to be there within `HEAD_S` and a body within
`BODY_S` of its first byte's due, however it trickles; whoever does not read answers is cut off.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import h11

from ...collectors.intake import Push
from .desk import Answer, Desk, said
from .unpacking import NotPacked, TooLarge, unpacked

HEAD_BYTES = 16 * 1024
_CHUNK = 64 * 1024
_LINGER_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    body_bytes: int
    head_s: float = 10.0
    """Also for how long a connection may stay open between two requests."""
    body_s: float = 30.0
    answer_s: float = 10.0


class Refusal(Exception):
    """Ends a request, and its connection, with an answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Exchange:
    """Requests of one connection, one after another."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        desk: Desk,
        limits: Limits,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._desk = desk
        self._limits = limits
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)

    @property
    def is_idle(self) -> bool:
        """No request has come whole yet, or none after the last answer."""
        return self._http.our_state is h11.IDLE

    async def run(self) -> None:
        """Until the other side, an error or a limit ends it."""
        try:
            while await self._one():
                self._http.start_next_cycle()
        except Refusal as refusal:
            await self._refuse(refusal.answer)
        except h11.RemoteProtocolError as error:
            await self._refuse(said(error.error_status_hint, "not HTTP that is understood here"))
        except TimeoutError:
            if self._http.our_state is h11.SEND_RESPONSE:
                await self._refuse(said(408, "too slow"))

    async def _one(self) -> bool:
        """Answer one request. False: the connection ends."""
        async with asyncio.timeout(self._limits.head_s):
            head = await self._event()
        if not isinstance(head, h11.Request):
            return False
        await self._send(await self._answer(head))
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    async def _answer(self, head: h11.Request) -> Answer:
        path = head.target.split(b"?", 1)[0].decode("latin-1")
        if path == "/livez":
            await self._body(0)
            return Answer(200, b'{"status":"ok"}') if head.method == b"GET" else _only("GET")
        if not self._desk.knows(path):
            raise Refusal(said(404, "nothing is taken here"))
        if head.method != b"POST":
            raise Refusal(_only("POST"))
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in head.headers
        }
        now = datetime.now(UTC)
        turned = await asyncio.to_thread(self._desk.turns_away, path, headers, now)
        if turned is not None:
            raise Refusal(turned)
        body = _plain(headers, await self._body(self._declared(headers)), self._limits.body_bytes)
        push = Push(path=path, headers=headers, body=body, received_at=datetime.now(UTC))
        return await asyncio.to_thread(self._desk.take, push)

    def _declared(self, headers: dict[str, str]) -> int:
        """How many bytes a body may have; one that says itself that it is too large is not read."""
        limit = self._limits.body_bytes
        if int(headers.get("content-length", "0")) > limit:
            raise Refusal(_too_large(limit))
        return limit

    async def _body(self, limit: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        async with asyncio.timeout(self._limits.body_s):
            if self._http.they_are_waiting_for_100_continue and limit:
                await self._write(h11.InformationalResponse(status_code=100, headers=[]))
            while not isinstance(event := await self._event(), h11.EndOfMessage):
                if not isinstance(event, h11.Data):
                    raise Refusal(said(400, "ends in its middle"))
                size += len(event.data)
                if size > limit:
                    raise Refusal(_too_large(limit))
                parts.append(bytes(event.data))
        return b"".join(parts)

    async def _event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(_CHUNK))
        return event

    async def _send(self, answer: Answer, *, close: bool = False) -> None:
        headers = [
            ("content-length", str(len(answer.body))),
            ("cache-control", "no-store"),
            *([("content-type", "application/json")] if answer.body else []),
            *([("connection", "close")] if close else []),
            *answer.headers,
        ]
        await self._write(
            h11.Response(status_code=answer.status, headers=headers),
            h11.Data(data=answer.body),
            h11.EndOfMessage(),
        )

    async def _write(self, *events: h11.Event) -> None:
        self._writer.write(b"".join(self._http.send(event) or b"" for event in events))
        async with asyncio.timeout(self._limits.answer_s):
            await self._writer.drain()

    async def _refuse(self, answer: Answer) -> None:
        """Answer and close. What is still coming is read away for a moment: a connection that is
        closed on unread bytes is reset, and the sender never sees why."""
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        await self._send(answer, close=True)
        if self._writer.can_write_eof():
            self._writer.write_eof()
        left = _LINGER_BYTES
        async with asyncio.timeout(2.0):
            while left > 0 and (data := await self._reader.read(_CHUNK)):
                left -= len(data)


def _plain(headers: dict[str, str], body: bytes, limit: int) -> bytes:
    packing = headers.get("content-encoding", "identity").strip().lower()
    if packing in ("identity", ""):
        return body
    if packing not in ("gzip", "x-gzip"):
        raise Refusal(said(415, "packed in a way that is not taken; use gzip"))
    try:
        return unpacked(body, limit=limit)
    except TooLarge:
        raise Refusal(_too_large(limit)) from None
    except NotPacked:
        raise Refusal(said(400, "is no gzip, though its header says so")) from None


def _too_large(limit: int) -> Answer:
    return said(413, f"more than {limit} bytes")


def _only(method: str) -> Answer:
    return Answer(405, headers=(("allow", method),))
