"""The game that variants are short for: a discriminator that scores samples, and a generator of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ganlab.errors import InputError
from ganlab.games.axes import PLAIN, Axes
from ganlab.games.base import Batch, Draw, Game, Loss, Task
from ganlab.games.label_smoothing import require_additive, smoothed
from ganlab.games.lecam import initial_averages, lecam, next_averages
from ganlab.games.nets import Nets
from ganlab.games.packing import pack, packed_shape, unpack
from ganlab.games.scores import score_readings
from ganlab.networks import Build
from ganlab.variants import Constraint, Parameters, Penalty, Score, Variant
from ganlab.variants.penalties import slope

NoiseOf = Literal["sample", "element"]
"""What has one number of its own."""


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
        shapes = {"sample": (1,) * len(self.task.sample_shape), "element": self.task.sample_shape}
        noise = [item for one in self.chosen_penalties for item in _noise_of(one).items()]
        return {name: Draw.uniform(*shapes[each]) for name, each in noise}

    def inseparable(self) -> list[str]:
        """The game's own, and penalties."""
        penalties = [f"the penalty '{one.name}'" for one in self.chosen_penalties if not one.separable]
        return [*super().inseparable(), *penalties]

    def penalty(self, score: Score, real: Tensor, fake: Tensor, batch: Batch, weights: Mapping[str, Tensor]) -> Tensor:
        """The sum [] of all penalties on the slopes of `score`, each times its weight.

        Where the discriminator sees packs, so does `score`, and `real` and `fake` are packs.
        """
        total = torch.zeros((), device=real.device)
        for one in self.chosen_penalties:
            parts = [self._for_packs(batch.draws[name], each) for name, each in _noise_of(one).items()]
            noise = parts[0] if len(parts) == 1 else tuple(parts) or None
            total = total + weights[one.name] * one.function(score, real, fake, noise)
        return total

    def project(self, player: str, parameters: Parameters, weights: Mapping[str, Tensor]) -> Parameters:
        """The discriminator's within all constraints."""
        if player == "discriminator":
            for constraint in self.chosen_constraints:
                parameters = constraint.function(parameters, weights[constraint.name])
        return parameters

    def _for_packs(self, noise: Tensor, each: NoiseOf) -> Tensor:
        """The noise of packs: each of their elements has its own, or the pack has that of its first sample."""
        if self.pack == 1:
            return noise
        return pack(noise, self.pack) if each == "element" else noise[:: self.pack]


def _noise_of(penalty: Penalty) -> dict[str, NoiseOf]:
    """The names of a penalty's draws."""
    match penalty.noise:
        case "none":
            return {}
        case "both":
            return {f"{penalty.name}/sample": "sample", f"{penalty.name}/element": "element"}
        case each:
            return {penalty.name: each}


class AdversarialGame(PenalisedGame):
    """A variant's two losses of raw scores, with penalties, constraints, and what `axes` adds.

    Where samples are augmented, the slopes that penalties charge are those of augmentation and discriminator together,
    at samples as they are, as in the code of StyleGAN2-ADA: R1 goes through the draws of the real samples, and so does
    any other penalty. The logged slopes are those of the discriminator alone.

    Raises:
        InputError: the axes fit neither the variant nor each other.
    """

    separable = True  # but for what `inseparable` finds in its parts

    def __init__(
        self,
        variant: Variant,
        task: Task,
        chosen_penalties: tuple[Penalty, ...] = (),
        chosen_constraints: tuple[Constraint, ...] = (),
        axes: Axes = PLAIN,
    ) -> None:
        super().__init__(Game.Options(), task, chosen_penalties, chosen_constraints)
        self.variant = variant
        self.axes = axes
        self.pack = axes.packing
        if axes.packing > 1 and task.condition is not None:
            raise InputError(
                f"packing is {axes.packing}, but samples of a pack have conditions of their own, and the discriminator "
                "takes one; set conditional to false, or packing to 1"
            )
        if axes.augment is not None:
            axes.augment.require_fit(variant)
        if axes.label_smoothing:
            require_additive(variant)

    def networks(self, build: Build) -> dict[str, nn.Module]:
        """A discriminator of packs, where samples are packed."""
        packs = replace(build, sample_shape=packed_shape(build.sample_shape, self.pack))
        return {"generator": build.generator(), "discriminator": packs.discriminator()}

    def draws(self, player: str) -> dict[str, Draw]:
        """Each penalty's noise, and what is random in the augmentation of the samples that are scored."""
        augment, draws = self.axes.augment, super().draws(player)
        if augment is not None:
            both = player == "discriminator" or self.variant.generator_uses_real
            for kind in ("real", "fake") if both else ("fake",):
                draws |= {f"augment/{kind}/{name}": draw for name, draw in augment.draws().items()}
        return draws

    def extra(self) -> dict[str, Tensor]:
        """The averages of LeCam, and what the augmentation adapts."""
        augment = self.axes.augment
        return {**(initial_averages() if self.axes.lecam else {}), **(augment.extra() if augment else {})}

    def inseparable(self) -> list[str]:
        """The variant, penalties, and what the axes add."""
        augment = self.axes.augment
        return [
            *([] if self.variant.separable else [f"the variant '{self.variant.name}'"]),
            *super().inseparable(),
            *([f"augment '{augment.name}'"] if augment is not None and not augment.separable else []),
            *(["lecam"] if self.axes.lecam else []),
        ]

    def discriminator(
        self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> Loss:
        """The variant's loss of the scores, the penalties and LeCam; the generator only supplies samples."""
        view = _View(self.axes, batch, extra, weights)
        fake = nets.generator(batch.latent, batch.condition)
        real_score = nets.discriminator(view.seen(batch.real, "real"), batch.condition)
        fake_score = nets.discriminator(view.seen(fake, "fake"), batch.condition)
        loss = self._loss(real_score, fake_score, weights)
        packs = pack(batch.real, self.pack), pack(fake, self.pack)
        penalty = self.penalty(view.score(nets), *packs, batch, weights)
        readings = {"discriminator_loss": loss, "penalty": penalty, **score_readings(real_score, fake_score)}
        return self._with_state(Loss(loss + penalty, readings=readings), real_score, fake_score, view)

    def generator(self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Tensor:
        """The variant's loss of the scores; those of real samples are zeros where it does not use them."""
        view = _View(self.axes, batch, extra, weights)
        real_score = torch.zeros(len(batch.real) // self.pack, device=batch.real.device)
        if self.variant.generator_uses_real:
            real_score = nets.discriminator(view.seen(batch.real, "real"), batch.condition)
        fake = nets.generator(batch.latent, batch.condition)
        return self.variant.generator_loss(real_score, nets.discriminator(view.seen(fake, "fake"), batch.condition))

    def diagnose(self, nets: Nets, batch: Batch) -> dict[str, Tensor]:
        """The discriminator's mean slopes and how widely samples spread.

        The slope is taken at real samples, at fake ones, and half-way between them, or at packs of them; the spread is
        the standard deviation of a batch of samples relative to that of real ones, averaged over elements.
        """
        fake = nets.generator(batch.latent, batch.condition)
        score = _score(nets, batch)
        real_packs, fake_packs = pack(batch.real, self.pack), pack(fake, self.pack)
        return {
            "slope_real": slope(score, real_packs).mean(),
            "slope_fake": slope(score, fake_packs).mean(),
            "slope_between": slope(score, (real_packs + fake_packs) / 2).mean(),
            "fake_spread": fake.std(0).mean() / batch.real.std(0).mean(),
        }

    def _loss(self, real_score: Tensor, fake_score: Tensor, weights: Mapping[str, Tensor]) -> Tensor:
        """The discriminator's, of smooth labels where these are asked for."""
        loss = self.variant.discriminator_loss
        if self.axes.label_smoothing:
            return smoothed(loss, real_score, fake_score, weights["label_smoothing"])
        return loss(real_score, fake_score)

    def _with_state(self, loss: Loss, real_score: Tensor, fake_score: Tensor, view: _View) -> Loss:
        """`loss` with the regulariser of LeCam, and with what the scores make of the extra state."""
        augment, extra, weights = self.axes.augment, view.extra, view.weights
        if self.axes.lecam:
            averages = next_averages(extra, real_score, fake_score)
            term = weights["lecam"] * lecam(averages, real_score, fake_score)
            loss = Loss(loss.value + term, {**loss.extra, **averages}, {**loss.readings, "lecam": term})
        if augment is not None:
            state = augment.adapt(real_score, len(view.batch.real), extra, weights)
            loss = Loss(loss.value, {**loss.extra, **state}, {**loss.readings, **augment.readings(extra)})
        return loss


@dataclass(frozen=True)
class _View:
    """Samples of one batch as the discriminator sees them: augmented, and in packs."""

    axes: Axes
    batch: Batch
    extra: Mapping[str, Tensor]
    weights: Mapping[str, Tensor]

    def seen(self, samples: Tensor, kind: Literal["real", "fake"]) -> Tensor:
        """`samples` [B, ...], augmented with the draws of their `kind`, in packs."""
        augment = self.axes.augment
        if augment is not None:
            draws = {name: self.batch.draws[f"augment/{kind}/{name}"] for name in augment.draws()}
            samples = augment.apply(samples, draws, self.extra, self.weights)
        return pack(samples, self.axes.packing)

    def score(self, nets: Nets) -> Score:
        """The discriminator of what is seen, as penalties take it: packs as they are to scores."""
        score = _score(nets, self.batch)
        return lambda packs: score(self.seen(unpack(packs, self.axes.packing), "real"))


def _score(nets: Nets, batch: Batch) -> Score:
    """The discriminator outside autocast: what it sees to scores [B]."""
    exact = nets.in_float32()
    return lambda samples: exact.discriminator(samples, batch.condition)
