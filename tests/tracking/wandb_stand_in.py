"""A W&B server on the loopback interface: enough for the real client to create, fill, resume and finish runs.

It proves how we use the client, not how the real server behaves. What it does not know fails loudly.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


@dataclass
class ServedRun:
    """What the server has of one run."""

    name: str
    project: str = ""
    group: str = ""
    job_type: str = ""
    tags: list[str] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    exit_code: int | None = None


class WandbStandIn:
    """Serves while it is entered.

    Attributes:
        runs: what it was sent, by id.
        forbidden: ids of runs that it does not permit.
        unknown: the requests that it cannot answer.
    """

    def __init__(self) -> None:
        self.runs: dict[str, ServedRun] = {}
        self.forbidden: set[str] = set()
        self.unknown: list[str] = []
        self.lock = threading.Lock()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

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

    def graphql(self, operation: str, variables: dict[str, Any]) -> dict[str, Any] | None:
        if operation == "Viewer":
            return {"viewer": {"id": "U", "entity": "someone", "username": "someone", "flags": "{}"}}
        if operation == "RunResumeStatus":
            return {"model": self._resume_status(variables["project"], variables["name"])}
        if operation == "UpsertBucket":
            inserted = variables["name"] not in self.runs
            return {"upsertBucket": {"bucket": self._upsert(variables), "inserted": inserted}}
        if operation == "CreateRunFiles":
            run = variables["run"]
            place = f"{self.url}/upload/{run}"
            files = [{"name": file, "uploadUrl": f"{place}/{file}"} for file in variables["files"]]
            return {"createRunFiles": {"runID": run, "uploadHeaders": [], "files": files}}
        return None

    def stream(self, run: ServedRun, content: dict[str, Any]) -> None:
        for name, chunk in content.get("files", {}).items():
            lines = [json.loads(line) for line in chunk["content"]]
            if name == "wandb-history.jsonl":
                run.rows[chunk["offset"] :] = lines
            elif name == "wandb-summary.json":
                run.summary = lines[-1]
            else:
                self.unknown.append(f"file_stream of {name}")
        if content.get("complete"):
            run.exit_code = content["exitcode"]

    def _resume_status(self, project: str, name: str) -> dict[str, Any] | None:
        run = self.runs.get(name)
        if run is None:
            return None
        bucket = {
            "id": run.name,
            "name": run.name,
            "displayName": run.name,
            "summaryMetrics": json.dumps(run.summary),
            "config": json.dumps(run.config),
            "historyLineCount": len(run.rows),
            "historyTail": json.dumps([json.dumps(row) for row in run.rows[-1:]]),
            "logLineCount": 0,
            "eventsLineCount": 0,
            "eventsTail": "[]",
            "tags": run.tags,
            "notes": None,
            "wandbConfig": json.dumps({"t": run.config["_wandb"]["value"]["t"]}),
        }
        return {"id": project, "name": project, "entity": {"id": "E", "name": "someone"}, "bucket": bucket}

    def _upsert(self, variables: dict[str, Any]) -> dict[str, Any]:
        run = self.runs.setdefault(variables["name"], ServedRun(variables["name"]))
        run.project = variables["project"] or run.project
        run.group = variables["groupName"] or run.group
        run.job_type = variables["jobType"] or run.job_type
        run.tags = variables["tags"] if variables["tags"] is not None else run.tags
        if variables["config"]:
            run.config = json.loads(variables["config"])
        project = {"id": run.project, "name": run.project, "entity": {"id": "E", "name": "someone"}}
        return {
            "id": run.name,
            "name": run.name,
            "displayName": variables["displayName"],
            "description": None,
            "config": json.dumps(run.config),
            "sweepName": None,
            "historyLineCount": len(run.rows),
            "project": project,
        }


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
        stream = re.fullmatch(r"/files/[^/]+/[^/]+/([^/]+)/file_stream", self.path)
        with self.stand_in.lock:
            if stream and stream[1] in self.stand_in.runs:
                self.stand_in.stream(self.stand_in.runs[stream[1]], content)
                self._answer({"exitcode": None, "limits": {}})
            elif self.path == "/graphql":
                self._answer_graphql(content)
            else:
                self._refuse(f"POST {self.path}")

    def do_PUT(self) -> None:
        body = self._body()
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
        variables = content.get("variables", {})
        if name == "UpsertBucket" and variables["name"] in self.stand_in.forbidden:
            self._answer({"errors": [{"message": "permission denied"}]}, status=403)
            return
        data = self.stand_in.graphql(name, variables)
        if data is None:
            self._refuse(f"GraphQL {name}")
        else:
            self._answer({"data": data})

    def _refuse(self, request: str) -> None:
        self.stand_in.unknown.append(request)
        self._answer({"errors": [{"message": f"the stand-in does not know {request}"}]}, status=400)

    def _body(self) -> bytes:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body

    def _answer(self, content: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
