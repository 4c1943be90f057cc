"""A job as its process does it, run in this one: what it sends, and how it stops."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from ganlab.compiler import has_compiler
from ganlab.record import RunDirectory
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep
from ganlab.sweeps.worker import Ended, Notice, Refused, work
from ganlab.training import Progress, checkpoint


class Channel(list[Any]):
    """The far end of a pipe, of which only this is asked."""

    send = list.append


class Stopping(Channel):
    """Asks the process to stop, as a scheduler does, as soon as `iteration` has been reached."""

    def __init__(self, iteration: int) -> None:
        super().__init__()
        self.iteration = iteration

    def send(self, message: Any) -> None:
        self.append(message)
        if isinstance(message, Progress) and message.iteration == self.iteration:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture(autouse=True)
def _own_process() -> Iterator[None]:
    """A worker takes the signals and the garbage of its process over, for good."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with warnings.catch_warnings():
        yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    gc.unfreeze()
    gc.enable()


@pytest.fixture
def plan_of(tmp_path, specs_of):
    def plan(compiled: bool = False, folder: str = "runs"):
        specs_of()
        plan = make_plan(load_sweep(tmp_path / "test.yaml", ["seeds=0..1"]), tmp_path / folder, 1, compiled)
        write_plan(plan)
        return plan

    return plan


def iterations(channel: Channel) -> list[int]:
    return [message.iteration for message in channel if isinstance(message, Progress)]


def test_progress_is_sent_with_every_row_and_the_end_comes_last(plan_of):
    plan, channel = plan_of(), Channel()
    work(plan.jobs[0], channel)
    assert gc.isenabled()
    assert iterations(channel) == [0, 10, 20, 30, 40]
    assert {message.alive for message in channel[:-1]} == {2}
    assert channel[-1] == Ended(finished=True)
    assert all(RunDirectory(run.folder).summary().record()["status"] == "finished" for run in plan.runs)


def test_sigterm_stops_at_a_checkpoint_from_which_the_next_worker_goes_on(plan_of):
    plan, channel = plan_of(), Stopping(20)
    work(plan.jobs[0], channel)
    assert channel[-1] == Ended(finished=False)
    found = [checkpoint.find(RunDirectory(run.folder), run.spec) for run in plan.runs]
    assert {one.content.iteration for one in found} == {20}
    assert not any((run.folder / "summary.json").exists() for run in plan.runs)
    rest = plan_of()
    (job,) = rest.jobs
    assert job.start == 20
    following = Channel()
    work(job, following)
    assert iterations(following) == [20, 30, 40]
    assert following[-1] == Ended(finished=True)


def test_what_the_user_can_mend_is_sent_as_a_reason(plan_of):
    plan, channel = plan_of(), Channel()
    (plan.runs[1].folder / "checkpoint.pt").write_bytes(b"text")
    work(plan.jobs[0], channel)
    (refused,) = channel
    assert isinstance(refused, Refused)
    assert "checkpoint.pt is no checkpoint, or a damaged one" in refused.reason


def test_a_fault_of_the_program_keeps_its_traceback(plan_of):
    plan = plan_of()
    (plan.runs[0].folder / "metrics.jsonl").unlink()
    (plan.runs[0].folder / "metrics.jsonl").mkdir()
    with pytest.raises(IsADirectoryError):
        work(plan.jobs[0], Channel())


def test_a_worker_has_one_thread_and_leaves_ctrl_c_to_the_process_that_started_it(plan_of):
    torch.set_num_threads(2)
    work(plan_of().jobs[0], Channel())
    assert torch.get_num_threads() == 1
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.skipif(not has_compiler(), reason="there is no C++ compiler")
def test_before_training_there_is_nothing_to_lose_and_sigterm_ends_the_process_at_once(plan_of):
    """While it compiles, which takes long, a process does not wait for its loop."""
    plan = plan_of(compiled=True)
    process = multiprocessing.get_context("fork").Process(target=work, args=(plan.jobs[0], Stopping(0)))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert not any((run.folder / "checkpoint.pt").exists() for run in plan.runs)


@pytest.mark.skipif(not has_compiler(), reason="there is no C++ compiler")
def test_a_torch_without_a_private_name_trains_compiled_to_the_uncompiled_numbers_and_says_so(plan_of, monkeypatch):
    eager, compiled = plan_of(), plan_of(compiled=True, folder="compiled")
    work(eager.jobs[0], Channel())
    torch.compiler.reset()
    monkeypatch.delattr("torch._inductor.compile_fx.compile_fx_inner")
    channel = Channel()
    work(compiled.jobs[0], channel)
    (notice,) = (message for message in channel if isinstance(message, Notice))
    assert "compiled by plain torch.compile" in notice.text
    assert channel[-1] == Ended(finished=True)
    assert not any(message.warnings for message in channel if isinstance(message, Progress))
    for one, other in zip(eager.runs, compiled.runs, strict=True):
        assert RunDirectory(other.folder).summary().environment.compiled
        states = [checkpoint.require(RunDirectory(run.folder), run.spec).content.state for run in (one, other)]
        for name, value in states[0].items():
            torch.testing.assert_close(states[1][name], value, atol=1e-5, rtol=1e-4)
