"""What it costs to have two processes train one member on a CPU: processor seconds an iteration, and bytes exchanged.

    python scripts/bench_devices.py [--iterations 8] [--compiled]

DCGAN on random images 3x32x32, WGAN-GP with 2 critic steps, batches of 64. One process and two are measured in one run;
seconds are of the processor, of both processes, so that others at work on the machine count little.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
from pathlib import Path

import numpy as np
import torch

from ganlab.engines.job import Job
from ganlab.engines.process import follow_job
from ganlab.engines.several_devices import met
from ganlab.record import RunDirectory, SpecFile
from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.schema import load_sweep
from ganlab.training import Trainer
from ganlab.training.ranks import ALONE, Ranks
from ganlab.training.streams import CPU

WARM_UP = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--iterations", type=int, default=8)
    parser.add_argument("--compiled", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    job = Job(title="bench", runs=(), device="cpu", devices_per_run=2)
    with tempfile.TemporaryDirectory() as folder:
        alone = measure(Path(folder) / "one", ALONE, options.iterations, options.compiled)
        with met(job, ALONE, None, follow_job) as ranks:
            together = measure(Path(folder) / "two", ranks, options.iterations, options.compiled)
    print(f"processor seconds an iteration: one process {alone:.3f}, two {together:.3f}, {together / alone:.2f}x")


def measure(folder: Path, ranks: Ranks, iterations: int, compiled: bool) -> float:
    """Seconds of the processor an iteration, of all processes."""
    folder.mkdir(parents=True)
    images = np.random.default_rng(0).integers(0, 256, (500, 3, 32, 32), dtype=np.uint8)
    np.save(folder / "images.npy", images)
    keys = {
        "name": "bench",
        "data": {"name": "image-array", "path": str(folder / "images.npy")},
        "variants": ["wgan-gp"],
        "seeds": [0],
        "steps": 10_000,
        "critic_steps": 2,
        "batch_size": 64,
        "builder": {"name": "dcgan", "discriminator_norm": "layer", "generator_norm": "none"},
        "evaluation": {"every": 10_000, "samples": 100},
        "log_every": 10_000,
    }
    (spec,) = resolve(load_sweep(keys, []))
    marks: list[float] = []

    def should_stop() -> bool:
        marks.append(processor_seconds())
        return len(marks) > WARM_UP + iterations

    with RunDirectory(folder / spec.id).open(SpecFile.of(spec, "bench")) as directory:
        trainer = Trainer([spec], [directory], compiled, CPU, ranks=ranks)
        trainer.run(lambda progress: None, should_stop)
    numbers = {
        name: sum(map(torch.numel, of.parameters.values())) for name, of in trainer.population.state.players.items()
    }
    if ranks.size > 1:
        print(f"an update exchanges 4 bytes for each parameter of its player: {numbers}")
    return (marks[-1] - marks[WARM_UP]) / iterations


def processor_seconds() -> float:
    """Of this process and of those that it has started."""
    pids = [os.getpid(), *(child.pid for child in multiprocessing.active_children())]
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(one[11]) + int(one[12]) for one in stats) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
