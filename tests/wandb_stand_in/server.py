"""The server: HTTP on the one side, the store on the other."""

from __future__ import annotations

import gzip
import json
import re
import sys
import threading
import time
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from wandb_stand_in import reading, sweeps, views, writing
from wandb_stand_in.store import ServedRun, Store

OPERATIONS = writing.OPERATIONS | reading.OPERATIONS | views.OPERATIONS | sweeps.OPERATIONS


class WandbStandIn:
    """Serves while it is entered.

    Attributes:
        runs: what it was sent, by id.
        forbidden: ids of runs that it does not permit.
        unknown: the requests that it cannot answer.
        asked: the names of the operations that it was asked for, in order.
        outage: what is wrong at the moment, if anything.
        suffered: the paths of the requests that an outage has hit.
    """

    def __init__(self) -> None:
        self.store = Store()
        self.forbidden: set[str] = set()
        self.unknown: list[str] = []
        self.asked: list[str] = []
        self.outage: Outage | None = None
        self.suffered: list[str] = []
        self.lock = threading.Lock()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def runs(self) -> dict[str, ServedRun]:
        return self.store.runs

    def __enter__(self) -> WandbStandIn:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class Outage(Enum):
    """What a server or the network to it may suffer from."""

    REFUSES = "every request is answered with 503"
    FAILS = "every request is answered with 500"
    RATE_LIMITED = "every request is answered with 429"
    WRONG_KEY = "every request is answered with 401"
    NO_QUOTA = "rows and pictures are answered with 403"
    NO_ROOM = "pictures are answered with 507, rows are taken in"
    CUTS = "every connection is cut in the middle of the answer"
    SLOW = "every answer takes two seconds"
    SILENT = "no request is answered until it is over, and then none of those"
    LOSES_ANSWERS = "rows and pictures are taken in, but the answers are lost"


STATUS = {
    Outage.REFUSES: 503,
    Outage.FAILS: 500,
    Outage.RATE_LIMITED: 429,
    Outage.WRONG_KEY: 401,
    Outage.NO_QUOTA: 403,
    Outage.NO_ROOM: 507,
}
SLOW_S = 2.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, stand_in: WandbStandIn) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stand_in = stand_in

    def handle_error(self, request: Any, client_address: Any) -> None:
        fault = sys.exception()
        if not isinstance(fault, ConnectionError):  # clients may hang up
            self.stand_in.unknown.append(repr(fault))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    @property
    def stand_in(self) -> WandbStandIn:
        return self.server.stand_in

    def do_POST(self) -> None:
        content = json.loads(self._body())
        if self._suffers():
            return
        stream = re.fullmatch(r"/files/[^/]+/[^/]+/([^/]+)/file_stream", self.path)
        with self.stand_in.lock:
            if stream and stream[1] in self.stand_in.runs:
                strange = self.stand_in.runs[stream[1]].stream(content)
                if strange:
                    self.stand_in.unknown.append(strange)
                self._answer({"exitcode": None, "limits": {}})
            elif self.path == "/graphql":
                self._answer_graphql(content)
            else:
                self._refuse(f"POST {self.path}")

    def do_PUT(self) -> None:
        body = self._body()
        if self._suffers():
            return
        upload = re.fullmatch(r"/upload/([^/]+)/(.+)", self.path)
        with self.stand_in.lock:
            if upload and upload[1] in self.stand_in.runs:
                self.stand_in.runs[upload[1]].files[upload[2]] = body
                self.stand_in.runs[upload[1]].uploads.append(upload[2])
                self._answer({})
            else:
                self._refuse(f"PUT {self.path}")

    def do_GET(self) -> None:
        self._refuse(f"GET {self.path}")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _answer_graphql(self, content: dict[str, Any]) -> None:
        operation = re.search(r"(?:query|mutation)\s+(\w+)", content["query"])
        name = operation[1] if operation else content["query"]
        variables = content.get("variables", {}) | {"server": self.stand_in.url}
        self.stand_in.asked.append(name)
        if name == "UpsertBucket" and variables["name"] in self.stand_in.forbidden:
            self._answer({"errors": [{"message": "permission denied"}]}, status=403)
        elif name in OPERATIONS:
            self._answer({"data": OPERATIONS[name](self.stand_in.store, variables)})
        else:
            self._refuse(f"GraphQL {content['query']} {variables}")

    def _refuse(self, request: str) -> None:
        self.stand_in.unknown.append(request)
        self._answer({"errors": [{"message": f"the stand-in does not know {request}"}]}, status=400)

    def _body(self) -> bytes:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body

    def _suffers(self) -> bool:
        """Whether an outage has taken care of the request."""
        if self.stand_in.outage:
            self.stand_in.suffered.append(self.path)
        match self.stand_in.outage:
            case Outage.REFUSES | Outage.FAILS | Outage.RATE_LIMITED | Outage.WRONG_KEY as outage:
                self._answer({"errors": [{"message": outage.value}]}, status=STATUS[outage])
                return True
            case Outage.NO_QUOTA | Outage.NO_ROOM as outage if self._brings_content(outage):
                self._answer({"error": outage.value}, status=STATUS[outage])
                return True
            case Outage.CUTS:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
                raise ConnectionAbortedError
            case Outage.SLOW:
                time.sleep(SLOW_S)
            case Outage.SILENT:
                while self.stand_in.outage is Outage.SILENT:
                    time.sleep(0.05)
                raise ConnectionAbortedError
        return False

    def _brings_content(self, outage: Outage) -> bool:
        """Whether the request is one for which there is no quota or no room."""
        return self.command == "PUT" or (outage is Outage.NO_QUOTA and self.path.endswith("/file_stream"))

    def _answer(self, content: dict[str, Any], status: int = 200) -> None:
        if self.stand_in.outage is Outage.LOSES_ANSWERS and self.path != "/graphql":
            raise ConnectionAbortedError
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
