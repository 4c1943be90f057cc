"""The connection to a cluster of Ray."""

from __future__ import annotations

import logging
import os
import socket
from typing import Any

import joblib

from ganlab.errors import InputError
from ganlab.extras import needed_for

SECONDS_TO_ANSWER = 5.0


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


def _require_answer(address: str | None) -> None:
    """Find out in seconds, where Ray takes minutes, that nobody listens at HOST:PORT.

    Raises:
        OSError: so it is.
    """
    host, _, port = (address or "").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=SECONDS_TO_ANSWER).close()
