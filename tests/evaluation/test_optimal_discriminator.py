"""The distance to log p/q, of scores whose distance is known."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from ganlab.data import load
from ganlab.evaluation import EVALUATORS, Subject
from ganlab.evaluation.optimal_discriminator import log_ratio_error
from ganlab.variants import VARIANTS

NORMAL = load("gaussian", {}, "test").reference
SAMPLES = np.random.default_rng(0).normal(1, 1, size=10_000)


def log_ratio(x):
    """Of N(0, 1) to N(1, 1)."""
    return 0.5 - x


def test_the_best_score_is_as_near_as_the_floor():
    floor = EVALUATORS["optimal-discriminator"].floor(NORMAL, 10_000)["discriminator_error"]
    assert 0.05 < floor < 0.2
    assert log_ratio_error(log_ratio, SAMPLES, NORMAL) == pytest.approx(floor, abs=0.06)


def test_a_constant_more_is_the_distance():
    assert log_ratio_error(lambda x: log_ratio(x) + 2, SAMPLES, NORMAL) == pytest.approx(2, abs=0.05)


def test_a_score_of_zero_has_the_distance_in_closed_form():
    # under the even mixture, x - 1/2 has mean 0 and the variance 1 + 1/4
    assert log_ratio_error(np.zeros_like, SAMPLES, NORMAL) == pytest.approx(np.sqrt(1.25), rel=0.05)


def test_of_a_subject_the_last_generator_and_the_discriminator_are_measured():
    data = load("gaussian", {}, "test")
    subject = Subject(
        samples=torch.zeros(1, 1),
        latents=torch.from_numpy(SAMPLES)[:, None].float(),
        networks={"generator": lambda z: z, "discriminator": lambda x: log_ratio(x[:, 0]) - 3},
        data=data,
    )
    found = EVALUATORS["optimal-discriminator"].function(subject, data.reference)["discriminator_error"]
    assert found == pytest.approx(3, abs=0.06)


def test_samples_far_from_the_data_give_a_number():
    assert np.isfinite(log_ratio_error(np.zeros_like, np.full(1_000, 50.0), NORMAL))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_the_variants_that_say_so_have_the_log_ratio_as_their_best_score_and_no_other_has(variant):
    """On three values that are p and q of the time, the loss is minimised over the three scores."""
    p, q = np.array([5, 3, 2]), np.array([1, 4, 5])
    real, fake = (np.repeat(np.arange(3), counts) for counts in (p, q))

    def loss(scores):
        values = torch.tensor(scores, requires_grad=True)
        found = variant.discriminator_loss(values[real], values[fake])
        (gradient,) = torch.autograd.grad(found, values)
        return found.item(), gradient.numpy()

    with np.errstate(all="ignore"):
        best = minimize(loss, np.full(3, 0.3), jac=True, options={"maxiter": 500}).x
    is_log_ratio = np.allclose(best, np.log(p / q), atol=1e-3)
    if variant.penalties or variant.constraints:
        assert variant.optimal_score == ""
    else:
        assert is_log_ratio == (variant.optimal_score == "log-ratio")
