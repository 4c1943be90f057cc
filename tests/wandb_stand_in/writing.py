"""The operations with which a client sends runs."""

from __future__ import annotations

import json
from typing import Any

from wandb_stand_in.store import ENTITY, ServedRun, Store, project_node

Variables = dict[str, Any]


def viewer(store: Store, variables: Variables) -> Any:
    return {"viewer": {"id": "U", "entity": ENTITY, "username": ENTITY, "flags": "{}"}}


def run_resume_status(store: Store, variables: Variables) -> Any:
    run = store.runs.get(variables["name"])
    if run is None:
        return {"model": None}
    bucket = {
        "id": run.name,
        "name": run.name,
        "displayName": run.display_name,
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
    return {"model": project_node(run.project) | {"bucket": bucket}}


def upsert_bucket(store: Store, variables: Variables) -> Any:
    inserted = variables["name"] not in store.runs
    run = store.runs.setdefault(variables["name"], ServedRun(variables["name"], number=len(store.runs)))
    run.project = variables["project"] or run.project
    store.add_project(run.project)
    run.display_name = variables["displayName"] or run.display_name
    run.group = variables["groupName"] or run.group
    run.job_type = variables["jobType"] or run.job_type
    run.tags = variables["tags"] if variables["tags"] is not None else run.tags
    run.sweep = variables["sweep"] or run.sweep
    if variables["config"]:
        run.config = json.loads(variables["config"])
    bucket = {
        "id": run.name,
        "name": run.name,
        "displayName": run.display_name,
        "description": None,
        "config": json.dumps(run.config),
        "sweepName": None,
        "historyLineCount": len(run.rows),
        "project": project_node(run.project),
    }
    return {"upsertBucket": {"bucket": bucket, "inserted": inserted}}


def create_run_files(store: Store, variables: Variables) -> Any:
    run = variables["run"]
    files = [{"name": file, "uploadUrl": f"{variables['server']}/upload/{run}/{file}"} for file in variables["files"]]
    return {"createRunFiles": {"runID": run, "uploadHeaders": [], "files": files}}


OPERATIONS = {
    "Viewer": viewer,
    "RunResumeStatus": run_resume_status,
    "UpsertBucket": upsert_bucket,
    "CreateRunFiles": create_run_files,
}
