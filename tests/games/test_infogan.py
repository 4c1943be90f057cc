"""InfoGAN against torch's own distributions, and its bound against the information where that is known."""

from __future__ import annotations

import math

import pytest
import torch
from small_game import SIZE, SmallGame
from torch import Tensor, nn
from torch.distributions import Categorical, Normal, Uniform
from torch.nn.functional import binary_cross_entropy_with_logits

from ganlab.errors import InputError

INFOGAN = ("variants=infogan", "data=ring", "builder.activation=tanh")
OPTIONS = "game={categories: [3, 2], uniform: 2, categorical_weight: 0.5, uniform_weight: 0.3}"


class Reader(nn.Module):
    """A discriminator with a score of 0 that finds the codes in the last elements of samples, times a factor."""

    def __init__(self, codes: int, factor: float) -> None:
        super().__init__()
        self.codes = codes
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, samples: Tensor) -> Tensor:
        return torch.cat([torch.zeros(len(samples), 1), self.factor * samples[:, -self.codes :]], 1)


class Copier(nn.Module):
    """A generator that gives its latents."""

    def forward(self, latent: Tensor) -> Tensor:
        return latent


@pytest.fixture
def small(specs_of) -> SmallGame:
    (spec,) = specs_of(*INFOGAN, OPTIONS)
    return SmallGame(spec)


def information(output: Tensor, latent: Tensor) -> Tensor:
    """0.5 of that on codes of 3 and 2 categories, and 0.3 of that on two uniform ones, latents beginning with 4."""
    total = torch.zeros(())
    for size, start in ((3, 0), (2, 3)):
        code = latent[:, 4 + start : 4 + start + size].argmax(1)
        found = Categorical(logits=output[:, 1 + start : 1 + start + size]).log_prob(code).mean()
        total = total + 0.5 * (found + Categorical(probs=torch.ones(size)).entropy())
    for place in (5, 6):
        found = Normal(output[:, 1 + place], 1.0).log_prob(latent[:, 4 + place]).mean()
        total = total + 0.3 * (found + Uniform(-1.0, 1.0).entropy())
    return total


def real_is_real(output: Tensor, real: bool) -> Tensor:
    return binary_cross_entropy_with_logits(output[:, 0], torch.full((len(output),), float(real)))


def test_latents_end_with_codes_one_hot_and_uniform(small):
    latent = small.batch.latent
    assert latent.shape == (SIZE, 4 + 3 + 2 + 2)
    for first, last in ((4, 7), (7, 9)):
        assert latent[:, first:last].sort(1).values[:, -1].tolist() == [1] * SIZE
        assert latent[:, first:last].sum(1).tolist() == [1] * SIZE
    assert latent[:, 9:].abs().max() <= 1


def test_the_discriminator_classifies_the_source_and_finds_the_codes_of_fake_samples(small):
    network = small.networks["discriminator"]
    real, fake = network(small.batch.real), network(small.fake.detach())
    source = real_is_real(real, True) + real_is_real(fake, False)
    small.assert_minimises("discriminator", source - information(fake, small.batch.latent))


def test_the_generator_is_to_look_real_and_to_show_its_codes(small):
    output = small.networks["discriminator"](small.fake)
    small.assert_minimises("generator", real_is_real(output, True) - information(output, small.batch.latent))


@pytest.mark.parametrize(("factor", "expected"), [(100.0, math.log(3) + math.log(2)), (0.0, 0.0)])
def test_information_on_categories_is_their_entropy_where_they_are_found_and_none_by_guessing(
    specs_of, factor, expected
):
    (spec,) = specs_of(*INFOGAN, "game={categories: [3, 2], uniform: 0}")
    small = SmallGame(spec)
    small.networks = {"generator": Copier(), "discriminator": Reader(5, factor)}
    small.batch = small.batch._replace(real=small.batch.latent)
    readings = small.loss("discriminator").readings
    assert readings["categorical_information"].item() == pytest.approx(expected, abs=1e-6)
    assert readings["uniform_information"].item() == 0


def test_the_bound_on_uniform_codes_that_are_found_is_that_of_a_unit_normal(specs_of):
    (spec,) = specs_of(*INFOGAN, "game={categories: [], uniform: 2}")
    small = SmallGame(spec)
    small.networks = {"generator": Copier(), "discriminator": Reader(2, 1.0)}
    small.batch = small.batch._replace(real=small.batch.latent)
    bound = 2 * (math.log(2) - math.log(2 * math.pi) / 2)
    assert small.loss("discriminator").readings["uniform_information"].item() == pytest.approx(bound, abs=1e-6)


def test_a_game_without_codes_is_refused(specs_of):
    with pytest.raises(InputError, match="needs at least one code"):
        specs_of(*INFOGAN, "game={categories: [], uniform: 0}")


def test_a_code_of_one_category_is_refused(specs_of):
    with pytest.raises(InputError, match="categories"):
        specs_of(*INFOGAN, "game={categories: [1]}")
