"""A job that is trained on copies of its runs, as Ray's tasks do with ``sync``, here without Ray."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ganlab.engines.work import work
from ganlab.record import RunDirectory, copies
from ganlab.record.copies import Copies, Originals
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep


@pytest.fixture
def job_below(tmp_path, specs_of):
    """The job of a small sweep with two seeds, recorded in a folder of that name."""
    specs_of()

    def make(name: str):
        sweep = load_sweep(tmp_path / "test.yaml", ["seeds=[0,1]"])
        plan = make_plan(sweep, tmp_path / name, slots=1, compiled=False)
        write_plan(plan)
        return plan.jobs[0]

    return make


def states_of(job) -> list[str]:
    return [RunDirectory(run).summary().state_sha256 for run in job.runs]


def rows_of(job) -> list[list[dict[str, float]]]:
    rows = [RunDirectory(run).metrics() for run in job.runs]
    return [[{name: value for name, value in row.items() if "seconds" not in name} for row in run] for run in rows]


def test_a_job_on_copies_that_is_interrupted_ends_as_one_on_the_runs(tmp_path, job_below, monkeypatch):
    monkeypatch.setattr(copies, "SECONDS_BETWEEN_SENDINGS", 0.05)
    here, away = job_below("here"), job_below("away")
    assert work(here).kind == "done"
    originals = Originals()

    def train(node: str, stop_at: float) -> str:
        sent = Copies(
            tmp_path / node / "test",
            away.runs,
            lambda method, *arguments: getattr(originals, method)(*arguments),
            {"host": node, "pid": 1},
        )
        iterations: list[int] = []
        with sent.sent_regularly() as check:
            outcome = work(
                replace(away, runs=sent.runs),
                should_stop=lambda: bool(iterations) and iterations[-1] >= stop_at,
                on_progress=lambda progress: (check(), iterations.append(progress.iteration)),
            )
        sent.send()
        return outcome.kind

    assert train("first", stop_at=20) == "stopped"
    assert all((run / "checkpoint.pt").exists() and not (run / "summary.json").exists() for run in away.runs)
    assert train("second", stop_at=float("inf")) == "done"
    originals.release(away.runs)
    assert states_of(away) == states_of(here)
    assert rows_of(away) == rows_of(here)
    names = [{path.name for path in run.rglob("*")} for run in (here.runs[0], away.runs[0])]
    assert names[0] == names[1]
