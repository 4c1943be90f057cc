"""Whether one commit trains slower than another: their ratios in `bench_population.py`, with the spread.

Both commits are checked out into worktrees, which are removed again, and measured in turn by the same interpreter.
What is compared are ratios of a population to the usual eager loop, which the script takes in alternating windows,
because the speed of a machine drifts.

    python scripts/compare_commits.py v0.1.0 HEAD
    python scripts/compare_commits.py main HEAD --rounds 5 --networks small --sizes 32
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
LINE = re.compile(r"^\s*(\S+)\s+(\S+)\s+S=(\d+).* ([\d.]+)x$", re.MULTILINE)
"""Of `bench_population.py`: networks, variant, members, and the ratio to the eager loop."""

Ratios = dict[str, float]
"""By what was measured, how many times faster than the eager loop it is."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the speed of two commits.")
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each commit, in turn (default: 3)")
    options, benchmark = parser.parse_known_args()
    with checked_out(options.before) as before, checked_out(options.after) as after:
        rounds = [(measured(before, benchmark), measured(after, benchmark)) for _ in range(options.rounds)]
    for line in comparison(rounds):
        print(line)


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


def measured(place: Path, benchmark: Sequence[str]) -> Ratios:
    """What the benchmark of the commit at `place` says."""
    command = [sys.executable, str(place / "scripts" / "bench_population.py"), *(benchmark or ["--sizes", "1", "32"])]
    environment = os.environ | {"PYTHONPATH": str(place), "WANDB_MODE": "disabled"}
    output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return ratios(output)


def ratios(output: str) -> Ratios:
    """What the lines of `bench_population.py` say."""
    return {f"{network} {variant} S={size}": float(ratio) for network, variant, size, ratio in LINE.findall(output)}


def comparison(rounds: Sequence[tuple[Mapping[str, float], Mapping[str, float]]]) -> list[str]:
    """A line for each measurement: the median ratio of the second commit to the first, and the range of the ratios."""
    common = [name for name in rounds[0][0] if all(name in one for pair in rounds for one in pair)]
    lines = []
    for name in common:
        changes = [after[name] / before[name] for before, after in rounds]
        spread = f"{min(changes):.2f} to {max(changes):.2f} in {len(changes)} rounds"
        lines.append(f"{name:<28} {statistics.median(changes):5.2f}x as fast ({spread})")
    return lines


if __name__ == "__main__":
    main()
