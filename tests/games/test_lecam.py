"""The LeCam regulariser."""

from __future__ import annotations

import pytest
import torch
from axes_play import batch_of, play
from torch.nn.functional import softplus

from ganlab.games.lecam import initial_averages, lecam, next_averages


def test_averages_are_moving_means_corrected_for_their_start():
    """After t updates they are the mean of all t, each weighed 0.99^age."""
    scores = torch.randn(30, 2, 8, generator=torch.Generator().manual_seed(0))
    extra = initial_averages()
    for real, fake in scores:
        extra = next_averages(extra, real, fake)
    ages = torch.arange(29, -1, -1, dtype=torch.float64)
    shares = 0.99**ages / (0.99**ages).sum()
    average_real, average_fake = (shares[:, None] * scores.double().mean(2)).sum(0)
    real, fake = scores[-1].double()
    expected = (real - average_fake).square().mean() + (fake - average_real).square().mean()
    assert lecam(extra, *scores[-1]).item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_discriminator_is_charged_for_scores_far_from_the_others_average(specs_of):
    played = play(specs_of, "lecam=0.3")
    played.extra = {"lecam_real": torch.tensor(0.2), "lecam_fake": torch.tensor(-0.4), "lecam_start": torch.tensor(0.5)}
    real = played.score(played.batches["discriminator"].real)
    fake = played.score(played.fake("discriminator").detach())
    average_real = (0.99 * 0.2 + 0.01 * real.mean().item()) / (1 - 0.99 * 0.5)
    average_fake = (0.99 * -0.4 + 0.01 * fake.mean().item()) / (1 - 0.99 * 0.5)
    term = (real - average_fake).square().mean() + (fake - average_real).square().mean()
    played.assert_is("discriminator", softplus(-real).mean() + softplus(fake).mean() + 0.3 * term)
    assert played.loss("discriminator").readings["lecam"].item() == pytest.approx(0.3 * term.item(), rel=1e-5)


def test_the_generator_neither_pays_nor_moves_the_averages(specs_of):
    played = play(specs_of, "lecam=0.3")
    played.assert_is("generator", softplus(-played.score(played.fake("generator"))).mean())
    assert not played.loss("generator").extra


def test_averages_are_those_of_the_scores_that_training_saw(specs_of, train):
    settings = ("lecam=0.3", "optimizer.lr=1e-8")
    training = train(specs_of(*settings))
    played = play(specs_of, *settings)
    (spec,) = specs_of(*settings)
    expected = initial_averages()
    for update in range(spec.steps):
        batch = batch_of(spec, "discriminator", update)
        real, fake = played.score(batch.real), played.score(played.networks["generator"](batch.latent))
        expected = next_averages(expected, real, fake)
    extra = training.trainer.population.state.extra
    for name, average in expected.items():
        torch.testing.assert_close(extra[name].squeeze(), average, rtol=1e-4, atol=1e-5, msg=name)
