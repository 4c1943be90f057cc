"""``scripts/sweep_slurm.sh`` as Slurm runs it, with programs in place of uv and scontrol."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "sweep_slurm.sh"

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")

SWEEP = """#!/usr/bin/env bash
trap 'exit STATUS' TERM
touch started
for _ in {1..200}; do sleep 0.05; done
"""


@pytest.mark.parametrize(("status", "requeued", "of_the_job"), [(75, "requeue 7\n", 0), (1, "", 1), (130, "", 130)])
def test_a_job_is_queued_again_where_its_sweep_stopped_at_a_checkpoint(tmp_path, status, requeued, of_the_job):
    for name, text in {
        "uv": SWEEP.replace("STATUS", str(status)),
        "scontrol": '#!/bin/sh\necho "$@" >> asked\n',
    }.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "asked").touch()
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SLURM_JOB_ID": "7"}
    job = subprocess.Popen(["bash", SCRIPT, "a.yaml"], cwd=tmp_path, env=environment)
    while not (tmp_path / "started").exists():
        time.sleep(0.01)
    job.send_signal(signal.SIGTERM)
    assert job.wait(timeout=60) == of_the_job
    assert (tmp_path / "asked").read_text() == requeued


def test_a_sweep_that_ends_by_itself_is_not_queued_again(tmp_path):
    (tmp_path / "uv").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "uv").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SLURM_JOB_ID": "7"}
    assert subprocess.run(["bash", SCRIPT, "a.yaml"], cwd=tmp_path, env=environment).returncode == 0
