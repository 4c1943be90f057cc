"""How much a population of 32 seeds is slowed by its mirror, with W&B offline or its server in trouble.

There are 100 rows and 10 pictures a seed. The same population (vanilla, 8-32-1, 32 seeds x 10,000 iterations) trains on
one core, by turns with and without the mirror. What is compared are the seconds of training and evaluation, as the
runs' summaries record them.

    python scripts/bench_tracking.py
    python scripts/bench_tracking.py --outage SILENT     # with the real client and a server in tests/wandb_stand_in
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ganlab.engines.base import SILENT
from ganlab.engines.local import LocalEngine
from ganlab.record import RunDirectory
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep
from ganlab.tracking import Mirror

SEEDS = 32
SWEEP = f"name: bench\ndata: {{name: gaussian}}\nvariants: [vanilla]\nseeds: 0..{SEEDS - 1}\nsteps: 10000\n"
ROUNDS = 9


def seconds(folder: Path, mirrored: bool) -> float:
    """What the training loop takes: each seed's share of it, times the seeds."""
    folder.mkdir()
    file = folder / "bench.yaml"
    file.write_text(SWEEP)
    plan = make_plan(load_sweep(file), folder / "runs", slots=1)
    write_plan(plan)
    mirror = Mirror(plan.folder) if mirrored else None
    if mirror:
        for run in plan.runs:
            mirror.watch(run.folder)
    LocalEngine(["cpu"]).run(plan.jobs, SILENT)
    if mirror:
        print(*mirror.finish(30.0), sep="\n")
    summary = RunDirectory(plan.runs[0].folder).summary()
    assert summary is not None
    return SEEDS * (summary.cost.train_seconds + summary.cost.evaluation_seconds)


@contextmanager
def server(outage: str) -> Iterator[None]:
    """The client's server, which has this trouble from the start; without one, the client records offline."""
    if not outage:
        os.environ["WANDB_MODE"] = "offline"
        yield
        return
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from wandb_stand_in import Outage, WandbStandIn  # type: ignore[import-not-found]

    with WandbStandIn() as stand_in:
        stand_in.outage = Outage[outage]
        os.environ |= {"WANDB_BASE_URL": stand_in.url, "WANDB_API_KEY": "0" * 40}
        yield


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--outage", default="", help="a name in tests/wandb_stand_in/server.py")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, server(options.outage):
        pairs = [
            (seconds(Path(place) / f"with{index}", True), seconds(Path(place) / f"without{index}", False))
            for index in range(options.rounds)
        ]
    for tracked, plain in pairs:
        print(f"with mirror {tracked:.2f} s, without {plain:.2f} s")
    ratios = sorted(tracked / plain for tracked, plain in pairs)
    print(f"ratio: median {statistics.median(ratios):.2f}, from {ratios[0]:.2f} to {ratios[-1]:.2f}")


if __name__ == "__main__":
    main()
