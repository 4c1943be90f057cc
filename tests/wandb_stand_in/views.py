"""The operations with which wandb-workspaces makes reports."""

from __future__ import annotations

from typing import Any

from wandb_stand_in.store import ENTITY, Store

Variables = dict[str, Any]


def get_default_entity(store: Store, variables: Variables) -> Any:
    return {"viewer": {"id": "U", "entity": ENTITY}}


def upsert_view(store: Store, variables: Variables) -> Any:
    known = variables["id"] in store.views
    view = dict(variables) if not known else store.views[variables["id"]] | variables
    view["id"] = variables["id"] if known else f"V{len(store.views)}"
    store.views[view["id"]] = view
    project = {"id": view["projectName"], "name": view["projectName"], "entityName": view["entityName"]}
    answer = {key: view[key] for key in ("id", "type", "name", "displayName", "description", "spec")}
    return {"upsertView": {"view": answer | {"project": project, "updatedAt": None}, "inserted": not known}}


OPERATIONS = {"GetDefaultEntity": get_default_entity, "upsertView": upsert_view}
