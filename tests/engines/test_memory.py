"""A population for which there is no memory is trained in parts, which changes no bit of any seed."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ganlab.compiler import has_compiler
from ganlab.engines import Job, Listener, Outcome, memory_kills
from ganlab.engines.job import split
from ganlab.engines.local import LocalEngine
from ganlab.engines.process import work_in_own_process
from ganlab.processes import Channel
from ganlab.record import RunDirectory
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep
from ganlab.training import Progress
from ganlab.training.population import Population
from ganlab.training.state import Batch

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
        self.engine = LocalEngine(["cpu"])

    def run(self) -> Sweep:
        def on_split(job, parts, reason):
            self.splits.append((len(job.runs), [len(part.runs) for part in parts], reason))

        listener = Listener(on_end=lambda job, outcome: self.faults.append(outcome.fault), on_split=on_split)
        self.engine.run(self.plan.jobs, listener)
        return self

    def summaries(self):
        return [RunDirectory(run.folder).summary() for run in self.plan.runs]


def work_in_little_room(job: Job, place: str, channel: Channel) -> None:
    """What a worker does, with so little room from its first iteration on."""

    def limit(progress: Progress) -> None:
        if progress.iteration == 0 and progress.phase == "training":
            room = size_of(os.getpid()) + ROOM
            resource.setrlimit(resource.RLIMIT_AS, (room, room))

    channel.send(work_in_own_process(replace(job, device=place), on_progress=limit))


@pytest.mark.slow
def test_a_population_without_memory_is_split_and_finishes_and_its_record_says_so(tmp_path, specs_of, monkeypatch):
    monkeypatch.setattr("ganlab.engines.worker.work_for_launcher", work_in_little_room)
    limited = Sweep(tmp_path, specs_of, "seeds=0..3", *LARGE).run()
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
    parts = split(job, 5)
    assert [(len(part.runs), part.start, part.did_not_fit) for part in parts] == [(3, 20, (5,)), (2, 20, (5,))]
    assert [len(part.runs) for part in split(parts[0], 3)] == [2, 1]
    assert [part.did_not_fit for part in split(parts[0], 3)] == [(5, 3), (5, 3)]


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ("iterations.initial_state", MemoryError()),
        ("population.Population.update", torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")),
        ("checkpoint.save", OSError(errno.ENOMEM, "Cannot allocate memory")),
    ],
)
def test_any_lack_of_memory_anywhere_in_a_job_is_told_as_one(tmp_path, specs_of, monkeypatch, error, where):
    """torch's error of CUDA is raised by hand, for want of a GPU."""

    def no_memory(*_, **__):
        raise error

    specs_of()
    for seeds, kind in (("0..1", "did not fit"), ("[0]", "refused")):
        sweep = load_sweep(tmp_path / "test.yaml", [f"seeds={seeds}"])
        plan = make_plan(sweep, tmp_path / seeds, slots=1, compiled=False)
        write_plan(plan)
        with monkeypatch.context() as patch:
            patch.setattr(f"ganlab.training.{where}", no_memory)
            outcome = in_this_process(plan.jobs[0])
        assert outcome.kind == kind
        assert "fit into the memory of cpu" in outcome.reason


@pytest.mark.slow
@pytest.mark.skipif(not has_compiler(), reason="there is no C++ compiler")
def test_a_split_changes_no_bit_of_any_seed_of_a_compiled_population(tmp_path, specs_of, monkeypatch):
    specs_of()
    sweep = load_sweep(tmp_path / "test.yaml", ["variants=wgan-gp", "seeds=0..3"])
    plans = [make_plan(sweep, tmp_path / name, slots=1) for name in ("whole", "split")]
    for plan in plans:
        write_plan(plan)
    whole, tried = (plan.jobs[0] for plan in plans)
    in_this_process(whole)
    usual = Population.update

    def update(population: Population, player: str, batch: Batch) -> None:
        if len(population.state.alive) == 4 and population.state.players[player].optimizer.step[0] == 13:
            raise torch.OutOfMemoryError("out of memory")
        usual(population, player, batch)

    monkeypatch.setattr(Population, "update", update)
    outcome = in_this_process(tried)
    assert (outcome.kind, outcome.size) == ("did not fit", 4)
    for part in split(tried, outcome.size):
        in_this_process(part)
    summaries = [[RunDirectory(run.folder).summary() for run in plan.runs] for plan in plans]
    assert [one.environment.population for one in summaries[1]] == [2] * 4
    for before, after in zip(*summaries, strict=True):
        assert (before.state_sha256, before.final) == (after.state_sha256, after.final)


def in_this_process(job: Job) -> Outcome:
    """Do the job, and undo what a worker does to its process."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)}
    try:
        return work_in_own_process(job)
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


def work_until_killed(job: Job, place: str, channel: Channel) -> None:
    """What a worker of two runs does, which is killed as the kernel does, and what one of a single run does."""

    def kill(progress: Progress) -> None:
        if len(job.runs) == 2 and progress.phase == "training":
            (job.sweep / "events").resolve().write_text("oom_kill 2\n")
            os.kill(os.getpid(), signal.SIGKILL)

    channel.send(work_in_own_process(replace(job, device=place), on_progress=kill))


@pytest.mark.slow
def test_a_population_that_the_kernel_kills_for_its_memory_is_split(tmp_path, specs_of, control_group, monkeypatch):
    monkeypatch.setattr("ganlab.engines.worker.work_for_launcher", work_until_killed)
    limited = Sweep(tmp_path, specs_of, "seeds=0..1")
    (limited.plan.folder / "events").symlink_to(control_group)
    limited.run()
    assert limited.splits == [(2, [1, 1], "'vanilla': 2 members were killed for the memory limit of this job")]
    assert limited.faults == ["", ""]
    assert [summary.environment.did_not_fit for summary in limited.summaries()] == [(2,), (2,)]
