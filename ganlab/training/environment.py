"""Where a run was made: versions and hardware, for its record."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy
import scipy
import torch

from ganlab import __version__
from ganlab.record.checkout import own_checkout
from ganlab.record.summary import Environment


def describe_environment(
    compiled: bool, population: int, device: torch.device, did_not_fit: Sequence[int] = (), world_size: int = 1
) -> Environment:
    """Versions, hardware, and how the program was run."""
    checkout = own_checkout()
    return Environment(
        ganlab=__version__,
        git_commit=checkout.commit if checkout else None,
        git_dirty=checkout.dirty if checkout else None,
        python=platform.python_version(),
        torch=torch.__version__,
        torchvision=version("torchvision"),
        torch_fidelity=version("torch-fidelity"),
        numpy=numpy.__version__,
        scipy=scipy.__version__,
        platform=platform.platform(),
        processor=_processor(),
        cores=os.cpu_count(),
        threads=torch.get_num_threads(),
        device=device.type,
        gpu=torch.cuda.get_device_name(device) if device.type == "cuda" else None,
        compiled=compiled,
        population=population,
        did_not_fit=tuple(did_not_fit),
        world_size=world_size,
    )


def _processor() -> str:
    """The processor's name; Python knows it on some systems only."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
