"""Records as complete as those of real runs, for tests that write runs without training them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ganlab.options import parse
from ganlab.record import Environment, Outcome, SpecFile, Summary
from ganlab.record.spec import REVISION
from ganlab.record.spec_file import SCHEMA_VERSION
from ganlab.results.runs import Run

ADAM = {"name": "adam", "lr": 0.001, "betas": [0.5, 0.999], "eps": 1e-8}

SPEC: dict[str, Any] = {
    "schema_version": SCHEMA_VERSION,
    "id": "r000",
    "sweep": "gaussian_1d",
    "revision": REVISION,
    "label": "lsgan",
    "variant": "lsgan",
    "dataset": "gaussian",
    "data": {"name": "gaussian", "options": {"mean": 0.0, "std": 1.0}},
    "data_fingerprint": {},
    "builder": {"name": "mlp", "options": {"widths": [32]}},
    "seed": 0,
    "steps": 2000,
    "batch_size": 64,
    "generator_batch_size": 64,
    "latent_dim": 8,
    "discriminator_optimizer": ADAM,
    "generator_optimizer": ADAM,
    "critic_steps": 1,
    "critic_warmup": None,
    "generator_steps": 1,
    "updates": "alternating",
    "penalties": {},
    "constraints": {},
    "ema": 0.999,
    "evaluation": {"every": 500, "samples": 10_000},
    "log_every": 100,
    "conditional": False,
    "precision": "fp32",
    "schedules": {},
}

PROTOCOL: dict[str, Any] = {
    "samples": 10_000,
    "generator": "EMA 0.999",
    "reference": "the exact density",
    "metrics": {"w1": {"better": "lower", "estimator": "area between the distribution functions"}},
    "primary": "w1",
}

ENVIRONMENT: dict[str, Any] = {
    "ganlab": "0.1.0",
    "git_commit": None,
    "git_dirty": None,
    "python": "3.11.7",
    "torch": "2.11.0",
    "torchvision": "0.26.0",
    "torch_fidelity": "0.4.0",
    "numpy": "2.0.0",
    "scipy": "1.15.0",
    "platform": "Linux",
    "processor": "a processor",
    "cores": 2,
    "threads": 1,
    "device": "cpu",
    "gpu": None,
    "compiled": True,
    "population": 3,
}

OUTCOME: dict[str, Any] = {
    "status": "finished",
    "global_step": 2000,
    "diverged_at": None,
    "final": {"w1": 0.125},
    "best": {"w1": {"value": 0.0625, "global_step": 300}},
    "warnings": [],
    "state_sha256": "0" * 64,
    "settings": {"source": "", "changed": []},
    "cost": {"train_seconds": 2.0, "evaluation_seconds": 1.0, "samples_seen": 128_000},
    "floors": {},
    "floor_errors": {},
    "real": None,
    "papers": [],
    "samples": {"shape": [1], "classes": 0},
}


def spec_file(**changes: Any) -> SpecFile:
    """That of a run of LSGAN on N(0, 1), with `changes` to its keys."""
    return SpecFile.read({**SPEC, **changes}, "spec.json")


def environment(**changes: Any) -> Environment:
    return parse(Environment, {**ENVIRONMENT, **changes}, "environment")


def outcome(spec: SpecFile, **changes: Any) -> Outcome:
    """That of the run of `spec`, which finished; `protocol` and `environment` are laid over the usual ones."""
    protocol = {**PROTOCOL, **changes.pop("protocol", {})}
    environment = {**ENVIRONMENT, **changes.pop("environment", {})}
    whole = {
        **OUTCOME,
        "spec_sha256": spec.spec.sha256,
        "protocol": protocol,
        "environment": environment,
        "environments": [{"from_step": 0, **environment}],
        **changes,
    }
    unhashed = parse(Outcome, {**whole, "protocol_sha256": ""}, "outcome")
    return unhashed.model_copy(update={"protocol_sha256": unhashed.protocol.sha256})


def with_spec(run: Run, **changes: Any) -> Run:
    """`run` with `changes` to the keys of its spec."""
    return replace(run, spec_file=SpecFile.read({**run.spec_file.record(), **changes}, "spec.json"))


def with_summary(run: Run, **changes: Any) -> Run:
    """`run`, if it is done, with `changes` to the keys of its summary."""
    if not run.done:
        return run
    return replace(run, summary=parse(Summary, {**run.result.record(), **changes}, "summary.json"))
