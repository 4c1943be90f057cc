"""The connection to a cluster of Ray, and what a job takes of it."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import joblib
from pydantic import Field

from ganlab.errors import InputError
from ganlab.extras import needed_for
from ganlab.options import Options

SECONDS_TO_ANSWER = 5.0


class RayOptions(Options):
    """The engine's options.

    Attributes:
        address: of the cluster, such as ``10.0.0.1:6379`` or ``auto``; by default RAY_ADDRESS, or a cluster that is
            made of this machine alone.
        cpus: that a job takes.
        gpus: that a job takes, such as 0.5; by default one where there are some and the sweep's device is not ``cpu``.
        retries: how often Ray starts a job again whose process or machine died.
        sync: whether jobs train copies of the run directories, whose changes are sent back to the launcher every few
            seconds; for machines that do not share the file system. Data must lie at the same paths on all of them.
    """

    address: str | None = None
    cpus: Annotated[float, Field(gt=0)] = 1.0
    gpus: Annotated[float, Field(gt=0)] | None = None
    retries: Annotated[int, Field(ge=0)] = 3
    sync: bool = False


def connected_ray(address: str | None) -> Any:
    """The module ray, connected to the cluster at `address`, to the one that RAY_ADDRESS names, or to a new one here.

    Raises:
        InputError: it is not installed, or there is no cluster.
    """
    with needed_for("the engine 'ray'"):
        import ray
    if ray.is_initialized():
        return ray
    where = address or os.environ.get("RAY_ADDRESS")
    own = {} if where else {"num_cpus": joblib.cpu_count(), "include_dashboard": False}
    try:
        _require_answer(where)
        ray.init(where, logging_level=logging.ERROR, **own)
    except (OSError, ValueError, RuntimeError) as error:
        said = str(error).splitlines()[0]
        raise InputError(f"no Ray cluster can be reached at {where or 'this machine'}: {said}") from None
    return ray


@dataclass(frozen=True, kw_only=True)
class Share:
    """How many jobs a cluster runs at once, and of each the GPUs and the device."""

    jobs: int
    gpus: float
    device: str


def share_of_cluster(ray: Any, options: RayOptions, device: str) -> Share:
    """What jobs of a sweep that asks for `device` get of the cluster that `ray` is connected to.

    Raises:
        InputError: a job takes more than it has.
    """
    there: Mapping[str, float] = ray.cluster_resources()
    on_gpu = device != "cpu" and (there.get("GPU", 0) > 0 or device != "auto")
    takes = {"CPU": options.cpus, **({"GPU": options.gpus or 1.0} if on_gpu else {})}
    jobs = int(min(there.get(kind, 0) // amount for kind, amount in takes.items()))
    if not jobs:
        has, wants = (" and ".join(f"{amount.get(kind, 0):g} {kind}s" for kind in takes) for amount in (there, takes))
        raise InputError(f"Ray's cluster has {has}, and a job on '{device}' takes {wants}")
    return Share(jobs=jobs, gpus=takes.get("GPU", 0.0), device=device if on_gpu else "cpu")


def _require_answer(address: str | None) -> None:
    """Find out in seconds, where Ray takes minutes, that nobody listens at HOST:PORT.

    Raises:
        OSError: so it is.
    """
    host, _, port = (address or "").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=SECONDS_TO_ANSWER).close()
