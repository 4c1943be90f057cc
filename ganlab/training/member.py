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

from ganlab.training.optimizers import OptimizerState, initial_optimizer_state, optimize
from ganlab.variants import Constraint, OptimizerSettings, Parameters, Penalty, Variant
from ganlab.variants.penalties import slope


class CriticState(NamedTuple):
    """What a critic's update changes. `meters` are sums over the updates since they were last read."""

    parameters: Parameters
    optimizer: OptimizerState
    meters: dict[str, Tensor]


class GeneratorState(NamedTuple):
    """What a generator's update changes. `average` is the moving average of the parameters."""

    parameters: Parameters
    average: Parameters
    optimizer: OptimizerState
    meters: dict[str, Tensor]


class State(NamedTuple):
    """All that training changes. `alive` [] is false from the first non-finite loss or gradient on."""

    alive: Tensor
    critic: CriticState
    generator: GeneratorState


class Numbers(NamedTuple):
    """Numbers in which members of one population may differ, each []."""

    critic_lr: Tensor
    generator_lr: Tensor
    penalties: dict[str, Tensor]
    constraints: dict[str, Tensor]


class Batch(NamedTuple):
    """What one update consumes: real samples [B, ...], latents [B, Z], and each penalty's noise."""

    real: Tensor
    latent: Tensor
    noise: dict[str, Tensor]


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
    """The two updates of one member."""

    variant: Variant
    penalties: tuple[Penalty, ...]
    constraints: tuple[Constraint, ...]
    generator: nn.Module
    discriminator: nn.Module
    critic_optimizer: OptimizerSettings
    generator_optimizer: OptimizerSettings
    ema: float

    def initial_state(self) -> State:
        """The state before the first update, with the parameters that the modules hold now."""
        critic = _parameters_of(self.discriminator)
        generator = _parameters_of(self.generator)
        return State(
            torch.ones((), dtype=torch.bool),
            CriticState(critic, initial_optimizer_state(self.critic_optimizer, critic), _zeros(CRITIC_METERS)),
            GeneratorState(
                generator,
                {name: value.clone() for name, value in generator.items()},
                initial_optimizer_state(self.generator_optimizer, generator),
                _zeros(GENERATOR_METERS),
            ),
        )

    def sample(self, parameters: Parameters, latent: Tensor) -> Tensor:
        """The generator's samples [B, ...] for `latent` [B, Z]."""
        samples: Tensor = functional_call(self.generator, parameters, (latent,))
        return samples

    def score(self, parameters: Parameters, samples: Tensor) -> Tensor:
        """The discriminator's raw scores [B] of `samples` [B, ...]."""
        scores: Tensor = functional_call(self.discriminator, parameters, (samples,))
        return scores

    def update_critic(self, state: State, batch: Batch, numbers: Numbers) -> tuple[Tensor, CriticState]:
        """One step of the discriminator on its loss and penalties; the generator only supplies samples."""
        critic = state.critic
        fake = self.sample(state.generator.parameters, batch.latent)

        def objective(parameters: Parameters) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor, Tensor]]:
            def score(samples: Tensor) -> Tensor:
                return self.score(parameters, samples)

            real_score, fake_score = score(batch.real), score(fake)
            loss = self.variant.discriminator_loss(real_score, fake_score)
            penalty = torch.zeros_like(loss)
            for one in self.penalties:
                noise = batch.noise.get(one.name, fake)
                penalty = penalty + numbers.penalties[one.name] * one.function(score, batch.real, fake, noise)
            return loss + penalty, (loss, penalty, real_score, fake_score)

        gradients, (total, parts) = _grad_and_value(objective, critic.parameters)
        loss, penalty, real_score, fake_score = parts
        norm = _norm(gradients)
        alive = state.alive & total.isfinite() & norm.isfinite()
        parameters, optimizer = optimize(
            self.critic_optimizer, numbers.critic_lr, critic.parameters, gradients, critic.optimizer
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
        return alive, _keep(alive, CriticState(parameters, optimizer, meters), critic)

    def update_generator(self, state: State, batch: Batch, numbers: Numbers) -> tuple[Tensor, GeneratorState]:
        """One step of the generator, and of its moving average."""
        generator = state.generator
        real_score = self.score(state.critic.parameters, batch.real)

        def objective(parameters: Parameters) -> tuple[Tensor, tuple[()]]:
            fake = self.sample(parameters, batch.latent)
            return self.variant.generator_loss(real_score, self.score(state.critic.parameters, fake)), ()

        gradients, (loss, _) = _grad_and_value(objective, generator.parameters)
        norm = _norm(gradients)
        alive = state.alive & loss.isfinite() & norm.isfinite()
        parameters, optimizer = optimize(
            self.generator_optimizer,
            numbers.generator_lr,
            generator.parameters,
            gradients,
            generator.optimizer,
        )
        decay = torch.clamp((1 + optimizer.step) / (10 + optimizer.step), max=self.ema)
        average = {name: value.lerp(parameters[name], 1 - decay) for name, value in generator.average.items()}
        meters = _add(generator.meters, dict(zip(GENERATOR_METERS, (torch.ones_like(loss), loss, norm), strict=True)))
        return alive, _keep(alive, GeneratorState(parameters, average, optimizer, meters), generator)

    def diagnose(self, state: State, batch: Batch) -> dict[str, Tensor]:
        """Readings [] that no update needs: the critic's mean slopes, and how widely samples spread.

        The slope is taken at real samples, at fake ones, and half-way between them; the spread is the
        standard deviation of a batch of samples relative to that of real ones, averaged over elements.
        """

        def score(samples: Tensor) -> Tensor:
            return self.score(state.critic.parameters, samples)

        real, fake = batch.real, self.sample(state.generator.parameters, batch.latent)
        return {
            "slope_real": slope(score, real).mean(),
            "slope_fake": slope(score, fake).mean(),
            "slope_between": slope(score, (real + fake) / 2).mean(),
            "fake_spread": fake.std(0).mean() / real.std(0).mean(),
        }


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
    objective: Callable[[Parameters], tuple[Tensor, Any]], at: Parameters
) -> tuple[Parameters, tuple[Tensor, Any]]:
    gradients, (value, aux) = grad_and_value(objective, has_aux=True)(at)
    return gradients, (value, aux)


def _keep(alive: Tensor, new: Any, old: Any) -> Any:
    """`new` where the member is alive, else `old`, leaf by leaf."""
    return torch.utils._pytree.tree_map(lambda fresh, stale: torch.where(alive, fresh, stale), new, old)
