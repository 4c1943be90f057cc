from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from itertools import product

import pytest
import torch
from rich.console import Console

from ganlab.engines.local import LocalEngine
from ganlab.engines.runs import LARGEST_POPULATION
from ganlab.record import RunDirectory, read_json
from ganlab.record.plugin import Plugin
from ganlab.sweeps.launch import launch
from ganlab.sweeps.messages import print_plan
from ganlab.sweeps.plan import find, make_plan, runs_of_other_texts, signature_of, write_plan
from ganlab.sweeps.schema import load_sweep
from ganlab.training import checkpoint


@pytest.fixture
def plan_of(tmp_path, specs_of):
    def plan(*overrides: str, slots: int = 1):
        specs_of()
        return make_plan(load_sweep(tmp_path / "test.yaml", overrides), tmp_path / "runs", slots)

    return plan


def sizes(plan):
    return sorted(len(job.runs) for job in plan.jobs)


def test_seeds_of_a_variant_are_one_population(plan_of):
    plan = plan_of("variants=[vanilla,lsgan]", "seeds=0..4")
    assert sizes(plan) == [5, 5]
    assert {job.title for job in plan.jobs} == {"vanilla", "lsgan"}


def test_rows_that_differ_in_numbers_alone_share_a_population(plan_of):
    plan = plan_of("variants=[lsgan, {name: lsgan, label: fast, optimizer: {lr: 0.01}}]", "seeds=0..4")
    assert [(job.title, len(job.runs)) for job in plan.jobs] == [("lsgan + fast", 10)]


def test_a_population_is_no_larger_than_what_pays(plan_of):
    assert max(sizes(plan_of("seeds=0..99"))) <= LARGEST_POPULATION


def test_populations_are_split_until_every_slot_has_work(plan_of):
    assert sizes(plan_of("seeds=0..7", slots=2)) == [4, 4]
    assert sizes(plan_of("seeds=0..6", slots=3)) == [2, 2, 3]
    assert sizes(plan_of("seeds=[0]", slots=4)) == [1]


def test_the_longest_job_comes_first(plan_of):
    plan = plan_of("variants=[vanilla,wgan,wgan-gp]", "seeds=0..1")
    assert [job.title for job in plan.jobs] == ["wgan", "wgan-gp", "vanilla"]


def test_only_what_is_missing_is_left_to_do(plan_of, tmp_path, train):
    specs = [run.spec for run in plan_of("seeds=0..2").runs]
    folder = tmp_path / "runs" / "test"
    train(specs[:1], folder=folder)
    train(specs[1:2], folder=folder, stop_at=15)
    plan = plan_of("seeds=0..2")
    assert [run.state for run in plan.runs] == ["done", "continue", "new"]
    assert sorted(job.start for job in plan.jobs) == [0, 15]
    assert checkpoint.find(RunDirectory(plan.runs[1].folder), plan.runs[1].spec).content.iteration == 15


def damage(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def test_a_run_goes_on_from_the_checkpoint_before_a_damaged_one_with_the_same_result(plan_of, tmp_path, train):
    specs = [run.spec for run in plan_of("seeds=0..1").runs]
    undisturbed, folder = train(specs[1:]).leaves(), tmp_path / "runs" / "test"
    for spec, stop_at in product(specs, (10, 20)):
        train([spec], folder=folder, stop_at=stop_at)
    broken = folder / specs[1].id / "checkpoint.pt"
    damage(broken)
    plan = plan_of("seeds=0..1")
    assert [(run.state, run.iteration) for run in plan.runs] == [("continue", 20), ("continue", 10)]
    assert plan.runs[1].fault.startswith(f"{broken} is ")
    assert sizes(plan) == [1, 1]
    ended = train(specs[1:], folder=folder)
    assert all(torch.equal(leaf, undisturbed[name]) for name, leaf in ended.leaves().items())
    assert sorted(path.name for path in broken.parent.glob("*.pt")) == ["checkpoint.damaged.pt", "checkpoint.pt"]


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        (
            lambda run: (run / "checkpoint.pt").write_bytes(b""),
            "no checkpoint, or a damaged one; to train the run anew",
        ),
        (lambda run: (run / "spec.json").write_text("{}"), "spec.json was made by revision None of ganlab's training"),
        (lambda run: (run / "spec.json").write_text("{"), "spec.json is not JSON"),
        (
            lambda run: (run / "summary.json").write_text('{"status": "finished"}'),
            "summary.json is not a summary: it has no checksum",
        ),
        (lambda run: (run / "metrics.jsonl").unlink(), "metrics.jsonl lacks the row of iteration 10"),
        (lambda run: (run / "metrics.jsonl").write_text("x\n"), "metrics.jsonl, line 1 is not a JSON object"),
    ],
)
def test_a_damaged_run_is_named_and_the_others_are_trained(plan_of, tmp_path, train, harm, fault):
    specs = [run.spec for run in plan_of("seeds=0..1").runs]
    train(specs, folder=tmp_path / "runs" / "test", stop_at=15)
    harm(tmp_path / "runs" / "test" / specs[0].id)
    plan = plan_of("seeds=0..1")
    assert [run.state for run in plan.runs] == ["damaged", "continue"]
    assert fault in plan.runs[0].fault
    (job,) = plan.jobs
    assert job.runs == (plan.runs[1].folder,)


def test_a_launch_with_a_damaged_run_says_so_before_and_after(plan_of, tmp_path, train, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "disabled")
    specs = [run.spec for run in plan_of("seeds=0..1").runs]
    train(specs, folder=tmp_path / "runs" / "test", stop_at=15)
    broken = tmp_path / "runs" / "test" / specs[0].id / "checkpoint.pt"
    broken.write_bytes(b"")
    plan = plan_of("seeds=0..1")
    console = Console(file=io.StringIO(), width=300)
    print_plan(plan, console)
    assert "1 to continue, 0 new, 1 damaged" in console.file.getvalue()
    assert "damaged one; to train the run anew, remove its folder" in console.file.getvalue()
    result = launch(plan, LocalEngine(["cpu"]), console)
    (fault,) = result.faults
    assert fault.startswith(f"{specs[0].id}: {broken} is no checkpoint")
    assert RunDirectory(plan.runs[1].folder).summary().record()["status"] == "finished"


def test_a_launch_removes_what_a_killed_process_left_beside_a_run_that_is_done(plan_of, tmp_path, train):
    specs = [run.spec for run in plan_of("seeds=0..1").runs]
    train(specs[:1], folder=tmp_path / "runs" / "test")
    done, other = (tmp_path / "runs" / "test" / spec.id for spec in specs)
    files = sorted(path.name for path in done.rglob("*"))
    names = (
        "progress.json",
        "checkpoint.previous.pt",
        "checkpoint.next.pt",
        ".progress.json.tmp",
        "samples/.1.npz.tmp",
    )
    for name in names:
        (done / name).touch()
    write_plan(plan_of("seeds=0..1"))
    assert sorted(path.name for path in done.rglob("*")) == files
    (other / "checkpoint.previous.pt").touch()
    write_plan(plan_of("seeds=0..1"))
    assert (other / "checkpoint.previous.pt").exists(), "a run that is not done may need it"


def test_runs_of_another_launch_stay_listed_if_rows_and_seeds_alone_differ(plan_of, tmp_path):
    def listed():
        return json.loads((tmp_path / "runs" / "test" / "sweep.json").read_text())["runs"]

    write_plan(plan_of("seeds=0..1"))
    write_plan(plan_of("seeds=[5]", "variants=lsgan"))
    assert [name.rsplit("-", 1)[0] for name in listed()] == ["vanilla-s0", "vanilla-s1", "lsgan-s5"]
    write_plan(plan_of("seeds=[0]", "steps=41"))
    assert len(listed()) == 1
    specs = sorted((tmp_path / "runs" / "test").glob("*/spec.json"))
    assert len(specs) == 4


@pytest.mark.parametrize(
    ("keys", "signature"),
    [
        ({"data": "gaussian", "variants": ["vanilla"], "seeds": [0]}, "d3b2c011"),
        (
            {
                "data": {"name": "gaussian", "mean": 5.0},
                "variants": ["vanilla", {"name": "wgan", "critic_steps": 2}],
                "seeds": [0, 1],
                "steps": 40,
                "batch_size": 16,
                "optimizer": {"lr": 1e-3},
                "clip_grad_norm": 1.0,
                "evaluation": {"every": 20},
            },
            "2607f9c6",
        ),
    ],
    ids=["short", "long"],
)
def test_a_sweep_without_newer_keys_has_the_signature_that_it_had_before_there_were_any(keys, signature):
    sweep = load_sweep({"name": "test", **keys})
    assert signature_of(sweep) == signature
    assert signature_of(load_sweep({"name": "test", **keys, "primary": "w1"})) != signature


def test_a_run_whose_folder_was_removed_is_planned_anew(plan_of):
    plan = plan_of("seeds=0..1")
    write_plan(plan)
    shutil.rmtree(plan.runs[0].folder)
    write_plan(plan_of("seeds=0..1"))
    assert (plan.runs[0].folder / "spec.json").exists()
    assert read_json(plan.folder / "sweep.json")["runs"] == [run.spec.id for run in plan.runs]


def test_a_row_whose_settings_changed_replaces_its_old_runs_in_the_table(plan_of, tmp_path):
    def listed():
        return json.loads((tmp_path / "runs" / "test" / "sweep.json").read_text())["runs"]

    write_plan(plan_of("variants=[vanilla,lsgan]", "seeds=0..1"))
    write_plan(plan_of("variants=[{name: lsgan, critic_steps: 2}]", "seeds=[0]"))
    assert [name.rsplit("-", 1)[0] for name in listed()] == ["vanilla-s0", "vanilla-s1", "lsgan-s0"]


def test_a_run_at_its_last_iteration_without_a_summary_is_finished_not_trained(plan_of, tmp_path, train):
    specs = [run.spec for run in plan_of().runs]
    folder = tmp_path / "runs" / "test"
    train(specs, folder=folder)
    (folder / specs[0].id / "summary.json").unlink()
    plan = plan_of()
    assert [(job.start, job.cost) for job in plan.jobs] == [(40, 0)]
    console = Console(file=io.StringIO())
    result = launch(plan, LocalEngine(["cpu"]), console)
    assert result.faults == []
    assert (folder / specs[0].id / "summary.json").exists()


def test_of_two_plugins_of_one_name_the_one_that_changed_is_told_of_and_no_other(plan_of):
    def with_plugins(*texts):
        plan = plan_of("seeds=0..1")
        plugins = tuple(Plugin(name="mine.py", files={"mine.py": text}) for text in texts)
        specs = [run.spec.model_copy(update={"plugins": plugins}) for run in plan.runs]
        return replace(plan, runs=tuple(find(spec, plan.folder) for spec in specs))

    write_plan(with_plugins("# of a", "# of b"))
    assert runs_of_other_texts(with_plugins("# of a", "# of b")) == {}
    assert runs_of_other_texts(with_plugins("# of a", "# of another b")) == {"mine.py": 2}
