"""Where to train."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from ganlab.errors import InputError

OUT_OF_MEMORY = ("can't allocate memory", "CUDA error: out of memory", "_STATUS_ALLOC_FAILED", "std::bad_alloc")
"""What torch says of a CPU's memory, of a GPU's outside its own allocator, of that for cuBLAS and cuDNN, and C++."""


class DoesNotFitError(InputError):
    """There is no memory for something."""


def find_device(name: str) -> torch.device:
    """The device called `name`: ``cpu``, ``cuda``, ``cuda:1``, ``mps``, or ``auto`` for a GPU if there is one.

    Raises:
        InputError: this machine has no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise InputError(f"unknown device '{name}'; choose auto, cpu, cuda, cuda:N or mps") from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(f"there is no device '{name}': torch sees {torch.cuda.device_count()} CUDA devices here")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise InputError("there is no device 'mps': this is no Mac with a GPU that torch can use")
    if device.type not in ("cpu", "cuda", "mps"):
        raise InputError(f"cannot train on '{name}'; choose auto, cpu, cuda, cuda:N or mps")
    return device


def find_devices(name: str) -> list[str]:
    """The devices of this machine that `name` means: all GPUs, if it means a GPU and does not say which.

    Raises:
        InputError: there is none.
    """
    device = find_device(name)
    if device.type == "cuda" and device.index is None:
        return [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    return [str(device)]


def has_room(device: torch.device, storage: Sequence[Tensor]) -> bool:
    """Whether `storage` may lie on `device` for good: on a CUDA device, if it leaves half of its free memory free.

    Elsewhere there is one memory for all; what was decoded to a file is read from it as it is needed.
    """
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return sum(table.nbytes for table in storage) <= free / 2


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that a device or this process has no memory left.

    torch has a type for that in one of its allocators; Python, numpy and the system have others.
    """
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in OUT_OF_MEMORY)


@contextmanager
def memory_for(things: str, device: torch.device) -> Iterator[None]:
    """Say so in one sentence if `device` has no memory for `things`.

    Raises:
        DoesNotFitError: it has none.
    """
    try:
        yield
    except (RuntimeError, MemoryError, OSError) as error:
        if not is_out_of_memory(error):
            raise
        raise DoesNotFitError(
            f"{things} do not fit into the memory of {device}; make networks and batches smaller, or lower --workers"
        ) from None
