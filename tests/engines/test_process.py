"""A job as its process does it, run in this one: how far it tells to be, and how it stops."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Iterator

import pytest
import torch

from ganlab.compiler import has_compiler
from ganlab.engines.process import work_in_own_process
from ganlab.exit_codes import STOPPED
from ganlab.record import RunDirectory
from ganlab.record.lease import Watcher
from ganlab.record.progress import read_progress
from ganlab.record.stop import ask_to_end
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep
from ganlab.training import Progress, checkpoint


class Told(list[Progress]):
    """What a job tells of itself, upon which something may happen at an iteration."""

    def __init__(self, iteration: int = -1, happens=lambda: None) -> None:
        super().__init__()
        self._iteration, self._happens = iteration, happens

    def __call__(self, progress: Progress) -> None:
        self.append(progress)
        if progress.iteration == self._iteration:
            self._happens()

    @property
    def iterations(self) -> list[int]:
        return [progress.iteration for progress in self]


def terminate() -> None:
    """Ask this process to stop, as a scheduler does."""
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture(autouse=True)
def _own_process() -> Iterator[None]:
    """A worker takes the signals and the garbage of its process over, for good."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
    handlers = {number: signal.getsignal(number) for number in numbers}
    with warnings.catch_warnings():
        yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    gc.unfreeze()
    gc.enable()


@pytest.fixture
def plan_of(tmp_path, specs_of):
    def plan(compiled: bool = False, folder: str = "runs", seeds: str = "0..1"):
        specs_of()
        sweep = load_sweep(tmp_path / "test.yaml", [f"seeds={seeds}"])
        plan = make_plan(sweep, tmp_path / folder, 1, compiled)
        write_plan(plan)
        return plan

    return plan


def test_progress_is_told_with_every_row_and_nothing_but_the_record_is_left(plan_of):
    plan, told = plan_of(), Told()
    assert work_in_own_process(plan.jobs[0], on_progress=told).kind == "done"
    assert gc.isenabled()
    assert told.iterations == [0, 10, 20, 30, 40]
    assert {progress.alive for progress in told} == {2}
    assert all(RunDirectory(run.folder).summary().record()["status"] == "finished" for run in plan.runs)
    for run in plan.runs:
        assert {file.name for file in run.folder.iterdir()} == {
            "spec.json", "metrics.jsonl", "samples", "checkpoint.pt", "environments.json", "summary.json"
        }  # fmt: skip


def test_while_it_trains_every_run_is_held_and_the_first_says_how_far_all_are(plan_of):
    plan = plan_of()
    seen = []

    def look():
        held = [Watcher().holders(run.folder) for run in plan.runs]
        seen.append((held, read_progress(plan.runs[0].folder)))

    work_in_own_process(plan.jobs[0], on_progress=Told(10, look))
    ((held, progress),) = seen
    assert [[holder.pid for holder in of_run] for of_run in held] == [[os.getpid()], [os.getpid()]]
    assert (progress.phase, progress.iteration, progress.steps, progress.pid) == ("training", 0, 40, os.getpid())
    assert progress.runs == tuple(run.spec.id for run in plan.runs)


def test_sigterm_stops_at_a_checkpoint_from_which_the_next_worker_goes_on(plan_of):
    plan = plan_of()
    outcome = work_in_own_process(plan.jobs[0], on_progress=Told(20, terminate))
    assert (outcome.kind, outcome.exit_code) == ("stopped", 75)
    found = [checkpoint.find(RunDirectory(run.folder), run.spec) for run in plan.runs]
    assert {one.content.iteration for one in found} == {20}
    assert not any((run.folder / "summary.json").exists() for run in plan.runs)
    assert read_progress(plan.runs[0].folder).phase == "stopped"
    rest = plan_of()
    (job,) = rest.jobs
    assert job.start == 20
    following = Told()
    assert work_in_own_process(job, on_progress=following).kind == "done"
    assert following.iterations == [20, 30, 40]


def test_a_file_in_the_sweeps_folder_ends_the_job_at_a_checkpoint(plan_of, monkeypatch):
    monkeypatch.setattr("ganlab.engines.work.SECONDS_BETWEEN_LOOKS", 0.0)
    plan = plan_of()
    outcome = work_in_own_process(plan.jobs[0], on_progress=Told(20, lambda: ask_to_end(plan.folder)))
    assert (outcome.kind, outcome.exit_code) == ("ended", 130)
    assert {run.iteration for run in plan_of().runs} == {20}


def test_runs_that_a_kill_left_at_different_iterations_are_trained_one_after_the_other(plan_of, train):
    first = plan_of(seeds="[0]")
    train([first.runs[0].spec], folder=first.folder, stop_at=20)
    plan = plan_of()
    (job,) = [job for job in plan.jobs if job.start == 20]
    both = plan.runs[0].folder, plan.runs[1].folder
    told = Told()
    assert work_in_own_process(type(job)(title="both", runs=both, compiled=False), on_progress=told).kind == "done"
    assert told.iterations == [20, 30, 40, 0, 10, 20, 30, 40]


def test_what_the_user_can_mend_is_a_reason_that_stays_with_each_run(plan_of):
    plan = plan_of()
    (plan.runs[1].folder / "checkpoint.pt").write_bytes(b"text")
    outcome = work_in_own_process(plan.jobs[0])
    assert (outcome.kind, outcome.exit_code) == ("refused", 2)
    assert "checkpoint.pt is no checkpoint, or a damaged one" in outcome.reason
    for run in plan.runs:
        assert read_progress(run.folder).reason == outcome.reason


def test_a_fault_of_the_program_keeps_its_traceback(plan_of):
    plan = plan_of()
    (plan.runs[0].folder / "metrics.jsonl").mkdir()
    with pytest.raises(IsADirectoryError):
        work_in_own_process(plan.jobs[0])
    assert read_progress(plan.runs[0].folder).reason.startswith("IsADirectoryError: ")
    assert Watcher().holders(plan.runs[0].folder) == []


def test_a_worker_has_one_thread(plan_of):
    torch.set_num_threads(2)
    work_in_own_process(plan_of().jobs[0])
    assert torch.get_num_threads() == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, a lease outlives its process")
@pytest.mark.skipif(not has_compiler(), reason="there is no C++ compiler")
def test_before_training_there_is_nothing_to_lose_and_sigterm_ends_the_process_at_once(plan_of):
    """While it compiles, which takes long, a process does not wait for its loop."""
    plan = plan_of(compiled=True)
    arguments = {"on_progress": Told(0, terminate)}
    process = multiprocessing.get_context("fork").Process(
        target=work_in_own_process, args=(plan.jobs[0],), kwargs=arguments
    )
    process.start()
    process.join()
    assert process.exitcode == STOPPED
    assert not any((run.folder / "checkpoint.pt").exists() for run in plan.runs)
    assert not any(list(run.folder.glob("*.lease")) for run in plan.runs)


@pytest.mark.skipif(not has_compiler(), reason="there is no C++ compiler")
def test_a_torch_without_a_private_name_trains_compiled_to_the_uncompiled_numbers_and_says_so(plan_of, monkeypatch):
    eager, compiled = plan_of(), plan_of(compiled=True, folder="compiled")
    work_in_own_process(eager.jobs[0])
    torch.compiler.reset()
    monkeypatch.delattr("torch._inductor.compile_fx.compile_fx_inner")
    outcome = work_in_own_process(compiled.jobs[0])
    (notice,) = outcome.messages
    assert "compiled by plain torch.compile" in notice
    assert outcome.kind == "done"
    for one, other in zip(eager.runs, compiled.runs, strict=True):
        assert RunDirectory(other.folder).summary().environment.compiled
        states = [checkpoint.require(RunDirectory(run.folder), run.spec).content.state for run in (one, other)]
        for name, value in states[0].items():
            torch.testing.assert_close(states[1][name], value, atol=1e-5, rtol=1e-4)
