"""Cramér GAN (arXiv:1705.10743): the energy distance of learnt features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field
from torch import Tensor, nn

from ganlab.games.adversarial import PenalisedGame
from ganlab.games.base import Batch, Draw, Loss, register
from ganlab.games.nets import Nets
from ganlab.networks import Build
from ganlab.record.optimizers import Adam
from ganlab.variants import Defaults, Score
from ganlab.variants.penalties import root


@register
class CramerGAN(PenalisedGame):
    """Algorithm 1 of the paper, of features h and two independent generated samples y and y'.

    The generator minimises |h(x) - h(y)| + |h(x) - h(y')| - |h(y) - h(y')|, whose mean is the energy distance and a
    constant. The discriminator maximises f(x) - f(y), f(x) = |h(x) - h(y')| - |h(x)|, with penalties on the slope of f.
    """

    name = "cramer"
    summary = "the energy distance of learnt features"
    paper = "arXiv:1705.10743"
    separable = True
    defaults = Defaults(
        optimizer=Adam(lr=1e-4, betas=(0.5, 0.9)),
        critic_steps=5,
        source="algorithm 1 of the paper, its 256 features and weight of the penalty; Adam's settings and "
        "discriminator updates were not looked up. The discriminator's objective is the paper's, which may be 0 for "
        "distributions that differ, as the authors of arXiv:1801.01401 found",
    )
    penalties: ClassVar[Mapping[str, float]] = {"gradient_penalty": 10.0}

    class Options(PenalisedGame.Options):
        """Options of `cramer`.

        Attributes:
            features: numbers that the discriminator makes of a sample.
        """

        features: Annotated[int, Field(ge=1, le=65536)] = 256

    def draws(self, player: str) -> dict[str, Draw]:
        """The latents of the second batch, and each penalty's noise."""
        return {**super().draws(player), "second_latent": Draw.latent(self.prior)}

    def networks(self, build: Build) -> dict[str, nn.Module]:
        """A generator, and a discriminator that gives features [B, F]."""
        return {"generator": build.generator(), "discriminator": build.discriminator(self.options.features)}

    def discriminator(
        self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> Loss:
        """The mean of f(y) - f(x), and the penalties on the slope of f."""
        fake, second = self._two_fakes(nets, batch)
        score = self._score(nets, batch, second)
        real_score, fake_score = score(batch.real).mean(), score(fake).mean()
        loss = fake_score - real_score
        penalty = self.penalty(self._score(nets.in_float32(), batch, second), batch.real, fake, batch, weights)
        readings = {
            "discriminator_loss": loss,
            "penalty": penalty,
            "score_real": real_score,
            "score_fake": fake_score,
        }
        return Loss(loss + penalty, readings=readings)

    def generator(self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Tensor:
        """The mean of |h(x) - h(y)| + |h(x) - h(y')| - |h(y) - h(y')|."""
        fakes = self._two_fakes(nets, batch)
        real, one, other = (nets.discriminator(samples, batch.condition) for samples in (batch.real, *fakes))
        return (norms(real - one) + norms(real - other) - norms(one - other)).mean()

    def _two_fakes(self, nets: Nets, batch: Batch) -> tuple[Tensor, Tensor]:
        """Independent of each other, under the same condition."""
        first = nets.generator(batch.latent, batch.condition)
        return first, nets.generator(batch.draws["second_latent"], batch.condition)

    def _score(self, nets: Nets, batch: Batch, second: Tensor) -> Score:
        """f: samples [B, ...] to [B], each with that of `second` [B, ...] in its place."""
        others = nets.discriminator(second, batch.condition)

        def score(samples: Tensor) -> Tensor:
            features = nets.discriminator(samples, batch.condition)
            return norms(features - others) - norms(features)

        return score


def norms(features: Tensor) -> Tensor:
    """The Euclidean norms [B] of rows [B, F]; where one is zero, its gradient is zero, not NaN."""
    return root(features.square().sum(1))
