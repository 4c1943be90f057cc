"""The operations with which wandb-workspaces makes reports."""

from __future__ import annotations

from typing import Any

from wandb_stand_in.store import ENTITY, Store

Variables = dict[str, Any]


def get_default_entity(store: Store, variables: Variables) -> Any:
    return {"viewer": {"id": "U", "entity": ENTITY}}


def project_internal_id(store: Store, variables: Variables) -> Any:
    name = variables["projectName"]
    return {"project": {"id": name, "internalId": f"I-{name}"} if name in store.projects else None}


def get_projects(store: Store, variables: Variables) -> Any:
    edges = [
        {
            "node": {
                "__typename": "Project",
                "id": name,
                "name": name,
                "entityName": variables["entity"],
                "createdAt": "2026-01-01T00:00:00Z",
                "isBenchmark": False,
                "user": None,
            }
        }
        for name in store.projects
    ]
    page = {"__typename": "PageInfo", "endCursor": None, "hasNextPage": False}
    return {"models": {"pageInfo": page, "edges": edges}}


def upsert_view(store: Store, variables: Variables) -> Any:
    known = variables["id"] in store.views
    view = (store.views[variables["id"]] if known else {}) | variables
    view["id"] = variables["id"] if known else f"V{len(store.views)}"
    store.views[view["id"]] = view
    project = {"id": view["projectName"], "name": view["projectName"], "entityName": view["entityName"]}
    answer = {key: view[key] for key in ("id", "type", "name", "displayName", "description", "spec")}
    return {"upsertView": {"view": answer | {"project": project, "updatedAt": None}, "inserted": not known}}


OPERATIONS = {
    "GetDefaultEntity": get_default_entity,
    "ProjectInternalId": project_internal_id,
    "GetProjects": get_projects,
    "upsertView": upsert_view,
}
