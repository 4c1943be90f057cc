"""BEGAN (arXiv:1703.10717): an autoencoder whose error of generated samples is held in proportion to the data's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from ganlab.games.autoencoder import AutoencoderGame
from ganlab.games.base import Batch, Loss, register
from ganlab.games.nets import Nets
from ganlab.record.optimizers import Adam
from ganlab.variants import Defaults


@register
class BEGAN(AutoencoderGame):
    """The discriminator minimises L(x) - k L(G(z)), the generator L(G(z)); k keeps L(G(z)) near gamma L(x).

    L is the absolute error of an autoencoder's reconstruction (the paper's with eta = 1), averaged over elements and
    samples. Each update of the discriminator moves k, which begins at 0 and stays within [0, 1].
    """

    name = "began"
    summary = "an autoencoder's error of samples, kept in proportion to that of the data"
    paper = "arXiv:1703.10717"
    defaults = Defaults(
        optimizer=Adam(lr=1e-4, betas=(0.9, 0.999)),
        source="gamma = 0.5, lambda_k = 0.001 and codes of 64 numbers as in the paper, and its learning rate, which it "
        "halves when the convergence measure stalls, here constant; betas as Adam's authors have them; k follows the "
        "errors of the discriminator's own batch, where the paper takes the generator's; latents are normal unless "
        "'prior' says otherwise, the paper's uniform on [-1, 1]",
    )

    class Options(AutoencoderGame.Options):
        """Options of `began`.

        Attributes:
            code: numbers in a code.
            gamma: the diversity ratio: the error of generated samples relative to that of real ones in equilibrium.
            lambda_k: how fast k follows.
        """

        gamma: Annotated[float, Field(ge=0, le=1)] = 0.5
        lambda_k: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.001

    def extra(self) -> dict[str, Tensor]:
        """k, 0 at first."""
        return {"k": torch.zeros(())}

    def discriminator(
        self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> Loss:
        """L(x) - k L(G(z)), and the next k; reads k and the convergence measure (section 3.4 of the paper)."""
        real, fake = self._error(nets, batch.real), self._error(nets, nets.generator(batch.latent))
        balance = (weights["gamma"] * real - fake).detach()
        readings = {"k": extra["k"], "convergence": real + balance.abs(), "error_real": real, "error_fake": fake}
        k = (extra["k"] + weights["lambda_k"] * balance).clamp(0, 1)
        return Loss(real - extra["k"] * fake, extra={"k": k}, readings=readings)

    def generator(self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Tensor:
        """L(G(z))."""
        return self._error(nets, nets.generator(batch.latent))

    def _error(self, nets: Nets, samples: Tensor) -> Tensor:
        """L [], the mean over elements and samples; its gradient goes through the target and the reconstruction."""
        _, reconstructed = nets.discriminator(samples)
        error: Tensor = (samples - reconstructed).abs().mean()
        return error
