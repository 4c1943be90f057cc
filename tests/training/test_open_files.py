"""A population with more members than its process may have files open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ganlab.record.run_directory import runs_in

SWEEP = """
name: many
data: {name: gaussian}
variants: [vanilla]
seeds: 0..255
steps: 4
batch_size: 4
latent_dim: 2
builder: {name: mlp, widths: [2]}
evaluation: {every: 2, samples: 100}
log_every: 1
"""
TRAINING = """
import resource
import sys
from contextlib import ExitStack
from pathlib import Path

from ganlab.record import RunDirectory, SpecFile
from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.schema import load_sweep
from ganlab.training import Trainer

folder = Path(sys.argv[1])
specs = resolve(load_sweep(folder / "many.yaml"))
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
runs = [RunDirectory(folder / "runs" / spec.id) for spec in specs]
with ExitStack() as stack:
    opened = [stack.enter_context(run.open(SpecFile.of(spec, "many"))) for run, spec in zip(runs, specs)]
    assert Trainer(specs, opened, compiled=False).run(lambda progress: None, lambda: False)
"""


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of open files to be set")
def test_256_members_train_where_256_files_may_be_open(tmp_path: Path) -> None:
    (tmp_path / "many.yaml").write_text(SWEEP)
    ended = subprocess.run([sys.executable, "-c", TRAINING, str(tmp_path)], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-2000:]
    runs = runs_in(tmp_path / "runs")
    assert len(runs) == 256
    assert all(run.summary() for run in runs)
    assert all([row["global_step"] for row in run.metrics()] == [1, 2, 3, 4] for run in runs)
