"""InfoGAN: codes in the latents that can be told from the samples."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated

import torch
from pydantic import Field, FiniteFloat, model_validator
from torch import Tensor, nn
from torch.nn.functional import log_softmax

from ganlab.games.adversarial import PenalisedGame
from ganlab.games.base import Batch, Game, Loss, register
from ganlab.games.nets import Nets
from ganlab.games.priors import Codes, Prior
from ganlab.games.scores import as_rows, score_readings
from ganlab.networks import Build
from ganlab.options import ListOf
from ganlab.record.optimizers import Adam
from ganlab.variants import Defaults
from ganlab.variants.adversarial import classify, fool

UNIFORM_ENTROPY = math.log(2)
"""Of a uniform code on [-1, 1), in nats."""

Weight = Annotated[FiniteFloat, Field(ge=0)]


@register
class InfoGAN(PenalisedGame):
    """Equation 6 of arXiv:1606.03657, with the non-saturating loss of the generator.

    The discriminator gives a score, the logits of each categorical code, and the mean of each uniform code
    [B, 1 + categories + uniform]. The latter are Q(c | x): categorical, and normal of standard deviation 1. Both
    players maximise the bound E log Q(c | x) + H(c) of the information that samples hold of their codes.
    """

    name = "infogan"
    summary = "categorical and uniform codes beside the latent, which the discriminator tells from the samples"
    paper = "arXiv:1606.03657"
    separable = True
    defaults = Defaults(
        optimizer=Adam(lr=2e-4, betas=(0.5, 0.999)),
        source=(
            "the code of the paper's authors for MNIST: codes, weights, the standard deviation of 1, and the "
            "discriminator's optimiser; their generator learns at 1e-3, and their noise is uniform"
        ),
    )

    class Options(Game.Options):
        """Options of `infogan`.

        Attributes:
            categories: how many each categorical code has.
            uniform: how many codes are uniform on [-1, 1).
            categorical_weight: of the information on categorical codes, in nats.
            uniform_weight: of that on uniform codes.
        """

        categories: ListOf[Annotated[int, Field(ge=2, le=10_000)]] = (10,)
        uniform: Annotated[int, Field(ge=0, le=10_000)] = 2
        categorical_weight: Weight = 1.0
        uniform_weight: Weight = 1.0

        @model_validator(mode="after")
        def _has_codes(self) -> InfoGAN.Options:
            if not self.categories and not self.uniform:
                raise ValueError("'categories' is empty and 'uniform' is 0; infogan needs at least one code")
            return self

    def prior_of(self, prior: Prior) -> Codes:
        """Latents of `prior`, and codes."""
        return Codes(prior, self.options.categories, self.options.uniform)

    def networks(self, build: Build) -> dict[str, nn.Module]:
        """A discriminator with outputs for the codes."""
        codes = sum(self.options.categories) + self.options.uniform
        return {"generator": build.generator(), "discriminator": build.discriminator(1 + codes)}

    def discriminator(
        self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> Loss:
        """The cross-entropy of the source less the information on the codes of fake samples, and the penalties."""
        fake = nets.generator(batch.latent, batch.condition)
        real_score = as_rows(nets.discriminator(batch.real, batch.condition))[0]
        fake_output = as_rows(nets.discriminator(fake, batch.condition))
        fake_score = fake_output[0]
        categorical, uniform = self._information(fake_output, batch.latent)
        loss = classify(real_score, fake_score) - _weighted(categorical, uniform, weights)
        exact = nets.in_float32()
        penalty = self.penalty(
            lambda samples: exact.discriminator(samples, batch.condition)[:, 0], batch.real, fake, batch, weights
        )
        readings = {
            "discriminator_loss": loss,
            "penalty": penalty,
            **score_readings(real_score, fake_score),
            "categorical_information": categorical,
            "uniform_information": uniform,
        }
        return Loss(loss + penalty, readings=readings)

    def generator(self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Tensor:
        """That of the source, less the information on the codes."""
        fake = nets.generator(batch.latent, batch.condition)
        output = as_rows(nets.discriminator(fake, batch.condition))
        return fool(output[0], output[0]) - _weighted(*self._information(output, batch.latent), weights)

    def _information(self, output: Tensor, latent: Tensor) -> tuple[Tensor, Tensor]:
        """The bounds [] on categorical and on uniform codes, in nats, each summed over the codes of its kind.

        Args:
            output: of the discriminator [1 + codes, B].
            latent: [B, Z].
        """
        categories, uniform = list(self.options.categories), self.options.uniform
        sizes = [*categories, uniform]
        codes = torch.split(as_rows(latent[:, -sum(sizes) :]), sizes)
        outputs = torch.split(output[1:], sizes)
        categorical = torch.zeros((), device=output.device)
        for size, code, logits in zip(categories, codes, outputs, strict=False):
            categorical = categorical + (log_softmax(logits, 0) * code).sum(0).mean() + math.log(size)
        log_q = -((codes[-1] - outputs[-1]).square() + math.log(2 * math.pi)) / 2
        return categorical, log_q.sum(0).mean() + uniform * UNIFORM_ENTROPY


def _weighted(categorical: Tensor, uniform: Tensor, weights: Mapping[str, Tensor]) -> Tensor:
    return weights["categorical_weight"] * categorical + weights["uniform_weight"] * uniform
