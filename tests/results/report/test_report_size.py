"""A report on as many runs as one sends around: it stays small enough to send, and it opens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from records import outcome, spec_file
from report_opener import Opener
from written_sweep import EDGES, SETTINGS, WrittenSweep, outcome_of

from ganlab.record import RunDirectory

ROWS, SEEDS = 32, 8
METRICS = [f"metric_{index}" for index in range(12)]
DIAGNOSTICS = [f"train/diagnostic_{index}" for index in range(13)]
LOGGED, EVALUATED = range(20, 4001, 20), range(40, 4001, 40)


@pytest.fixture
def many(tmp_path: Path) -> WrittenSweep:
    """256 runs with the rows, evaluations and samples of real ones."""
    folder = tmp_path / "many"
    random = np.random.default_rng(0)
    for index in range(ROWS):
        for seed in range(SEEDS):
            _write(folder, f"row-{index:02d}", seed, random)
    return WrittenSweep(folder)


def _write(folder: Path, label: str, seed: int, random: np.random.Generator) -> None:
    run_id = f"{label}-s{seed}"
    heading = {"id": run_id, "sweep": "many", "label": label, "seed": seed}
    spec = spec_file(**{**heading, **SETTINGS, "steps": LOGGED[-1]})
    final = dict(zip(METRICS, random.lognormal(size=len(METRICS)).tolist(), strict=True))
    with RunDirectory(folder / run_id).open(spec) as run:
        for step in LOGGED:
            row = dict(zip(DIAGNOSTICS, random.normal(size=len(DIAGNOSTICS)).tolist(), strict=True))
            if step in EVALUATED:
                row |= {f"eval/{name}": value * random.lognormal() for name, value in final.items()}
            run.log({"global_step": step, **row})
        for step in EVALUATED[::4]:
            counts = np.histogram(random.normal(size=10_000), np.linspace(-3, 3, 201))[0]
            _samples(folder / run_id / "samples" / f"{step:08d}.npz", counts)
        run.finish(outcome(spec, **outcome_of(final)))


def _samples(file: Path, counts: np.ndarray) -> None:
    edges = np.linspace(EDGES[0], EDGES[-1], len(counts) + 1)
    np.savez(file, picture="density", edges=edges, counts=counts, density=np.full(len(counts), 0.2))


@pytest.mark.slow
def test_256_runs_stay_below_20_megabytes_and_open(many: WrittenSweep, open_report: Opener, tmp_path: Path):
    page = open_report(many)
    assert (tmp_path / "report.html").stat().st_size < 20_000_000
    assert page.locator(".benchmark tbody tr").count() == ROWS
    assert page.locator("#legend button[aria-pressed=true]").count() == ROWS
    assert page.evaluate("document.getElementById('finals').data.length") == 3 * ROWS
    assert page.locator("#pictures figure").count() == ROWS
