"""Jobs in processes of this machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from multiprocessing.context import ForkServerProcess

import pytest

from ganlab.engines import Capacity, Listener, StoppedError
from ganlab.engines.job import Job
from ganlab.engines.local import LocalEngine, LocalOptions, make_local
from ganlab.errors import InputError
from ganlab.record import RunDirectory
from ganlab.record.lease import hold
from ganlab.record.progress import read_progress
from ganlab.record.stop import ask_to_end
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep
from ganlab.training import checkpoint


@pytest.fixture
def plan(tmp_path, specs_of):
    specs_of()
    sweep = load_sweep(tmp_path / "test.yaml", ["variants=[vanilla,lsgan]", "steps=600"])
    plan = make_plan(sweep, tmp_path / "runs", slots=2, compiled=False)
    write_plan(plan)
    return plan


class Engine(LocalEngine):
    """Two workers, and what they told; something may happen as soon as a job trains."""

    def __init__(self, workers: int = 2, happens=None) -> None:
        super().__init__(["cpu"] * workers)
        self.ends: dict[str, str] = {}
        self.waits: list[tuple[str, str]] = []
        self._happens = happens

    def go(self, jobs) -> Engine:
        listener = Listener(
            on_start=self._on_start,
            on_end=lambda job, outcome: self.ends.update({job.title: outcome.fault}),
            on_wait=lambda job, reason: self.waits.append((job.title, reason)),
        )
        self.run(jobs, listener)
        return self

    def kill(self, job: Job) -> None:
        (worker,) = [one for one in self._running if one.job is job]
        os.kill(worker.process.pid, signal.SIGKILL)

    def _on_start(self, job: Job) -> None:
        if self._happens:
            threading.Thread(target=self._wait_for, args=(job,), daemon=True).start()

    def _wait_for(self, job: Job) -> None:
        while not self._trains(job):
            time.sleep(0.01)
        self._happens(self, job)

    def _trains(self, job: Job) -> bool:
        pids = [one.process.pid for one in self._running if one.job is job]
        progress = read_progress(job.runs[0])
        return progress is not None and progress.phase == "training" and progress.pid in pids


def finished(plan) -> set[str]:
    return {run.spec.label for run in plan.runs if RunDirectory(run.folder).is_done()}


def test_a_process_that_dies_is_tried_once_more_and_takes_no_other_job_down(plan):
    killed = []

    def kill_once(engine, job):
        if job.title == "vanilla" and not killed:
            killed.append(job)
            engine.kill(job)

    engine = Engine(happens=kill_once).go(plan.jobs)
    assert engine.waits == [
        ("vanilla", "its process ended with code -9; it is tried once more, alone, after all others")
    ]
    assert engine.ends == {"vanilla": "", "lsgan": ""}
    assert finished(plan) == {"vanilla", "lsgan"}


def test_a_process_whose_server_was_killed_as_it_began_is_tried_once_more(plan, monkeypatch):
    usual, failed = ForkServerProcess._Popen, []

    def fail_once(process):
        if not failed:
            failed.append(process)
            raise EOFError("unexpected EOF")
        return usual(process)

    monkeypatch.setattr(ForkServerProcess, "_Popen", staticmethod(fail_once))
    engine = Engine().go(plan.jobs)
    (waited,) = engine.waits
    assert waited[1].startswith("its process was not started: the server of processes was killed; it is tried once")
    assert engine.ends == {"vanilla": "", "lsgan": ""}
    assert finished(plan) == {"vanilla", "lsgan"}


def test_a_process_that_dies_again_is_reported(plan):
    def kill(engine, job):
        if job.title == "vanilla":
            engine.kill(job)

    engine = Engine(happens=kill).go(plan.jobs)
    assert len(engine.waits) == 1
    assert engine.ends == {"vanilla": "its process ended with code -9", "lsgan": ""}
    assert finished(plan) == {"lsgan"}


def test_where_the_listener_fails_the_jobs_stop_at_a_checkpoint(plan):
    """As where progress cannot be printed."""
    (job, other) = plan.jobs

    def on_start(started: Job) -> None:
        if started is other:
            while not RunDirectory(job.runs[0]).metrics():
                time.sleep(0.01)
            raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space left on device"):
        LocalEngine(["cpu"] * 2).run(plan.jobs, Listener(on_start=on_start))
    (run,) = plan.runs_of(job)
    found = checkpoint.find(RunDirectory(run.folder), run.spec)
    assert found
    assert found.content.iteration
    assert not list(plan.folder.glob("*/*.lease"))


def test_a_job_that_cannot_be_done_is_refused_with_the_reason(plan):
    (plan.jobs[0].runs[0] / "checkpoint.pt").write_bytes(b"not a checkpoint")
    engine = Engine().go(plan.jobs)
    assert "is no checkpoint, or a damaged one" in engine.ends[plan.jobs[0].title]
    assert engine.ends[plan.jobs[1].title] == ""


def test_runs_that_another_launcher_holds_wait_until_it_lets_go_of_them(plan):
    first, second = plan.jobs
    started = []
    with hold(first.runs):
        engine = Engine(workers=1)
        thread = threading.Thread(target=engine.go, args=(plan.jobs,))
        usual = engine._on_start
        engine._on_start = lambda job: (started.append(job.title), usual(job))
        thread.start()
        while second.title not in engine.ends:
            time.sleep(0.01)
        assert started == [second.title]
    thread.join()
    assert engine.ends == {"vanilla": "", "lsgan": ""}
    assert engine.waits == []


def test_a_sweep_that_is_asked_to_end_does_at_a_checkpoint(plan):
    engine = Engine(workers=1, happens=lambda engine, job: ask_to_end(plan.folder))
    with pytest.raises(StoppedError):
        engine.go(plan.jobs)
    assert finished(plan) == set()
    assert len(list(plan.folder.glob("*/checkpoint.pt"))) == 1


def test_the_number_of_jobs_at_once_is_that_of_workers_or_devices():
    assert make_local(LocalOptions(workers=3), "cpu").capacity() == Capacity(jobs=3, devices=("cpu",))
    assert make_local(LocalOptions(devices=("cpu", "cpu")), "auto").capacity().jobs == 2


def test_with_gpus_there_is_a_job_on_each_and_workers_share_them(monkeypatch):
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    both = ("cuda:0", "cuda:1")
    assert make_local(LocalOptions(), "cuda").capacity() == Capacity(jobs=2, devices=both)
    assert make_local(LocalOptions(), "auto").capacity() == Capacity(jobs=2, devices=both)
    assert make_local(LocalOptions(workers=4), "cuda").capacity() == Capacity(jobs=4, devices=both)
    assert make_local(LocalOptions(devices=("cuda:1",)), "auto").capacity() == Capacity(jobs=1, devices=both[1:])


def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(InputError, match=r"there is no device 'cuda:9': torch sees \d+ CUDA devices here"):
        make_local(LocalOptions(devices=("cuda:9",)), "auto")
