"""Servers that tests deliver to: a mail server and a small HTTP server, each in a thread on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


class Authority:
    """Signs certificates; `file` is what a client trusts it by."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.file = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def server(self, name: str = "localhost") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(name).configure_cert(context)
        return context


# --- mail


@dataclass
class Mailbox:
    """What a mail server has acknowledged, and how it treats recipients: `answers` by address."""

    received: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    data_answers: list[str] = field(default_factory=list)  # for the next messages; "cut": no answer at all
    sessions: int = 0
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.data_answers.pop(0) if self.data_answers else "250 OK"
        if answer == "cut":
            server.transport.abort()
            return "250 never seen"
        if answer.startswith("250"):
            self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
            self.received.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return answer

    @property
    def recipients(self) -> list[str]:
        return sorted(address for _, addresses, _ in self.received for address in addresses)


class Mail:
    """A running mail server."""

    def __init__(self, box: Mailbox, port: int) -> None:
        self.box = box
        self.port = port

    def url(self, scheme: str = "smtp", user: str = "ana", password: str = "s3cret-Pass") -> str:
        login = f"{user}:{password}@" if user else ""
        return f"{scheme}://{login}localhost:{self.port}"


@contextlib.contextmanager
def mail_server(
    tls: ssl.SSLContext | None = None, *, implicit: bool = False, login: tuple[str, str] | None = None,
    port: int | None = None, box: Mailbox | None = None,
) -> Iterator[Mail]:  # fmt: skip
    box = box or Mailbox()

    def authenticate(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        given = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == login
        return AuthResult(success=given, handled=False)

    more: dict[str, Any] = {}
    if tls is not None:
        more = {"ssl_context": tls} if implicit else {"tls_context": tls, "require_starttls": True}
    if login is not None:
        more |= {"authenticator": authenticate, "auth_required": True}
        more["auth_require_tls"] = not implicit  # the library takes STARTTLS alone for encryption
    controller = Controller(box, hostname="127.0.0.1", port=port or free_port(), **more)
    if implicit:  # the library's own first look at its server does not fit our certificates
        controller._trigger_server = lambda: _knock(controller.port)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Requiring AUTH")
        controller.start()
        try:
            yield Mail(box, controller.port)
        finally:
            controller.stop(no_assert=True)


def _knock(port: int) -> None:
    context = ssl._create_unverified_context()
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as door,
    ):
        door.recv(100)


# --- HTTP


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """`cut`: only the first half of the body is sent. `hang`: nothing is. `pause`: seconds before it."""

    status: int = 200
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    hang: bool = False
    pause: float = 0.0

    def data(self) -> bytes:
        body = self.body if isinstance(self.body, bytes) else self._text().encode()
        lines = [f"HTTP/1.1 {self.status} X", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        return head + (body[: len(body) // 2] if self.cut else body)

    def _text(self) -> str:
        return self.body if isinstance(self.body, str) else json.dumps(self.body)


Answering = Callable[[Request], Reply]


class Http:
    """A running HTTP server: all requests it has had, in order, answered by `answer`."""

    def __init__(self, answer: Answering, tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = 0

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://localhost:{self.port}"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {
            name: value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        size = int(next((value for name, value in headers.items() if name.lower() == "content-length"), 0))
        request = Request(method, path, headers, await reader.readexactly(size))
        self.requests.append(request)
        reply = self.answer(request)
        if reply.hang or reply.pause:
            await asyncio.sleep(30 if reply.hang else reply.pause)
        writer.write(reply.data())
        await writer.drain()
        return not reply.cut

    def start(self) -> None:
        self._thread.start()
        self._ready.wait(5)

    def stop(self) -> None:
        async def end() -> None:
            self._server.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


@contextlib.contextmanager
def http_server(answer: Answering, tls: ssl.SSLContext | None = None) -> Iterator[Http]:
    server = Http(answer, tls)
    server.start()
    try:
        yield server
    finally:
        server.stop()
