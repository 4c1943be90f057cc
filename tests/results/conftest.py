"""A sweep's folder, written file by file as training leaves it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

METRICS = {
    "w1": {"better": "lower", "estimator": "area between the distribution functions"},
    "js": {"better": "lower", "estimator": "histogram, 100 bins"},
    "reach": {"better": "higher", "estimator": "share of modes hit"},
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
        **spec: Any,
    ) -> str:
        summary = {
            "status": "finished",
            "global_step": 2000,
            "diverged_at": None,
            "final": final,
            "best": {name: {"value": value, "global_step": 500} for name, value in (best or final).items()},
            "floors": floors or {},
            "protocol": self._protocol(final) | dict(protocol or {}),
        }
        return self._write(label, seed, spec, summary)

    def diverged(self, label: str, seed: int, at: int = 120, **spec: Any) -> str:
        summary = {
            "status": "diverged",
            "global_step": at,
            "diverged_at": at,
            "final": {},
            "best": {},
            "floors": {},
            "protocol": self._protocol({"w1": 0.0}),
        }
        return self._write(label, seed, spec, summary)

    def unfinished(self, label: str, seed: int, **spec: Any) -> str:
        return self._write(label, seed, spec, None)

    def cell(self, label: str, values: list[float], metric: str = "w1", **more: Any) -> None:
        """One finished run a value, with seeds 0, 1, ..."""
        for seed, value in enumerate(values):
            self.finished(label, seed, {metric: value}, **more)

    def _write(self, label: str, seed: int, spec: Mapping[str, Any], summary: Any) -> str:
        whole = {
            "sweep": self.folder.name,
            "label": label,
            "variant": "lsgan",
            "dataset": "gaussian",
            "seed": seed,
            "steps": 2000,
            "optimizer": {"name": "adam", "lr": 0.001},
        } | dict(spec)
        run_id = f"r{len(list(self.folder.iterdir())):03d}"
        (self.folder / run_id).mkdir()
        (self.folder / run_id / "spec.json").write_text(json.dumps({"id": run_id} | whole))
        if summary is not None:
            (self.folder / run_id / "summary.json").write_text(json.dumps(summary))
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


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    folder = tmp_path / "gaussian_1d"
    folder.mkdir()
    return Sweep(folder)
