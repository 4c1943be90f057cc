"""The pure optimisers against torch's own, against their papers, and on a bilinear game."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.utils._pytree import tree_leaves

from ganlab.errors import InputError
from ganlab.record.optimizers import OPTIMIZERS, SGD, Adam, AdamW, OptimisticAdam, Optimizer, OptimizerSettings, RMSProp
from ganlab.training.optimizers import (
    Moments,
    OptimizerState,
    Rates,
    Rule,
    initial_optimizer_state,
    lookahead,
    optimize,
    register,
)


@pytest.mark.parametrize(
    ("settings", "reference"),
    [
        (Adam(lr=1e-2, betas=(0.5, 0.999)), lambda p: torch.optim.Adam(p, 1e-2, (0.5, 0.999))),
        (Adam(lr=1e-3, betas=(0.0, 0.9)), lambda p: torch.optim.Adam(p, 1e-3, (0.0, 0.9))),
        (AdamW(lr=1e-2), lambda p: torch.optim.AdamW(p, 1e-2, (0.5, 0.999), weight_decay=1e-2)),
        (
            AdamW(lr=0.1, betas=(0.9, 0.95), weight_decay=0.5),
            lambda p: torch.optim.AdamW(p, 0.1, (0.9, 0.95), weight_decay=0.5),
        ),
        (RMSProp(lr=1e-3), lambda p: torch.optim.RMSprop(p, 1e-3)),
        (SGD(lr=1e-2), lambda p: torch.optim.SGD(p, 1e-2)),
        (SGD(lr=1e-2, momentum=0.9), lambda p: torch.optim.SGD(p, 1e-2, momentum=0.9)),
    ],
)
def test_a_hundred_updates_are_those_of_torch(settings, reference):
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(4, 3, generator=generator, dtype=torch.float64)
    theirs = torch.nn.Parameter(start.clone())
    optimizer = reference([theirs])
    ours, state = {"w": start.clone()}, initial_optimizer_state(settings, {"w": start})
    for _ in range(100):
        gradient = torch.randn(4, 3, generator=generator, dtype=torch.float64)
        theirs.grad = gradient.clone()
        optimizer.step()
        ours, state = optimize(settings, Rates(torch.tensor(settings.lr)), ours, {"w": gradient}, state)
    torch.testing.assert_close(ours["w"], theirs.detach(), rtol=1e-5, atol=1e-6)
    assert state.step.item() == 100


@pytest.mark.parametrize("optimizer", [Adam, AdamW, OptimisticAdam, RMSProp, SGD])
@settings(max_examples=60, deadline=None)
@given(
    scale=st.floats(-30, 19),
    lr=st.floats(-12, 12),
    gradients=st.lists(st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3), min_size=1, max_size=5),
)
def test_finite_gradients_make_finite_parameters(optimizer, scale, lr, gradients):
    """If the norm of the gradient is finite too, of which training makes sure, and decay makes weights no larger."""
    chosen = optimizer(lr=10**lr)
    assume(chosen.lr * getattr(chosen, "weight_decay", 0) <= 1)
    parameters = {"w": torch.tensor([-1.0, 0.0, 1e30])}
    state = initial_optimizer_state(chosen, parameters)
    for gradient in gradients:
        given = {"w": torch.tensor(gradient) * 10**scale}
        parameters, state = optimize(chosen, Rates(torch.tensor(chosen.lr)), parameters, given, state)
        assert all(leaf.isfinite().all() for leaf in tree_leaves((parameters, state)))


@pytest.mark.parametrize(("kind", "reference"), [(Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW)])
def test_adam_with_betas_and_rates_that_change_is_that_of_torch(kind, reference):
    """Whose groups are given other numbers before each update, as the code of R3GAN does."""
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(4, 3, generator=generator, dtype=torch.float64)
    settings = kind(lr=1e-2, betas=(0.5, 0.9))
    theirs = torch.nn.Parameter(start.clone())
    optimizer = reference([theirs], settings.lr, settings.betas)
    ours, state = {"w": start.clone()}, initial_optimizer_state(settings, {"w": start})
    for update in range(100):
        lr, betas = 1e-2 * (1 - update / 200), (0.5 - update / 250, 0.9 + update / 1100)
        gradient = torch.randn(4, 3, generator=generator, dtype=torch.float64)
        theirs.grad = gradient.clone()
        optimizer.param_groups[0].update(lr=lr, betas=betas)
        optimizer.step()
        quantities = (betas, [1 - beta for beta in betas], [1 - beta ** (update + 1) for beta in betas])
        rates = Rates(torch.tensor(lr), Moments(*map(torch.tensor, quantities)))
        ours, state = optimize(settings, rates, ours, {"w": gradient}, state)
        torch.testing.assert_close(ours["w"], theirs.detach(), rtol=1e-5, atol=1e-6)


def test_whole_number_betas_are_numbers_too():
    assert Adam(betas=(0, 0.9)).betas == (0.0, 0.9)


def test_optimistic_adam_is_algorithm_1_of_its_paper():
    """Written out with numpy: the bias-corrected step of Adam twice, less the one before."""
    random = np.random.default_rng(0)
    weights = random.normal(size=(4, 3))
    settings = OptimisticAdam(lr=1e-2, betas=(0.5, 0.9))
    ours = {"w": torch.from_numpy(weights.copy())}
    state = initial_optimizer_state(settings, ours)
    m = v = before = np.zeros((4, 3))
    for t in range(1, 51):
        gradient = random.normal(size=(4, 3))
        m, v = 0.5 * m + 0.5 * gradient, 0.9 * v + 0.1 * gradient**2
        step = (m / (1 - 0.5**t)) / (np.sqrt(v / (1 - 0.9**t)) + 1e-8)
        weights = weights - 2 * 1e-2 * step + 1e-2 * before
        before = step
        ours, state = optimize(settings, Rates(torch.tensor(1e-2)), ours, {"w": torch.from_numpy(gradient)}, state)
        np.testing.assert_allclose(ours["w"].numpy(), weights, rtol=1e-5, atol=1e-6)


def test_optimistic_adam_begins_anew_where_first_updates_were_left_out():
    """In fp16 a step may count whose moments are those of before."""
    settings, weights = OptimisticAdam(), {"w": torch.ones(2)}
    state = initial_optimizer_state(settings, weights)
    left_out = state._replace(step=state.step + 1)
    (first, _), (second, _) = (
        optimize(settings, Rates(torch.tensor(0.1)), weights, {"w": torch.ones(2)}, one) for one in (state, left_out)
    )
    assert torch.equal(first["w"], second["w"])


@pytest.mark.parametrize("name", OPTIMIZERS.names)
def test_lifted_over_members_each_is_updated_at_its_own_rate_as_alone(name):
    settings = OPTIMIZERS[name].settings()
    generator = torch.Generator().manual_seed(0)
    weights, gradients = torch.randn(2, 3, 4, 5, generator=generator)
    rates = torch.tensor([0.01, 0.1, 1.0])

    def twice(lr, value, gradient):
        parameters, state = {"w": value}, initial_optimizer_state(settings, {"w": value})
        for _ in range(2):
            parameters, state = optimize(settings, Rates(lr), parameters, {"w": gradient}, state)
        return parameters["w"]

    lifted = torch.vmap(twice)(rates, weights, gradients)
    assert not torch.equal(lifted, weights)
    for index in range(3):
        torch.testing.assert_close(lifted[index], twice(rates[index], weights[index], gradients[index]))


START = {"discriminator": {"w": torch.tensor(0.8)}, "generator": {"w": torch.tensor(0.6)}}
"""At distance 1 from the equilibrium (0, 0) of the bilinear game psi theta, whose discriminator maximises."""


def gradients_of(players):
    theta, psi = players["generator"]["w"], players["discriminator"]["w"]
    return {"discriminator": {"w": -theta}, "generator": {"w": psi}}


def distance_of(players):
    return math.hypot(*(parameters["w"].item() for parameters in players.values()))


def play(settings, steps, together, after=lambda step, players: players):
    """The distance from the equilibrium after each step of both players."""
    players = {player: {"w": one["w"].double()} for player, one in START.items()}
    states = {player: initial_optimizer_state(settings, one) for player, one in players.items()}
    rates = Rates(torch.tensor(settings.lr, dtype=torch.float64))
    distances = []
    for step in range(1, steps + 1):
        gradients = gradients_of(players)
        for player in players:
            own = gradients if together else gradients_of(players)
            moved, states[player] = optimize(settings, rates, players[player], own[player], states[player])
            players = {**players, player: moved}
        players = after(step, players)
        distances.append(distance_of(players))
    return distances


def look_ahead(steps, alpha):
    """Applies lookahead after every so many steps."""
    slow = {player: {"w": one["w"].double()} for player, one in START.items()}

    def after(step, players):
        nonlocal slow
        if step % steps == 0:
            players = slow = lookahead(players, slow, alpha)
        return players

    return after


def test_optimistic_adam_approaches_the_equilibrium_of_a_bilinear_game_which_adam_circles():
    numbers = {"lr": 1e-2, "betas": (0.0, 0.999)}
    assert play(OptimisticAdam(**numbers), 5000, together=True)[-1] < 0.01
    assert min(play(Adam(**numbers), 5000, together=True)) > 0.5


def test_without_its_moments_optimistic_adam_is_optimistic_gradient_descent():
    """With z = theta + i psi and rate h: z(t+1) = (1 + 2ih) z(t) - ih z(t-1) (arXiv:1711.00141, equation 4)."""
    h, steps = 0.1, 300
    distances = play(OptimisticAdam(lr=h * 1e9, betas=(0.0, 0.0), eps=1e9), steps, together=True)
    before, z, expected = 0, 0.6 + 0.8j, []
    for _ in range(steps):
        before, z = z, (1 + 2j * h) * z - 1j * h * before
        expected.append(abs(z))
    assert distances == pytest.approx(expected, rel=1e-5)
    assert distances[-1] < 0.3


def test_descent_without_lookahead_does_not_approach_the_equilibrium_of_a_bilinear_game():
    assert play(SGD(lr=0.1), 1000, together=True)[-1] == pytest.approx(math.sqrt(1.01) ** 1000, rel=1e-6)
    assert min(play(SGD(lr=0.1), 1000, together=False)) > 0.9


@pytest.mark.parametrize(("steps", "alpha"), [(1, 0.5), (5, 0.5), (20, 0.5), (5, 0.1)])
@pytest.mark.parametrize("together", [True, False])
def test_lookahead_approaches_it_by_the_modulus_of_its_eigenvalue(steps, alpha, together):
    """1 - a + a l^k, l = 1 + ih for simultaneous steps; for alternating ones, |l| = 1 and 2 Re l = 2 - h^2.

    A single simultaneous step goes round as without lookahead, at the rate a h.
    """
    h, periods = 0.1, 40
    eigenvalue = 1 + 1j * h if together else complex(1 - h**2 / 2, math.sqrt(1 - (1 - h**2 / 2) ** 2))
    factor = abs(1 - alpha + alpha * eigenvalue**steps)
    distances = play(SGD(lr=h), steps * periods, together, look_ahead(steps, alpha))
    ellipse = 1e-6 if together else h / 2
    assert distances[-1] == pytest.approx(factor**periods, rel=ellipse)
    assert (factor < 1) == (steps > 1 or not together)


def test_lookahead_keeps_the_share_alpha_of_the_way():
    fast, slow = {"a": {"w": torch.tensor([2.0, -1.0])}}, {"a": {"w": torch.tensor([0.0, 1.0])}}
    assert lookahead(fast, slow, 0.25)["a"]["w"].tolist() == [0.5, 0.5]
    assert torch.equal(lookahead(fast, slow, 1.0)["a"]["w"], fast["a"]["w"])


class SignDescent(OptimizerSettings):
    name: Literal["sign-descent"] = "sign-descent"
    lr: float = 0.1


def test_an_optimiser_of_ones_own_is_registered_with_its_rule():
    def initial(settings, parameters):
        return OptimizerState(torch.zeros(()), torch.ones(2), {}, {})

    def update(settings, rates, parameters, gradients, state):
        moved = {name: value - rates.lr * gradients[name].sign() for name, value in parameters.items()}
        return moved, state._replace(step=state.step + 1)

    own = register(Optimizer(name="sign-descent", summary="", settings=SignDescent), Rule(initial, update))
    start = {"w": torch.tensor([1.0, 2.0])}
    state = initial_optimizer_state(SignDescent(), start)
    moved, state = optimize(SignDescent(), Rates(torch.tensor(0.5)), start, {"w": torch.tensor([3.0, -0.1])}, state)
    assert moved["w"].tolist() == [0.5, 2.5]
    assert state.step == 1
    with pytest.raises(InputError, match="already is an optimizer named 'sign-descent'"):
        register(own, Rule(initial, update))


@pytest.mark.parametrize("kind", [Adam, AdamW, RMSProp])
def test_the_first_update_has_its_derivative_where_the_gradient_is_zero(kind):
    """The move is -lr g / (|g| + eps) of Adam, and -lr g / (0.1 |g| + eps) of RMSProp; the root alone has none at 0."""
    settings = kind(lr=0.1, eps=0.01)
    parameters = {"a": torch.tensor([1.0, 2.0])}
    state = initial_optimizer_state(settings, parameters)

    def moved(gradient):
        return optimize(settings, Rates(torch.tensor(0.1)), parameters, {"a": gradient}, state)[0]["a"]

    slope = torch.func.jacrev(moved)(torch.zeros(2))
    torch.testing.assert_close(slope, -10 * torch.eye(2))
