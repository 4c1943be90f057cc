"""The game that variants are short for: a discriminator that scores samples, and a generator of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ganlab.games.base import Batch, Draw, Game, Loss, Task
from ganlab.games.nets import Nets
from ganlab.games.scores import score_readings
from ganlab.variants import Constraint, Critic, Parameters, Penalty, Variant
from ganlab.variants.penalties import slope


class PenalisedGame(Game):
    """A game whose discriminator's loss may have penalties, and whose discriminator's parameters may be constrained.

    Args:
        task: what the game is played on.
        chosen_penalties, chosen_constraints: those of the run.
    """

    def __init__(
        self,
        options: Any,
        task: Task,
        chosen_penalties: tuple[Penalty, ...] = (),
        chosen_constraints: tuple[Constraint, ...] = (),
    ) -> None:
        super().__init__(options, task)
        self.chosen_penalties = chosen_penalties
        self.chosen_constraints = chosen_constraints

    def draws(self, player: str) -> dict[str, Draw]:
        """Each penalty's noise."""
        if player != "discriminator":
            return {}
        return {name: draw for one in self.chosen_penalties for name, draw in self._noise_of(one).items()}

    def penalty(
        self, critic: Critic, real: Tensor, fake: Tensor, batch: Batch, weights: Mapping[str, Tensor]
    ) -> Tensor:
        """The sum [] of all penalties on the slopes of `critic`, each times its weight."""
        total = torch.zeros((), device=real.device)
        for one in self.chosen_penalties:
            parts = [batch.draws[name] for name in self._noise_of(one)]
            noise = (parts[0] if len(parts) == 1 else tuple(parts)) if parts else fake
            total = total + weights[one.name] * one.function(critic, real, fake, noise)
        return total

    def project(self, player: str, parameters: Parameters, weights: Mapping[str, Tensor]) -> Parameters:
        """The discriminator's within all constraints."""
        if player == "discriminator":
            for constraint in self.chosen_constraints:
                parameters = constraint.function(parameters, weights[constraint.name])
        return parameters

    def _noise_of(self, penalty: Penalty) -> dict[str, Draw]:
        each_sample = Draw.uniform(*(1,) * len(self.task.sample_shape))
        each_element = Draw.uniform(*self.task.sample_shape)
        match penalty.noise:
            case "none":
                return {}
            case "sample":
                return {penalty.name: each_sample}
            case "element":
                return {penalty.name: each_element}
            case "both":
                return {f"{penalty.name}/sample": each_sample, f"{penalty.name}/element": each_element}


class AdversarialGame(PenalisedGame):
    """A variant's two losses of raw scores, with penalties and constraints."""

    def __init__(
        self,
        variant: Variant,
        task: Task,
        chosen_penalties: tuple[Penalty, ...] = (),
        chosen_constraints: tuple[Constraint, ...] = (),
    ) -> None:
        super().__init__(Game.Options(), task, chosen_penalties, chosen_constraints)
        self.variant = variant

    def discriminator(
        self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> Loss:
        """The variant's loss of the scores, and the penalties; the generator only supplies samples."""
        fake = nets.generator(batch.latent, batch.condition)
        real_score = nets.discriminator(batch.real, batch.condition)
        fake_score = nets.discriminator(fake, batch.condition)
        loss = self.variant.discriminator_loss(real_score, fake_score)
        penalty = self.penalty(self._critic(nets, batch), batch.real, fake, batch, weights)
        readings = {"discriminator_loss": loss, "penalty": penalty, **score_readings(real_score, fake_score)}
        return Loss(loss + penalty, readings=readings)

    def generator(self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Tensor:
        """The variant's loss of the scores; those of real samples are zeros where it does not use them."""
        real_score = torch.zeros(len(batch.real), device=batch.real.device)
        if self.variant.generator_uses_real:
            real_score = nets.discriminator(batch.real, batch.condition)
        fake = nets.generator(batch.latent, batch.condition)
        return self.variant.generator_loss(real_score, nets.discriminator(fake, batch.condition))

    def diagnose(self, nets: Nets, batch: Batch) -> dict[str, Tensor]:
        """The discriminator's mean slopes and how widely samples spread.

        The slope is taken at real samples, at fake ones, and half-way between them; the spread is the
        standard deviation of a batch of samples relative to that of real ones, averaged over elements.
        """
        fake = nets.generator(batch.latent, batch.condition)
        score = self._critic(nets, batch)
        return {
            "slope_real": slope(score, batch.real).mean(),
            "slope_fake": slope(score, fake).mean(),
            "slope_between": slope(score, (batch.real + fake) / 2).mean(),
            "fake_spread": fake.std(0).mean() / batch.real.std(0).mean(),
        }

    def _critic(self, nets: Nets, batch: Batch) -> Critic:
        """The discriminator outside autocast, as penalties take it: samples [B, ...] to scores [B]."""
        exact = nets.in_float32()
        return lambda samples: exact.discriminator(samples, batch.condition)
