"""MMD GAN's estimate against closed forms, and its objectives against torch's own autograd."""

from __future__ import annotations

import math

import pytest
import torch
from objective_calls import assert_same_objective, batch_of, game_of, networks_of, objective
from scipy import stats

from ganlab.errors import InputError
from ganlab.games import game_options
from ganlab.games.mmd_gan import (
    BANDWIDTHS,
    EXPONENTS,
    KERNELS,
    gaussian_mixture,
    rational_quadratic_mixture,
    squared_mmd,
)


def gaussian(squared):
    return torch.exp(-squared / 2)


def mean_estimate(kernel, distance, size, batches=4000):
    """Of batches from N(0, 1) and N(distance, 1), and its standard error."""
    generator = torch.Generator().manual_seed(0)
    first = torch.randn(batches, size, 1, generator=generator)
    second = distance + torch.randn(batches, size, 1, generator=generator)
    estimates = torch.vmap(lambda x, y: squared_mmd(kernel, x, y), chunk_size=500)(first, second)
    return estimates.mean().item(), estimates.std().item() / math.sqrt(batches)


def expected_kernel(term, mean):
    """Of the difference of two standard normals with means this far apart, by numerical integration."""
    return stats.norm(mean, math.sqrt(2)).expect(lambda d: term(d * d))


def test_of_normals_one_apart_it_is_the_closed_form():
    """2 (1 - exp(-1/6)) / sqrt(3)."""
    mean, error = mean_estimate(gaussian, 1.0, size=8)
    assert error < 0.004
    assert mean == pytest.approx(0.17727, abs=4 * error)


@pytest.mark.parametrize("size", [2, 16])
def test_of_the_same_distribution_it_is_zero_on_average_at_any_batch_size(size):
    """With pairs of a sample with itself it would be 2 (1 - 1 / sqrt(3)) / n."""
    mean, error = mean_estimate(gaussian, 0.0, size)
    assert abs(mean) < 4 * error < 0.2 * 2 * (1 - 1 / math.sqrt(3)) / size


def test_the_sum_of_gaussians_has_the_closed_form_of_each():
    """2 s (1 - exp(-1 / (2 (s^2 + 2)))) / sqrt(s^2 + 2) for each bandwidth s."""
    variances = [width**2 + 2 for width in BANDWIDTHS]
    expected = sum(
        2 * width * (1 - math.exp(-1 / (2 * variance))) / math.sqrt(variance)
        for width, variance in zip(BANDWIDTHS, variances, strict=True)
    )
    mean, error = mean_estimate(gaussian_mixture, 1.0, size=16)
    assert mean == pytest.approx(expected, abs=4 * error)
    assert error < 0.01


def test_the_sum_of_rational_quadratic_terms_has_the_integral_of_each():
    expected = sum(
        2 * (expected_kernel(term, 0.0) - expected_kernel(term, 1.0))
        for term in (lambda squared, a=a: (1 + squared / (2 * a)) ** -a for a in EXPONENTS)
    )
    mean, error = mean_estimate(rational_quadratic_mixture, 1.0, size=16)
    assert mean == pytest.approx(expected, abs=4 * error)
    assert error < 0.01


@pytest.mark.parametrize("kernel", KERNELS.values())
def test_a_kernel_at_distance_zero_counts_its_terms(kernel):
    assert kernel(torch.zeros(1)).item() == pytest.approx(5)


def plain_kernel(name, first, second):
    """Of features [m, F] and [n, F], by differences."""
    squared = (first.unsqueeze(1) - second.unsqueeze(0)).pow(2).sum(-1)
    if name == "gaussian":
        return sum(torch.exp(-squared / (2 * s * s)) for s in (1, 2, 4, 8, 16))
    return sum((1 + squared / (2 * a)) ** (-a) for a in (0.2, 0.5, 1, 2, 5))


def plain_squared_mmd(name, first, second):
    different = ~torch.eye(len(first), dtype=torch.bool)
    among = [plain_kernel(name, one, one)[different].mean() for one in (first, second)]
    return sum(among) - 2 * plain_kernel(name, first, second).mean()


def plain_penalty(name, network, batch, fake):
    """(|gradient of the witness| - 1)^2 between pairs of a real and a fake sample."""
    points = (fake + batch.draws["gradient_penalty"] * (batch.real - fake)).requires_grad_()
    to_real = plain_kernel(name, network(points), network(batch.real)).mean(1)
    witness = to_real - plain_kernel(name, network(points), network(fake)).mean(1)
    (gradient,) = torch.autograd.grad(witness.sum(), points, create_graph=True)
    return (gradient.norm(dim=1) - 1).square().mean()


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_discriminator_maximises_it_with_a_penalty_on_the_slope_of_the_witness(kernel):
    game = game_of("mmd-gan", kernel=kernel)
    networks, batch = networks_of(game), batch_of(game, "discriminator")
    network, fake = networks["discriminator"], networks["generator"](batch.latent).detach()
    distance = plain_squared_mmd(kernel, network(batch.real), network(fake))
    penalty = plain_penalty(kernel, network, batch, fake)
    found = objective(game, networks, "discriminator", batch, {"gradient_penalty": 3.0})
    assert_same_objective(found, -distance + 3 * penalty, network)
    readings = found[0][2]
    torch.testing.assert_close(readings["discriminator_loss"], -distance, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(readings["penalty"], 3 * penalty, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_generator_minimises_it(kernel):
    game = game_of("mmd-gan", kernel=kernel)
    networks, batch = networks_of(game), batch_of(game, "generator")
    network = networks["discriminator"]
    expected = plain_squared_mmd(kernel, network(batch.real), network(networks["generator"](batch.latent)))
    assert_same_objective(objective(game, networks, "generator", batch, {}), expected, networks["generator"])


@pytest.mark.parametrize("variant", ["mmd-gan", "{name: mmd-gan, game: {kernel: gaussian, features: 4}}"])
def test_training_stays_finite(specs_of, train, variant):
    training = train(specs_of(f"variants=[{variant}]", "evaluation.every=40"))
    assert training.trainer.population.state.alive.all()


def test_it_trains_with_clipped_weights_in_place_of_the_penalty(specs_of, train):
    entry = "{name: mmd-gan, penalties: {gradient_penalty: 0}, constraints: {weight_clipping: 0.01}}"
    training = train(specs_of(f"variants=[{entry}]", "evaluation.every=40"))
    parameters = training.trainer.population.state.players["discriminator"].parameters
    assert max(value.abs().max().item() for value in parameters.values()) == pytest.approx(0.01)


def test_labels_condition_generator_and_features(specs_of, train):
    training = train(specs_of("variants=[mmd-gan]", "data={name: digits}", "conditional=true", "steps=4"))
    assert training.trainer.population.state.alive.all()


def test_an_unknown_kernel_is_refused():
    with pytest.raises(InputError, match=r"'kernel' is 'laplace'; it must be 'rational-quadratic' or 'gaussian'"):
        game_options("mmd-gan", {"kernel": "laplace"}, "test")
