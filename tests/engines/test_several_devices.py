"""One member on several devices: real processes that meet over gloo, each with a slice of every batch."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import torch

from ganlab.engines import several_devices
from ganlab.engines.base import SILENT
from ganlab.engines.job import Job
from ganlab.engines.local import LocalOptions, make_local
from ganlab.engines.process import follow_job, work_in_own_process
from ganlab.engines.several_devices import OF_TORCHRUN, met, ranks_of_torchrun
from ganlab.errors import InputError
from ganlab.record import RunDirectory
from ganlab.record.progress import read_progress
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep
from ganlab.training import ranks as ranks_module
from ganlab.training import trainer as trainer_module
from ganlab.training.ranks import ALONE, RankLostError, Ranks

LISTENS = "0A"
"""The state of a socket in Linux' /proc/net."""
LONG = [pytest.mark.slow, pytest.mark.long]
TWO = Job(title="test", runs=(), device="cpu", devices_per_run=2)


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """A worker takes the signals of its process over."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
    handlers = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def plan_of(tmp_path, specs_of):
    def plan(*overrides: str):
        specs_of()
        plan = make_plan(load_sweep(tmp_path / "test.yaml", overrides), tmp_path / "runs", 1, compiled=False)
        write_plan(plan)
        return plan

    return plan


def worlds(directory: RunDirectory) -> list[tuple[int, int]]:
    return [(one.from_step, one.world_size) for one in directory.environments()]


def test_processes_whose_states_differ_end_in_a_sentence_and_write_no_checkpoint(
    specs_of, train, monkeypatch, tmp_path
):
    monkeypatch.setattr(ranks_module, "PATIENCE", timedelta(seconds=60))
    folder = tmp_path / "unequal"
    (spec,) = specs_of("variants=vanilla")

    def make_unequal(state):
        for value in state.players["generator"].parameters.values():
            value.add_(1e-6)

    call = trainer_module.Trainer._call_followers

    def called(trainer) -> None:
        call(trainer)
        make_unequal(trainer.population.state)

    monkeypatch.setattr(trainer_module.Trainer, "_call_followers", called)
    with (
        met(TWO, ALONE, None, follow_job) as ranks,
        pytest.raises(InputError, match=r"the state after iteration 40 differs between rank 0 and rank 1, which must"),
    ):
        train([spec], folder=folder, ranks=ranks)
    assert not RunDirectory(folder / spec.id).checkpoint_path.exists()


class At:
    """Does something to the process that follows, once, when a job tells of an iteration."""

    def __init__(self, iteration: int, number: int) -> None:
        self._iteration, self._number = iteration, number

    def __call__(self, progress) -> None:
        if progress.iteration == self._iteration and progress.phase == "training":
            (follower,) = multiprocessing.active_children()
            os.kill(follower.pid, self._number)


def two_on(job: Job) -> Job:
    return Job(title=job.title, runs=job.runs, compiled=False, device="cpu", devices_per_run=2)


@pytest.mark.slow
def test_a_process_that_is_killed_ends_the_other_in_a_sentence_and_the_next_launch_continues(plan_of, monkeypatch):
    monkeypatch.setattr(trainer_module, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    plan = plan_of("variants=vanilla")
    began = time.monotonic()
    outcome = work_in_own_process(two_on(plan.jobs[0]), on_progress=At(20, signal.SIGKILL))
    assert time.monotonic() - began < 60
    assert outcome.kind == "died"
    assert outcome.reason.startswith("another process of this training ended or does not answer (")
    folder = plan.jobs[0].runs[0]
    assert "another process" in read_progress(folder).reason
    assert not list(folder.glob("*.lease"))
    assert work_in_own_process(two_on(plan.jobs[0])).kind == "done"
    assert worlds(RunDirectory(folder))[0] == (0, 2)
    assert RunDirectory(folder).summary().global_step == 40


@pytest.mark.slow
def test_a_signal_to_one_process_stops_all_at_one_checkpoint(plan_of):
    plan = plan_of("variants=vanilla", "steps=2000", "evaluation.every=2000")
    outcome = work_in_own_process(two_on(plan.jobs[0]), on_progress=At(20, signal.SIGTERM))
    assert outcome.kind == "stopped"
    directory = RunDirectory(plan.jobs[0].runs[0])
    assert directory.checkpoint_path.exists()
    assert 20 <= directory.metrics()[-1]["global_step"] < 2000


def end_at_once(job, ranks, store):
    sys.exit(3)


def test_a_process_that_ends_before_all_have_met_is_told_at_once(monkeypatch):
    began = time.monotonic()
    with (
        pytest.raises(RankLostError, match="process 2 of 2 ended, with status 3, before it could train"),
        met(TWO, ALONE, None, end_at_once),
    ):
        pass
    assert time.monotonic() - began < 120


def test_the_processes_of_one_machine_meet_where_no_other_machine_reaches_them():
    with several_devices._followers(TWO, 1, end_at_once) as store:  # of which the leader is the only one
        port = f":{store.port:04X}"
        tables = [Path("/proc/net", name).read_text().splitlines() for name in ("tcp", "tcp6")]
        lines = [line.split() for table in tables for line in table]
        assert {line[1] for line in lines if line[1].endswith(port) and line[3] == LISTENS} == {f"0100007F{port}"}


@pytest.mark.slow
def test_torchrun_trains_runs_together(plan_of):
    plan = plan_of("variants=vanilla", "seeds=0..1")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "ganlab", "work"]
    folders = [str(folder) for folder in plan.jobs[0].runs]
    done = subprocess.run(
        [*command, "--no-compile", "--device", "cpu", *folders], capture_output=True, encoding="utf-8", timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert [worlds(RunDirectory(Path(folder))) for folder in folders] == [[(0, 2)], [(0, 2)]]


@pytest.mark.slow
def test_the_local_engine_starts_a_process_for_each_device_of_a_run(plan_of):
    plan = plan_of("variants=vanilla", "seeds=0..1")
    make_local(LocalOptions(workers=1, devices_per_run=2), "cpu").run(plan.jobs, SILENT)
    assert [RunDirectory(run.folder).summary().environment.world_size for run in plan.runs] == [2, 2]


@pytest.mark.slow
def test_a_game_that_takes_statistics_over_the_batch_is_refused_in_a_sentence_and_no_process_is_left(plan_of):
    outcome = work_in_own_process(two_on(plan_of("variants=ragan").jobs[0]))
    assert outcome.kind == "refused"
    assert outcome.reason.startswith("'ragan' cannot be trained on 2 devices: the variant 'ragan' took its statistics")
    assert multiprocessing.active_children() == []


def test_devices_are_grouped_by_how_many_a_run_takes(monkeypatch):
    monkeypatch.setattr("ganlab.training.devices.find_devices", lambda name: [f"cuda:{index}" for index in range(5)])
    engine = make_local(LocalOptions(devices_per_run=2), "cuda")
    assert engine._places == ["cuda:0,cuda:1", "cuda:2,cuda:3"]
    assert engine.capacity().devices == ("cuda:0", "cuda:1", "cuda:2", "cuda:3")
    with pytest.raises(InputError, match="devices_per_run is 6, which takes a CPU or 6 GPUs, and there are cuda:0, "):
        make_local(LocalOptions(devices_per_run=6), "cuda")


def test_processes_of_a_cpu_share_its_cores(monkeypatch):
    monkeypatch.setattr("ganlab.engines.local_places.joblib.cpu_count", lambda: 8)
    assert make_local(LocalOptions(devices_per_run=3), "cpu")._places == ["cpu,cpu,cpu"] * 2


def test_a_process_knows_by_torchruns_variables_who_it_is(monkeypatch):
    assert ranks_of_torchrun() == ALONE
    for name, value in zip(OF_TORCHRUN, ("5", "1", "8", "localhost", "29500"), strict=True):
        monkeypatch.setenv(name, value)
    assert ranks_of_torchrun() == Ranks(size=8, rank=5, local_rank=1)


def test_a_slice_is_the_ranks_own_and_one_process_has_the_whole():
    assert [Ranks(size=3, rank=rank).slice_of(12) for rank in range(3)] == [slice(0, 4), slice(4, 8), slice(8, 12)]
    assert ALONE.slice_of(12) == slice(None)


def test_one_device_by_its_number_is_none_for_several_processes(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(InputError, match="one member is trained on 2 devices, and 'cuda:1' is one; use cpu or cuda"):
        Ranks(size=2).device("cuda:1")
    assert Ranks(size=2, rank=1, local_rank=1).device("cuda") == torch.device("cuda", 1)
    with pytest.raises(InputError, match="process 3 of this machine has no GPU of its own: torch sees 2 here"):
        Ranks(size=3, rank=2, local_rank=2).device("cuda")
