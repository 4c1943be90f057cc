"""How the memory of a sweep's processes develops over a long run: launcher, worker, mirror and W&B's service.

Four seeds train without an end, with a row every 100 iterations and an evaluation with a picture every 2,000; W&B
records offline. RSS is read once a second. What is reported of each process is its median RSS in the second fifth of
the time, in the last one, and by how much it grew between them; the exit status is 1 where one grew by more than 5%.

    python scripts/bench_memory.py --minutes 10
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

SWEEP = """
name: memory
data: {name: gaussian}
variants: [wgan-gp]
seeds: 0..3
steps: 100000000
evaluation: {every: 2000, samples: 2000}
log_every: 100
"""
NAMES = {
    "mirror_process": "mirror",
    "ganlab sweep": "launcher",
    "resource_tracker": "",
    "forkserver": "worker",
    "wandb-core": "W&B's service",
}
"""Of processes, by a part of their command; the worker's is that of the server that it is forked from."""

MOST_GROWTH = 0.05
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


def name_of(process: Path) -> str:
    command = (process / "cmdline").read_text().replace("\0", " ")
    known = {"mirror_process": "mirror", "ganlab sweep": "launcher", "resource_tracker": "", "forkserver": "worker"}
    return next(
        (name for part, name in known.items() if part in command), "W&B's service" if "wandb" in command else ""
    )


def processes(mark: bytes) -> dict[str, float]:
    """RSS in MB of each process that has `mark` in its environment; of those of one name, the sum."""
    found: dict[str, float] = defaultdict(float)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found[name_of(process)] += int((process / "statm").read_text().split()[1]) * PAGE_MB
        except OSError:
            continue
    found.pop("", None)
    return found


def measure(folder: Path, seconds: float) -> dict[str, list[float]]:
    """RSS in MB of the processes of a sweep in `folder`, once a second."""
    (folder / "memory.yaml").write_text(SWEEP)
    mark = f"GANLAB_BENCH={folder}"
    name, _, value = mark.partition("=")
    sweep = subprocess.Popen(
        [sys.executable, "-m", "ganlab", "sweep", "memory.yaml", "--workers", "1"],
        cwd=folder,
        env={**os.environ, "WANDB_MODE": "offline", name: value},
        stdout=subprocess.DEVNULL,
    )
    seen: dict[str, list[float]] = defaultdict(list)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(1)
        for process, size in processes(mark.encode()).items():
            seen[process].append(size)
    rows = sum(path.read_bytes().count(b"\n") for path in folder.glob("runs/memory/*/metrics.jsonl"))
    pictures = len(list(folder.glob("runs/memory/*/samples/*.png")))
    sweep.terminate()
    sweep.wait()
    print(f"{seconds / 60:g} minutes, {rows:,} rows, {pictures:,} pictures")
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    with tempfile.TemporaryDirectory() as folder:
        seen = measure(Path(folder), 60 * parser.parse_args().minutes)
    worst = 0.0
    for process, sizes in sorted(seen.items()):
        fifth = len(sizes) // 5
        first, last = statistics.median(sizes[fifth : 2 * fifth]), statistics.median(sizes[-fifth:])
        growth = last / first - 1
        worst = max(worst, growth)
        print(f"{process:14} {first:7.1f} MB, {last:7.1f} MB at the end: {100 * growth:+.1f}%")
    return int(worst > MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
