"""A small sweep that was really trained: two rows, a row that diverges, and a run that is not done."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganlab.record import RunDirectory, SpecFile, write_json
from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.schema import load_sweep
from ganlab.training import Trainer

SWEEP = """
name: small
data: {name: gaussian}
variants:
  - lsgan
  - {name: wgan-gp, label: mine, optimizer: {lr: 1e-3}}
  - {name: lsgan, label: wild, optimizer: {lr: 1e12}}
seeds: 0..2
steps: 40
batch_size: 16
latent_dim: 4
builder: {name: mlp, widths: [8]}
evaluation: {every: 10, samples: 500}
log_every: 5
"""
NOT_DONE = ("mine", 2)


@pytest.fixture(scope="session")
def trained_sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sweep's folder; tests only read it."""
    folder = tmp_path_factory.mktemp("runs") / "small"
    folder.mkdir()
    file = folder.parent / "small.yaml"
    file.write_text(SWEEP)
    specs = resolve(load_sweep(file))
    write_json(folder / "sweep.json", {"signature": "0", "runs": [spec.id for spec in specs]})
    for spec in specs:
        stop_at = 20 if (spec.label, spec.seed) == NOT_DONE else None
        with RunDirectory(folder / spec.id).open(SpecFile.of(spec, "small")) as directory:
            trainer = Trainer([spec], [directory], compiled=False)
            trainer.run(lambda progress: None, lambda: trainer.iteration == stop_at)  # noqa: B023
    return folder
