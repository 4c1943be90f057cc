"""The web server of one page: on this machine's loopback address, and for those alone who know a random part of it."""

from __future__ import annotations

import hmac
import json
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from socketserver import TCPServer

from ganlab.errors import InputError

LOOPBACK = "127.0.0.1"
LARGEST_PORT = 65535
PAGE = files("ganlab.live") / "page.html"
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
    "frame-src 'self'; frame-ancestors 'none'"
)
"""Of the page around the report, whose own policy is stricter."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the page shows at a moment.

    Attributes:
        version: of the report, another one whenever it is made again; "" while there is none.
        report: the report as HTML.
        about: when it was made, or why there is none or no newer one.
        lines: how far the sweeps are.
    """

    version: str = ""
    report: str = ""
    about: str = ""
    lines: tuple[str, ...] = ()


class PageServer(ThreadingHTTPServer):
    """Answers ``/SECRET/``, ``/SECRET/state`` and ``/SECRET/report``, and nothing else.

    The secret is drawn anew for each server: other users of this machine reach its loopback address too.

    Args:
        port: to listen at; 0 or None for a free one.
        shown: gives what is to be shown; called with each question for the state.

    Raises:
        InputError: the port is taken, or no port.
    """

    allow_reuse_address = sys.platform != "win32"  # where it would let two servers share a port

    def __init__(self, port: int | None, shown: Callable[[], Shown]) -> None:
        port = 0 if port is None else port
        if not hasattr(port, "__index__") or not 0 <= port <= LARGEST_PORT:
            raise InputError(f"{port!r} is no port; give one from 1 to {LARGEST_PORT}, or none for a free one")
        self.shown = shown
        self.secret = secrets.token_urlsafe(16)
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except OSError as error:
            raise InputError(
                f"cannot listen at port {port}: {error.strerror}; give another one, or none for a free one"
            ) from None

    def server_bind(self) -> None:
        """Without the look-up of this machine's name, which HTTPServer begins with and which may take long."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}/{self.secret}/"


class _Handler(BaseHTTPRequestHandler):
    server: PageServer

    def handle(self) -> None:
        """A browser may close the connection before it has read the answer."""
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        port = self.server.server_port
        if self.headers.get("Host") not in (f"{LOOPBACK}:{port}", f"localhost:{port}"):
            self.send_error(HTTPStatus.FORBIDDEN)  # a foreign name that was made to mean this machine
            return
        known, path = f"/{self.server.secret}/".encode(), self.path.partition("?")[0].encode()
        name = path[len(known) :] if hmac.compare_digest(path[: len(known)], known) else None
        if name == b"":
            self._answer("text/html", PAGE.read_text("utf-8"), POLICY)
        elif name == b"state":
            shown = self.server.shown()
            self._answer("application/json", json.dumps({**vars(shown), "report": None}), "default-src 'none'")
        elif name == b"report" and (report := self.server.shown().report):
            self._answer("text/html", report, "frame-ancestors 'self'")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _answer(self, kind: str, text: str, policy: str) -> None:
        body = text.encode("utf-8", "surrogatepass")
        self.send_response(HTTPStatus.OK)
        for name, value in (
            ("Content-Type", f"{kind}; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", policy),
            ("Cache-Control", "no-store"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Requests are not printed."""
