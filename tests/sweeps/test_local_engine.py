from __future__ import annotations

import errno
import os
import signal

import pytest

from ganlab.record import RunDirectory
from ganlab.sweeps.engines.local import Listener, LocalEngine
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep
from ganlab.training import Progress, checkpoint


@pytest.fixture
def plan(tmp_path, specs_of):
    specs_of()
    sweep = load_sweep(tmp_path / "test.yaml", ["variants=[vanilla,lsgan]", "steps=600"])
    plan = make_plan(sweep, tmp_path / "runs", slots=2, compiled=False)
    write_plan(plan)
    return plan


def test_a_process_that_dies_takes_its_own_job_down_and_no_other(plan):
    engine = LocalEngine(2)
    ends: dict[str, str] = {}

    def on_message(job, message):
        if job.title == "vanilla" and isinstance(message, Progress) and message.phase == "training":
            victim = next(one for one in engine._running if one.job is job)
            os.kill(victim.process.pid, signal.SIGKILL)

    def on_end(job, fault):
        ends[job.title] = fault

    engine.run(plan.jobs, Listener(on_start=lambda job: None, on_message=on_message, on_end=on_end))
    assert ends["lsgan"] == ""
    assert ends["vanilla"] == "its process ended with code -9"
    finished = {run.spec.label for run in plan.runs if (run.folder / "summary.json").exists()}
    assert finished == {"lsgan"}


def test_where_progress_cannot_be_printed_the_jobs_stop_at_a_checkpoint(plan):
    def on_message(job, message):
        if isinstance(message, Progress) and message.iteration:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left on device"):
        LocalEngine(2).run(plan.jobs, Listener(on_start=print, on_message=on_message, on_end=print))
    found = [checkpoint.find(RunDirectory(run.folder), run.spec) for run in plan.runs]
    assert any(found)
    assert all(one is None or one.content.iteration for one in found)


def test_a_job_that_cannot_be_done_is_refused_with_the_reason(plan):
    (plan.jobs[0].runs[0].folder / "checkpoint.pt").write_bytes(b"not a checkpoint")
    ends: dict[str, str] = {}
    listener = Listener(
        on_start=lambda job: None,
        on_message=lambda job, message: None,
        on_end=lambda job, fault: ends.update({job.title: fault}),
    )
    LocalEngine(2).run(plan.jobs, listener)
    assert "is no checkpoint, or a damaged one" in ends[plan.jobs[0].title]
    assert ends[plan.jobs[1].title] == ""
