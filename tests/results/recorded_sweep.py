"""A sweep's folder, written file by file as training leaves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from records import OUTCOME, outcome, spec_file

from ganlab.record import RunDirectory
from ganlab.results import Table, build, read_runs

METRICS = {
    "w1": {"better": "lower", "estimator": "area between the distribution functions"},
    "js": {"better": "lower", "estimator": "histogram, 100 bins"},
    "reach": {"better": "higher", "estimator": "share of modes hit"},
    "fid": {"better": "lower", "estimator": "Fréchet distance of features of Inception"},
    "inception_score": {"better": "higher", "estimator": "Inception score; mean over 10 splits"},
    "modes_covered": {"better": "higher", "estimator": "modes with enough samples near them"},
    "modes_any": {"better": "higher", "estimator": "modes with a sample near them"},
    "mode_kl_near": {"better": "lower", "estimator": "divergence over modes of the samples near one"},
}


@dataclass
class Sweep:
    """A folder of run directories; the methods write one run each and give its id."""

    folder: Path

    def finished(
        self,
        label: str,
        seed: int,
        final: Mapping[str, float | None],
        *,
        best: Mapping[str, float] | None = None,
        protocol: Mapping[str, Any] | None = None,
        floors: Mapping[str, float] | None = None,
        floor_errors: Mapping[str, float] | None = None,
        real: Mapping[str, Any] | None = None,
        cost: Mapping[str, float] | None = None,
        environment: Mapping[str, Any] | None = None,
        rows: Mapping[int, Mapping[str, float | None]] | None = None,
        samples: Mapping[str, Any] | None = None,
        **spec: Any,
    ) -> str:
        """A run that finished; `rows` are the metrics of its evaluations, by step."""
        reached = {name: value for name, value in (best or final).items() if value is not None}
        summary = {
            "final": final,
            "best": {name: {"value": value, "global_step": 500} for name, value in reached.items()},
            "floors": floors or {},
            "floor_errors": floor_errors or {},
            "real": real,
            "protocol": self._protocol(final) | dict(protocol or {}),
            **({"cost": OUTCOME["cost"] | dict(cost)} if cost else {}),
            **({"environment": environment} if environment else {}),
            **({"samples": samples} if samples else {}),
        }
        return self._write(label, seed, spec, summary, rows)

    def diverged(
        self, label: str, seed: int, at: int = 120, *, cost: Mapping[str, float] | None = None, **spec: Any
    ) -> str:
        summary = {
            "status": "diverged",
            "global_step": at,
            "diverged_at": at,
            "final": {},
            "best": {},
            "protocol": self._protocol(METRICS),
            **({"cost": OUTCOME["cost"] | dict(cost)} if cost else {}),
        }
        return self._write(label, seed, spec, summary)

    def table(self, metrics: Sequence[str] | None = None) -> Table:
        return build(read_runs([str(self.folder)]), metrics)

    def unfinished(self, label: str, seed: int, **spec: Any) -> str:
        return self._write(label, seed, spec, None)

    def cell(self, label: str, values: list[float], metric: str = "w1", **more: Any) -> None:
        """One finished run a value, with seeds 0, 1, ..."""
        for seed, value in enumerate(values):
            self.finished(label, seed, {metric: value}, **more)

    def _write(
        self,
        label: str,
        seed: int,
        spec: Mapping[str, Any],
        summary: Any,
        rows: Mapping[int, Mapping[str, float | None]] | None = None,
    ) -> str:
        run_id = f"r{len(list(self.folder.iterdir())):03d}"
        whole = spec_file(**{"id": run_id, "sweep": self.folder.name, "label": label, "seed": seed, **spec})
        with RunDirectory(self.folder / whole.id).open(whole) as run:
            for step, metrics in (rows or {}).items():
                run.log({"global_step": step} | {f"eval/{name}": value for name, value in metrics.items()})
            if summary is not None:
                run.finish(outcome(whole, **summary))
        return whole.id

    @staticmethod
    def _protocol(final: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "samples": 10_000,
            "generator": "EMA 0.999",
            "reference": "the exact density",
            "metrics": {name: METRICS[name] for name in final},
            "primary": next(iter(final)),
        }
