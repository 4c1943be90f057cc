from __future__ import annotations

import math

import pytest
import torch
from scipy.optimize import brentq

from ganlab.variants import CONSTRAINTS, PENALTIES, VARIANTS
from ganlab.variants.penalties import slope

SLOPES = ("gradient_penalty", "lipschitz_penalty", "dragan_penalty")


def linear_discriminator(direction):
    return lambda x: x.flatten(1) @ direction


def noise_for(name, real):
    each_sample, each_element = torch.rand(len(real), *[1] * (real.dim() - 1)), torch.rand(real.shape)
    kinds = {"none": None, "sample": each_sample, "element": each_element, "both": (each_sample, each_element)}
    return kinds[PENALTIES[name].noise]


def charge(name, discriminator, real, fake):
    return PENALTIES[name].function(discriminator, real, fake, noise_for(name, real)).item()


@pytest.mark.parametrize("name", SLOPES)
@pytest.mark.parametrize("batch", [1, 2, 64])
@pytest.mark.parametrize("shape", [(1,), (7,), (3, 4, 4)])
def test_a_perfect_one_lipschitz_discriminator_is_charged_nothing_at_any_batch_size(name, batch, shape):
    """A norm over the whole batch would charge (sqrt(B) - 1)^2, one over channels alone something else."""
    direction = torch.ones(torch.Size(shape).numel())
    real, fake = torch.randn(batch, *shape), torch.randn(batch, *shape)
    assert charge(name, linear_discriminator(direction / direction.norm()), real, fake) == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gradient_penalty", 4.0),
        ("lipschitz_penalty", 4.0),
        ("dragan_penalty", 4.0),
        ("divergence_penalty", 729.0),
        ("r1", 4.5),
        ("r2", 4.5),
    ],
)
def test_a_discriminator_of_slope_three_is_charged_by_the_formula(name, expected):
    direction = torch.tensor([3.0, 0.0])
    real, fake = torch.randn(5, 2), torch.randn(5, 2)
    assert charge(name, linear_discriminator(direction), real, fake) == pytest.approx(expected, rel=1e-5)


def test_only_the_one_sided_penalty_lets_a_flatter_discriminator_go():
    direction = torch.tensor([0.5])
    real, fake = torch.randn(5, 1), torch.randn(5, 1)
    assert charge("lipschitz_penalty", linear_discriminator(direction), real, fake) == 0
    assert charge("gradient_penalty", linear_discriminator(direction), real, fake) == pytest.approx(0.25)


@pytest.mark.parametrize("name", PENALTIES.names)
def test_a_constant_discriminator_gives_no_nan_gradient(name):
    """The derivative of a norm at zero: sqrt gives NaN there."""
    weight = torch.zeros(3)
    real, fake = torch.randn(4, 3), torch.randn(4, 3)
    u = noise_for(name, real)

    def penalty(weight):
        return PENALTIES[name].function(lambda x: (x * weight).sum(1), real, fake, u)

    gradient, value = torch.func.grad_and_value(penalty)(weight)
    assert value.isfinite()
    assert gradient.isfinite().all()


def test_the_slope_of_a_cubic_is_its_derivative():
    x = torch.tensor([[-2.0], [0.5], [3.0]])
    torch.testing.assert_close(slope(lambda v: v.pow(3).sum(1), x), 3 * x.flatten() ** 2)


def test_the_gradient_penalty_looks_between_paired_samples_and_at_a_point_of_each_pair_of_its_own():
    seen = []

    def discriminator(x):
        seen.append(x)
        return x.sum(1)

    real, fake = torch.zeros(3, 1), torch.full((3, 1), 10.0)
    u = torch.tensor([[0.0], [0.25], [1.0]])
    PENALTIES["gradient_penalty"].function(discriminator, real, fake, u)
    looked_at = [torch.func.functional_call(torch.nn.Identity(), {}, (x,)) for x in seen]
    assert torch._C._functorch.get_unwrapped(looked_at[0]).flatten().tolist() == [10.0, 7.5, 0.0]


def test_the_divergence_penalty_is_the_sixth_power_of_the_slope_between_paired_samples():
    """(2 x)^6 of a squared discriminator at the points 1 and 3, in the norm over all elements of a sample."""
    real, fake = torch.tensor([[0.0, 0.0], [3.0, 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 4.0]])
    u = torch.tensor([[0.0], [1.0]])
    value = PENALTIES["divergence_penalty"].function(lambda x: x.square().sum(1), real, fake, u).item()
    assert value == pytest.approx((2**6 + 6**6) / 2)


@pytest.mark.parametrize("distance", [0.1, 1.0, 8.0])
def test_the_best_slope_of_a_linear_wgan_div_discriminator_is_the_fifth_root_of_the_distance_over_twelve(distance):
    """-s d + 2 s^6 is least at s^5 = d / 12."""
    derivative = torch.func.grad(objective_of_a_linear_discriminator("divergence_penalty", "wgan-div"))
    best = brentq(lambda s: derivative(torch.tensor(s, dtype=torch.float32), -distance, 2.0).item(), 1e-3, 4)
    assert best == pytest.approx((distance / 12) ** 0.2, rel=1e-4)


def test_r1_looks_at_real_samples_and_r2_at_fake_ones():
    real, fake = torch.full((4, 1), 2.0), torch.full((4, 1), -1.0)

    def square(x):
        return x.square().sum(1)

    assert charge("r1", square, real, fake) == pytest.approx((2 * 2.0) ** 2 / 2)
    assert charge("r2", square, real, fake) == pytest.approx((2 * 1.0) ** 2 / 2)


def test_dragan_looks_between_each_sample_and_its_perturbation_by_half_a_standard_deviation():
    """At x + alpha 0.5 std(x) u, alpha of the sample and u of the element, as in the code of the paper's authors."""
    real = torch.tensor([[-1.0, 1.0], [1.0, -1.0]])  # of standard deviation 1
    alpha, u = torch.tensor([[0.5], [1.0]]), torch.tensor([[0.8, 0.0], [0.8, 0.4]])
    value = PENALTIES["dragan_penalty"].function(lambda x: x.square().sum(1) / 2, real, real, (alpha, u)).item()
    points = [(-1 + 0.5 * 0.5 * 0.8, 1.0), (1 + 0.5 * 0.8, -1 + 0.5 * 0.4)]  # whose own length is the slope there
    assert value == pytest.approx(sum((math.hypot(*point) - 1) ** 2 for point in points) / 2, rel=1e-5)


def test_dragan_looks_an_eighth_of_a_standard_deviation_above_the_data_on_average():
    """The mean of alpha 0.5 u is 1/8; that of 0.5 u alone would be 1/4."""
    seen = []

    def discriminator(x):
        seen.append(torch._C._functorch.get_unwrapped(x))
        return x.sum(1)

    real = torch.randn(200_000, 1)
    charge("dragan_penalty", discriminator, real, real)
    assert ((seen[0] - real).mean() / real.std()).item() == pytest.approx(1 / 8, abs=2e-3)


def test_clipping_bounds_every_weight_and_leaves_small_ones():
    weights = {"a": torch.tensor([-5.0, 0.003, 0.2]), "b": torch.tensor([[0.01]])}
    clipped = CONSTRAINTS["weight_clipping"].function(weights, torch.tensor(0.01))
    torch.testing.assert_close(clipped["a"], torch.tensor([-0.01, 0.003, 0.01]))
    torch.testing.assert_close(clipped["b"], weights["b"])


@pytest.mark.parametrize("name", VARIANTS.names)
def test_every_variant_says_where_its_settings_are_from(name):
    assert VARIANTS[name].defaults.source


def test_defaults_are_those_that_their_sources_have():
    def settings(name):
        defaults = VARIANTS[name].defaults
        return defaults.optimizer.model_dump(exclude={"eps"}), defaults.critic_steps

    assert settings("wgan") == ({"name": "rmsprop", "lr": 5e-5, "alpha": 0.99}, 5)
    assert settings("wgan-gp") == ({"name": "adam", "lr": 1e-4, "betas": (0.0, 0.9)}, 5)
    assert settings("wgan-div") == ({"name": "adam", "lr": 2e-4, "betas": (0.0, 0.9)}, 4)
    assert settings("r1") == ({"name": "rmsprop", "lr": 1e-4, "alpha": 0.99}, 1)
    assert settings("dragan") == ({"name": "adam", "lr": 1e-4, "betas": (0.5, 0.9)}, 1)
    assert settings("vanilla") == ({"name": "adam", "lr": 2e-4, "betas": (0.5, 0.999)}, 1)
    warmup = VARIANTS["wgan"].defaults.critic_warmup
    assert (warmup.steps, warmup.first, warmup.every) == (100, 25, 500)
    assert {name: VARIANTS[name].penalties for name in ("wgan-gp", "wgan-lp", "wgan-div", "dragan", "r1")} == {
        "wgan-gp": {"gradient_penalty": 10.0},
        "wgan-lp": {"lipschitz_penalty": 10.0},
        "wgan-div": {"divergence_penalty": 2.0},
        "dragan": {"dragan_penalty": 10.0},
        "r1": {"r1": 10.0},
    }
    assert VARIANTS["wgan"].constraints == {"weight_clipping": 0.01}


def objective_of_a_linear_discriminator(penalty, variant="wgan-gp"):
    """Loss and penalty as a function of (slope, overshoot, weight), of 1-D batches whose means are that far apart."""
    torch.manual_seed(0)
    real = torch.randn(200, 1)
    u = noise_for(penalty, real)

    def objective(slope, overshoot, weight):
        fake = real + overshoot
        discriminator = linear_discriminator(slope[None])
        loss = VARIANTS[variant].discriminator_loss(discriminator(real), discriminator(fake))
        return loss + weight * PENALTIES[penalty].function(discriminator, real, fake, u)

    return objective


@pytest.mark.parametrize("weight", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("share", [-1.0, 0.0, 0.5, 1.0, 1.9])
def test_the_best_slope_of_a_linear_wgan_gp_discriminator_falls_with_the_overshoot_over_twice_the_weight(weight, share):
    """s d + w (s - 1)^2 is least at s = 1 - d / (2 w)."""
    overshoot = share * weight
    objective = objective_of_a_linear_discriminator("gradient_penalty")
    derivative = torch.func.grad(objective)
    best = brentq(lambda s: derivative(torch.tensor(s, dtype=torch.float32), overshoot, weight).item(), 1e-3, 4)
    assert best == pytest.approx(1 - overshoot / (2 * weight), abs=1e-4)


@pytest.mark.parametrize(
    ("variant", "penalty", "times"), [("wgan-gp", "gradient_penalty", 2), ("dragan", "dragan_penalty", 4)]
)
@pytest.mark.parametrize("weight", [0.1, 10.0])
def test_a_two_sided_penalty_turns_a_linear_discriminator_only_past_a_multiple_of_its_weight(
    variant, penalty, times, weight
):
    """At a slope of zero, a difference of means has the derivative d, a cross-entropy d / 2, and the penalty -2 w."""
    objective = objective_of_a_linear_discriminator(penalty, variant)
    flat = torch.tensor(1e-6)
    assert torch.func.grad(objective)(flat, 0.98 * times * weight, weight) < 0
    assert torch.func.grad(objective)(flat, 1.02 * times * weight, weight) > 0


@pytest.mark.parametrize("slope", [1e-6, 0.5, 1.0])
def test_a_one_sided_penalty_lets_a_linear_discriminator_turn_at_any_overshoot(slope):
    objective = objective_of_a_linear_discriminator("lipschitz_penalty")
    assert torch.func.grad(objective)(torch.tensor(slope), 0.1, 100.0).item() == pytest.approx(0.1, rel=1e-3)


def test_the_penalties_say_which_of_them_charge_flat_discriminators_by_their_distance_from_slope_one():
    flat = {
        one.name: charge(one.name, linear_discriminator(torch.tensor([0.0])), *torch.randn(2, 5, 1))
        for one in PENALTIES
    }
    assert {name for name, charged in flat.items() if charged > 0} == {one.name for one in PENALTIES if one.two_sided}
