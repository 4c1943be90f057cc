"""The operations with which the public Api reads runs back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wandb_stand_in.store import ServedRun, Store

Variables = dict[str, Any]
NOWHERE = object()


def runs(store: Store, variables: Variables) -> Any:
    """One page of a project's runs. The cursor is the number of the last run on the page before."""
    if variables["project"] not in store.projects:
        return {"project": None}
    filters = json.loads(variables["filters"])
    found = [run for run in store.runs_of(variables["project"]) if matches(run, filters)]
    after = int(variables["cursor"]) if variables.get("cursor") else -1
    left = [run for run in found if run.number > after]
    page = left[: variables["perPage"]]
    edges = [{"node": run_node(run), "cursor": str(run.number)} for run in page]
    info = {"endCursor": edges[-1]["cursor"] if edges else None, "hasNextPage": len(left) > len(page)}
    listing = {"edges": edges, "pageInfo": info}
    return {"project": {"internalId": "1", "runCount": len(found), "readOnly": False, "runs": listing}}


def run(store: Store, variables: Variables) -> Any:
    return _of_run(store, variables["name"], run_node)


def run_history_keys(store: Store, variables: Variables) -> Any:
    return _of_run(
        store,
        variables["name"],
        lambda run: {"historyKeys": {"lastStep": max((row["_step"] for row in run.rows), default=-1)}},
    )


def run_parquet_history(store: Store, variables: Variables) -> Any:
    return _of_run(store, variables["runName"], lambda run: {"parquetHistory": {"parquetUrls": [], "liveData": []}})


def run_files(store: Store, variables: Variables) -> Any:
    def files(run: ServedRun) -> dict[str, Any]:
        nodes = [
            {"id": name, "name": name, "url": "", "directUrl": "", "sizeBytes": len(content), "mimetype": ""}
            | {"updatedAt": "2026-01-01T00:00:00Z", "md5": ""}
            for name, content in run.files.items()
        ]
        listing = {"edges": [{"node": node, "cursor": node["name"]} for node in nodes]}
        return {"fileCount": len(nodes), "files": {**listing, "pageInfo": {"endCursor": None, "hasNextPage": False}}}

    return _of_run(store, variables["name"], files)


def server_features(store: Store, variables: Variables) -> Any:
    return {"serverInfo": {"features": []}}


def history_page(store: Store, variables: Variables) -> Any:
    """The rows of a range of steps. The client pages by steps, so that no page needs more than it asks for."""
    first, stop = variables["minStep"], variables["maxStep"]

    def page(run: ServedRun) -> dict[str, Any]:
        rows = [json.dumps(row) for row in run.rows if first <= row["_step"] < stop]
        assert len(rows) <= variables["pageSize"], "the server would sample"
        return {"history": rows}

    return _of_run(store, variables["run"], page)


def matches(run: ServedRun, filters: Mapping[str, Any]) -> bool:
    """Whether `run` passes a filter in MongoDB's language, of which `$and`, `$in` and equality are known."""
    for key, wanted in filters.items():
        if key == "$and":
            if not all(matches(run, part) for part in wanted):
                return False
        elif _value_at(run, key) not in (wanted["$in"] if isinstance(wanted, dict) else [wanted]):
            return False
    return True


def _value_at(run: ServedRun, key: str) -> Any:
    section, *path = key.split(".")
    if section == "state":
        return run.state
    assert section == "config", f"the stand-in cannot filter by {key}"
    value: Any = run.config
    for part in path:
        value = value.get(part, NOWHERE) if isinstance(value, dict) else NOWHERE
    return value


def _of_run(store: Store, name: str, content: Any) -> Any:
    run = store.runs.get(name)
    return {"project": {"run": content(run) if run else None}}


def run_node(run: ServedRun) -> dict[str, Any]:
    return {
        "id": f"R{run.number}",
        "projectId": "1",
        "tags": run.tags,
        "name": run.name,
        "displayName": run.display_name,
        "sweepName": None,
        "state": run.state,
        "config": json.dumps(run.config),
        "group": run.group,
        "jobType": run.job_type,
        "commit": None,
        "readOnly": False,
        "createdAt": f"2026-01-01T00:00:{run.number:02d}Z",
        "heartbeatAt": "2026-01-01T01:00:00Z",
        "description": None,
        "notes": None,
        "systemMetrics": "{}",
        "summaryMetrics": json.dumps(run.summary),
        "historyLineCount": len(run.rows),
        "user": {"name": "someone", "username": "someone"},
        "historyKeys": None,
    }


OPERATIONS = {
    "Runs": runs,
    "Run": run,
    "RunHistoryKeys": run_history_keys,
    "RunFiles": run_files,
    "ServerFeaturesQuery": server_features,
    "RunParquetHistory": run_parquet_history,
    "HistoryPage": history_page,
}
