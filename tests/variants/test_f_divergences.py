"""f-GAN against the theory of arXiv:1606.00709: bounds, where they are tight, and what both players descend."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad
from scipy.special import entr
from scipy.stats import norm
from torch.nn.functional import logsigmoid

from ganlab.variants import VARIANTS

NAMES = ["kl", "reverse-kl", "pearson", "hellinger", "js"]

POINTS = np.linspace(-14, 15, 1001)
"""Where N(0, 1), the data, and N(1, 1), the samples, are integrated."""

DATA, SAMPLES = norm(0, 1).pdf, norm(1, 1).pdf

DIVERGENCES = {
    "kl": 0.5,
    "reverse-kl": 0.5,
    "pearson": np.e - 1,
    "hellinger": 2 - 2 * np.exp(-1 / 8),
    "js": 2 * quad(lambda x: entr((DATA(x) + SAMPLES(x)) / 2), -14, 15)[0] - 2 * norm.entropy(),
}
"""Of N(0, 1) from N(1, 1). Jensen-Shannon's is 2 H(m) - H(p) - H(q), twice the usual one, with m = (p + q) / 2."""

OPTIMAL_SCORES = {
    "kl": lambda ratio: 1 + ratio,
    "reverse-kl": lambda ratio: ratio,
    "pearson": lambda ratio: 2 * np.expm1(ratio),
    "hellinger": lambda ratio: ratio / 2,
    "js": lambda ratio: ratio,
}
"""The score at which T is f'(p / q), of the logarithm of p / q."""

OUTPUTS = {
    "kl": lambda v: v,
    "reverse-kl": lambda v: -torch.exp(-v),
    "pearson": lambda v: v,
    "hellinger": lambda v: 1 - torch.exp(-v),
    "js": lambda v: np.log(2) + logsigmoid(v),
}
CONJUGATES = {
    "kl": lambda t: torch.exp(t - 1),
    "reverse-kl": lambda t: -1 - torch.log(-t),
    "pearson": lambda t: t**2 / 4 + t,
    "hellinger": lambda t: t / (1 - t),
    "js": lambda t: -torch.log(2 - torch.exp(t)),
}


def bound(name: str, scores: np.ndarray) -> float:
    """What the discriminator's negative loss estimates of the divergence, its scores at POINTS being `scores`."""
    loss, values = VARIANTS[f"f-{name}"].discriminator_loss, torch.from_numpy(scores)[:, None]
    middle = values[len(values) // 2].expand_as(values)
    at_real, at_fake = torch.vmap(loss)(values, middle), torch.vmap(loss)(middle, values)
    step = POINTS[1] - POINTS[0]
    integral = (DATA(POINTS) * at_real.numpy() + SAMPLES(POINTS) * at_fake.numpy()).sum() * step
    return float(loss(middle[0], middle[0]) - integral)


RATIO = norm.logpdf(POINTS) - norm.logpdf(POINTS, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [("kl", 0.5), ("reverse-kl", 0.5), ("pearson", 1.7183), ("hellinger", 0.2350), ("js", 2 * 0.11142)],
)
def test_the_best_score_attains_the_divergence(name, value):
    assert bound(name, OPTIMAL_SCORES[name](RATIO)) == pytest.approx(DIVERGENCES[name], rel=1e-6)
    assert DIVERGENCES[name] == pytest.approx(value, rel=1e-4)


@pytest.mark.parametrize("name", NAMES)
@given(heights=arrays(np.float64, 4, elements=st.floats(-2, 2)).filter(lambda heights: np.abs(heights).max() > 0.1))
def test_every_other_score_attains_less(name, heights):
    other = np.interp(POINTS, [-1, 0, 1, 2], heights)
    assert bound(name, OPTIMAL_SCORES[name](RATIO) + other) < DIVERGENCES[name] - 1e-6


@pytest.mark.parametrize("name", NAMES)
def test_values_and_gradients_are_those_of_the_formulas(name):
    real, fake = (torch.randn(64, dtype=torch.float64, requires_grad=True) * 2 for _ in range(2))
    output, conjugate = OUTPUTS[name], CONJUGATES[name]
    cases = {
        VARIANTS[f"f-{name}"].discriminator_loss: conjugate(output(fake)).mean() - output(real).mean(),
        VARIANTS[f"f-{name}"].generator_loss: -output(fake).mean(),
        VARIANTS[f"f-{name}-minimax"].discriminator_loss: conjugate(output(fake)).mean() - output(real).mean(),
        VARIANTS[f"f-{name}-minimax"].generator_loss: -conjugate(output(fake)).mean(),
    }
    for loss, expected in cases.items():
        torch.testing.assert_close(loss(real, fake), expected)
        ours, theirs = (
            torch.autograd.grad(value, (real, fake), retain_graph=True, materialize_grads=True)
            for value in (loss(real, fake), expected)
        )
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("name", NAMES)
def test_both_generators_descend_the_same_way_where_the_samples_are_as_likely_as_the_data(name):
    """Their gradients differ by the factor f*'(T), which is p / q at the best T (section 3.2)."""
    score = torch.tensor([float(OPTIMAL_SCORES[name](0.0))], dtype=torch.float64, requires_grad=True)
    raising, lowering = (
        torch.autograd.grad(VARIANTS[variant].generator_loss(score, score), score)[0]
        for variant in (f"f-{name}", f"f-{name}-minimax")
    )
    torch.testing.assert_close(raising, lowering)


@pytest.mark.parametrize(("name", "other"), [("f-js", "vanilla"), ("f-js-minimax", "minimax")])
def test_jensen_shannon_is_the_original_game_but_for_constants(name, other):
    real, fake = torch.tensor([2.0, -30.0]), torch.tensor([-0.5, 40.0])
    for player in ("discriminator_loss", "generator_loss"):
        first, second = (getattr(VARIANTS[variant], player) for variant in (name, other))
        torch.testing.assert_close(first(real, fake) - first(fake, real), second(real, fake) - second(fake, real))


@pytest.mark.parametrize(("name", "score"), [("kl", 100.0), ("reverse-kl", -100.0), ("hellinger", 100.0)])
def test_an_exponential_beyond_float32_is_infinite_and_not_wrong(name, score):
    real, fake = torch.tensor([score]), torch.tensor([score])
    loss = VARIANTS[f"f-{name}"].discriminator_loss
    assert loss(real, fake) == torch.inf
    assert loss(real.double(), fake.double()).isfinite()
