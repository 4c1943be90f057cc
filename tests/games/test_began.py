"""BEGAN's losses and its k, by the formulas of arXiv:1703.10717, section 3."""

from __future__ import annotations

import pytest
import torch
from objective_calls import assert_same_objective, batch_of, game_of, networks_of, objective

from ganlab.errors import InputError
from ganlab.networks import Classes

WEIGHTS = {"gamma": 0.5, "lambda_k": 0.001}


@pytest.fixture
def game():
    return game_of("began", code=4)


def error(networks, samples):
    """L(v) = |v - D(v)|, by the modules themselves."""
    autoencoder = networks["discriminator"]
    return (samples - autoencoder.decoder(autoencoder.encoder(samples))).abs().mean()


def test_the_discriminator_minimises_the_error_of_data_less_k_times_that_of_samples(game):
    networks, batch = networks_of(game), batch_of(game, "discriminator")
    fake = networks["generator"](batch.latent).detach()
    expected = error(networks, batch.real) - 0.3 * error(networks, fake)
    found = objective(game, networks, "discriminator", batch, WEIGHTS, {"k": torch.tensor(0.3)})
    assert_same_objective(found, expected, networks["discriminator"])


def test_the_generator_minimises_the_error_of_its_samples_through_target_and_reconstruction(game):
    networks, batch = networks_of(game), batch_of(game, "generator")
    expected = error(networks, networks["generator"](batch.latent))
    assert_same_objective(objective(game, networks, "generator", batch, WEIGHTS), expected, networks["generator"])


@pytest.mark.parametrize(("k", "gamma", "lambda_k"), [(0.4, 0.5, 0.001), (0.0, 1.0, 0.2), (0.3, 0.0, 0.1)])
def test_k_follows_the_balance_of_errors(game, k, gamma, lambda_k):
    networks, batch = networks_of(game), batch_of(game, "discriminator")
    real, fake = (error(networks, one).item() for one in (batch.real, networks["generator"](batch.latent)))
    weights = {"gamma": gamma, "lambda_k": lambda_k}
    (_, extra, readings), _ = objective(game, networks, "discriminator", batch, weights, {"k": torch.tensor(k)})
    assert extra["k"].item() == pytest.approx(k + lambda_k * (gamma * real - fake), abs=1e-6)
    assert readings["convergence"].item() == pytest.approx(real + abs(gamma * real - fake), rel=1e-5)
    assert readings["k"].item() == pytest.approx(k)


@pytest.mark.parametrize(("gamma", "bound"), [(1.0, 1.0), (0.0, 0.0)])
def test_k_stays_between_0_and_1(game, gamma, bound):
    """Real samples are reconstructed much worse at first, so that gamma = 1 drives k up, and gamma = 0 down."""
    networks, batch = networks_of(game), batch_of(game, "discriminator")
    weights = {"gamma": gamma, "lambda_k": 1e6}
    (_, extra, _), _ = objective(game, networks, "discriminator", batch, weights, {"k": torch.tensor(0.5)})
    assert extra["k"].item() == bound


def test_k_is_part_of_the_state_that_training_advances(specs_of, train):
    training = train(specs_of("variants=[began]", "data={name: ring}", "game={lambda_k: 0.1}"))
    assert training.trainer.population.state.alive.all()
    assert 0 < training.trainer.population.state.extra["k"].item() < 1


def test_each_members_k_follows_its_own_rate(specs_of, train):
    entries = [f"{{name: began, label: at{rate}, game: {{lambda_k: {rate}}}}}" for rate in (0.0, 0.001, 0.1)]
    training = train(specs_of(f"variants=[{', '.join(entries)}]", "data={name: ring}"))
    still, slow, fast = training.trainer.population.state.extra["k"].tolist()
    assert still == 0
    assert 0 < slow < fast / 10


def test_a_conditional_run_is_refused():
    with pytest.raises(InputError, match=r"'began' has no conditional form.*leave out 'conditional'"):
        game_of("began", condition=Classes(3))
