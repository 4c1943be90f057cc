"""Games of one number a player, whose dynamics under gradient descent are known, through the updates of training."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import pytest
import torch
from playing import member_of, state_of
from torch import Tensor, nn

from ganlab.training.population import Population, stack
from ganlab.training.setup import numbers_of
from ganlab.training.state import Batch

RATE = 0.1
SGD = f"optimizer={{name: sgd, lr: {RATE}}}"


class Point(nn.Module):
    """A generator that gives one value, whatever the latent."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor([value]))

    def forward(self, latent: Tensor) -> Tensor:
        return self.value.expand(len(latent), 1)


class Slope(nn.Module):
    """The discriminator psi x."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor(value))

    def forward(self, samples: Tensor) -> Tensor:
        return self.value * samples[:, 0]


@pytest.fixture
def play(specs_of) -> Callable[..., list[float]]:
    """Plays a game against data at 0, compiled; gives the distances from the equilibrium (0, 0) after some `steps`."""

    def play(*overrides: str, start: tuple[float, float], steps: Sequence[int], together: bool) -> list[float]:
        (spec,) = specs_of(SGD, "critic_steps=1", "critic_warmup=none", *overrides)
        networks = {"generator": Point(start[0]), "discriminator": Slope(start[1])}
        member = dataclasses.replace(member_of(spec), networks=networks)
        readings = {name: tuple(own.meters) for name, own in state_of(spec).players.items()}
        state, players = stack([member.initial_state(readings)]), member.game.players
        storage: dict[str, tuple[Tensor, ...]] = dict.fromkeys(players, ())
        population = Population(member, state, numbers_of([spec], players), storage, together)
        batch = Batch(torch.zeros(1, 2, 1), torch.zeros(1, 2, 1), {})
        population.compile(dict.fromkeys(players, batch))
        distances = []
        for step in range(1, max(steps) + 1):
            if together:
                population.update_together(dict.fromkeys(players, batch))
            else:
                for player in players:
                    population.update(player, batch)
            if step in steps:
                theta, psi = (own.parameters["value"] for own in population.state.players.values())
                distances.append(math.hypot(theta, psi))
        assert population.state.alive.all()
        return distances

    return play


DIRAC = ("variants=minimax",)
"""The Dirac-GAN (arXiv:1801.04406, section 2), of the losses that the paper shows to circle at best."""

BILINEAR = ("variants=wgan", "constraints={weight_clipping: 1e9}")
"""The losses of wgan make the value of the game psi theta."""


def test_simultaneous_descent_leaves_the_equilibrium_of_the_dirac_gan(play):
    (distance,) = play(*DIRAC, start=(1.0, -1.0), steps=[2000], together=True)
    assert distance == pytest.approx(3.1006, abs=2e-3)


def test_alternating_descent_circles_round_the_equilibrium_of_the_dirac_gan(play):
    (distance,) = play(*DIRAC, start=(1.0, -1.0), steps=[2000], together=False)
    assert distance == pytest.approx(math.sqrt(2), abs=5e-3)


def test_the_r1_penalty_leads_to_the_equilibrium_of_the_dirac_gan(play):
    """There, a step has a pair of complex eigenvalues, of modulus sqrt(1 - h gamma + h^2 / 4)."""
    near, nearer = play(*DIRAC, "penalties={r1: 0.3}", start=(1.0, -1.0), steps=[1000, 2000], together=True)
    assert nearer == pytest.approx(8.07e-13, rel=0.02)
    assert nearer / near == pytest.approx(math.sqrt(1 - RATE * 0.3 + RATE**2 / 4) ** 1000, rel=0.3)


def test_simultaneous_descent_leaves_a_bilinear_game_by_the_same_factor_each_step(play):
    """A step turns and stretches by sqrt(1 + h^2) = 1.00499."""
    steps = [1, 100, 1000]
    distances = play(*BILINEAR, start=(0.6, 0.8), steps=steps, together=True)
    assert distances == pytest.approx([math.sqrt(1 + RATE**2) ** step for step in steps], rel=1e-4)


def test_extragradient_approaches_the_equilibrium_of_a_bilinear_game_by_the_same_factor_each_step(play):
    """A step multiplies by 1 - h^2 and turns by h: sqrt((1 - h^2)^2 + h^2) = 0.99504 (arXiv:1802.10551, section 3)."""
    steps = [1, 100, 1000]
    distances = play(*BILINEAR, "updates=extragradient", start=(0.6, 0.8), steps=steps, together=True)
    factor = math.sqrt((1 - RATE**2) ** 2 + RATE**2)
    assert factor == pytest.approx(0.99504, abs=5e-6)
    assert distances == pytest.approx([factor**step for step in steps], rel=1e-4)


def test_alternating_descent_stays_on_an_ellipse_in_a_bilinear_game(play):
    """It keeps theta^2 + psi^2 - h theta psi, an ellipse with axes in the ratio of sqrt((1 + h/2) / (1 - h/2))."""
    distances = play(*BILINEAR, start=(0.6, 0.8), steps=range(1, 1001), together=False)
    bound = math.sqrt((1 + RATE / 2) / (1 - RATE / 2))
    assert 1 / bound < min(distances) < 0.98
    assert 1.0 <= max(distances) < bound
