"""Where populations train on this machine: one device each, or several together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import joblib
from pydantic import Field

from ganlab.errors import InputError
from ganlab.options import ListOf, Options


class LocalOptions(Options):
    """The options of the local engine.

    Attributes:
        workers: populations at once; by default as many as fit the cores, or the GPUs.
        devices: where to train, such as ``[cuda:0, cuda:1]``; by default what the sweep's `device` says.
        devices_per_run: devices that train each population together, each on its own slice of every batch; on a CPU,
            so many processes.
    """

    workers: int | None = None
    devices: ListOf[str] = ()
    devices_per_run: Annotated[int, Field(ge=1, le=1024)] = 1


def places_of(options: LocalOptions, device: str) -> list[str]:
    """A place for each population that trains at once: its device, or several with commas between them.

    Args:
        options: of the user.
        device: what the sweep asks for; ``cuda`` means all GPUs that torch sees.

    Raises:
        InputError: this machine has no such device, or too few, or the number of workers is none.
    """
    from ganlab.training.devices import find_devices

    workers, devices_per_run = options.workers, options.devices_per_run
    if workers is not None and workers < 1:
        raise InputError(f"cannot run {workers} populations at once; --workers takes a number from 1 on")
    devices = [device for name in options.devices or [device] for device in find_devices(name)]
    groups = _groups(devices, devices_per_run)
    cores = max(1, joblib.cpu_count() // devices_per_run)
    slots = workers or (cores if devices == ["cpu"] else len(groups))
    return [groups[slot % len(groups)] for slot in range(slots)]


def _groups(devices: Sequence[str], size: int) -> list[str]:
    """`devices` in groups of `size`, each with commas between them; a CPU has room for every one.

    Raises:
        InputError: there are not enough, or they are not of one kind.
    """
    if size == 1:
        return list(devices)
    if list(devices) == ["cpu"]:
        return [",".join(["cpu"] * size)]
    if len({*devices}) < len(devices):
        raise InputError(f"devices lists one twice: {', '.join(devices)}; with devices_per_run, each trains one part")
    groups = [devices[start : start + size] for start in range(0, len(devices) - size + 1, size)]
    if not groups or not all(device.startswith("cuda:") for device in devices):
        raise InputError(
            f"devices_per_run is {size}, which takes a CPU or {size} GPUs, and there are {', '.join(devices)}; lower "
            "it, or name others under devices"
        )
    return [",".join(group) for group in groups]
