"""The commands, as a user runs them: real processes, real files."""

from __future__ import annotations

import csv
import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from recorder import rewrite_summary

from ganlab.checkpoint_file import fingerprint, read_checkpoint
from ganlab.cli import main
from ganlab.record import RunDirectory
from ganlab.record.lease import hold

SWEEP = """
name: tiny
data: {name: gaussian}
variants: [vanilla, lsgan]
seeds: 0..1
steps: 30
batch_size: 16
builder: {name: mlp, widths: [8]}
evaluation: {every: 10, samples: 500}
"""


def _heed_ctrl_c() -> None:
    """What a shell starts in the background, and all that this starts, would ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Shell:
    """A folder in which commands are run, away from the user's own W&B settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
        self.environment = kept | {"WANDB_MODE": "disabled", "OMP_NUM_THREADS": "1", "HOME": str(folder)}

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return name

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "ganlab", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_heed_ctrl_c,
        )

    def run(self, *arguments: str, status: int = 0) -> str:
        """What the command prints; on standard error if it is to fail."""
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=800)
        assert process.returncode == status, output + errors
        return errors if status else output

    def runs(self, sweep: str = "tiny") -> list[Path]:
        return sorted(path.parent for path in (self.folder / "runs" / sweep).glob("*/spec.json"))


@pytest.fixture
def shell(tmp_path):
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A shell in which the tiny sweep has been run."""
    shell = Shell(tmp_path_factory.mktemp("swept"))
    shell.output = shell.run("sweep", shell.write("tiny.yaml", SWEEP), "--no-compile")
    return shell


def test_a_sweep_ends_with_its_table_and_with_where_everything_is(swept):
    assert "| vanilla" in swept.output
    assert "| true samples" in swept.output
    assert "runs/tiny" in swept.output
    assert len(swept.runs()) == 4
    for run in swept.runs():
        summary = json.loads((run / "summary.json").read_text())
        spec = json.loads((run / "spec.json").read_text())
        assert summary["status"] == "finished"
        assert spec["id"] == run.name
        assert spec["variant"] in ("vanilla", "lsgan")
        assert spec["seed"] in (0, 1)
        assert (run / "checkpoint.pt").exists()
        assert len((run / "metrics.jsonl").read_text().splitlines()) == 30


def test_every_evaluation_has_a_picture_even_without_wandb(swept):
    for run in swept.runs():
        assert {path.stem for path in (run / "samples").glob("*.png")} == {"00000010", "00000020", "00000030"}


def test_the_same_command_again_does_nothing_twice(swept):
    before = {run: (run / "summary.json").stat().st_mtime_ns for run in swept.runs()}
    output = swept.run("sweep", "tiny.yaml", "--no-compile")
    assert "4 done" in output
    assert "| vanilla" in output
    assert before == {run: (run / "summary.json").stat().st_mtime_ns for run in swept.runs()}


def test_more_seeds_train_only_the_new_ones(swept):
    output = swept.run("sweep", "tiny.yaml", "--no-compile", "seeds=0..2", "variants=[lsgan]", "--dry-run")
    assert "2 done, 0 to continue, 1 new" in output
    assert len(swept.runs()) == 4


def test_the_table_is_one_row_a_variant_in_every_format(swept):
    markdown = swept.run("table", "runs/tiny")
    rows = [line.split("|")[1].strip() for line in markdown.splitlines() if line.startswith("|")]
    assert rows[0] == "variant"
    assert rows[2:] == ["vanilla", "lsgan", "true samples"]
    table = list(csv.DictReader(swept.run("table", "runs/tiny", "--format", "csv").splitlines()))
    cells = json.loads(swept.run("table", "runs/tiny", "--format", "json", "--metrics", "w1"))
    assert [cell["variant"] for cell in cells] == ["vanilla", "lsgan"]
    finals = {}
    for run in swept.runs():
        spec = json.loads((run / "spec.json").read_text())
        summary = json.loads((run / "summary.json").read_text())
        finals.setdefault(spec["variant"], []).append(summary["final"]["w1"])
    for cell in cells:
        assert cell["n"] == 2
        assert cell["mean"] == pytest.approx(np.mean(finals[cell["variant"]]))
        assert sorted(cell["values"].values()) == pytest.approx(sorted(finals[cell["variant"]]))
    assert float(table[0]["w1_mean"]) == pytest.approx(np.mean(finals["vanilla"]))
    assert r"\toprule" in swept.run("table", "runs/tiny", "--format", "latex")


def test_samples_depend_on_the_run_and_the_seed_alone(swept):
    run = swept.runs()[0].name
    swept.run("sample", run, "-n", "1001", "--seed", "5", "-o", "first.npy")
    swept.run("sample", f"runs/tiny/{run}", "-n", "1001", "--seed", "5", "-o", "again.npy")
    swept.run("sample", run, "-n", "1001", "--seed", "6", "-o", "other.npy")
    first, again, other = (np.load(swept.folder / f"{name}.npy") for name in ("first", "again", "other"))
    assert first.shape == (1001, 1)
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_run_can_be_made_again_from_its_id_and_another_result_is_told_with_the_difference(shell):
    """Compiled: uncompiled, a population of one and of two differ by rounding."""
    shell.run("sweep", shell.write("tiny.yaml", SWEEP), "variants=lsgan", "--workers", "1")
    run = shell.runs()[0]
    assert "is bit-identical" in shell.run("reproduce", run.name)
    summary = RunDirectory(run).summary().record()
    content = read_checkpoint(run / "checkpoint.pt", "checkpoint.pt", summary["spec_sha256"])
    content.state[".players['discriminator'].parameters['1.weight']"].add_(0.25)
    content.write(run / "checkpoint.pt")
    rewrite_summary(RunDirectory(run), summary | {"state_sha256": fingerprint(content.state)})
    verdict = shell.start("reproduce", run.name)
    output, _ = verdict.communicate(timeout=800)
    assert verdict.returncode == 1
    assert "NOT bit-identical: parameters differ by at most 0.25" in output


def test_samples_are_in_the_units_of_the_run_and_never_in_those_of_other_data(shell):
    shell.write("h.csv", "h\n" + "\n".join(map(str, range(100))) + "\n")
    text = SWEEP.replace("{name: gaussian}", "{name: column, path: h.csv, column: h}")
    shell.run("sweep", shell.write("tiny.yaml", text), "--no-compile", "seeds=[0]", "variants=lsgan")
    run = shell.runs()[0]
    shell.run("sample", run.name, "-n", "50", "-o", "before.npy")
    shell.write("h.csv", "h\n" + "\n".join(map(str, range(5000, 5100))) + "\n")
    shell.run("sample", run.name, "-n", "50", "-o", "after.npy")
    assert (shell.folder / "before.npy").read_bytes() == (shell.folder / "after.npy").read_bytes()
    (run / "summary.json").unlink()  # as of a run that is not finished, whose units the data alone tell
    assert "has changed since" in shell.run("sample", run.name, "-o", "x.npy", status=2)


def test_a_compiler_that_cannot_compile_leaves_training_uncompiled_with_one_line(shell):
    fake = shell.folder / "broken-g++"
    fake.write_text('#!/bin/sh\ncase "$*" in *-dumpversion*) echo 13;; *--version*) echo "g++ 13";; *) exit 1;; esac\n')
    fake.chmod(0o755)
    shell.environment |= {"CXX": str(fake), "TORCHINDUCTOR_CACHE_DIR": str(shell.folder / "cache")}
    output = shell.run("sweep", shell.write("tiny.yaml", SWEEP), "variants=lsgan", "seeds=[0]")
    assert output.count("so training runs uncompiled") == 1
    assert "| lsgan" in output


def test_wandb_changes_no_bit_of_training(shell):
    file = shell.write("tiny.yaml", SWEEP)
    overrides = ("--no-compile", "variants=lsgan", "seeds=[0]")
    shell.run("sweep", file, *overrides)
    shell.environment["WANDB_MODE"] = "offline"
    assert "wandb sync" in shell.run("sweep", file, *overrides, "--runs", "tracked")
    name = shell.runs()[0].name
    first, second = (
        json.loads((shell.folder / folder / "tiny" / name / "summary.json").read_text())
        for folder in ("runs", "tracked")
    )
    assert first["state_sha256"] == second["state_sha256"]
    assert first["final"] == second["final"]


def test_list_shows_the_settings_of_a_variant_and_where_they_are_from(swept):
    output = swept.run("list", "hinge", "wgan")
    assert "critic_warmup: steps: 100, first: 25, every: 500" in output
    assert "constraints: weight_clipping: 0.01" in output
    assert "the code of the paper's authors has RMSProp at 2e-4 and 10 generator updates" in output
    assert "lsgan" not in output


def test_list_refuses_an_unknown_name_and_names_the_nearest(swept):
    assert "nothing is called 'hing'; did you mean 'hinge'" in swept.run("list", "hing", status=2)


def test_list_names_everything_with_its_paper(swept):
    output = swept.run("list")
    for name in ("wgan-gp", "r3gan", "mlp", "student-t", "column", "kullback-leibler", "gradient_penalty"):
        assert f"  {name} " in output
    assert "arXiv:1704.00028" in output


def test_a_column_of_a_users_csv_is_learnt_and_sampled_in_its_own_units(shell):
    values = np.random.default_rng(0).normal(5000, 20, size=600)
    shell.write("heights.csv", "name,height\n" + "".join(f"x,{value}\n" for value in values))
    text = SWEEP.replace("{name: gaussian}", "{name: column, path: heights.csv, column: height}")
    text = text.replace("steps: 30", "steps: 300\noptimizer: {lr: 0.01}").replace("every: 10", "every: 100")
    output = shell.run("sweep", shell.write("tiny.yaml", text), "--no-compile", "seeds=[0]")
    assert "120 held-out values" in output
    run = shell.runs()[0].name
    shell.run("sample", run, "-n", "2000", "-o", "out.npy")
    samples = np.load(shell.folder / "out.npy")
    assert abs(samples.mean() - 5000) < 20
    summary = json.loads((shell.folder / "runs/tiny" / run / "summary.json").read_text())
    assert 0 < summary["final"]["w1"] < 30


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sweep", "tiny.yaml", "variants=[lsgn]"], "ganlab: tiny.yaml: variants: unknown variant 'lsgn'; did"),
        (["sweep", "tiny.yaml", "stepz=3"], "unknown key 'stepz'; did you mean 'steps'"),
        (["sweep", "nowhere.yaml"], "ganlab: cannot read the sweep file nowhere.yaml"),
        (["table", "runs/nowhere"], "ganlab: "),
        (["sample", "nothing-s0-12345678", "-o", "x.npy"], "there is no run 'nothing-s0-12345678' under runs"),
        (["sample", "nothing", "-o", "x.txt"], "must end in .npy"),
        (["sample", "nothing", "-n", "0", "-o", "x.npy"], "cannot draw 0 samples; give a number from 1 on"),
        (["reproduce", "nothing"], "there is no run 'nothing' under runs"),
        (["sweep", "tiny.yaml", "data.path=x"], "data 'gaussian': unknown key 'path'"),
        (["sweep", "tiny.yaml", "--workers", "0"], "cannot run 0 populations at once"),
        (["sweep", "tiny.yaml", "--runs", "tiny.yaml"], "cannot write to tiny.yaml/tiny"),
    ],
)
def test_bad_input_is_one_sentence_without_traceback_and_exit_status_two(shell, arguments, message):
    shell.write("tiny.yaml", SWEEP)
    errors = shell.run(*arguments, status=2)
    assert message in errors
    assert "Traceback" not in errors
    assert len(errors.strip().splitlines()) == 1


def test_what_may_not_be_read_or_written_is_named(monkeypatch, capsys):
    """An administrator, as whom tests may run, may read and write everything."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "runs/x/spec.json")

    monkeypatch.setattr("ganlab.results.read_runs", refuse)
    assert main(["table", "runs/x"]) == 2
    assert capsys.readouterr().err == (
        "ganlab: cannot use runs/x/spec.json: Permission denied; choose a place that can be written, then run the same "
        "command again\n"
    )


def test_an_unknown_command_exits_with_two(shell):
    assert "invalid choice: 'sweeep'" in shell.run("sweeep", status=2)


def test_ctrl_c_stops_within_seconds_and_the_same_command_finishes_bitwise(shell):
    file = shell.write("long.yaml", SWEEP.replace("tiny", "long").replace("30", "1200").replace("10", "300"))
    overrides = ("variants=[lsgan]", "--no-compile", "--workers", "1")
    process = shell.start("sweep", file, *overrides)
    deadline = time.monotonic() + 120
    while not any(path.stat().st_size for run in shell.runs("long") for path in run.glob("metrics.jsonl")):
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.2)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    pressed = time.monotonic()
    output, errors = process.communicate(timeout=60)
    assert time.monotonic() - pressed < 15
    assert process.returncode == 130, errors
    assert "run the same command again" in output
    assert "Traceback" not in errors
    assert all((run / "checkpoint.pt").exists() for run in shell.runs("long"))
    assert "2 to continue" in shell.run("sweep", file, *overrides, "--dry-run")
    shell.run("sweep", file, *overrides)
    broken = {run.name: json.loads((run / "summary.json").read_text()) for run in shell.runs("long")}
    shell.run("sweep", file, *overrides, "--runs", "whole")
    for name, summary in broken.items():
        whole = json.loads((shell.folder / "whole/long" / name / "summary.json").read_text())
        assert whole["state_sha256"] == summary["state_sha256"]
        assert whole["final"] == summary["final"]


def test_ctrl_c_before_anything_is_trained_is_one_line(monkeypatch, capsys):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ganlab.results.read_runs", interrupted)
    assert main(["table", "runs/x"]) == 130
    assert capsys.readouterr().err == "ganlab: interrupted\n"


def test_a_sweep_that_another_launcher_trains_with_other_settings_is_refused(shell):
    file = shell.write("tiny.yaml", SWEEP)
    (shell.folder / "runs/tiny").mkdir(parents=True)
    with hold([shell.folder / "runs/tiny"], kind="launcher", about={"settings": {"": "others"}}):
        assert "works on runs/tiny with other settings" in shell.run("sweep", file, status=2)


def test_a_machine_without_a_compiler_trains_uncompiled_and_says_so_once(shell):
    file = shell.write("tiny.yaml", SWEEP)
    shell.environment |= {"CXX": "no-such-compiler", "TORCHINDUCTOR_CACHE_DIR": str(shell.folder / "cache")}
    output = shell.run("sweep", file)
    assert output.count("no C++ compiler found") == 1
    assert "| lsgan" in output


DIGITS = """
name: digits
data: digits
variants: [vanilla]
seeds: [0]
steps: 20
batch_size: 16
conditional: true
builder: {name: dcgan, width: 4}
evaluation: {every: 10, samples: 200}
"""


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A shell in which a small generator of digits has been trained."""
    shell = Shell(tmp_path_factory.mktemp("digits"))
    shell.output = shell.run("sweep", shell.write("digits.yaml", DIGITS), "--no-compile")
    return shell


def test_a_sweep_on_images_needs_no_download_and_says_what_it_cannot_measure(digits):
    assert "| vanilla" in digits.output
    assert "fd_digits" in digits.output
    assert digits.output.count("with --inception-weights") == 1
    run = digits.runs("digits")[0]
    pictures = {path.name for path in (run / "samples").glob("*.png")}
    assert pictures == {"00000010.png", "00000020.png", "interpolations.png", "neighbours.png"}


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_sweep_trains_on_a_gpu_in_processes_of_its_own(shell, workers):
    shell.run("sweep", shell.write("digits.yaml", DIGITS), "device=cuda", "seeds=[0,1]", "--workers", workers)
    environments = [json.loads((run / "summary.json").read_text())["environment"] for run in shell.runs("digits")]
    assert [one["gpu"] for one in environments] == [torch.cuda.get_device_name()] * 2
    assert all(one["compiled"] for one in environments)


def test_images_are_sampled_as_a_grid_a_file_or_a_folder(digits):
    run = digits.runs("digits")[0].name
    for place in ("grid.png", "images.npz", "images.npy", "folder/"):
        digits.run("sample", run, "-n", "20", "--label", "3", "-o", place)
    as_file = np.load(digits.folder / "images.npz")["images"]
    assert as_file.shape == (20, 1, 8, 8)
    assert np.array_equal(as_file, np.load(digits.folder / "images.npy"))
    files = sorted((digits.folder / "folder").glob("*.png"))
    assert len(files) == 20
    assert np.array_equal(np.asarray(Image.open(files[7])), as_file[7, 0])
    assert Image.open(digits.folder / "grid.png").size[0] > 100


def test_a_folder_of_images_is_measured_against_a_data_set_or_another_folder(digits):
    run = digits.runs("digits")[0].name
    digits.run("sample", run, "-n", "300", "-o", "more.npz")
    arguments = ("evaluate", "more.npz", "--against", "digits", "--metrics", "classifier_score,fd_digits")
    values = json.loads(digits.run(*arguments, "--format", "json"))
    assert list(values) == ["classifier_score", "fd_digits"]
    assert 1 <= values["classifier_score"] <= 10
    assert values["fd_digits"] > 1
    assert "fd_digits" in digits.run(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "digits.yaml", "--against", "digits", "--metrics", "fd_digits"], "digits.yaml"),
        (["evaluate", "nowhere", "--against", "digits", "--metrics", "fd_digits"], "nowhere"),
        (["evaluate", "x.npz", "--against", "digits", "--metrics", "fdd"], "unknown metric 'fdd'"),
        (["evaluate", "x.npz", "--against", "gaussian"], "has no images to measure against"),
        (["sweep", "digits.yaml", "data=mnist", "--data-root", "nowhere"], "add --download to fetch it"),
        (["sweep", "digits.yaml", "data=gaussian", "conditional=false"], "builder 'dcgan' makes images"),
        (["sweep", "digits.yaml", "device=tpu"], "unknown device 'tpu'"),
        (["extractor", "train", "nothing"], "there is no classifier of 'nothing'; known: digits"),
    ],
)
def test_bad_input_about_images_is_one_sentence_too(digits, arguments, message):
    np.savez(digits.folder / "x.npz", images=np.zeros((20, 1, 8, 8), dtype=np.uint8))
    errors = digits.run(*arguments, status=2)
    assert message in errors
    assert "Traceback" not in errors
    assert len(errors.strip().splitlines()) == 1
