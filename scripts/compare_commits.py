"""Whether one commit trains slower than another: populations of both in alternating windows, with the spread.

Both commits are checked out into worktrees, which are removed again, and run by the same interpreter, each in a
process of one thread that builds its population with its own `bench_population.py`. The windows are taken in turn
because the speed of a machine drifts.

    python scripts/compare_commits.py v0.1.0 HEAD
    python scripts/compare_commits.py main HEAD --networks small --sizes 32 --windows 101
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import bench_population

REPOSITORY = Path(__file__).parents[1]
PROGRAM = """
import sys
import torch
from bench_population import NETWORKS, population_step, rate
torch.set_num_threads(1)
network, variant, size = sys.argv[1:]
step = population_step(variant, *NETWORKS[network], int(size))
step()
print("ready", flush=True)
for seconds in sys.stdin:
    print(rate(step, float(seconds)), flush=True)
"""
"""Trains a population of the commit on its path: each line read is the length of a window, each written its rate."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the speed of two commits.")
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--variants", nargs="+", default=["vanilla", "wgan-gp"], choices=["vanilla", "wgan-gp"])
    parser.add_argument("--networks", nargs="+", default=list(bench_population.NETWORKS))
    parser.add_argument("--sizes", nargs="+", type=int, default=[1, 32], help="members (default: 1 and 32)")
    parser.add_argument("--windows", type=int, default=41, help="pairs of windows (default: 41)")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a window (default: 0.5)")
    options = parser.parse_args()
    with checked_out(options.before) as before, checked_out(options.after) as after:
        for network, variant, size in product(options.networks, options.variants, options.sizes):
            population = (network, variant, str(size))
            ratios = ratios_of(before, after, population, options.windows, options.seconds)
            print(f"{network:>8} {variant:>8}  S={size:<3} {in_words(ratios)}", flush=True)


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A worktree of `commit`, for as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "commit"
        git("worktree", "add", "--detach", "--quiet", str(place), commit)
        try:
            yield place
        finally:
            git("worktree", "remove", "--force", str(place))


def git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(REPOSITORY), *arguments], check=True)


def ratios_of(before: Path, after: Path, population: Sequence[str], windows: int, seconds: float) -> list[float]:
    """How many times as fast as `before` the commit `after` is, in each pair of windows.

    Which of the two is first changes from pair to pair.
    """
    with Server(before, population) as old, Server(after, population) as new:
        ratios = []
        for window in range(windows):
            order = (old, new) if window % 2 == 0 else (new, old)
            rates = {server: server.rate(seconds) for server in order}
            ratios.append(rates[new] / rates[old])
    return ratios


class Server:
    """A process that trains `population` with the commit at `place`, compiled and warm."""

    def __init__(self, place: Path, population: Sequence[str]) -> None:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(place), str(place / "scripts")])}
        command = [sys.executable, "-c", PROGRAM, *population]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, env=environment, cwd=place, stdin=pipe, stdout=pipe, text=True)
        self._answer()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def rate(self, seconds: float) -> float:
        """Iterations a second over one window."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit("the process of one commit ended; what it said stands above")
        return line


def in_words(ratios: Sequence[float]) -> str:
    """The median ratio of the second commit to the first, and the middle half of the ratios."""
    low, median, high = statistics.quantiles(ratios, n=4)
    return f"{median:5.3f}x as fast ({low:.3f} to {high:.3f}: the middle half of {len(ratios)} pairs)"


if __name__ == "__main__":
    main()
