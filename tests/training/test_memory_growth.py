"""A long run holds no more memory than a short one. `scripts/bench_memory.py` looks at whole processes for minutes."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import dataclass, field

import pytest
import torch

from ganlab.record import RunDirectory, SpecFile
from ganlab.training import Trainer
from ganlab.training.trainer import Progress

LOOKS = (50, 200)
"""Iterations after which memory is counted; there is a row after each, and a picture after every 20th."""


@dataclass
class Watch:
    """Counts, of a training that asks it after each iteration whether to stop, what it holds at `LOOKS`."""

    iteration: int = 0
    bytes: list[int] = field(default_factory=list)
    tensors: list[int] = field(default_factory=list)

    def __call__(self) -> bool:
        if self.iteration in LOOKS:
            gc.collect()
            self.bytes.append(tracemalloc.get_traced_memory()[0])
            self.tensors.append(sum(issubclass(type(one), torch.Tensor) for one in gc.get_objects()))
        self.iteration += 1
        return False


def ignore(progress: Progress) -> None:
    """Nobody looks at it."""


@pytest.mark.slow
def test_what_a_training_holds_does_not_grow_with_its_iterations(specs_of, tmp_path):
    specs = specs_of(
        "variants=vanilla",
        f"steps={LOOKS[-1] + 1}",
        "evaluation.every=20",
        "evaluation.samples=500",
        "log_every=1",
        "seeds=[0]",
    )
    directories = [RunDirectory(tmp_path / spec.id).open(SpecFile.of(spec, "long")) for spec in specs]
    watch = Watch()
    tracemalloc.start()
    try:
        assert Trainer(specs, directories, compiled=False).run(ignore, watch)
    finally:
        tracemalloc.stop()
    rows = LOOKS[1] - LOOKS[0]
    assert watch.tensors[1] <= watch.tensors[0]
    assert watch.bytes[1] - watch.bytes[0] < 20 * rows
