"""A receiver of webhooks, as bad as one likes: it answers on a port of this machine, checks signatures as any
receiver would, and keeps what it takes by webhook-id."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cyBvbmx5"
HOSTILE = "\x1b]0;owned\x07\u202eevil-answer"


class Mode(StrEnum):
    TAKE = "take"
    FAIL = "fail"  # 503
    LATER = "later"  # 429, and says when
    HANG = "hang"  # no answer at all
    DRIP = "drip"  # the headers come byte by byte, too slowly
    GARBAGE = "garbage"  # not HTTP
    RESET = "reset"  # the connection dies before the answer
    HALF = "half"  # 200, and the connection dies within the text
    HUGE = "huge"  # 200, and a text that does not end
    TWICE = "twice"  # two answers to one request
    REDIRECT = "redirect"  # to itself
    CONFLICT = "conflict"  # 409, and the id that it knows
    REFUSE = "refuse"  # 400
    GONE = "gone"  # 410


TAKING = frozenset({Mode.TAKE, Mode.HALF, Mode.HUGE, Mode.TWICE, Mode.CONFLICT})


@dataclass(frozen=True, slots=True)
class Behaviour:
    """keeps: whether the message is kept although the answer does not say so. What says it is taken is."""

    mode: Mode
    keeps: bool = False
    status: int = 0  # in the place of the mode's own
    retry_after: str | None = None


@dataclass(slots=True)
class Receiver:
    """pause_seconds: before each answer. certificate: with its key, in PEM; then it speaks TLS. behaviours:
    of the next requests, in order; after them it takes all. kept: bodies by webhook-id, the first of each.
    requests, bodies: ids and bodies in the order in which they came. wrong: what was not as the standard
    asks."""

    secret: str = SECRET
    pause_seconds: float = 0.0
    certificate: Path | None = None
    behaviours: deque[Behaviour] = field(default_factory=deque)
    kept: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    server: ThreadingHTTPServer = field(init=False)

    def __enter__(self) -> Self:
        outer = self

        class Handler(_Handler):
            receiver = outer

        self.server = _Server(("127.0.0.1", 0), Handler)
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        scheme = "http" if self.certificate is None else "https"
        return f"{scheme}://127.0.0.1:{self.server.server_address[1]}/hook?key=do-not-tell"

    def behave(self, behaviours: Iterable[Behaviour | Mode]) -> None:
        self.behaviours = deque(
            each if isinstance(each, Behaviour) else Behaviour(each) for each in behaviours
        )

    def repeats(self) -> Counter[str]:
        return Counter(self.requests)

    def actions(self) -> list[tuple[str, str, str]]:
        """Of every message that is kept, in the order in which these came: action, operation, account."""
        return [
            (row["action_id"], row["operation"], row["account_id"])
            for body in self.kept.values()
            for row in json.loads(body)["actions"]
        ]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """The sender may go away in the middle; that is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        return

    def do_GET(self) -> None:
        self.receiver.wrong.append("a redirect was followed")
        self._answer(200)

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["content-length"]))
        if len(sent) < int(self.headers["content-length"]):  # the sender died in the middle of it
            self.close_connection = True
            return
        body = sent.decode("ascii")
        name = self.headers["webhook-id"]
        with self.receiver.lock:
            behaviours = self.receiver.behaviours
            behaviour = behaviours.popleft() if behaviours else Behaviour(Mode.TAKE)
            self._check(name, body)
            if behaviour.keeps or behaviour.mode in TAKING:
                self._keep(name, body)
        time.sleep(self.receiver.pause_seconds)
        getattr(self, f"_{behaviour.mode}")(behaviour, name)

    def _check(self, name: str, body: str) -> None:
        told = {key.lower(): value for key, value in self.headers.items()}
        self.receiver.requests.append(name)
        self.receiver.bodies.append(body)
        self.receiver.headers.append(told)
        try:
            Webhook(self.receiver.secret).verify(body, told)
        except WebhookVerificationError as error:
            self.receiver.wrong.append(str(error))
        if told.get("idempotency-key") != name or "cookie" in told or "authorization" in told:
            self.receiver.wrong.append("headers")

    def _keep(self, name: str, body: str) -> None:
        self.receiver.kept.setdefault(name, body)

    def _take(self, behaviour: Behaviour, name: str) -> None:
        self._answer(behaviour.status or 200)

    def _fail(self, behaviour: Behaviour, name: str) -> None:
        self._answer(behaviour.status or 503, HOSTILE, retry_after=behaviour.retry_after)

    def _later(self, behaviour: Behaviour, name: str) -> None:
        self._answer(429, retry_after=behaviour.retry_after or "0")

    def _hang(self, behaviour: Behaviour, name: str) -> None:
        self.receiver.closing.wait(30)
        self.close_connection = True

    def _drip(self, behaviour: Behaviour, name: str) -> None:
        self.close_connection = True
        for byte in b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1000:
            self.wfile.write(bytes([byte]))
            if self.receiver.closing.wait(0.02):
                return

    def _garbage(self, behaviour: Behaviour, name: str) -> None:
        self.close_connection = True
        self.wfile.write(b"\x00\xff not HTTP \x1b[31m" + HOSTILE.encode() + b"\r\n\r\n")

    def _reset(self, behaviour: Behaviour, name: str) -> None:
        self._die()

    def _half(self, behaviour: Behaviour, name: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf")
        self.wfile.flush()
        self._die()

    def _huge(self, behaviour: Behaviour, name: str) -> None:
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")
        while not self.receiver.closing.is_set():
            self.wfile.write(b"x" * 65_536)

    def _twice(self, behaviour: Behaviour, name: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" * 2)

    def _redirect(self, behaviour: Behaviour, name: str) -> None:
        self._answer(behaviour.status or 302, location=self.receiver.url)

    def _conflict(self, behaviour: Behaviour, name: str) -> None:
        self._answer(409, f'{{"seen": "{name}"}}')

    def _refuse(self, behaviour: Behaviour, name: str) -> None:
        self._answer(behaviour.status or 400, HOSTILE)

    def _gone(self, behaviour: Behaviour, name: str) -> None:
        self._answer(410, HOSTILE)

    def _answer(
        self, status: int, text: str = "", *, retry_after: str | None = None, location: str | None = None
    ) -> None:
        body = text.encode()
        self.send_response(status, "evil-reason")
        self.send_header("content-length", str(len(body)))
        self.send_header("set-cookie", "evil-cookie=1")
        self.send_header("x-evil-header", "evil-header")
        if retry_after is not None:
            self.send_header("retry-after", retry_after)
        if location is not None:
            self.send_header("location", location)
        self.end_headers()
        self.wfile.write(body)

    def _die(self) -> None:
        """Not closed but reset: whoever reads gets an error and not an end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
