"""Each loss against its paper's formula, written out with numpy in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import approx_fprime
from scipy.special import expit, softmax

from ganlab.variants import VARIANTS

REAL = np.array([2.0, -0.5, 0.3, 1.5])
FAKE = np.array([-1.0, 0.7, -0.2, 3.0])


def log_s(x):
    return np.log(expit(x))


def relu(x):
    return np.maximum(x, 0)


def classify(r, f):
    return -log_s(r).mean() - log_s(-f).mean()


FORMULAS = {
    "minimax": (classify, lambda r, f: np.log(1 - expit(f)).mean()),
    "vanilla": (classify, lambda r, f: -log_s(f).mean()),
    "dragan": (classify, lambda r, f: -log_s(f).mean()),
    "r1": (classify, lambda r, f: -log_s(f).mean()),
    "lsgan": (
        lambda r, f: 0.5 * ((r - 1) ** 2).mean() + 0.5 * (f**2).mean(),
        lambda r, f: 0.5 * ((f - 1) ** 2).mean(),
    ),
    "wgan": (lambda r, f: f.mean() - r.mean(), lambda r, f: -f.mean()),
    "wgan-gp": (lambda r, f: f.mean() - r.mean(), lambda r, f: -f.mean()),
    "wgan-lp": (lambda r, f: f.mean() - r.mean(), lambda r, f: -f.mean()),
    "wgan-div": (lambda r, f: f.mean() - r.mean(), lambda r, f: -f.mean()),
    "hinge": (lambda r, f: relu(1 - r).mean() + relu(1 + f).mean(), lambda r, f: -f.mean()),
    "rpgan": (lambda r, f: -log_s(r - f).mean(), lambda r, f: -log_s(f - r).mean()),
    "r3gan": (lambda r, f: -log_s(r - f).mean(), lambda r, f: -log_s(f - r).mean()),
    "ragan": (
        lambda r, f: 0.5 * (-log_s(r - f.mean()).mean() - log_s(r.mean() - f).mean()),
        lambda r, f: 0.5 * (-log_s(f - r.mean()).mean() - log_s(f.mean() - r).mean()),
    ),
    "ralsgan": (
        lambda r, f: 0.5 * (((r - f.mean() - 1) ** 2).mean() + ((f - r.mean() + 1) ** 2).mean()),
        lambda r, f: 0.5 * (((r - f.mean() + 1) ** 2).mean() + ((f - r.mean() - 1) ** 2).mean()),
    ),
    "rahinge": (
        lambda r, f: 0.5 * (relu(1 - (r - f.mean())).mean() + relu(1 + (f - r.mean())).mean()),
        lambda r, f: 0.5 * (relu(1 + (r - f.mean())).mean() + relu(1 - (f - r.mean())).mean()),
    ),
    "softmax-gan": (
        lambda r, f: -np.log(softmax(np.concatenate([r, f]))[: len(r)]).mean(),
        lambda r, f: -np.log(softmax(np.concatenate([r, f]))).mean(),
    ),
}


def test_every_registered_variant_is_checked_here_but_f_gan_which_has_a_file_of_its_own():
    assert set(FORMULAS) == {name for name in VARIANTS.names if not name.startswith("f-")}


@pytest.mark.parametrize("name", FORMULAS)
def test_losses_are_the_formulas_of_the_paper(name):
    real, fake = torch.from_numpy(REAL), torch.from_numpy(FAKE)
    discriminator, generator = FORMULAS[name]
    assert VARIANTS[name].discriminator_loss(real, fake).item() == pytest.approx(discriminator(REAL, FAKE))
    assert VARIANTS[name].generator_loss(real, fake).item() == pytest.approx(generator(REAL, FAKE))


@pytest.mark.parametrize("name", FORMULAS)
def test_the_gradients_of_losses_by_the_scores_are_those_of_the_formulas(name):
    """Those of real scores too, at scores where no hinge has its kink."""
    both = torch.from_numpy(np.concatenate([REAL, FAKE + 0.05]))
    losses = (VARIANTS[name].discriminator_loss, VARIANTS[name].generator_loss)
    for loss, formula in zip(losses, FORMULAS[name], strict=True):
        gradient = torch.func.grad(lambda scores, loss=loss: loss(scores[:4], scores[4:]))(both)
        expected = approx_fprime(both.numpy(), lambda scores, formula=formula: formula(scores[:4], scores[4:]), 1e-7)
        np.testing.assert_allclose(gradient.numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("name", [*FORMULAS, "f-pearson", "f-pearson-minimax", "f-js", "f-js-minimax"])
def test_losses_and_their_gradients_stay_finite_for_extreme_scores(name):
    """A logistic of a float32 score saturates from about 17 on; losses must be computed from the scores."""
    for scale in (17.0, 100.0, 1e4):
        scores = torch.tensor([scale, -scale], requires_grad=True)
        for loss in (VARIANTS[name].discriminator_loss, VARIANTS[name].generator_loss):
            value = loss(scores, -scores.flip(0))
            (gradient,) = torch.autograd.grad(value, scores)
            assert value.isfinite()
            assert gradient.isfinite().all()


def test_the_non_saturating_generator_still_learns_where_the_saturating_one_does_not():
    fake = torch.tensor([-20.0], requires_grad=True)
    gradients = {
        name: torch.autograd.grad(VARIANTS[name].generator_loss(fake, fake), fake)[0].abs().item()
        for name in ("vanilla", "minimax")
    }
    assert gradients["vanilla"] == pytest.approx(1.0)
    assert gradients["minimax"] < 1e-8


RELATIVISTIC = ["rpgan", "ragan", "ralsgan", "rahinge", "r3gan"]
WASSERSTEIN = ["wgan", "wgan-gp", "wgan-lp", "wgan-div"]

scores = arrays(np.float64, 6, elements=st.floats(-5, 5))


@pytest.mark.parametrize("name", RELATIVISTIC + WASSERSTEIN + ["softmax-gan"])
@given(real=scores, fake=scores, shift=st.floats(-5, 5))
def test_relativistic_wasserstein_and_softmax_discriminators_know_scores_up_to_a_constant(name, real, fake, shift):
    real, fake = torch.from_numpy(real), torch.from_numpy(fake)
    loss = VARIANTS[name].discriminator_loss
    assert loss(real + shift, fake + shift).item() == pytest.approx(loss(real, fake).item(), abs=1e-9)


@pytest.mark.parametrize("name", RELATIVISTIC)
@given(real=scores, fake=scores)
def test_the_relativistic_generator_plays_the_discriminators_game_with_the_roles_swapped(name, real, fake):
    """Both terms, real and fake: a generator's loss without the real term is another variant."""
    real, fake = torch.from_numpy(real), torch.from_numpy(fake)
    variant = VARIANTS[name]
    assert variant.generator_loss(real, fake).item() == pytest.approx(variant.discriminator_loss(fake, real).item())


def test_the_least_squares_discriminator_takes_raw_scores_not_probabilities():
    far = torch.tensor([10.0])
    assert VARIANTS["lsgan"].generator_loss(far, far).item() == pytest.approx(40.5)


def test_wasserstein_losses_alone_separate_means():
    wasserstein = {variant.name for variant in VARIANTS if variant.separates_means}
    assert wasserstein == set(WASSERSTEIN)


def test_the_losses_of_softmax_gan_are_least_at_the_targets_of_the_paper():
    """All mass evenly on real samples for the discriminator, log 4; evenly on all eight for the generator, log 8."""
    variant = VARIANTS["softmax-gan"]
    even, far = torch.zeros(4), torch.full((4,), -100.0)
    assert variant.discriminator_loss(even, far).item() == pytest.approx(np.log(4))
    assert variant.discriminator_loss(even, even).item() == pytest.approx(np.log(8))
    assert variant.generator_loss(even, even).item() == pytest.approx(np.log(8))
    assert variant.generator_loss(even, far).item() > np.log(8)
