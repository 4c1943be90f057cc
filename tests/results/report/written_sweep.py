"""A sweep's run directories with rows and samples, written as training writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from records import outcome, spec_file

from ganlab.record import RunDirectory
from ganlab.results.runs import Run
from ganlab.results.sources import read_runs

STEPS, EVERY = 1000, 100
SETTINGS = {"steps": STEPS, "evaluation": {"every": EVERY, "samples": 10_000}}
EDGES = np.linspace(-3, 3, 31)
CENTRES = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])


class WrittenSweep:
    """A folder of run directories; `run` writes one more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self,
        label: str,
        seed: int,
        w1: float | None = 0.1,
        *,
        dataset: str = "gaussian",
        diverged_at: int | None = None,
        done: bool = True,
        samples: str | None = "line",
        measured: Sequence[str] = ("w1", "reach"),
        warnings: Sequence[str] = (),
        summary: Mapping[str, Any] | None = None,
        **spec: Any,
    ) -> str:
        """A run of 1000 steps whose `w1` falls to its last value.

        Args:
            samples: on the ``line``, in the ``plane``, ``images``, or None.
            summary: laid over its own.
        """
        run_id = f"r{len(list(self.folder.iterdir())):03d}"
        heading = {"id": run_id, "sweep": self.folder.name, "label": label, "dataset": dataset, "seed": seed}
        whole = spec_file(**{**heading, **SETTINGS, **spec})
        last = diverged_at or (STEPS if done else STEPS // 2)
        with RunDirectory(self.folder / run_id).open(whole) as directory:
            for step in range(50, last + 1, 50):
                row = {"train/generator_loss": 0.7 + seed, "train/discriminator_loss": 1.4, "train/accuracy": 0.5}
                if step % EVERY == 0:
                    value = None if w1 is None else w1 * (1 + 10 * (STEPS - step) / STEPS)
                    metrics = {"w1": value, "reach": step / STEPS}
                    row |= {f"eval/{name}": metrics[name] for name in measured}
                    if samples:
                        directory.save_samples(step, **self._samples(samples, seed, step))
                directory.log({"global_step": step, **row})
            if done:
                final = {name: {"w1": w1, "reach": 1.0}[name] for name in measured}
                changes = outcome_of(final, diverged_at, warnings) | dict(summary or {})
                directory.finish(outcome(whole, **changes))
        return run_id

    def read(self) -> list[Run]:
        return read_runs([str(self.folder)])

    @staticmethod
    def _samples(kind: str, seed: int, step: int) -> dict[str, Any]:
        random = np.random.default_rng([seed, step])
        if kind == "line":
            counts, _ = np.histogram(random.normal(size=2_000).clip(-2.99, 2.99), EDGES)
            middles = (EDGES[1:] + EDGES[:-1]) / 2
            return {
                "picture": "density",
                "edges": EDGES,
                "counts": counts,
                "density": np.exp(-(middles**2) / 2) / np.sqrt(2 * np.pi),
            }
        if kind == "plane":
            return {"picture": "plane", "points": random.normal(size=(800, 2)), "centres": CENTRES}
        images = random.integers(0, 256, size=(16, 3, 8, 8), dtype=np.uint8)
        return {"picture": "grid", "images": images, "raw": images}


def outcome_of(
    metrics: Mapping[str, float | None], diverged_at: int | None = None, warnings: Sequence[str] = ()
) -> dict[str, Any]:
    """What `outcome` changes of a run that ended with these `metrics`; lower is better of all but ``reach``."""
    final = {} if diverged_at else metrics
    rules = {name: {"better": "higher" if name == "reach" else "lower", "estimator": "exact"} for name in metrics}
    return {
        "status": "diverged" if diverged_at else "finished",
        "global_step": diverged_at or STEPS,
        "diverged_at": diverged_at,
        "final": final,
        "best": {name: {"value": value, "global_step": STEPS} for name, value in final.items() if value is not None},
        "warnings": list(warnings),
        "floors": {"w1": 0.05},
        "protocol": {"metrics": rules, "primary": next(iter(metrics))},
        "cost": {"train_seconds": 30.0, "evaluation_seconds": 1.5, "samples_seen": 64_000},
    }
