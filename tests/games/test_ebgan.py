"""EBGAN's losses and its pulling-away term, by the formulas of arXiv:1609.03126, section 2."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from objective_calls import assert_same_objective, batch_of, game_of, networks_of, objective
from torch import nn

from ganlab.errors import InputError
from ganlab.games import game_options
from ganlab.games.ebgan import pulling_away_term
from ganlab.networks import Classes


@pytest.fixture
def game():
    return game_of("ebgan", code=4)


def energies(networks, samples):
    autoencoder = networks["discriminator"]
    return torch.linalg.vector_norm(samples - autoencoder.decoder(autoencoder.encoder(samples)), dim=1)


def mean_squared_cosine(codes):
    """The definition, pair by pair."""
    count = len(codes)
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
    cosines = [codes[i] @ codes[j] / (codes[i].norm() * codes[j].norm()) for i, j in pairs]
    return torch.stack(cosines).square().mean()


@pytest.mark.parametrize("margin", [0.01, 0.5, 10.0])
def test_the_discriminator_lifts_the_energy_of_samples_up_to_the_margin(game, margin):
    networks, batch = networks_of(game), batch_of(game, "discriminator")
    fake = energies(networks, networks["generator"](batch.latent).detach())
    expected = energies(networks, batch.real).mean() + (margin - fake).clamp(min=0).mean()
    weights = {"margin": margin, "pulling_away": 0.1}
    found = objective(game, networks, "discriminator", batch, weights)
    assert_same_objective(found, expected, networks["discriminator"])


def test_the_margins_of_the_test_above_spare_all_samples_some_and_none(game):
    networks, batch = networks_of(game), batch_of(game, "discriminator")
    fake = energies(networks, networks["generator"](batch.latent))
    assert fake.min() > 0.01
    assert fake.min() < 0.5 < fake.max() < 10


def test_the_generator_minimises_the_energy_of_its_samples_and_the_pulling_away_term(game):
    networks, batch = networks_of(game), batch_of(game, "generator")
    fake = networks["generator"](batch.latent)
    term = mean_squared_cosine(networks["discriminator"].encoder(fake))
    found = objective(game, networks, "generator", batch, {"margin": 1.0, "pulling_away": 0.7})
    assert_same_objective(found, energies(networks, fake).mean() + 0.7 * term, networks["generator"])
    torch.testing.assert_close(found[0][2]["pulling_away_term"], term)


@given(st.integers(2, 9), st.integers(2, 6), st.integers(0, 1000))
def test_the_pulling_away_term_is_the_mean_squared_cosine_of_different_samples(count, size, seed):
    codes = torch.randn(count, size, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(pulling_away_term(codes), mean_squared_cosine(codes), rtol=1e-4, atol=1e-6)


def test_the_pulling_away_term_is_1_for_parallel_codes_and_0_for_orthogonal_ones():
    scales = torch.tensor([[1.0], [-2.0], [0.5]])
    assert pulling_away_term(scales * torch.tensor([3.0, 4.0])).item() == pytest.approx(1)
    assert pulling_away_term(torch.diag(torch.tensor([1.0, 5.0, 0.1]))).item() == pytest.approx(0)


def test_the_pulling_away_term_of_directions_without_preference_is_one_over_their_number_of_elements():
    codes = torch.randn(2000, 8, generator=torch.Generator().manual_seed(0))
    assert pulling_away_term(codes).item() == pytest.approx(1 / 8, rel=0.01)


def test_a_perfect_reconstruction_gives_no_nan_gradient(game):
    """The norm has no derivative at 0: sqrt gives NaN there."""
    networks, batch = networks_of(game), batch_of(game, "discriminator")
    encoder, decoder = (nn.Linear(2, 2, bias=False) for _ in range(2))
    with torch.no_grad():
        encoder.weight.copy_(torch.eye(2))
        decoder.weight.copy_(torch.eye(2))
    networks["discriminator"].encoder, networks["discriminator"].decoder = encoder, decoder
    (value, _, readings), gradients = objective(
        game, networks, "discriminator", batch, {"margin": 1.0, "pulling_away": 0.1}
    )
    assert readings["energy_real"] == 0
    assert value == 1
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_training_stays_finite_and_reads_energies(specs_of, train):
    training = train(specs_of("variants=[ebgan]", "data={name: ring}", "game={margin: 1.0}"))
    assert training.trainer.population.state.alive.all()
    readings = training.trainer.population.state.players["discriminator"].meters
    assert {"energy_real", "energy_fake"} <= readings.keys()


def test_a_conditional_run_is_refused():
    with pytest.raises(InputError, match="'ebgan' has no conditional form"):
        game_of("ebgan", condition=Classes(3))


@pytest.mark.parametrize(("options", "message"), [({"margin": 0}, "margin"), ({"code": 1}, "code")])
def test_options_without_effect_are_refused(options, message):
    """All codes of one number are parallel."""
    with pytest.raises(InputError, match=message):
        game_options("ebgan", options, "test")
