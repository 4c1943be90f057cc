"""VEEGAN: a reconstructor network gives latents back from samples, so that no latent may be lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, FiniteFloat
from torch import Tensor

from ganlab.games.ali import JointGame
from ganlab.games.base import Batch, Game, Loss, register
from ganlab.games.nets import Nets
from ganlab.variants import Defaults
from ganlab.variants.base import DCGAN


@register
class VEEGAN(JointGame):
    """Algorithm 1 of arXiv:1705.07761, with the squared distance of latents, and a deterministic reconstructor.

    The reconstructor is the player `encoder`. Only the reconstruction of latents teaches it: the discriminator's
    estimate of the divergence is taken at fake pairs, in which it has no part.
    """

    name = "veegan"
    summary = "an encoder reconstructs the latents of samples, which are judged in pairs with them"
    paper = "arXiv:1705.07761"
    separable = True
    defaults = Defaults(source=f"{DCGAN}; the reconstructor adds no noise to the latents that it gives")

    class Options(Game.Options):
        """Options of `veegan`.

        Attributes:
            reconstruction_weight: of the distance of latents in the generator's loss; the paper has 1.
        """

        reconstruction_weight: Annotated[FiniteFloat, Field(ge=0)] = 1.0

    def generator(self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Loss:
        """The estimated divergence, the mean logit of a pair to be a fake one, and the reconstruction of latents."""
        fake = nets.generator(batch.latent, batch.condition)
        divergence = -nets.discriminator(fake, batch.condition, side=batch.latent).mean()
        reconstruction = _distance(nets.encoder(fake), batch.latent)
        value = divergence + weights["reconstruction_weight"] * reconstruction
        return Loss(value, readings={"divergence": divergence, "reconstruction": reconstruction})

    def encoder(self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Tensor:
        """The reconstruction of latents."""
        return _distance(nets.encoder(nets.generator(batch.latent, batch.condition)), batch.latent)


def _distance(reconstructed: Tensor, latent: Tensor) -> Tensor:
    """The squared Euclidean distance [] of latents [B, Z], averaged over the batch."""
    return (reconstructed - latent).square().sum(1).mean()
