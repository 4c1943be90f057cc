"""One member's two updates, as pure functions of its state and its batch.

Nothing here knows of a population or draws anything at random.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value
from torch.utils._pytree import tree_map

from ganlab.record.optimizers import OptimizerSettings
from ganlab.record.spec import Precision
from ganlab.training.optimizers import OptimizerState, Rates, initial_optimizer_state, optimize
from ganlab.training.precision import Scaling, autocast, initial_scaling, next_scaling
from ganlab.variants import Constraint, Parameters, Penalty, Variant
from ganlab.variants.penalties import slope


class CriticState(NamedTuple):
    """What a critic's update changes. `meters` are sums over the updates since they were last read."""

    parameters: Parameters
    optimizer: OptimizerState
    meters: dict[str, Tensor]
    scaling: Scaling


class GeneratorState(NamedTuple):
    """What a generator's update changes. `average` is the moving average of the parameters."""

    parameters: Parameters
    average: Parameters
    optimizer: OptimizerState
    meters: dict[str, Tensor]
    scaling: Scaling


class State(NamedTuple):
    """All that training changes. `alive` [] is false from the first non-finite loss or gradient on."""

    alive: Tensor
    critic: CriticState
    generator: GeneratorState


class Players(NamedTuple):
    """The parameters of both."""

    critic: Parameters
    generator: Parameters

    @classmethod
    def of(cls, state: State) -> Players:
        return cls(state.critic.parameters, state.generator.parameters)


class Numbers(NamedTuple):
    """Numbers in which members of one population may differ, or which change over a run, each [].

    Attributes:
        ema: decay of the generator's moving average.
    """

    critic: Rates
    generator: Rates
    penalties: dict[str, Tensor]
    constraints: dict[str, Tensor]
    ema: Tensor


Tables = tuple[Tensor, ...]
"""What all members of a population look their samples up in."""

Decode = Callable[[Tensor, Tables], tuple[Tensor, Tensor | None]]
"""`Data.decode`: what was drawn, and tables, to samples [B, ...] and labels [B]."""


Noise = Tensor | tuple[Tensor, ...]
"""A penalty's random numbers: one a sample [B, 1, ...], one an element [B, ...], or the pair of both."""


class Batch(NamedTuple):
    """What one update consumes: what was drawn of the data, latents [B, Z], and each penalty's noise."""

    drawn: Tensor
    latent: Tensor
    noise: dict[str, Noise]

    def first(self, size: int) -> Batch:
        """The first `size` samples of a stacked batch [S, B, ...]."""
        first: Batch = tree_map(lambda numbers: numbers[:, :size], self)
        return first


CRITIC_METERS = (
    "updates",
    "discriminator_loss",
    "penalty",
    "score_real",
    "score_fake",
    "accuracy",
    "discriminator_grad_norm",
)
GENERATOR_METERS = ("updates", "generator_loss", "generator_grad_norm")


@dataclass(frozen=True, kw_only=True)
class Member:
    """The two updates of one member.

    Attributes:
        extragradient: whether `update_both` takes the gradients where both players would go next.
    """

    variant: Variant
    penalties: tuple[Penalty, ...]
    constraints: tuple[Constraint, ...]
    generator: nn.Module
    discriminator: nn.Module
    critic_optimizer: OptimizerSettings
    generator_optimizer: OptimizerSettings
    decode: Decode
    conditional: bool
    precision: Precision
    extragradient: bool

    def initial_state(self) -> State:
        """The state before the first update, with the parameters that the modules hold now."""
        critic = _parameters_of(self.discriminator)
        generator = _parameters_of(self.generator)
        scaling = initial_scaling(self.precision)
        return State(
            torch.ones((), dtype=torch.bool),
            CriticState(critic, initial_optimizer_state(self.critic_optimizer, critic), _zeros(CRITIC_METERS), scaling),
            GeneratorState(
                generator,
                {name: value.clone() for name, value in generator.items()},
                initial_optimizer_state(self.generator_optimizer, generator),
                _zeros(GENERATOR_METERS),
                scaling,
            ),
        )

    def sample(self, parameters: Parameters, latent: Tensor, labels: Tensor | None) -> Tensor:
        """The generator's samples [B, ...] for `latent` [B, Z] and, if conditional, `labels` [B]."""
        inputs = (latent,) if labels is None else (latent, labels)
        with autocast(self.precision, latent.device.type):
            samples: Tensor = functional_call(self.generator, parameters, inputs)
        return samples.float()

    def score(self, parameters: Parameters, samples: Tensor, labels: Tensor | None) -> Tensor:
        """The discriminator's raw scores [B] of `samples` [B, ...]."""
        inputs = (samples,) if labels is None else (samples, labels)
        with autocast(self.precision, samples.device.type):
            scores: Tensor = functional_call(self.discriminator, parameters, inputs)
        return scores.float()

    def update_critic(
        self, state: State, batch: Batch, numbers: Numbers, tables: Tables, at: Players | None = None
    ) -> tuple[Tensor, CriticState]:
        """One step of the discriminator on its loss and penalties; the generator only supplies samples.

        The gradient is taken at the players' parameters, or at those in `at`.
        """
        critic = state.critic
        at = at or Players.of(state)
        real, labels = self._real(batch, tables)
        fake = self.sample(at.generator, batch.latent, labels)

        def objective(parameters: Parameters) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor, Tensor]]:
            def score(samples: Tensor) -> Tensor:
                return self.score(parameters, samples, labels)

            real_score, fake_score = score(real), score(fake)
            loss = self.variant.discriminator_loss(real_score, fake_score)
            penalty = torch.zeros_like(loss)
            for one in self.penalties:
                noise = batch.noise.get(one.name, fake)
                weight = numbers.penalties[one.name]
                penalty = penalty + weight * one.function(self._critic(parameters, labels), real, fake, noise)
            return loss + penalty, (loss, penalty, real_score, fake_score)

        gradients, (total, parts) = _grad_and_value(objective, at.critic, critic.scaling)
        loss, penalty, real_score, fake_score = parts
        norm = _norm(gradients)
        alive, applied = _judge(state.alive, total, norm, critic.scaling)
        parameters, optimizer = optimize(
            self.critic_optimizer, numbers.critic, critic.parameters, gradients, critic.optimizer
        )
        for constraint in self.constraints:
            parameters = constraint.function(parameters, numbers.constraints[constraint.name])
        readings = (
            torch.ones_like(loss),
            loss,
            penalty,
            real_score.mean(),
            fake_score.mean(),
            ((real_score > fake_score).float() + (real_score == fake_score).float() / 2).mean(),
            norm,
        )
        meters = _add(critic.meters, dict(zip(CRITIC_METERS, readings, strict=True)))
        new = CriticState(parameters, optimizer, meters, critic.scaling)
        return alive, _advance(alive, applied, new, critic)

    def update_generator(
        self, state: State, batch: Batch, numbers: Numbers, tables: Tables, at: Players | None = None
    ) -> tuple[Tensor, GeneratorState]:
        """One step of the generator, and of its moving average.

        The gradient is taken at the players' parameters, or at those in `at`.
        """
        generator = state.generator
        at = at or Players.of(state)
        real, labels = self._real(batch, tables)
        real_score = torch.zeros(len(real), device=real.device)
        if self.variant.generator_uses_real:
            real_score = self.score(at.critic, real, labels)

        def objective(parameters: Parameters) -> tuple[Tensor, tuple[()]]:
            fake = self.sample(parameters, batch.latent, labels)
            return self.variant.generator_loss(real_score, self.score(at.critic, fake, labels)), ()

        gradients, (loss, _) = _grad_and_value(objective, at.generator, generator.scaling)
        norm = _norm(gradients)
        alive, applied = _judge(state.alive, loss, norm, generator.scaling)
        parameters, optimizer = optimize(
            self.generator_optimizer, numbers.generator, generator.parameters, gradients, generator.optimizer
        )
        decay = torch.minimum((1 + optimizer.step) / (10 + optimizer.step), numbers.ema)
        average = {name: value.lerp(parameters[name], 1 - decay) for name, value in generator.average.items()}
        meters = _add(generator.meters, dict(zip(GENERATOR_METERS, (torch.ones_like(loss), loss, norm), strict=True)))
        new = GeneratorState(parameters, average, optimizer, meters, generator.scaling)
        return alive, _advance(alive, applied, new, generator)

    def update_both(
        self, state: State, batches: tuple[Batch, Batch], numbers: Numbers, tables: tuple[Tables, Tables]
    ) -> tuple[Tensor, CriticState, GeneratorState]:
        """One step of both players from the same parameters; neither is made where one of them is not finite.

        For extragradient (Korpelevich 1976; arXiv:1802.10551), both make the step first to see where it leads. They
        go back, and make it again with the gradients from there, on the same batches.

        Args:
            batches: the critic's and the generator's, as are `tables`.
        """
        at = Players.of(state)
        if self.extragradient:
            _, critic = self.update_critic(state, batches[0], numbers, tables[0])
            _, generator = self.update_generator(state, batches[1], numbers, tables[1])
            at = Players(critic.parameters, generator.parameters)
        critic_alive, critic = self.update_critic(state, batches[0], numbers, tables[0], at)
        generator_alive, generator = self.update_generator(state, batches[1], numbers, tables[1], at)
        alive = critic_alive & generator_alive
        return alive, _where(alive, critic, state.critic), _where(alive, generator, state.generator)

    def diagnose(self, state: State, batch: Batch, tables: Tables) -> dict[str, Tensor]:
        """Readings [] that no update needs: the critic's mean slopes, and how widely samples spread.

        The slope is taken at real samples, at fake ones, and half-way between them; the spread is the
        standard deviation of a batch of samples relative to that of real ones, averaged over elements.
        """
        real, labels = self._real(batch, tables)
        fake = self.sample(state.generator.parameters, batch.latent, labels)
        score = self._critic(state.critic.parameters, labels)
        return {
            "slope_real": slope(score, real).mean(),
            "slope_fake": slope(score, fake).mean(),
            "slope_between": slope(score, (real + fake) / 2).mean(),
            "fake_spread": fake.std(0).mean() / real.std(0).mean(),
        }

    def _real(self, batch: Batch, tables: Tables) -> tuple[Tensor, Tensor | None]:
        """The real samples [B, ...] of a batch, and their labels [B] if the networks are given them."""
        real, labels = self.decode(batch.drawn, tables)
        return real, labels if self.conditional else None

    def _critic(self, parameters: Parameters, labels: Tensor | None) -> Callable[[Tensor], Tensor]:
        """The discriminator outside autocast, as penalties take it: samples [B, ...] to scores [B]."""
        inputs = () if labels is None else (labels,)

        def critic(samples: Tensor) -> Tensor:
            scores: Tensor = functional_call(self.discriminator, parameters, (samples, *inputs))
            return scores

        return critic


def _parameters_of(module: nn.Module) -> Parameters:
    return {name: value.detach().clone() for name, value in module.named_parameters()}


def _zeros(names: tuple[str, ...]) -> dict[str, Tensor]:
    return {name: torch.zeros(()) for name in names}


def _add(meters: dict[str, Tensor], readings: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: meters[name] + value for name, value in readings.items()}


def _norm(gradients: Parameters) -> Tensor:
    """The Euclidean norm [] over all of `gradients`."""
    return torch.stack([value.square().sum() for value in gradients.values()]).sum().sqrt()


def _grad_and_value(
    objective: Callable[[Parameters], tuple[Tensor, Any]], at: Parameters, scaling: Scaling
) -> tuple[Parameters, tuple[Tensor, Any]]:
    """Gradients, value [] and what else `objective` gives, at the parameters `at`.

    With a scaling, the value is scaled up for the way back, and the gradients are scaled down again.
    """
    if not scaling:
        gradients, (value, aux) = grad_and_value(objective, has_aux=True)(at)
        return gradients, (value, aux)

    def scaled(parameters: Parameters) -> tuple[Tensor, tuple[Tensor, Any]]:
        value, aux = objective(parameters)
        return value * scaling["scale"], (value, aux)

    gradients, (_, (value, aux)) = grad_and_value(scaled, has_aux=True)(at)
    return {name: gradient / scaling["scale"] for name, gradient in gradients.items()}, (value, aux)


def _judge(alive: Tensor, value: Tensor, norm: Tensor, scaling: Scaling) -> tuple[Tensor, Tensor]:
    """Whether the member lives on, and whether this update is applied.

    A loss or gradient that is not finite ends it. In fp16, where the loss is scaled, either may overflow: the update
    is left out, and the scale halved, until nothing is left to halve.
    """
    finite = value.isfinite() & norm.isfinite()
    if not scaling:
        return alive & finite, alive & finite
    alive = alive & (finite | (scaling["scale"] > 1))
    return alive, alive & finite


def _advance(alive: Tensor, applied: Tensor, new: Any, old: Any) -> Any:
    """`new` where the update is applied, else `old`, leaf by leaf.

    Where the loss is scaled, the next scaling too; an update that is left out counts as made.
    """
    kept = _where(applied, new, old)
    if not old.scaling:
        return kept
    step = torch.where(alive, new.optimizer.step, old.optimizer.step)
    scaling = _where(alive, next_scaling(old.scaling, applied), old.scaling)
    return kept._replace(optimizer=kept.optimizer._replace(step=step), scaling=scaling)


def _where(condition: Tensor, new: Any, old: Any) -> Any:
    return tree_map(lambda fresh, stale: torch.where(condition, fresh, stale), new, old)
