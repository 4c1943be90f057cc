"""Images that let a reader judge a generator."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganlab.games import make_prior
from ganlab.training.galleries import COLUMNS, MOST_CLASSES, ROWS, SIDE, columns_of_classes, interpolations, neighbours
from ganlab.training.sampling import Sampler


class Echo(nn.Module):
    """Gives its latents back, so that a test sees what a generator is given."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))
        self.labels: torch.Tensor | None = None

    def forward(self, latents: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        self.labels = labels
        return latents


def sampler_of(spec, classes: int = 0) -> Sampler:
    def in_turn(generator: torch.Generator, count: int) -> torch.Tensor | None:
        return torch.arange(count) % classes if classes else None

    return Sampler(spec=spec, prior=make_prior("normal", {}, spec.latent_dim), conditions=in_turn)


def test_an_interpolation_keeps_the_length_of_its_latents_between_those_of_its_ends(specs_of):
    (spec,) = specs_of("latent_dim=64")
    lengths = interpolations(Echo(), sampler_of(spec)).reshape(ROWS, COLUMNS, 64).norm(dim=-1)
    low, high = lengths[:, [0, -1]].min(dim=1).values, lengths[:, [0, -1]].max(dim=1).values
    assert (lengths >= 0.93 * low[:, None]).all()
    assert (lengths <= 1.07 * high[:, None]).all()


def test_steps_of_an_interpolation_are_even(specs_of):
    (spec,) = specs_of("latent_dim=64")
    way = interpolations(Echo(), sampler_of(spec)).reshape(ROWS, COLUMNS, 64)
    steps = (way[:, 1:] - way[:, :-1]).norm(dim=-1)
    assert (steps.max(dim=1).values / steps.min(dim=1).values).max() < 1.5


def test_a_row_of_interpolations_has_one_label(specs_of):
    generator = Echo()
    interpolations(generator, sampler_of(specs_of()[0], classes=10))
    assert generator.labels is not None
    assert generator.labels.reshape(ROWS, COLUMNS).tolist() == [[row] * COLUMNS for row in range(ROWS)]


def test_a_copied_training_image_is_its_own_nearest_neighbour():
    training = torch.randint(256, (6_000, 1, 4, 4), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    copied = [5, 5_999, 17, 3_000, 1, 2, 3, 4]
    rows = neighbours(training[copied], training).reshape(ROWS, COLUMNS, 1, 4, 4)
    assert torch.equal(rows[:, 0], rows[:, 1])
    distances = (rows[:, :1].float() - rows[:, 1:].float()).flatten(2).norm(dim=-1)
    assert (distances.diff(dim=1) >= 0).all()


@pytest.mark.parametrize("classes", range(1, MOST_CLASSES + 1))
def test_each_column_of_a_conditional_grid_is_of_one_class_and_each_class_has_one(classes):
    side = columns_of_classes(classes)
    rows = (torch.arange(side**2) % classes).reshape(side, side)
    assert all(len(column.unique()) == 1 for column in rows.T)
    assert len(rows[0].unique()) == classes
    assert 6 <= side <= MOST_CLASSES


@pytest.mark.parametrize("classes", [0, 100, 1000])
def test_a_grid_without_classes_or_of_many_has_64_images(classes):
    assert columns_of_classes(classes) is None
    assert SIDE**2 == 64


@pytest.mark.parametrize("prior", ["normal", "sphere"])
def test_latents_on_one_line_are_joined_by_it(specs_of, prior):
    """Of one number, all are; a great circle joins none of them."""
    prior = make_prior(prior, {}, 1)
    start, end, share = torch.tensor([[0.5], [-0.3], [0.2]]), torch.tensor([[1.5], [0.7], [0.2]]), torch.tensor(0.25)
    torch.testing.assert_close(prior.between(start, end, share), torch.tensor([[0.75], [-0.05], [0.2]]))


def test_neighbours_of_few_training_images_are_all_of_them():
    training = torch.randint(256, (4, 1, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    assert neighbours(training.repeat(3, 1, 1, 1), training).shape == (ROWS, 5, 1, 4, 4)
