"""What clients have sent: runs, and views such as reports."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from wandb_stand_in.sweeps import ServedSweep

ENTITY = "someone"


@dataclass
class ServedRun:
    """What the server has of one run; `config`, `summary` and `rows` as they came in."""

    name: str
    number: int = 0
    display_name: str = ""
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
    sweep: str = ""
    preempting: bool = False

    @property
    def state(self) -> str:
        if self.exit_code is None:
            return "running"
        return "failed" if self.exit_code else "finished"

    def stream(self, content: dict[str, Any]) -> str:
        """Take one message of the file stream; gives the name of a file that is not known, or nothing."""
        for name, chunk in content.get("files", {}).items():
            lines = [json.loads(line) for line in chunk["content"]]
            if name == "wandb-history.jsonl":
                self.rows[chunk["offset"] :] = lines
            elif name == "wandb-summary.json":
                self.summary = lines[-1]
            else:
                return f"file_stream of {name}"
        self.preempting = self.preempting or content.get("preempting", False)
        if content.get("complete"):
            self.exit_code = content["exitcode"]
        return ""


@dataclass
class Store:
    """All that the server has: runs by id, projects by name, views and sweeps by id, each agent's sweep."""

    runs: dict[str, ServedRun] = field(default_factory=dict)
    projects: list[str] = field(default_factory=list)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    sweeps: dict[str, ServedSweep] = field(default_factory=dict)
    agents: list[str] = field(default_factory=list)

    def add_project(self, name: str) -> None:
        if name not in self.projects:
            self.projects.append(name)

    def runs_of(self, project: str) -> list[ServedRun]:
        return [run for run in self.runs.values() if run.project == project]


def project_node(name: str) -> dict[str, Any]:
    return {"id": name, "name": name, "entity": {"id": "E", "name": ENTITY}}
