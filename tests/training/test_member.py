"""One member's updates against torch's own autograd and optimisers on the same numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from copy import deepcopy

import pytest
import torch
from playing import member_of, numbers_for, same_bits, state_of, updated
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, relu
from torch.utils._pytree import tree_map

from ganlab.training.member import Member
from ganlab.training.state import Batch, Hyperparameters, State
from ganlab.variants import Penalty, register_penalty

BATCH = 16
LATENT = 4
EMA = 0.999

Score = Callable[[Tensor], Tensor]
Playing = tuple[Member, Hyperparameters, State]


@pytest.fixture
def playing(specs_of) -> Callable[..., Playing]:
    """The member of a small sweep with ``key=value`` overrides, its numbers, and its first state."""

    def make(*overrides: str) -> Playing:
        (spec,) = specs_of(f"ema={EMA}", *overrides)
        member = member_of(spec)
        return member, numbers_for(spec, member), state_of(spec)

    return make


def batches(count: int, *noise: str) -> list[Batch]:
    numbers = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(BATCH, *shape, generator=numbers)

    def uniform() -> Tensor:
        return torch.rand(BATCH, 1, generator=numbers)

    return [Batch(normal(1) + 3, normal(LATENT), {name: uniform() for name in noise}) for _ in range(count)]


def assert_holds(parameters: dict[str, Tensor], module: nn.Module) -> None:
    for name, value in module.named_parameters():
        torch.testing.assert_close(parameters[name], value.detach(), rtol=1e-5, atol=1e-6)


def squared_slopes(score: Score, samples: Tensor) -> Tensor:
    """The squared slopes [B] of `score`, by the way back that torch itself can go back over again."""
    samples = samples.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(score(samples).sum(), samples, create_graph=True)
    return gradient.square().sum(1)


def vanilla(score: Score, real: Tensor, fake: Tensor, batch: Batch) -> Tensor:
    real_score, fake_score = score(real), score(fake)
    return binary_cross_entropy_with_logits(real_score, torch.ones_like(real_score)) + binary_cross_entropy_with_logits(
        fake_score, torch.zeros_like(fake_score)
    )


def hinge(score: Score, real: Tensor, fake: Tensor, batch: Batch) -> Tensor:
    return relu(1 - score(real)).mean() + relu(1 + score(fake)).mean()


def wasserstein(score: Score, real: Tensor, fake: Tensor, batch: Batch) -> Tensor:
    return score(fake).mean() - score(real).mean()


def wasserstein_with_gradient_penalty(score: Score, real: Tensor, fake: Tensor, batch: Batch) -> Tensor:
    u = batch.draws["gradient_penalty"]
    slopes = squared_slopes(score, u * real + (1 - u) * fake).sqrt()
    return wasserstein(score, real, fake, batch) + 10 * (slopes - 1).square().mean()


def relativistic_with_r1_and_r2(score: Score, real: Tensor, fake: Tensor, batch: Batch) -> Tensor:
    loss = -logsigmoid(score(real) - score(fake)).mean()
    return loss + squared_slopes(score, real).mean() / 2 + squared_slopes(score, fake).mean() / 2


ADAM = (lambda p: torch.optim.Adam(p, 1e-2, (0.5, 0.999)), "{name: adam, lr: 1e-2, betas: [0.5, 0.999]}")
RMSPROP = (lambda p: torch.optim.RMSprop(p, 1e-2), "{name: rmsprop, lr: 1e-2}")


@pytest.mark.parametrize(
    ("variant", "loss", "optimizer", "bound"),
    [
        ("vanilla", vanilla, ADAM, None),
        ("hinge", hinge, RMSPROP, None),
        ("wgan", wasserstein, RMSPROP, 0.01),
        ("wgan-gp", wasserstein_with_gradient_penalty, ADAM, None),
        ("r3gan", relativistic_with_r1_and_r2, ADAM, None),
    ],
)
def test_the_discriminators_updates_are_those_of_torch(playing, variant, loss, optimizer, bound):
    make_optimizer, settings = optimizer
    member, numbers, state = playing(f"variants={variant}", f"optimizer={settings}")
    generator, theirs = member.networks["generator"], deepcopy(member.networks["discriminator"])
    torch_optimizer = make_optimizer(theirs.parameters())
    for batch in batches(5, "gradient_penalty"):
        torch_optimizer.zero_grad()
        loss(theirs, batch.entries, generator(batch.latent).detach(), batch).backward()
        torch_optimizer.step()
        if bound is not None:
            with torch.no_grad():
                for value in theirs.parameters():
                    value.clamp_(-bound, bound)
        state = updated(member, "discriminator", state, batch, numbers)
        assert state.alive
    assert_holds(state.players["discriminator"].parameters, theirs)


@pytest.mark.parametrize(
    ("variant", "loss"),
    [
        ("minimax", lambda real, fake: logsigmoid(-fake).mean()),
        ("vanilla", lambda real, fake: -logsigmoid(fake).mean()),
        ("wgan", lambda real, fake: -fake.mean()),
        ("rpgan", lambda real, fake: -logsigmoid(fake - real).mean()),
    ],
)
def test_the_generators_updates_are_those_of_torch(playing, variant, loss):
    make_optimizer, settings = ADAM
    member, numbers, state = playing(f"variants={variant}", f"optimizer={settings}")
    discriminator, theirs = member.networks["discriminator"], deepcopy(member.networks["generator"])
    torch_optimizer = make_optimizer(theirs.parameters())
    for batch in batches(5):
        torch_optimizer.zero_grad()
        loss(discriminator(batch.entries), discriminator(theirs(batch.latent))).backward()
        torch_optimizer.step()
        state = updated(member, "generator", state, batch, numbers)
    assert_holds(state.players["generator"].parameters, theirs)


def test_an_update_writes_to_nothing_that_it_is_given(playing):
    member, numbers, state = playing("variants=wgan-gp")
    (batch,) = batches(1, "gradient_penalty")
    given = tree_map(torch.clone, (state, batch, numbers))
    for player in member.game.players:
        member.update(player, state, batch, numbers, ())
    assert same_bits(given, (state, batch, numbers))


def test_the_average_is_the_moving_one_with_a_decay_that_begins_low(playing):
    """Its decay after t updates is min(decay, (1 + t) / (10 + t)), as TensorFlow's with ``num_updates``."""
    member, numbers, state = playing("optimizer.lr=0.1", "ema=0.3")
    name = "0.weight"
    expected = state.players["generator"].parameters[name].double()
    for t, batch in enumerate(batches(8), start=1):
        state = updated(member, "generator", state, batch, numbers)
        decay = min(0.3, (1 + t) / (10 + t))
        expected = decay * expected + (1 - decay) * state.players["generator"].parameters[name].double()
    assert min(0.3, 2 / 11) < 0.3 < 9 / 18  # both sides of the minimum were taken
    torch.testing.assert_close(state.average["generator"][name].double(), expected, rtol=1e-5, atol=1e-6)


def test_without_a_decay_the_average_is_the_last_iterate(playing):
    member, numbers, state = playing("ema=0")
    (batch,) = batches(1)
    after = updated(member, "generator", state, batch, numbers)
    parameters = after.players["generator"].parameters
    assert not same_bits(parameters, state.players["generator"].parameters)
    for name, value in parameters.items():
        torch.testing.assert_close(after.average["generator"][name], value)


def test_meters_are_sums_of_what_the_updates_saw(playing):
    member, numbers, state = playing("optimizer.lr=1e-8")
    seen, score = batches(3), member.networks["discriminator"]
    for batch in seen:
        state = updated(member, "discriminator", state, batch, numbers)
    real = torch.stack([score(batch.entries) for batch in seen])
    fake = torch.stack([score(member.networks["generator"](batch.latent)) for batch in seen])
    meters = {name: value.item() for name, value in state.players["discriminator"].meters.items()}
    assert meters["updates"] == 3
    assert meters["score_real"] == pytest.approx(real.mean(1).sum().item(), rel=1e-4)
    assert meters["score_fake"] == pytest.approx(fake.mean(1).sum().item(), rel=1e-4)
    assert meters["accuracy"] == pytest.approx((real > fake).float().mean(1).sum().item())
    assert meters["penalty"] == 0


def test_a_discriminator_that_tells_nothing_apart_is_right_half_the_time(playing):
    member, numbers, state = playing()
    (batch,) = batches(1)
    for value in state.players["discriminator"].parameters.values():
        value.zero_()
    after = updated(member, "discriminator", state, batch, numbers)
    assert after.players["discriminator"].meters["accuracy"] == 0.5


def spoiled(batch: Batch, what: str) -> Batch:
    value = getattr(batch, what).clone()
    value[3] = torch.nan
    return batch._replace(**{what: value})


@pytest.mark.parametrize(
    ("player", "what"), [("discriminator", "entries"), ("discriminator", "latent"), ("generator", "latent")]
)
def test_an_update_that_is_not_finite_ends_the_member_and_changes_no_bit(playing, player, what):
    member, numbers, state = playing()
    good, bad = batches(2)
    state = updated(member, player, state, good, numbers)
    after = updated(member, player, state, spoiled(bad, what), numbers)
    assert not after.alive
    assert same_bits(after[1:], state[1:])


def test_a_gradient_that_is_not_finite_ends_the_member_though_its_loss_is(playing):
    def root(discriminator: Score, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
        return (0 * discriminator(real)).sqrt().mean()  # zero, where the root has no finite slope

    register_penalty(Penalty(name="root", summary="", function=root))
    member, numbers, state = playing("penalties={root: 1}")
    (batch,) = batches(1)
    after = updated(member, "discriminator", state, batch, numbers)
    assert not after.alive
    assert same_bits(after[1:], state[1:])


def test_what_has_ended_is_updated_no_more(playing):
    member, numbers, state = playing()
    (good,) = batches(1)
    dead = state._replace(alive=torch.tensor(False))
    for player in member.game.players:
        assert same_bits(updated(member, player, dead, good, numbers), dead)


def test_a_gradient_is_made_no_longer_than_asked_for(playing):
    """As `torch.nn.utils.clip_grad_norm_` does."""
    member, numbers, state = playing("clip_grad_norm=0.01", "optimizer={name: sgd, lr: 1}")
    (batch,) = batches(1)
    theirs = deepcopy(member.networks["discriminator"])
    vanilla(theirs, batch.entries, member.networks["generator"](batch.latent).detach(), batch).backward()
    assert nn.utils.clip_grad_norm_(theirs.parameters(), 0.01) > 0.01
    with torch.no_grad():
        for value in theirs.parameters():
            value -= value.grad
    after = updated(member, "discriminator", state, batch, numbers)
    assert_holds(after.players["discriminator"].parameters, theirs)


@pytest.fixture
def linear(playing) -> Playing:
    """A discriminator 3x + 4y of the plane, and a generator that gives twice its latents."""
    member, numbers, state = playing("variants=wgan-gp")
    discriminator = nn.Sequential(nn.Linear(2, 1, bias=False), nn.Flatten(0))
    generator = nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        discriminator[0].weight.copy_(torch.tensor([[3.0, 4.0]]))
        generator.weight.copy_(2 * torch.eye(2))
    member = dataclasses.replace(member, networks={"generator": generator, "discriminator": discriminator})
    readings = {name: tuple(own.meters) for name, own in state.players.items()}
    return member, numbers, member.initial_state(readings)


def plane() -> Batch:
    numbers = torch.Generator().manual_seed(0)
    real = torch.randn(BATCH, 2, generator=numbers)
    return Batch(real, real + 1, {"gradient_penalty": torch.rand(BATCH, 1, generator=numbers)})


def test_the_penalty_of_a_linear_discriminator_is_that_of_its_slope(linear):
    member, numbers, state = linear
    after = updated(member, "discriminator", state, plane(), numbers)
    assert after.players["discriminator"].meters["penalty"] == pytest.approx(10 * (5 - 1) ** 2)


def test_a_linear_discriminator_has_one_slope_everywhere_and_the_spread_is_relative(linear):
    member, numbers, state = linear
    readings = {name: value.item() for name, value in member.diagnose(state, plane(), numbers, ()).items()}
    assert readings == pytest.approx({"slope_real": 5, "slope_fake": 5, "slope_between": 5, "fake_spread": 2})
