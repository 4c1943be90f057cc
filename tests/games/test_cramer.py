"""Cramér GAN's losses (arXiv:1705.10743, algorithm 1) against closed forms and torch's own autograd."""

from __future__ import annotations

import math

import pytest
import torch
from objective_calls import assert_same_objective, batch_of, game_of, networks_of, objective
from torch import nn

from ganlab.games import Batch
from ganlab.training.batches import Batches
from ganlab.training.setup import build_game, load_data

COUNT = 400_000


class Shift(nn.Module):
    """A generator of N(1, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.by = nn.Parameter(torch.tensor(1.0))

    def forward(self, latent):
        return latent + self.by


class Values(nn.Module):
    """Features that are the samples themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(1.0))

    def forward(self, samples):
        return self.scale * samples


def folded(mean, variance):
    """E|X| of a normal X."""
    std = math.sqrt(variance)
    tail = math.erf(mean / (std * math.sqrt(2)))
    return std * math.sqrt(2 / math.pi) * math.exp(-(mean**2) / (2 * variance)) + mean * tail


@pytest.fixture
def normals():
    """Real samples from N(0, 1), and generated ones from N(1, 1)."""
    generator = torch.Generator().manual_seed(0)
    real, latent, second = (torch.randn(COUNT, 1, generator=generator) for _ in range(3))
    return Batch(real, None, latent, {"second_latent": second})


def value_of(player, batch):
    networks = {"generator": Shift(), "discriminator": Values()}
    game = game_of("cramer", (1,))
    game.chosen_penalties = ()
    (value, _, readings), gradients = objective(game, networks, player, batch, {})
    return value.item(), readings, gradients


def test_the_generator_minimises_the_energy_distance(normals):
    """.54181 between N(0, 1) and N(1, 1); the loss has E|x - x'| = 2 / sqrt(pi) beside."""
    value, _, (slope,) = value_of("generator", normals)
    assert value - 2 / math.sqrt(math.pi) == pytest.approx(0.54181, abs=0.008)
    assert value == pytest.approx(2 * folded(1, 2) - folded(0, 2), abs=0.008)
    assert slope.item() == pytest.approx(2 * math.erf(1 / 2), abs=0.008)  # of 2 E|x - y| as the means part


def test_the_discriminator_tells_samples_by_their_distances_to_others_and_to_zero(normals):
    value, readings, _ = value_of("discriminator", normals)
    real_score, fake_score = folded(1, 2) - folded(0, 1), folded(0, 2) - folded(1, 1)
    assert readings["score_real"].item() == pytest.approx(real_score, abs=0.008)
    assert readings["score_fake"].item() == pytest.approx(fake_score, abs=0.008)
    assert value == pytest.approx(fake_score - real_score, abs=0.008)


def plain_score(network, samples, others):
    return (network(samples) - network(others)).norm(dim=1) - network(samples).norm(dim=1)


def test_the_discriminators_loss_and_penalty_are_those_of_algorithm_1():
    game = game_of("cramer", features=7)
    networks, batch = networks_of(game), batch_of(game, "discriminator")
    network = networks["discriminator"]
    fake, others = (networks["generator"](one).detach() for one in (batch.latent, batch.draws["second_latent"]))
    points = (fake + batch.draws["gradient_penalty"] * (batch.real - fake)).requires_grad_()
    (gradient,) = torch.autograd.grad(plain_score(network, points, others).sum(), points, create_graph=True)
    penalty = (gradient.norm(dim=1) - 1).square().mean()
    loss = (plain_score(network, fake, others) - plain_score(network, batch.real, others)).mean()
    found = objective(game, networks, "discriminator", batch, {"gradient_penalty": 10.0})
    assert_same_objective(found, loss + 10 * penalty, network)
    torch.testing.assert_close(found[0][2]["discriminator_loss"], loss, rtol=1e-4, atol=1e-5)


def test_the_generators_loss_is_that_of_algorithm_1():
    game = game_of("cramer", features=7)
    networks, batch = networks_of(game), batch_of(game, "generator")
    network = networks["discriminator"]
    one, other = (network(networks["generator"](z)) for z in (batch.latent, batch.draws["second_latent"]))
    real = network(batch.real)
    expected = ((real - one).norm(dim=1) + (real - other).norm(dim=1) - (one - other).norm(dim=1)).mean()
    found = objective(game, networks, "generator", batch, {"gradient_penalty": 10.0})
    assert_same_objective(found, expected, networks["generator"])


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_features_that_are_all_the_same_give_no_nan_gradient(player):
    game = game_of("cramer", features=3)
    networks, batch = networks_of(game), batch_of(game, player)
    with torch.no_grad():
        for parameter in networks["discriminator"].parameters():
            parameter.zero_()
    (value, _, _), gradients = objective(game, networks, player, batch, {"gradient_penalty": 10.0})
    assert value.isfinite()
    assert all(gradient.isfinite().all() for gradient in gradients)


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_both_players_have_two_batches_of_latents_of_their_own(specs_of, player):
    (spec,) = specs_of("variants=[cramer]")
    data = load_data(spec)
    batch = Batches(player, build_game(spec, data.form), [0], data, 64).at(0)
    second = batch.draws["second_latent"]
    assert second.shape == batch.latent.shape
    assert abs(torch.corrcoef(torch.stack([second.flatten(), batch.latent.flatten()]))[0, 1]) < 0.2


def test_training_stays_finite(specs_of, train):
    training = train(specs_of("variants=[cramer]", "evaluation.every=40"))
    assert training.trainer.population.state.alive.all()


def test_labels_condition_generator_and_features(specs_of, train):
    training = train(specs_of("variants=[cramer]", "data={name: digits}", "conditional=true", "steps=4"))
    assert training.trainer.population.state.alive.all()
