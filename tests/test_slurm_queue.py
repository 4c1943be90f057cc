"""What Slurm says of a sweep's tasks, from answers that it gave."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ganlab import slurm_queue
from ganlab.cli import main
from ganlab.record.lease import hold
from ganlab.slurm_queue import NoAnswerError, largest_array, queued_tasks

ANSWER = """\
4                                       RUNNING             None                                                        localhost                                                   0           0:00                
1_0                                     PENDING             BeginTime                                                                                                               1           0:00                
1_1                                     PENDING             Resources                                                                                                               0           0:00                
1_2                                     PENDING             Resources                                                                                                               0           0:00                
1_3                                     RUNNING             None                                                        localhost                                                   2           0:12                
"""  # noqa: E501, W291 - as Slurm 22.05 on the loopback interface printed it, for our columns
RUNS = [f"vanilla-s{seed}" for seed in range(8)]


@pytest.fixture
def squeue(tmp_path, monkeypatch):
    """Has squeue say what it is given, and notes its calls."""

    def answer(text: str, status: int = 0) -> Path:
        folder, said = tmp_path / "bin", tmp_path / "said"
        folder.mkdir()
        said.write_text(text)
        stream = "1" if status == 0 else "2"
        script = f'#!/bin/sh\necho "$@" >> {folder}/calls\ncat {said} >&{stream}\nexit {status}\n'
        (folder / "squeue").write_text(script)
        (folder / "squeue").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        return folder / "calls"

    return answer


@pytest.fixture
def sweep(tmp_path) -> Path:
    """A sweep of four tasks with two runs each."""
    folder = tmp_path / "runs/two"
    (folder / "slurm").mkdir(parents=True)
    for run in RUNS:
        (folder / run).mkdir()
        (folder / run / "spec.json").write_text("{}")
    for task in range(4):
        note = {"title": "vanilla", "runs": [str(folder / run) for run in RUNS[2 * task : 2 * task + 2]]}
        (folder / f"slurm/1_{task}.json").write_text(json.dumps(note))
    return folder


def test_tasks_are_read_from_one_answer(squeue):
    calls = squeue(ANSWER)
    tasks = queued_tasks()
    assert list(tasks) == ["4", "1_0", "1_1", "1_2", "1_3"]
    assert str(tasks["1_3"]) == "Slurm's task 1_3 RUNNING on localhost, 0:12, queued again 2 times"
    assert str(tasks["1_0"]) == "Slurm's task 1_0 PENDING (BeginTime), 0:00, queued again once"
    assert len(calls.read_text().splitlines()) == 1


def test_status_shows_each_task_beside_its_runs_and_those_that_wait_by_their_reason(squeue, sweep, capsys):
    calls = squeue(ANSWER)
    with hold([sweep / run for run in RUNS[6:]], about={"job": RUNS[6]}):
        assert main(["status", str(sweep)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "8 runs: 0 done, 2 at work, 6 waiting, 0 failed"
    assert lines[1].startswith("  vanilla-s6 and 1 more: process ")
    assert lines[1].endswith(", starting; Slurm's task 1_3 RUNNING on localhost, 0:12, queued again 2 times")
    assert lines[2:] == [
        "  Slurm: 1 task of 2 runs PENDING (BeginTime): 1_0; 1 queued again",
        "  Slurm: 2 tasks of 4 runs PENDING (Resources): 1_1, 1_2",
    ]
    assert len(calls.read_text().splitlines()) == 1


def test_where_slurm_does_not_answer_a_line_says_so_and_the_rest_is_shown(squeue, sweep, capsys):
    squeue("slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n", status=1)
    assert main(["status", str(sweep)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "8 runs: 0 done, 0 at work, 8 waiting, 0 failed",
        "  Slurm: squeue fails: slurm_load_jobs error: Unable to contact slurm controller (connect failure)",
    ]


def test_where_there_is_no_squeue_a_line_says_so(sweep, capsys, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert main(["status", str(sweep)]) == 0
    assert "  Slurm: there is no squeue here; ask on a machine of the cluster" in capsys.readouterr().out


def test_a_silent_squeue_is_not_waited_for(squeue, monkeypatch, tmp_path):
    monkeypatch.setattr(slurm_queue, "SECONDS_TO_ANSWER", 0.2)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/squeue").write_text(f"#!{sys.executable}\nimport time; time.sleep(60)\n")
    (tmp_path / "bin/squeue").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(NoAnswerError, match="does not answer within"):
        queued_tasks()


def test_slurm_is_not_asked_about_a_sweep_that_is_done_or_has_no_tasks(squeue, sweep, capsys):
    calls = squeue(ANSWER)
    for run in RUNS:
        (sweep / run / "summary.json").write_text("{}")
    assert main(["status", str(sweep)]) == 0
    for note in sweep.glob("slurm/*.json"):
        note.unlink()
    (sweep / RUNS[0] / "summary.json").unlink()
    assert main(["status", str(sweep)]) == 0
    assert "Slurm" not in capsys.readouterr().out
    assert not calls.exists()


def test_a_note_of_a_task_that_is_damaged_is_named_and_the_rest_is_shown(squeue, sweep, capsys):
    squeue(ANSWER)
    note = next(iter(sorted(sweep.glob("slurm/*.json"))))
    note.write_text('{"runs": [')
    assert main(["status", str(sweep)]) == 0
    said = capsys.readouterr().out
    assert f"Slurm: {note} does not say which runs a task trains" in said
    assert f"{len(RUNS)} runs" in said


@pytest.mark.parametrize(
    ("said", "tasks"),
    [("MaxArraySize            = 4001\nMaxJobCount = 9\n", 4001), ("", 1001), ("MaxArraySize = 0\n", 1)],
)
def test_how_large_an_array_may_be_is_asked_of_slurm(squeue, tmp_path, monkeypatch, said, tasks):
    squeue("")
    (tmp_path / "bin/scontrol").write_text(f"#!/bin/sh\nprintf '{said}'\n")
    (tmp_path / "bin/scontrol").chmod(0o755)
    assert largest_array() == tasks
    monkeypatch.setenv("PATH", "")
    assert largest_array() == 1001
