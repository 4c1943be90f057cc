"""A sweep's folder, written file by file as training leaves it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recorder import rewrite_summary

from ganlab.record import RunDirectory
from ganlab.record.rows import rows_sha256
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
        summary = {
            "status": "finished",
            "global_step": 2000,
            "diverged_at": None,
            "final": final,
            "best": {name: {"value": value, "global_step": 500} for name, value in (best or final).items()},
            "floors": floors or {},
            "floor_errors": floor_errors or {},
            "real": real,
            "protocol": self._protocol(final) | dict(protocol or {}),
            **({"cost": cost} if cost else {}),
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
            "floors": {},
            "protocol": self._protocol(METRICS),
            **({"cost": cost} if cost else {}),
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
        whole = {
            "sweep": self.folder.name,
            "label": label,
            "variant": "lsgan",
            "dataset": "gaussian",
            "seed": seed,
            "steps": 2000,
            "evaluation": {"every": 500, "samples": 10_000},
            "optimizer": {"name": "adam", "lr": 0.001},
        } | dict(spec)
        run_id = str(whole.setdefault("id", f"r{len(list(self.folder.iterdir())):03d}"))
        (self.folder / run_id).mkdir()
        (self.folder / run_id / "spec.json").write_text(json.dumps(whole))
        lines = [
            {"global_step": step} | {f"eval/{name}": value for name, value in metrics.items()}
            for step, metrics in (rows or {}).items()
        ]
        (self.folder / run_id / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        if summary is not None:
            rewrite_summary(RunDirectory(self.folder / run_id), {**summary, "rows_sha256": rows_sha256(lines)})
        return run_id

    @staticmethod
    def _protocol(final: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "samples": 10_000,
            "generator": "EMA 0.999",
            "reference": "the exact density",
            "metrics": {name: METRICS[name] for name in final},
            "primary": next(iter(final)),
        }
