"""MMD GAN (arXiv:1705.08584, arXiv:1801.01401): the maximum mean discrepancy of learnt features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from ganlab.games.adversarial import PenalisedGame
from ganlab.games.base import Batch, Loss, register
from ganlab.games.nets import Nets
from ganlab.networks import Build
from ganlab.record.optimizers import Adam
from ganlab.variants import Defaults, Score

Kernel = Callable[[Tensor], Tensor]
"""Squared distances to the kernel's values; at distance 0, the value is the number of its terms."""

BANDWIDTHS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Standard deviations of the Gaussians (the code of the authors of arXiv:1705.08584)."""
EXPONENTS = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Of the rational quadratic terms (arXiv:1801.01401)."""


def gaussian_mixture(squared: Tensor) -> Tensor:
    """The sum of exp(-d^2 / 2 s^2) over the bandwidths s."""
    return torch.stack([torch.exp(-squared / (2 * width**2)) for width in BANDWIDTHS]).sum(0)


def rational_quadratic_mixture(squared: Tensor) -> Tensor:
    """The sum of (1 + d^2 / 2 a)^-a over the exponents a."""
    terms = [torch.exp(-exponent * torch.log1p(squared / (2 * exponent))) for exponent in EXPONENTS]
    return torch.stack(terms).sum(0)


KERNELS: dict[str, Kernel] = {"rational-quadratic": rational_quadratic_mixture, "gaussian": gaussian_mixture}


def squared_distances(first: Tensor, second: Tensor) -> Tensor:
    """[m, n] between rows of `first` [m, F] and `second` [n, F]."""
    return (first[:, None] - second).square().sum(2)


def squared_mmd(kernel: Kernel, first: Tensor, second: Tensor) -> Tensor:
    """The unbiased estimate [] of the squared maximum mean discrepancy (arXiv:0805.2368).

    Pairs of a row with itself are left out, so that it may be negative.

    Args:
        kernel: of squared distances.
        first, second: samples [m, F] and [n, F] of the two distributions, m and n at least 2.
    """
    across = kernel(squared_distances(first, second)).mean()
    return _mean_of_different(kernel, first) + _mean_of_different(kernel, second) - 2 * across


def _mean_of_different(kernel: Kernel, rows: Tensor) -> Tensor:
    values, count = kernel(squared_distances(rows, rows)), len(rows)
    return (values.sum() - values.diagonal().sum()) / (count * (count - 1))


@register
class MMDGAN(PenalisedGame):
    """The discriminator's features maximise the squared MMD between real and generated samples, which the generator
    minimises; penalties are on the slope of the witness function, E k(h(x), h(.)) - E k(h(G(z)), h(.)).
    """

    name = "mmd-gan"
    summary = "the maximum mean discrepancy of learnt features"
    paper = "arXiv:1801.01401"
    defaults = Defaults(
        optimizer=Adam(lr=1e-4, betas=(0.5, 0.9)),
        critic_steps=5,
        source="rational quadratic kernels, 16 features and the penalty's weight of 1 as in the code of the paper's "
        "authors, without its penalty on hidden activations, the linear kernel it adds, and its lowering of the "
        "learning rate; Adam's settings and discriminator updates were not looked up. The Gaussians are those of "
        "arXiv:1705.08584, whose clipping, autoencoder and constraint on the means of features are left out",
    )
    penalties: ClassVar[Mapping[str, float]] = {"gradient_penalty": 1.0}

    class Options(PenalisedGame.Options):
        """Options of `mmd-gan`.

        Attributes:
            kernel: of the features: a sum of rational quadratic ones, or one of Gaussians.
            features: numbers that the discriminator makes of a sample.
        """

        kernel: Literal["rational-quadratic", "gaussian"] = "rational-quadratic"
        features: Annotated[int, Field(ge=1, le=65536)] = 16

    def networks(self, build: Build) -> dict[str, nn.Module]:
        """A generator, and a discriminator that gives features [B, F]."""
        return {"generator": build.generator(), "discriminator": build.discriminator(self.options.features)}

    def discriminator(
        self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> Loss:
        """The negative squared MMD, and the penalties on the slope of the witness function."""
        fake = nets.generator(batch.latent, batch.condition)
        loss = -self._squared_mmd(nets, batch, fake)
        penalty = self.penalty(self._witness(nets, batch, fake), batch.real, fake, batch, weights)
        return Loss(loss + penalty, readings={"discriminator_loss": loss, "penalty": penalty})

    def generator(self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Tensor:
        """The squared MMD."""
        return self._squared_mmd(nets, batch, nets.generator(batch.latent, batch.condition))

    def _squared_mmd(self, nets: Nets, batch: Batch, fake: Tensor) -> Tensor:
        real_features = nets.discriminator(batch.real, batch.condition)
        return squared_mmd(self._kernel, real_features, nets.discriminator(fake, batch.condition))

    def _witness(self, nets: Nets, batch: Batch, fake: Tensor) -> Score:
        """The witness function outside autocast: samples [B, ...] to [B], its means those of the batch."""
        exact = nets.in_float32()
        real_features = exact.discriminator(batch.real, batch.condition)
        fake_features = exact.discriminator(fake, batch.condition)

        def witness(samples: Tensor) -> Tensor:
            features = exact.discriminator(samples, batch.condition)
            to_real = self._kernel(squared_distances(features, real_features)).mean(1)
            return to_real - self._kernel(squared_distances(features, fake_features)).mean(1)

        return witness

    @property
    def _kernel(self) -> Kernel:
        return KERNELS[self.options.kernel]
