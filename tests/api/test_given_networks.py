"""Networks of a user's own classes, in a script and in a notebook."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import torch
from nbclient import NotebookClient
from torch import nn

import ganlab
from ganlab.cli import main
from ganlab.errors import InputError
from ganlab.networks import own_builder

DEFINED = """
import torch
from torch import nn

WIDTH = 8


class Generator(nn.Module):
    def __init__(self, latent_dim):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(latent_dim, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 1))

    def forward(self, z):
        return self.layers(z)


def discriminator():
    return nn.Sequential(nn.Linear(1, WIDTH), nn.LeakyReLU(), nn.Linear(WIDTH, 1))
"""

TRAINED = """
import ganlab

mine = ganlab.train(
    "vanilla", data="gaussian", steps=20, seeds=2, generator=Generator, discriminator=discriminator, compiled=False,
    evaluation={"samples": 500},
)
"""

SAMPLED = """
trained = ganlab.load(mine.runs[1].id)
assert trained.sample(5).shape == (5, 1), trained.sample(5).shape
assert type(trained.generator).__name__ == "Generator"
print(mine.runs[1].id, sum(one.numel() for one in trained.generator.parameters()))
"""


@pytest.fixture(autouse=True)
def _offline(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")
    monkeypatch.setenv("PYTHONPATH", str(Path(ganlab.__file__).parents[1]))


@pytest.mark.slow
def test_a_script_trains_its_classes_and_other_processes_have_them_from_the_record(tmp_path, capsys):
    (tmp_path / "script.py").write_text(DEFINED + TRAINED + SAMPLED)
    done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    run_id, parameters = done.stdout.split()[-2:]
    assert int(parameters) == (8 * 8 + 8) + (8 + 1)
    (tmp_path / "script.py").unlink()
    assert main(["sample", run_id, "-n", "4", "-o", "samples.npy"]) == 2
    assert "carries Python code of the run's author (networks-" in capsys.readouterr().err
    assert main(["reproduce", run_id, "--trust"]) in (0, 1)  # 1: not compiled here
    assert "Generator" in json.loads(next(tmp_path.glob(f"runs/*/{run_id}/spec.json")).read_text()).__repr__()


@pytest.mark.slow
@pytest.mark.long
def test_a_notebook_trains_the_classes_of_its_cells(tmp_path):
    cells = [nbformat.v4.new_code_cell(text) for text in (*DEFINED.split("\n\n\n"), TRAINED, SAMPLED)]
    notebook = NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=300)
    notebook.execute(cwd=str(tmp_path))
    assert list(tmp_path.glob("runs/vanilla-gaussian-*/vanilla-s1-*/summary.json"))


def test_a_module_with_parameters_is_refused():
    with pytest.raises(
        InputError, match=r"^the generator is a module with parameters of its own, and each seed begins"
    ):
        ganlab.train("vanilla", data="gaussian", steps=20, generator=nn.Linear(8, 1))


def made(generator=None, discriminator=None, base="mlp"):
    builder = own_builder(generator, discriminator, base)
    options = builder.options()
    return builder.generator((1,), 8, None, options), builder.discriminator((1,), None, 0, None, options)


def test_a_network_that_is_not_given_is_the_builders():
    generator, discriminator = made(generator=lambda latent_dim: nn.Linear(latent_dim, 1))
    assert generator.in_features == 8
    assert discriminator(torch.zeros(3, 1)).shape == (3,)


def test_scores_of_one_column_are_scores():
    _, discriminator = made(discriminator=lambda sample_shape: nn.Linear(*sample_shape, 1))
    assert discriminator(torch.zeros(3, 1)).shape == (3,)


def test_a_base_initialises_its_own_network_alone():
    given = nn.Conv2d(3, 3, 3)
    builder = own_builder(lambda: given, None, "dcgan")
    options = builder.options()
    before = given.weight.clone()
    builder.initialize(builder.generator((3, 32, 32), 8, None, options), options)
    assert torch.equal(given.weight, before)
    usual = builder.discriminator((3, 32, 32), None, 0, None, options)
    first = next(usual.parameters()).clone()
    builder.initialize(usual, options)
    assert not torch.equal(next(usual.parameters()), first)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (
            lambda width: nn.Linear(width, 1),
            r"needs 'width', and ganlab gives latent_dim, sample_shape, condition; give",
        ),
        (lambda latent_dim: 3, r"makes a int; it must be a torch.nn.Module$"),
    ],
)
def test_what_makes_no_network_is_refused(make, why):
    with pytest.raises(InputError, match=why):
        made(generator=make)


def test_a_side_vector_that_a_discriminator_does_not_know_is_refused():
    builder = own_builder(None, lambda: nn.Linear(1, 1), "mlp")
    with pytest.raises(InputError, match=r"^the game gives the discriminator 8 numbers beside each sample, and "):
        builder.discriminator((1,), None, 8, None, builder.options())
