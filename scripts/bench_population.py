"""How much faster a population trains than the usual script, one seed after another.

Two measurements, printed as ratios because machines differ and drift:

1. Seed-iterations per second (one generator update with its critic updates counts as one iteration) of a plain
   eager loop and of a compiled population, in alternating windows. The eager loop is what people
   write: modules, ``loss.backward()``, ``torch.optim.Adam``, with torch's own choice of threads. The members are
   dealt out to one process a core with one thread each, as a sweep does it, and draw their batches from its streams.
2. The wall time of two processes: the eager loop over 8 seeds x 10,000 iterations, and ``ganlab sweep`` on the
   same, from an empty compiler cache, with evaluation and tracking.

    python scripts/bench_population.py
    python scripts/bench_population.py --variants vanilla --sizes 32 --networks small
    python scripts/bench_population.py --whole
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import joblib
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.schema import load_sweep
from ganlab.training.setup import (
    build_batches,
    build_member,
    build_population,
    initial_state,
    load_data,
)
from ganlab.training.streams import CPU

NETWORKS = {"article": (100, 256), "small": (8, 32)}
BATCH = 64
SIZES = (1, 8, 32)
SEEDS = 8
STEPS = 10_000
CORES = joblib.cpu_count()


class EagerLoop:
    """The usual script: one seed, N(0, 1), an MLP pair of one hidden layer."""

    def __init__(self, variant: str, latent_dim: int, width: int, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.latent_dim = latent_dim
        self.generator = nn.Sequential(nn.Linear(latent_dim, width), nn.ReLU(), nn.Linear(width, 1))
        self.critic = nn.Sequential(nn.Linear(1, width), nn.ReLU(), nn.Linear(width, 1))
        lr, betas = (1e-4, (0.0, 0.9)) if variant == "wgan-gp" else (2e-4, (0.5, 0.999))
        self.optimizers = [torch.optim.Adam(net.parameters(), lr, betas) for net in (self.generator, self.critic)]
        self.step = self._wgan_gp if variant == "wgan-gp" else self._vanilla

    def _batch(self) -> tuple[Tensor, Tensor]:
        return torch.randn(BATCH, 1), torch.randn(BATCH, self.latent_dim)

    def _vanilla(self) -> None:
        ones, zeros = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)
        real, latent = self._batch()
        fake = self.generator(latent)
        loss = bce(self.critic(real), ones) + bce(self.critic(fake.detach()), zeros)
        self._descend(1, loss)
        _, latent = self._batch()
        self._descend(0, bce(self.critic(self.generator(latent)), ones))

    def _wgan_gp(self) -> None:
        for _ in range(5):
            real, latent = self._batch()
            fake = self.generator(latent).detach()
            u = torch.rand(BATCH, 1)
            between = (u * real + (1 - u) * fake).requires_grad_()
            (slope,) = torch.autograd.grad(self.critic(between).sum(), between, create_graph=True)
            penalty = (slope.norm(dim=1) - 1).square().mean()
            self._descend(1, self.critic(fake).mean() - self.critic(real).mean() + 10 * penalty)
        _, latent = self._batch()
        self._descend(0, -self.critic(self.generator(latent)).mean())

    def _descend(self, player: int, loss: Tensor) -> None:
        self.optimizers[player].zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizers[player].step()


def sweep_file(folder: Path, variant: str, latent_dim: int, width: int, seeds: int) -> Path:
    """The same training as a sweep."""
    path = folder / "bench.yaml"
    path.write_text(
        f"name: bench\ndata: {{name: gaussian}}\nvariants: [{variant}]\nseeds: 0..{seeds - 1}\nsteps: {STEPS}\n"
        f"batch_size: {BATCH}\nlatent_dim: {latent_dim}\n"
        f"builder: {{name: mlp, widths: [{width}], activation: relu}}\n"
    )
    return path


def population_step(variant: str, latent_dim: int, width: int, size: int) -> Callable[[], None]:
    """One iteration of a compiled population, drawing its batches on the way."""
    with tempfile.TemporaryDirectory() as folder:
        specs = resolve(load_sweep(sweep_file(Path(folder), variant, latent_dim, width, size)))
    spec, data = specs[0], load_data(specs[0])
    member = build_member(spec, data)
    batches = build_batches(specs, member.game, data, CPU)
    population = build_population(specs, member, initial_state(specs, data), batches, CPU)
    population.compile({player: one.at(0) for player, one in batches.items()})
    iteration = 0

    def step() -> None:
        nonlocal iteration
        for player, one in batches.items():
            for update in range(*(spec.updates_before(player, end) for end in (iteration, iteration + 1))):
                population.update(player, one.at(update))
        iteration = (iteration + 1) % spec.steps

    return step


def rate(step: Callable[[], object], seconds: float) -> float:
    """Steps a second over a window of at least so many seconds."""
    steps, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        for _ in range(10):
            step()
        steps += 10
    return steps / elapsed


def serve(channel: Connection, variant: str, latent_dim: int, width: int, size: int) -> None:
    """A process with one thread and a part of the members: each number of seconds received is one window."""
    torch.set_num_threads(1)
    step = population_step(variant, latent_dim, width, size)
    step()
    channel.send(0.0)
    while seconds := channel.recv():
        channel.send(size * rate(step, seconds))


def compare(variant: str, network: str, size: int, windows: int, seconds: float) -> None:
    """Alternate windows of both, and print the medians and the median of the paired ratios."""
    latent_dim, width = NETWORKS[network]
    eager = EagerLoop(variant, latent_dim, width).step
    parts = [size // CORES + (index < size % CORES) for index in range(min(CORES, size))]
    context = multiprocessing.get_context("spawn")
    channels, processes = [], []
    for part in parts:
        channel, far_end = context.Pipe()
        process = context.Process(target=serve, args=(far_end, variant, latent_dim, width, part), daemon=True)
        process.start()
        channels.append(channel)
        processes.append(process)
    for channel in channels:
        channel.recv()
    pairs = []
    for _ in range(windows):
        before = rate(eager, seconds)
        for channel in channels:
            channel.send(seconds)
        pairs.append((before, sum(channel.recv() for channel in channels)))
    for channel, process in zip(channels, processes, strict=True):
        channel.send(0)
        process.join()
    slow, fast = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(after / before for before, after in pairs)
    print(
        f"{network:>8} {variant:>8}  S={size:<3} eager {slow:8,.0f}  population {fast:8,.0f} seed-it/s"
        f"  in {len(parts)} process{'es' * (len(parts) > 1):<2}  {ratio:.1f}x",
        flush=True,
    )


def whole(variant: str, network: str) -> None:
    """Print the wall time of both processes over 8 seeds x 10,000 iterations, and their ratio."""
    latent_dim, width = NETWORKS[network]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        file = sweep_file(place, variant, latent_dim, width, SEEDS)
        environment = os.environ | {"TORCHINDUCTOR_CACHE_DIR": str(place / "cache"), "WANDB_MODE": "offline"}
        before = wall([sys.executable, __file__, "--eager", variant, network], environment)
        command = [sys.executable, "-m", "ganlab", "sweep", str(file), "--runs", str(place / "runs")]
        after = wall(command, environment)
    print(
        f"{network:>8} {variant:>8}  {SEEDS} seeds x {STEPS:,} iterations: "
        f"eager {before:.0f} s  ganlab sweep {after:.0f} s  {before / after:.1f}x",
        flush=True,
    )


def wall(command: list[str], environment: dict[str, str]) -> float:
    """Seconds that a process takes."""
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def eager_process(variant: str, network: str) -> None:
    """The whole of the usual script: seed after seed."""
    for seed in range(SEEDS):
        step = EagerLoop(variant, *NETWORKS[network], seed=seed).step
        for _ in range(STEPS):
            step()


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare a population with the usual eager loop.")
    parser.add_argument("--variants", nargs="+", default=["vanilla", "wgan-gp"], choices=["vanilla", "wgan-gp"])
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument(
        "--sizes", nargs="+", type=int, help="members of a population (default: 1, 8 and 32, and whole processes too)"
    )
    parser.add_argument("--windows", type=int, default=7, help="pairs of windows (default: 7)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a window (default: 1)")
    parser.add_argument("--whole", action="store_true", help="whole processes only")
    parser.add_argument("--eager", nargs=2, metavar=("VARIANT", "NETWORK"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.eager:
        eager_process(*options.eager)
        return
    threads = torch.get_num_threads()
    print(f"torch {torch.__version__}, {CORES} cores; eager loop: {threads} threads, population: 1 a process")
    for network in options.networks:
        for variant in options.variants:
            for size in [] if options.whole else options.sizes or SIZES:
                compare(variant, network, size, options.windows, options.seconds)
            if options.whole or not options.sizes:
                whole(variant, network)


if __name__ == "__main__":
    main()
