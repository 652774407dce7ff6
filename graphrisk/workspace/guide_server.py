"""Serves the guide to a Browser on the same machine: a few files in memory, on loopback only.

What a request names is looked up among those files and nowhere else. Only requests that call this server by a
loopback name are answered, and only pages of this machine or of the workspace's own Browser may read what
comes: no page from elsewhere gets at it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from graphrisk.errors import ConfigError
from graphrisk.report.browser_guide import GuideFile

LOOPBACK = "127.0.0.1"
_OWN_NAMES = frozenset(("localhost", "127.0.0.1", "[::1]"))
_IDLE_SECONDS = 10.0
_ALWAYS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Origin",
    "X-Content-Type-Options": "nosniff",
}


class GuideServer(ThreadingHTTPServer):
    """files: by the path in a request. browser_origin: of a Browser that is not on this machine."""

    daemon_threads = True

    def __init__(self, port: int, browser_origin: str | None) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.files: dict[str, GuideFile] = {}
        self.browser_origin = browser_origin

    @property
    def address(self) -> str:
        """Browser admits a guide from `localhost`, but not from 127.0.0.1."""
        return f"http://localhost:{self.server_address[1]}"

    def admits(self, origin: str) -> bool:
        """Whether a page from there may read the files."""
        return origin == self.browser_origin or _host(origin) in _OWN_NAMES


@contextmanager
def open_guide_server(
    port: int, make_files: Callable[[str], tuple[GuideFile, ...]], browser_origin: str | None = None
) -> Iterator[GuideServer]:
    """port: 0 takes a free one. make_files: given the address; the first file also answers to `/`. Raises
    ConfigError where the port is taken."""
    try:
        server = GuideServer(port, browser_origin)
    except OSError as error:
        raise ConfigError(
            f"cannot listen: {error.strerror}", where=f"--port {port}", remedy="--port 0 takes a free one"
        ) from error
    with server:
        files = make_files(server.address)
        server.files = {"/": files[0]} | {f"/{file.name}": file for file in files}
        yield server


class _Handler(BaseHTTPRequestHandler):
    server: GuideServer
    server_version, sys_version = "graphrisk", ""
    timeout = _IDLE_SECONDS

    def do_GET(self) -> None:
        file = self._find()
        if file is not None:
            self._begin(HTTPStatus.OK, file)
            self.wfile.write(file.content)

    def do_HEAD(self) -> None:
        file = self._find()
        if file is not None:
            self._begin(HTTPStatus.OK, file)

    def do_OPTIONS(self) -> None:
        """Browser's requests carry headers of its own and of its crash reporter, for which it needs leave."""
        self._begin(HTTPStatus.NO_CONTENT)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing: what stands in a request came from somebody else."""

    def _find(self) -> GuideFile | None:
        """None if that was answered already."""
        if _host(f"http://{self.headers.get('Host', '')}") not in _OWN_NAMES:
            self._refuse(HTTPStatus.MISDIRECTED_REQUEST)
            return None
        file = self.server.files.get(self.path.partition("?")[0])
        if file is None:
            self._refuse(HTTPStatus.NOT_FOUND)
        return file

    def _refuse(self, status: HTTPStatus) -> None:
        self._begin(status)

    def _begin(self, status: HTTPStatus, file: GuideFile | None = None) -> None:
        self.send_response(status)
        for name, value in _ALWAYS.items():
            self.send_header(name, value)
        origin = self.headers.get("Origin")
        if origin is not None and self.server.admits(origin):
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Allow-Methods", "GET, HEAD")
            self.send_header("Access-Control-Allow-Headers", "*")
        if file is not None:
            self.send_header("Content-Type", file.media_type)
        if status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(file.content) if file else 0))
        self.end_headers()


def _host(address: str) -> str:
    """The name in an address of plain http, without the port; empty where there is none."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return f"[{host}]" if ":" in host else host
