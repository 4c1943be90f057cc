"""Disks that are full or read-only, limits of open files, and folders that go: one sentence, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from limited_disk import LimitedDisk

from ganlab.cli import main
from ganlab.engines import Outcome
from ganlab.engines.process import work_in_own_process
from ganlab.processes import context, start_server
from ganlab.record import RunDirectory
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep
from ganlab.training import Progress

resource = pytest.importorskip("resource")

RECORDED = str(Path(__file__).parent / "fixtures/schema_1/runs/recorded")


@pytest.fixture
def disk(tmp_path):
    try:
        disk = LimitedDisk(tmp_path / "disk")
    except OSError:
        pytest.skip("mounting a file system is not allowed here")
    yield disk
    disk.close()


class Worker:
    """A job in a process of its own, with something that happens at an iteration."""

    def __init__(self, file: Path, runs: Path) -> None:
        self._file = file
        self._runs = runs

    def plan(self):
        plan = make_plan(load_sweep(self._file, ["seeds=0..1"]), self._runs, 1, compiled=False)
        write_plan(plan)
        return plan

    def run(self, iteration: int = -1, happens=int):
        """How the job went."""
        start_server()
        (job,) = self.plan().jobs
        here, there = context().Pipe(duplex=False)
        process = context().Process(target=_work, args=(job, there, iteration, happens))
        process.start()
        there.close()
        outcome: Outcome = here.recv()
        process.join()
        assert process.exitcode == 0
        return outcome

    def states(self):
        return {run.spec.id: RunDirectory(run.folder).summary().state_sha256 for run in self.plan().runs}


def _work(job, pipe, iteration, happens):
    def on_progress(progress: Progress) -> None:
        if progress.iteration == iteration:
            happens()

    pipe.send(work_in_own_process(job, on_progress=on_progress))
    pipe.close()
    os._exit(0)


def allow_no_more_files(disk):
    next_one = os.open(os.devnull, os.O_RDONLY)
    os.close(next_one)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next_one, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def remove_a_run(disk):
    for folder in disk.path.glob("runs/test/*s1*"):
        shutil.rmtree(folder)


@pytest.fixture
def sweep_file(tmp_path, specs_of):
    specs_of()
    return tmp_path / "test.yaml"


@pytest.fixture
def undisturbed(tmp_path, sweep_file):
    worker = Worker(sweep_file, tmp_path / "runs")
    assert worker.run() == Outcome(kind="done", size=2)
    return worker.states()


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (LimitedDisk.fill, "No space left on device; make room on its disk"),
        (LimitedDisk.fill_with_files, "No space left on device; make room on its disk"),
        (allow_no_more_files, "Too many open files; allow more open files"),
        (remove_a_run, "is not there, or not any more"),
    ],
    ids=["full", "no inodes", "out of handles", "removed"],
)
def test_a_worker_that_cannot_write_says_so_and_the_next_one_ends_as_if_it_could(
    disk, sweep_file, undisturbed, harm, reason
):
    worker = Worker(sweep_file, disk.path / "runs")
    last = worker.run(20, partial(harm, disk))
    assert last.kind == "refused"
    assert last.reason.startswith(f"cannot use {disk.path}/runs/test/vanilla-s")
    assert reason in last.reason
    disk.empty()
    assert worker.run().kind == "done"
    assert worker.states() == undisturbed


def test_on_a_disk_that_became_read_only_nothing_is_begun_and_later_all_goes_on(disk, sweep_file, capsys):
    worker = Worker(sweep_file, disk.path / "runs")
    done = worker.run().kind == "done" and worker.states()
    disk.protect()
    assert main(["sweep", str(sweep_file), "--runs", str(disk.path / "runs"), "seeds=0..2"]) == 2
    assert "Read-only file system; choose another folder with --runs" in capsys.readouterr().err
    disk.protect(writable=True)
    assert worker.states() == done


@pytest.mark.parametrize("harm", [LimitedDisk.fill, LimitedDisk.fill_with_files, LimitedDisk.protect])
@pytest.mark.parametrize(
    ("command", "name"),
    [("figure", "curves.svg"), ("report", "report.html"), ("cite", "archive.zip")],
)
def test_results_on_such_a_disk_are_refused_in_a_sentence_and_what_was_there_stays(disk, capsys, command, name, harm):
    output = disk.path / name
    output.write_text("earlier")
    harm(disk)
    assert main([command, RECORDED, "-o", str(output)]) == 2
    error = capsys.readouterr().err
    assert f"{output}: " in error
    assert "Read-only file system" in error or "No space left on device" in error
    assert error.count("\n") == 1
    assert output.read_text() == "earlier"
    assert [one.name for one in disk.path.iterdir() if one.name.startswith(".")] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", [["table", RECORDED], ["table", RECORDED, "--format", "json"]])
def test_an_output_that_cannot_be_written_is_named(arguments):
    with Path("/dev/full").open("w") as full:
        process = subprocess.run(
            [sys.executable, "-m", "ganlab", *arguments], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert process.returncode == 2
    assert process.stderr == (
        "ganlab: cannot use the standard output: No space left on device; make room on its disk (df -h and df -i say "
        "what is left), then run the same command again\n"
    )
