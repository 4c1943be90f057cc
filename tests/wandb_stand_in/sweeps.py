"""The operations of sweeps and of the agents that ask for their trials."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from wandb_stand_in.store import Store

Variables = dict[str, Any]


@dataclass
class ServedSweep:
    """A grid over one parameter.

    Attributes:
        left: values that no trial has; those of preempted trials come first, as W&B documents.
        given: the value of each trial, by the id of its run.
        agents: by which each was given.
    """

    name: str
    project: str
    config: str
    state: str = "RUNNING"
    left: list[str] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)


def upsert_sweep(store: Store, variables: Variables) -> Any:
    """Register a sweep, or change the state of a known one."""
    if variables.get("id"):
        sweep = store.sweeps[variables["id"]]
        sweep.state = variables["state"]
    else:
        name = f"sweep{len(store.sweeps)}"
        sweep = store.sweeps[name] = ServedSweep(name, variables["projectName"], variables["config"])
        config = yaml.safe_load(sweep.config)
        assert config["method"] == "grid"
        (sweep.left,) = [list(parameter["values"]) for parameter in config["parameters"].values()]
        store.add_project(sweep.project)
    entity = {"id": "E", "name": "someone"}
    project = {"id": sweep.project, "name": sweep.project, "entity": entity}
    return {"upsertSweep": {"sweep": {"name": sweep.name, "project": project}, "configValidationWarnings": []}}


def sweep_with_runs(store: Store, variables: Variables) -> Any:
    sweep = store.sweeps.get(variables["sweep"])
    if sweep is None or sweep.project != variables["project"]:
        return {"project": {"sweep": None}}
    node = {"id": sweep.name, "name": sweep.name, "method": "grid", "state": sweep.state, "config": sweep.config}
    return {"project": {"sweep": node | {"description": None, "runs": {"edges": []}}}}


def create_agent(store: Store, variables: Variables) -> Any:
    store.agents.append(variables["sweep"])
    return {"createAgent": {"agent": {"id": f"agent{len(store.agents) - 1}"}}}


def heartbeat(store: Store, variables: Variables) -> Any:
    """One trial for an agent that has none; "exit" when there is none left."""
    agent = variables["id"]
    sweep = store.sweeps[store.agents[int(agent.removeprefix("agent"))]]
    command: list[dict[str, Any]] = []
    if not json.loads(variables["runState"]):
        if sweep.state == "RUNNING" and (value := _next(store, sweep)) is not None:
            run = f"trial{len(sweep.given)}"
            sweep.given[run], sweep.agents[run] = value, agent
            config = yaml.safe_load(sweep.config)
            (parameter,) = config["parameters"]
            command = [
                {"type": "run", "run_id": run, "program": config["program"], "args": {parameter: {"value": value}}}
            ]
        else:
            command = [{"type": "exit"}]
    return {"agentHeartbeat": {"agent": {"id": agent}, "commands": json.dumps(command)}}


def _next(store: Store, sweep: ServedSweep) -> str | None:
    for run in sweep.given:
        served = store.runs.get(run)
        if served and served.preempting and served.exit_code:
            served.preempting = False
            return sweep.given[run]
    return sweep.left.pop(0) if sweep.left else None


OPERATIONS = {
    "UpsertSweep": upsert_sweep,
    "SweepWithRuns": sweep_with_runs,
    "CreateAgent": create_agent,
    "Heartbeat": heartbeat,
}
