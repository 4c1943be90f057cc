"""A population for which there is no memory is trained in parts, which changes no bit of any seed."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ganlab.compiler import has_compiler
from ganlab.record import RunDirectory
from ganlab.sweeps.engines import memory_kills
from ganlab.sweeps.engines.local import Listener, LocalEngine
from ganlab.sweeps.plan import Job, make_plan, split, write_plan
from ganlab.sweeps.schema import load_sweep
from ganlab.sweeps.worker import DidNotFit, Refused, work
from ganlab.training import Progress
from ganlab.training.member import Batch
from ganlab.training.population import Population

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit and /proc")

LARGE = ("batch_size=8192", "builder.widths=[256]", "steps=4", "evaluation={every: 4, samples: 100}")
"""Updates whose activations have some 100 MB a member."""

ROOM = 80 * 2**20
"""Bytes that are enough for one member and not for four."""


def size_of(process: int) -> int:
    """The address space of a process in bytes."""
    (line,) = (one for one in Path(f"/proc/{process}/status").read_text().splitlines() if one.startswith("VmSize"))
    return 1024 * int(line.split()[1])


class Sweep:
    """Runs a sweep in workers, one at a time."""

    def __init__(self, folder: Path, specs_of, *overrides: str) -> None:
        specs_of()
        sweep = load_sweep(folder / "test.yaml", overrides)
        self.plan = make_plan(sweep, folder / f"runs-{len(list(folder.iterdir()))}", slots=1, compiled=False)
        write_plan(self.plan)
        self.splits: list[tuple[int, list[int], str]] = []
        self.faults: list[str] = []
        self.engine = LocalEngine(1)

    def run(self, on_message: Callable[[Job, Any], None] = lambda job, message: None) -> Sweep:
        def on_split(job, parts, reason):
            self.splits.append((len(job.runs), [len(part.runs) for part in parts], reason))

        listener = Listener(
            on_start=lambda job: None,
            on_message=on_message,
            on_end=lambda job, fault: self.faults.append(fault),
            on_split=on_split,
        )
        self.engine.run(self.plan.jobs, listener)
        return self

    def limit(self, job: Job, message: Any) -> None:
        """Leave a worker that begins to train so little room."""
        if isinstance(message, Progress) and message.iteration == 0 and message.phase == "training":
            process = self.engine._running[0].process.pid
            limit = size_of(process) + ROOM
            resource.prlimit(process, resource.RLIMIT_AS, (limit, limit))

    def summaries(self):
        return [RunDirectory(run.folder).summary() for run in self.plan.runs]


@pytest.mark.slow
def test_a_population_without_memory_is_split_and_finishes_and_its_record_says_so(tmp_path, specs_of):
    limited = Sweep(tmp_path, specs_of, "seeds=0..3", *LARGE)
    limited.run(limited.limit)
    size, parts, reason = limited.splits[0]
    assert (size, parts) == (4, [2, 2])
    assert reason == "'vanilla': batches of 8192 of 4 members do not fit into the memory of cpu"
    assert set(limited.faults) == {""}
    for summary in limited.summaries():
        assert summary.status == "finished"
        environment = summary.environment
        assert environment.did_not_fit == ((4,) if environment.population == 2 else (4, 2))


def test_a_job_without_memory_goes_on_from_the_checkpoints_of_its_runs_in_two_parts(tmp_path, specs_of, train):
    specs = specs_of("seeds=0..4")
    train(specs, folder=tmp_path / "runs" / "test", stop_at=20)
    plan = make_plan(load_sweep(tmp_path / "test.yaml", ["seeds=0..4"]), tmp_path / "runs", slots=1, compiled=False)
    (job,) = plan.jobs
    parts = split(job)
    assert [(len(part.runs), part.start, part.did_not_fit) for part in parts] == [(3, 20, (5,)), (2, 20, (5,))]
    assert [len(part.runs) for part in split(parts[0])] == [2, 1]
    assert [part.did_not_fit for part in split(parts[0])] == [(5, 3), (5, 3)]


class Channel(list[object]):
    """The far end of a worker's pipe."""

    send = list.append


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ("trainer.initial_state", MemoryError()),
        ("population.Population.update", torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")),
        ("checkpoint.save", OSError(errno.ENOMEM, "Cannot allocate memory")),
    ],
)
def test_any_lack_of_memory_anywhere_in_a_job_is_told_as_one(tmp_path, specs_of, monkeypatch, error, where):
    """torch's error of CUDA is raised by hand, for want of a GPU."""

    def no_memory(*_, **__):
        raise error

    specs_of()
    for seeds, kind in (("0..1", DidNotFit), ("[0]", Refused)):
        sweep = load_sweep(tmp_path / "test.yaml", [f"seeds={seeds}"])
        plan = make_plan(sweep, tmp_path / seeds, slots=1, compiled=False)
        write_plan(plan)
        with monkeypatch.context() as patch:
            patch.setattr(f"ganlab.training.{where}", no_memory)
            channel = Channel()
            in_this_process(plan.jobs[0], channel)
        assert isinstance(channel[-1], kind)
        assert "fit into the memory of cpu" in channel[-1].reason


@pytest.mark.slow
@pytest.mark.skipif(not has_compiler(), reason="there is no C++ compiler")
def test_a_split_changes_no_bit_of_any_seed_of_a_compiled_population(tmp_path, specs_of, monkeypatch):
    specs_of()
    sweep = load_sweep(tmp_path / "test.yaml", ["variants=wgan-gp", "seeds=0..3"])
    plans = [make_plan(sweep, tmp_path / name, slots=1) for name in ("whole", "split")]
    for plan in plans:
        write_plan(plan)
    whole, tried = (plan.jobs[0] for plan in plans)
    in_this_process(whole, Channel())
    usual = Population.update

    def update(population: Population, player: str, batch: Batch) -> None:
        if len(population.state.alive) == 4 and population.state.players[player].optimizer.step[0] == 13:
            raise torch.OutOfMemoryError("out of memory")
        usual(population, player, batch)

    monkeypatch.setattr(Population, "update", update)
    channel = Channel()
    in_this_process(tried, channel)
    assert isinstance(channel[-1], DidNotFit)
    for part in split(tried):
        in_this_process(part, Channel())
    summaries = [[RunDirectory(run.folder).summary() for run in plan.runs] for plan in plans]
    assert [one.environment.population for one in summaries[1]] == [2] * 4
    for before, after in zip(*summaries, strict=True):
        assert (before.state_sha256, before.final) == (after.state_sha256, after.final)


def in_this_process(job: Job, channel: Channel) -> None:
    """Do the job, and undo what a worker does to its process."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        work(job, channel)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        gc.unfreeze()
        gc.enable()


@pytest.fixture
def control_group(tmp_path, monkeypatch) -> Path:
    """The kernel's files on a control group of version 2, written by the test."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/system.slice/job_7\n")
    events = tmp_path / "sys/fs/cgroup/system.slice/job_7/memory.events"
    events.parent.mkdir(parents=True)
    events.write_text("low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\noom_group_kill 0\n")
    monkeypatch.setattr(memory_kills, "ROOT", tmp_path)
    return events


def test_kills_are_counted_in_either_version_of_control_groups(control_group, tmp_path):
    assert memory_kills.kills_for_memory() == 1
    (tmp_path / "proc/self/cgroup").write_text("9:cpu:/other\n4:memory:/job\n")
    assert memory_kills.kills_for_memory() == 0
    (tmp_path / "sys/fs/cgroup/memory/job").mkdir(parents=True)
    text = "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n"
    (tmp_path / "sys/fs/cgroup/memory/job/memory.oom_control").write_text(text)
    assert memory_kills.kills_for_memory() == 4
    (tmp_path / "proc/self/cgroup").unlink()
    assert memory_kills.kills_for_memory() == 0


@pytest.mark.slow
def test_a_population_that_the_kernel_kills_for_its_memory_is_split(tmp_path, specs_of, control_group):
    """The test kills the first worker, as the kernel does."""
    limited = Sweep(tmp_path, specs_of, "seeds=0..1")

    def kill(job, message):
        if len(job.runs) == 2 and message.phase == "training":
            os.kill(limited.engine._running[0].process.pid, signal.SIGKILL)
            control_group.write_text("oom_kill 2\n")

    limited.run(kill)
    assert limited.splits == [(2, [1, 1], "'vanilla': 2 members were killed for the memory limit of this job")]
    assert limited.faults == ["", ""]
    assert [summary.environment.did_not_fit for summary in limited.summaries()] == [(2,), (2,)]
