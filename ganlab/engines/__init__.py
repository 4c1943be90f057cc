"""Where a sweep's populations execute."""

from ganlab.engines import local, ray_cluster, slurm, wandb_agents
from ganlab.engines.base import (
    ENGINES,
    SILENT,
    Capacity,
    Engine,
    EngineSource,
    Listener,
    StoppedError,
    make_engine,
    register,
)
from ganlab.engines.job import Job, Outcome

__all__ = [
    "ENGINES",
    "SILENT",
    "Capacity",
    "Engine",
    "EngineSource",
    "Job",
    "Listener",
    "Outcome",
    "StoppedError",
    "local",
    "make_engine",
    "ray_cluster",
    "register",
    "slurm",
    "wandb_agents",
]
