"""The unrolled game against torch's own autograd through optimisers written out for it."""

from __future__ import annotations

import pytest
import torch
from playing import member_of, numbers_for, same_bits, state_of, updated
from torch import Tensor
from torch.func import functional_call
from torch.nn.functional import softplus

from ganlab.errors import InputError
from ganlab.training.state import Batch

UNROLLED = ("variants=unrolled", "batch_size=6", "generator_optimizer={name: sgd, lr: 1}")
RATE = 0.05
CLIP = 0.05

Named = dict[str, Tensor]


class Descent:
    """Gradient descent, whose steps can be differentiated."""

    options = f"{{name: sgd, lr: {RATE}}}"

    def step(self, values: Named, gradients: Named) -> Named:
        return {name: value - RATE * gradients[name] for name, value in values.items()}


class Adam:
    """Algorithm 1 of arXiv:1412.6980, whose steps can be differentiated where no gradient is zero."""

    options = f"{{name: adam, lr: {RATE}, betas: [0.5, 0.9], eps: 1e-8}}"

    def __init__(self) -> None:
        self.time = 0
        self.first: Named = {}
        self.second: Named = {}

    def step(self, values: Named, gradients: Named) -> Named:
        self.time += 1
        for name, gradient in gradients.items():
            self.first[name] = 0.5 * self.first.get(name, 0) + 0.5 * gradient
            self.second[name] = 0.9 * self.second.get(name, 0) + 0.1 * gradient**2
        first = {name: moment / (1 - 0.5**self.time) for name, moment in self.first.items()}
        second = {name: moment / (1 - 0.9**self.time) for name, moment in self.second.items()}
        return {name: value - RATE * first[name] / (second[name].sqrt() + 1e-8) for name, value in values.items()}


def batches(count: int) -> list[Batch]:
    numbers = torch.Generator().manual_seed(0)
    return [
        Batch(torch.randn(6, 1, generator=numbers) + 1, torch.randn(6, 4, generator=numbers), {}) for _ in range(count)
    ]


def leaves(parameters: Named) -> Named:
    return {name: value.detach().clone().requires_grad_() for name, value in parameters.items()}


def clipped(gradients: Named, bound: float | None) -> Named:
    if bound is None:
        return gradients
    norm = torch.cat([gradient.flatten() for gradient in gradients.values()]).norm().item()
    return {name: gradient * min(1.0, bound / norm) for name, gradient in gradients.items()}


@pytest.mark.parametrize("bound", [None, CLIP], ids=["unclipped", "clipped"])
@pytest.mark.parametrize("optimizer", [Descent, Adam])
@pytest.mark.parametrize("steps", [1, 3])
def test_the_generator_descends_on_its_loss_against_the_discriminator_some_steps_ahead(
    specs_of, steps, optimizer, bound
):
    """The generator's optimiser moves by the gradient itself; the discriminator has been updated once before."""
    (spec,) = specs_of(
        *UNROLLED,
        "builder.activation=tanh",
        f"game={{steps: {steps}}}",
        f"discriminator_optimizer={optimizer.options}",
        *([f"clip_grad_norm={bound}"] if bound else []),
    )
    member, state = member_of(spec), state_of(spec)
    numbers = numbers_for(spec, member)
    first, second = batches(2)
    state = updated(member, "discriminator", state, first, numbers)
    after = updated(member, "generator", state, second, numbers)

    discriminator, generator = member.networks["discriminator"], member.networks["generator"]
    own = leaves(dict(generator.named_parameters()))

    def gradients_of(values: Named, batch: Batch, graph: bool) -> Named:
        fake = functional_call(generator, own, (batch.latent,))
        real_score = functional_call(discriminator, values, (batch.entries,))
        loss = softplus(-real_score).mean() + softplus(functional_call(discriminator, values, (fake,))).mean()
        found = torch.autograd.grad(loss, list(values.values()), create_graph=graph)
        return clipped(dict(zip(values, found, strict=True)), bound)

    rule = optimizer()
    start = leaves(dict(discriminator.named_parameters()))
    values = leaves(rule.step(start, gradients_of(start, first, graph=False)))
    for _ in range(steps):
        values = rule.step(values, gradients_of(values, second, graph=True))
    fake = functional_call(generator, own, (second.latent,))
    loss = softplus(-functional_call(discriminator, values, (fake,))).mean()
    gradients = clipped(dict(zip(own, torch.autograd.grad(loss, list(own.values())), strict=True)), bound)
    for name, value in own.items():
        torch.testing.assert_close(
            after.players["generator"].parameters[name], (value - gradients[name]).detach(), rtol=1e-4, atol=1e-5
        )


def test_the_discriminator_stays_where_its_own_update_left_it(specs_of):
    (spec,) = specs_of(*UNROLLED)
    member, state = member_of(spec), state_of(spec)
    after = updated(member, "generator", state, batches(1)[0], numbers_for(spec, member))
    assert same_bits(after.players["discriminator"], state.players["discriminator"])


def test_without_steps_it_is_vanilla_bit_by_bit(specs_of, train):
    settings = ("optimizer.lr=0.01", "seeds=[3]")
    unrolled = train(specs_of("variants=unrolled", "game={steps: 0}", *settings)).leaves()
    vanilla = train(specs_of("variants=vanilla", *settings)).leaves()
    assert unrolled.keys() == vanilla.keys()
    assert all(unrolled[name].equal(vanilla[name]) for name in vanilla)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "optimistic-adam"])
def test_a_discriminator_with_units_that_never_answer_leaves_the_generators_gradient_finite(specs_of, optimizer):
    """Their gradients are zero, and so are the second moments of these, whose roots have no finite derivative."""
    (spec,) = specs_of(*UNROLLED, "builder.activation=relu", f"discriminator_optimizer={{name: {optimizer}, lr: 0.01}}")
    member, state = member_of(spec), state_of(spec)
    bias = state.players["discriminator"].parameters["1.bias"]
    bias[:4] = -1000.0
    after = updated(member, "generator", state, batches(1)[0], numbers_for(spec, member))
    assert after.alive
    assert not same_bits(after.players["generator"].parameters, state.players["generator"].parameters)


def test_penalties_are_refused(specs_of):
    with pytest.raises(InputError, match="'unrolled' takes no penalties and constraints"):
        specs_of("variants=unrolled", "penalties={r1: 1}")


def test_betas_that_a_schedule_leaves_as_they_are_give_the_inner_steps_of_none(specs_of, train):
    settings = (
        "variants=[{name: unrolled, game: {steps: 3}}]",
        "optimizer={lr: 0.05, betas: [0.5, 0.999]}",
        "steps=3",
        "log_every=3",
    )
    same = "schedules={beta1: {to: 0.5}, beta2: {to: 0.999}}"
    plain, scheduled = (train(specs_of(*settings, *more)).leaves() for more in ((), (same,)))
    for name, value in plain.items():
        torch.testing.assert_close(scheduled[name], value, rtol=1e-4, atol=1e-6, msg=name)
