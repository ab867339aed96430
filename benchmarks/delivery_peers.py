"""The servers that deliveries are measured against, in a process of their own.

    python delivery_peers.py SORT REFUSED

SORT `real`: aiosmtpd and aiohttp's server. SORT `lean`: bare protocols that look at as little as they can, so
that next to nothing but the client is measured. REFUSED: the share of first attempts that is refused for now.

It prints both ports, and for each line on standard input what it has acknowledged since the last one.
"""

from __future__ import annotations

import asyncio
import json
import sys
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP

HANG = b"hang"  # in a call's path: it is never answered


class Tally:
    """What was acknowledged, by key. A first attempt may be refused, by the key's own hash."""

    def __init__(self, refused: float) -> None:
        self._share = int(refused * 1_000)
        self._seen: set[bytes] = set()
        self.acknowledged: Counter[bytes] = Counter()

    def take(self, key: bytes) -> bool:
        if zlib.crc32(key) % 1_000 < self._share and key not in self._seen:
            self._seen.add(key)
            return False
        self.acknowledged[key] += 1
        return True

    def told(self) -> str:
        """As JSON; and all is forgotten."""
        counts = {
            "acknowledged": len(self.acknowledged),
            "twice": sum(number > 1 for number in self.acknowledged.values()),
        }
        self.acknowledged.clear()
        self._seen.clear()
        return json.dumps(counts)


class Lines(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.begin()

    def begin(self) -> None:
        """Says the first word, if it is the server's."""


class Smtp(Lines):
    """One command at a time."""

    mail = False

    def begin(self) -> None:
        self.transport.write(b"220 localhost\r\n")

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while True:
            end = b"\r\n.\r\n" if self.mail else b"\r\n"
            part, found, rest = self.rest.partition(end)
            if not found:
                return
            self.rest = rest
            self.transport.write(self._message(part) if self.mail else self._command(part))

    def _message(self, data: bytes) -> bytes:
        self.mail = False
        key = data.partition(b"Message-ID: <")[2].partition(b"@")[0]
        return b"250 OK\r\n" if self.tally.take(key) else b"451 later\r\n"

    def _command(self, line: bytes) -> bytes:
        word = line[:4].upper()
        if word == b"DATA":
            self.mail = True
            return b"354 go on\r\n"
        if word == b"EHLO":
            return b"250-localhost\r\n250 8BITMIME\r\n"
        return b"221 bye\r\n" if word == b"QUIT" else b"250 OK\r\n"


class Http(Lines):
    """One request at a time."""

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while (end := self.rest.find(b"\r\n\r\n")) >= 0:
            head = self.rest[:end]
            size = int(_header(head, b"content-length") or 0)
            if len(self.rest) < end + 4 + size:
                return
            self.rest = self.rest[end + 4 + size :]
            if HANG in head.split(b"\r\n", 1)[0]:
                continue
            taken = self.tally.take(_header(head, b"idempotency-key"))
            status = b"200 OK" if taken else b"503 Later"
            self.transport.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok")


def _header(head: bytes, name: bytes) -> bytes:
    place = head.lower().find(b"\r\n" + name + b":")
    return b"" if place < 0 else head[place + len(name) + 3 :].split(b"\r\n", 1)[0].strip()


class Handler:
    """What aiosmtpd asks."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        key = envelope.content.partition(b"Message-ID: <")[2].partition(b"@")[0]
        return "250 OK" if self.tally.take(key) else "451 later"


def answering(tally: Tally) -> Callable[[web.BaseRequest], Awaitable[web.Response]]:
    """What aiohttp's server calls."""

    async def answer(request: web.BaseRequest) -> web.Response:
        await request.read()
        if request.path.endswith("hang"):
            await asyncio.sleep(60)
        taken = tally.take(request.headers["Idempotency-Key"].encode())
        return web.Response(status=200 if taken else 503, text="ok")

    return answer


def made(sort: str, smtp: Tally, http: Tally) -> list[Callable[[], asyncio.BaseProtocol]]:
    """What makes the protocols of both servers."""
    if sort == "lean":
        return [lambda: Smtp(smtp), lambda: Http(http)]
    handler = Handler(smtp)
    return [lambda: SMTP(handler, loop=asyncio.get_running_loop()), web.Server(answering(http))]


async def main(sort: str, refused: float) -> None:
    loop = asyncio.get_running_loop()
    tallies = [Tally(refused), Tally(refused)]
    ports = []
    for each in made(sort, *tallies):
        server = await loop.create_server(each, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
    print(json.dumps(ports), flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        print(f"[{', '.join(tally.told() for tally in tallies)}]", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
