"""How much faster images are trained on and measured than with what people usually run.

Three parts, printed as ratios of medians over alternating windows because machines differ and drift:

1. Training, in iterations per second (one is a generator update with its critic updates), at 32 x 32 and batch 64:
   DCGAN (vanilla, 2 critic steps) and ResNet (WGAN-GP, 5 critic steps). The eager loop is what people write, on the
   same networks: ``loss.backward()``, ``torch.optim.Adam``, a ``DataLoader`` with two workers that transforms image
   by image, and torch's own choice of threads. A second line shows it with one thread: where other programs run,
   several threads collapse, and ratios to the first line then say little. The populations train as in a sweep: on a
   CPU, a member in each of as many processes as there are cores, with one thread each; on a GPU, one process.
2. Inception features, in images per second, against torch-fidelity's; one thread each, or the GPU if there is one.
3. FID from features that lie ready, against torch-fidelity's; one thread each.

Images, features and Inception's weights are random, so nothing is downloaded.

    python scripts/bench_images.py
    python scripts/bench_images.py --parts evaluation fid
    python scripts/bench_images.py --parts training --device cuda
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from ganlab.arithmetic import set_arithmetic
from ganlab.compiler.toolchain import quieten
from ganlab.data.base import DataSource, register
from ganlab.data.images import ImageSet, Split
from ganlab.evaluation.images.features import available_device
from ganlab.evaluation.images.frechet import frechet_distance, moments
from ganlab.evaluation.images.inception import load_inception
from ganlab.options import Options, parse
from ganlab.record.spec import RunSpec
from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.schema import Sweep
from ganlab.training.setup import build_batches, build_member, build_population, initial_state, load_data

IMAGES = 50_000
BATCH = 64
LATENT_DIM = 128
LR = 2e-4
CORES = joblib.cpu_count()
GPU_SIZES = (1, 4)
"""Members of a population on a GPU."""
EXTRACTED = 128
FIDELITY_BATCH = 64
"""Images in a batch of torch-fidelity's, unless it is told otherwise."""
REAL_FEATURES = 10_000
FEATURE_COUNTS = (10_000, 500)
DIMENSIONS = 2_048

Step = Callable[[], object]
Rate = Callable[[float], float]
"""Seconds of a window to what was done in it per second."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is trained. `betas` are those of Adam."""

    builder: str
    variant: str
    critic_steps: int
    betas: tuple[float, float]


TASKS = (
    Task(builder="dcgan", variant="vanilla", critic_steps=2, betas=(0.5, 0.999)),
    Task(builder="resnet", variant="wgan-gp", critic_steps=5, betas=(0.0, 0.9)),
)


def random_images(count: int) -> Tensor:
    """uint8 [count, 3, 32, 32], the same in every process."""
    return torch.randint(256, (count, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def load_random_images(options: Options) -> ImageSet:
    split = Split(name="random images", images=random_images(IMAGES), labels=None)
    return ImageSet(split, split)


register(DataSource(name="random_images", summary="uniform noise", options=Options, load=load_random_images))


def specs_of(task: Task, precision: str, seeds: Sequence[int]) -> list[RunSpec]:
    """The specs of `task` in a sweep, one a seed."""
    values = {
        "name": "bench",
        "data": "random_images",
        "variants": [task.variant],
        "seeds": list(seeds),
        "steps": 100_000,
        "batch_size": BATCH,
        "latent_dim": LATENT_DIM,
        "builder": {"name": task.builder},
        "optimizer": {"lr": LR, "betas": task.betas},
        "critic_steps": task.critic_steps,
        "ema": 0,
        "precision": precision,
    }
    return resolve(parse(Sweep, values, "bench"))


class ImageDataset(Dataset[Tensor]):
    """Images as torchvision's sets keep them: an array, of which each entry is made a PIL image and transformed."""

    def __init__(self, images: Tensor) -> None:
        self._pixels = images.permute(0, 2, 3, 1).contiguous().numpy()
        self._transform = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))]
        )

    def __len__(self) -> int:
        return len(self._pixels)

    def __getitem__(self, index: int) -> Tensor:
        image: Tensor = self._transform(Image.fromarray(self._pixels[index]))
        return image


class EagerLoop:
    """The usual script, on the networks of ganlab's builders."""

    def __init__(self, task: Task, device: str) -> None:
        spec = specs_of(task, "fp32", [0])[0]
        data = load_data(spec)
        member = build_member(spec, data)
        self.task = task
        self.device = device
        self.generator, self.critic = (member.networks[name].to(device) for name in ("generator", "discriminator"))
        self.generator_optimizer, self.critic_optimizer = (
            torch.optim.Adam(network.parameters(), LR, task.betas) for network in (self.generator, self.critic)
        )
        self.batches = endless(
            DataLoader(
                ImageDataset(data.storage[0]),
                BATCH,
                shuffle=True,
                num_workers=2,
                drop_last=True,
                pin_memory=device != "cpu",
            )
        )

    def step(self) -> None:
        for _ in range(self.task.critic_steps):
            real = next(self.batches).to(self.device, non_blocking=True)
            fake = self.generator(self._latent()).detach()
            loss = self._wgan_gp(real, fake) if self.task.variant == "wgan-gp" else self._vanilla(real, fake)
            self._descend(self.critic_optimizer, loss)
        score = self.critic(self.generator(self._latent()))
        loss = -score.mean() if self.task.variant == "wgan-gp" else bce(score, torch.ones_like(score))
        self._descend(self.generator_optimizer, loss)

    def _latent(self) -> Tensor:
        return torch.randn(BATCH, LATENT_DIM, device=self.device)

    def _vanilla(self, real: Tensor, fake: Tensor) -> Tensor:
        real_score, fake_score = self.critic(real), self.critic(fake)
        return bce(real_score, torch.ones_like(real_score)) + bce(fake_score, torch.zeros_like(fake_score))

    def _wgan_gp(self, real: Tensor, fake: Tensor) -> Tensor:
        u = torch.rand(BATCH, 1, 1, 1, device=self.device)
        between = (u * real + (1 - u) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(self.critic(between).sum(), between, create_graph=True)
        penalty = (slope.flatten(1).norm(dim=1) - 1).square().mean()
        loss: Tensor = self.critic(fake).mean() - self.critic(real).mean() + 10 * penalty
        return loss

    def _descend(self, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def endless(loader: DataLoader[Tensor]) -> Iterator[Tensor]:
    while True:
        yield from loader


def population_step(task: Task, precision: str, device: str, seeds: Sequence[int]) -> Step:
    """One iteration of a compiled population, drawing its batches on the way."""
    specs, where = specs_of(task, precision, seeds), torch.device(device)
    set_arithmetic(tf32=precision == "tf32")
    data = load_data(specs[0])
    member = build_member(specs[0], data)
    batches = build_batches(specs, member.game, data, where)
    population = build_population(specs, member, initial_state(specs, data), batches, where)
    population.compile({player: one.at(0) for player, one in batches.items()})
    iteration = 0

    def step() -> None:
        nonlocal iteration
        for player, one in batches.items():
            for update in range(*(specs[0].updates_before(player, end) for end in (iteration, iteration + 1))):
                population.update(player, one.at(update))
        iteration += 1

    return step


def ganlab_extraction(weights: Path) -> Step:
    images, inception = random_images(EXTRACTED), load_inception(weights, available_device())
    return lambda: inception.extract(images).values.numpy()


def fidelity_extraction(weights: Path) -> Step:
    from torch_fidelity.utils import create_feature_extractor

    images, where = random_images(EXTRACTED), available_device()
    network = create_feature_extractor(
        "inception-v3-compat",
        ["2048", "logits_unbiased"],
        cuda=where.type == "cuda",
        verbose=False,
        feature_extractor_weights_path=str(weights),
    )

    @torch.no_grad()
    def step() -> object:
        return torch.cat([network(batch.to(where))[0].cpu() for batch in torch.split(images, FIDELITY_BATCH)]).numpy()

    return step


def write_random_weights(file: Path) -> None:
    """Inception weights in the format of the published ones, that keep activations at a usual scale."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    class Random(FeatureExtractorInceptionV3):  # type: ignore[misc]
        def load_state_dict(self, *arguments: object) -> None:
            """Leave the weights as they are."""

    nothing = io.BytesIO()
    torch.save({}, nothing)
    nothing.seek(0)
    torch.manual_seed(0)
    network = Random("inception-v3-compat", ["2048"], feature_extractor_weights_path=nothing)
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.train()
    network(random_images(4))
    torch.save(network.state_dict(), file)


def random_features(count: int, seed: int) -> Tensor:
    """float32 [count, 2048], not negative, with the spectrum of a power law."""
    generator = torch.Generator().manual_seed(0)
    mix = torch.randn(DIMENSIONS, DIMENSIONS, generator=generator) / torch.arange(1, DIMENSIONS + 1)[:, None].sqrt()
    return torch.relu(torch.randn(count, DIMENSIONS, generator=generator.manual_seed(seed)) @ mix)


def ganlab_fid(count: int) -> Step:
    reference, features = moments(random_features(REAL_FEATURES, 1)), random_features(count, 2)
    return lambda: frechet_distance(features, reference)


def fidelity_fid(count: int) -> Step:
    from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_features_to_statistics, fid_statistics_to_metric

    reference, features = fid_features_to_statistics(random_features(REAL_FEATURES, 1)), random_features(count, 2)
    return lambda: fid_statistics_to_metric(fid_features_to_statistics(features), reference, False)[KEY_METRIC_FID]


def rate(step: Step, seconds: float) -> float:
    """Steps a second over a window of at least so many seconds, and of at least one step."""
    wait_for_gpu()
    steps, start = 0, time.perf_counter()
    while steps == 0 or time.perf_counter() - start < seconds:
        step()
        steps += 1
    wait_for_gpu()
    return steps / (time.perf_counter() - start)


def rate_with(threads: int, step: Step, seconds: float) -> float:
    """`rate` with so many threads of torch's in this process."""
    torch.set_num_threads(threads)
    return rate(step, seconds)


def wait_for_gpu() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def serve(channel: Connection, make: Callable[..., Step], arguments: tuple[Any, ...]) -> None:
    """Send what the first step gives; then each number of seconds received is one window."""
    quieten()
    step = make(*arguments)
    channel.send(step())
    while seconds := channel.recv():
        channel.send(rate(step, seconds))


class Processes:
    """Processes that run by turns with others: a step is made in each of them, of its own arguments.

    Attributes:
        first: what the first step gave in each.
    """

    def __init__(self, make: Callable[..., Step], *arguments: tuple[Any, ...], amount: int = 1) -> None:
        context = multiprocessing.get_context("spawn")
        self._amount = amount
        self._channels, self._processes = [], []
        for own in arguments:
            channel, far_end = context.Pipe()
            process = context.Process(target=serve, args=(far_end, make, own), daemon=True)
            process.start()
            far_end.close()
            self._channels.append(channel)
            self._processes.append(process)
        self.first = [channel.recv() for channel in self._channels]

    def rate(self, seconds: float) -> float:
        """What all did at once per second, when a step does `amount`."""
        for channel in self._channels:
            channel.send(seconds)
        rates: list[float] = [channel.recv() for channel in self._channels]
        return self._amount * sum(rates)

    def stop(self) -> None:
        for channel, process in zip(self._channels, self._processes, strict=True):
            channel.send(0)
            process.join()


@dataclass(frozen=True)
class Windows:
    """How many windows of each contestant, and how many seconds each lasts at least."""

    count: int
    seconds: float

    def compare(self, title: str, unit: str, contestants: Mapping[str, Rate], remark: str = "") -> None:
        """Let all take turns, and print the medians and their ratios to that of the first."""
        rounds = [[one(self.seconds) for one in contestants.values()] for _ in range(self.count)]
        medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
        print(f"{title} ({unit}){remark}")
        for name, median in zip(contestants, medians, strict=True):
            print(f"    {name:<28} {median:9.3g}  {median / medians[0]:6.2f}x", flush=True)


def train(windows: Windows, device: str) -> None:
    """Populations against the eager loop."""
    own = torch.get_num_threads()
    for task in TASKS:
        eager = EagerLoop(task, device).step
        eager()
        populations = started_populations(task, device)
        contestants: dict[str, Rate] = {}
        for threads in [own, 1] if device == "cpu" and own > 1 else [own]:
            contestants[f"eager fp32, threads: {threads}"] = partial(rate_with, threads, eager)
        for name, processes in populations.items():
            contestants[name] = processes.rate
        windows.compare(f"training, {task.builder} {task.variant}", "iterations/s", contestants)
        for processes in populations.values():
            processes.stop()


def started_populations(task: Task, device: str) -> dict[str, Processes]:
    """By name: two precisions on a CPU, two sizes on a GPU."""
    if device == "cpu":
        return {
            f"ganlab {precision}, processes: {CORES}": Processes(
                population_step, *[(task, precision, device, [seed]) for seed in range(CORES)]
            )
            for precision in ("fp32", "bf16")
        }
    return {
        f"ganlab bf16, members: {size}": Processes(population_step, (task, "bf16", device, range(size)), amount=size)
        for size in GPU_SIZES
    }


def extract(windows: Windows) -> None:
    """Inception's features against torch-fidelity's."""
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights.pth"
        write_random_weights(weights)
        stock, ours = (
            Processes(make, (weights,), amount=EXTRACTED) for make in (fidelity_extraction, ganlab_extraction)
        )
    expected, features = stock.first[0], ours.first[0]
    difference = np.linalg.norm(features - expected) / np.linalg.norm(expected)
    windows.compare(
        f"Inception features on {available_device().type}",
        "images/s",
        {"torch-fidelity": stock.rate, "ganlab": ours.rate},
        f"; relative difference {difference:.1g}",
    )
    stock.stop()
    ours.stop()


def frechet(windows: Windows) -> None:
    """FID against torch-fidelity's."""
    for count in FEATURE_COUNTS:
        stock, ours = (Processes(make, (count,)) for make in (fidelity_fid, ganlab_fid))
        windows.compare(
            f"FID of {count:,} x {DIMENSIONS:,} features",
            "distances/s",
            {"torch-fidelity": stock.rate, "ganlab": ours.rate},
            f"; {stock.first[0]:.9g} and {ours.first[0]:.9g}",
        )
        stock.stop()
        ours.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare training and measuring on images with the usual tools.")
    parts = ["training", "evaluation", "fid"]
    parser.add_argument("--parts", nargs="+", default=parts, choices=parts)
    parser.add_argument("--windows", type=int, default=5, help="windows of each (default: 5)")
    parser.add_argument("--seconds", type=float, default=5.0, help="least length of a window (default: 5)")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"], help="where to train (default: cpu)")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"  # of the processes that this one starts
    windows = Windows(options.windows, options.seconds)
    print(f"torch {torch.__version__}, {CORES} cores; eager loop: {torch.get_num_threads()} threads, all else: 1")
    if "training" in options.parts:
        train(windows, options.device)
    if "evaluation" in options.parts:
        extract(windows)
    if "fid" in options.parts:
        frechet(windows)


if __name__ == "__main__":
    main()
