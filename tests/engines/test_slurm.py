"""Slurm as an engine, on a real one; that it gives the bits of the others is in ``test_engines_agree.py``."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time

import loopback_slurm
import pytest

from ganlab.cli import main
from ganlab.engines import make_engine
from ganlab.engines import slurm as slurm_engine
from ganlab.engines.base import Listener
from ganlab.errors import InputError
from ganlab.record.lease import Watcher
from ganlab.record.stop import ask_to_end
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    if reason := loopback_slurm.why_not():
        pytest.skip(reason)
    pytest.importorskip("submitit", reason="submitit is not installed")
    slurm = loopback_slurm.LoopbackSlurm(tmp_path_factory.mktemp("slurm"))
    yield slurm
    slurm.close()


@pytest.fixture
def jobs(tmp_path, specs_of, monkeypatch, request):
    """Two jobs of a small sweep, which find Slurm."""
    slurm = request.getfixturevalue("slurm")
    for name in ("PATH", "SLURM_CONF"):
        monkeypatch.setenv(name, slurm.environment[name])
    specs_of()
    plan = make_plan(load_sweep(tmp_path / "test.yaml", ["variants=[vanilla,lsgan]"]), tmp_path / "runs", 2, False)
    write_plan(plan)
    return plan.jobs


def ends_of(jobs, **options) -> dict[str, str]:
    ends: dict[str, str] = {}
    listener = Listener(on_end=lambda job, outcome: ends.update({job.title: outcome.fault}))
    make_engine({"name": "slurm", **options}, "auto").run(jobs, listener)
    return ends


def test_an_unknown_partition_is_one_sentence(jobs):
    with pytest.raises(InputError, match=r"^Slurm refuses the jobs: .*invalid partition specified: nowhere"):
        ends_of(jobs, partition="nowhere")


@pytest.mark.slow
def test_a_task_that_is_refused_or_dies_is_reported_and_the_others_are_done(jobs):
    first, second = jobs
    (first.runs[0] / "checkpoint.pt").write_bytes(b"not a checkpoint")
    ends = ends_of(jobs, array_parallelism=2)
    assert "is no checkpoint, or a damaged one" in ends[first.title]
    assert ends[second.title] == ""
    (second.runs[0] / "summary.json").unlink()
    threading.Thread(target=kill_holder, args=(second.runs[0],), daemon=True).start()
    assert ends_of([second])[second.title].startswith("Slurm has ended its task ")


def kill_holder(run):
    """Kill the process that comes to hold the run."""
    while not (holders := Watcher().holders(run)) or not holders[0].pid:
        time.sleep(0.01)
    os.kill(holders[0].pid, signal.SIGKILL)


@pytest.mark.slow
def test_status_shows_what_slurm_says_of_a_task_that_waits_and_of_one_that_runs(jobs, capsys):
    sweep = jobs[0].sweep
    (thread := threading.Thread(target=ends_of, args=(jobs,), kwargs={"array_parallelism": 1})).start()
    seen = ""
    while thread.is_alive() and not ("RUNNING on localhost" in seen and "PENDING" in seen):
        if sweep.exists():
            main(["status", str(sweep)])
            seen = capsys.readouterr().out
    ask_to_end(sweep)
    thread.join()
    assert re.search(r"Slurm: 1 task of 1 run PENDING \(JobArrayTaskLimit\): \d+_1\n", seen)
    assert re.search(r"task \d+_0 RUNNING on localhost|1 task of 1 run RUNNING on localhost: \d+_0\n", seen)


@pytest.mark.slow
def test_jobs_beyond_the_largest_array_follow_in_another_one(jobs, monkeypatch):
    monkeypatch.setattr(slurm_engine, "largest_array", lambda: 1)
    assert set(ends_of(jobs).values()) == {""}
    tasks = [path.stem.split("_") for path in (jobs[0].sweep / "slurm").glob("*.json")]
    assert len({array for array, _ in tasks}) == 2
    assert [task for _, task in tasks] == ["0", "0"]


def test_without_submitit_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(InputError, match=r"needs submitit: pip install 'ganlab\[slurm\]'$"):
        make_engine({"name": "slurm"}, "auto")


def test_without_slurm_it_says_so(monkeypatch):
    pytest.importorskip("submitit", reason="submitit is not installed")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="finds no srun here; launch the sweep on a machine of the cluster"):
        make_engine({"name": "slurm"}, "auto")


@pytest.mark.parametrize(("at_once", "tasks"), [(8, 1000), (1000, 1000), (7, 1001), (2000, 1001)])
def test_an_array_that_is_followed_by_another_keeps_all_places_busy(at_once, tasks):
    assert slurm_engine._whole_rounds(1001, at_once) == tasks
