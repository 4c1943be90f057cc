"""EBGAN (arXiv:1609.03126): an autoencoder's error is the energy of a sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field
from torch import Tensor
from torch.nn.functional import normalize

from ganlab.games.autoencoder import AutoencoderGame
from ganlab.games.base import Batch, Loss, register
from ganlab.games.nets import Nets
from ganlab.variants import Defaults
from ganlab.variants.base import DCGAN
from ganlab.variants.penalties import root


@register
class EBGAN(AutoencoderGame):
    """The discriminator minimises E(x) + max(0, margin - E(G(z))), the generator E(G(z)) + weight PT.

    E(x) = |x - Dec(Enc(x))| is the Euclidean norm over all elements of a sample, and PT the pulling-away term of the
    codes of the generated samples (section 2 of the paper).
    """

    name = "ebgan"
    summary = "an autoencoder's error as energy, with a margin and the pulling-away term"
    paper = "arXiv:1609.03126"
    defaults = Defaults(
        source=f"the paper's weight of the pulling-away term, and its margin of 10 for handwritten digits, which is in "
        f"the data's units and wants to be set for other data; codes of 64 numbers as in BEGAN; {DCGAN}",
    )

    class Options(AutoencoderGame.Options):
        """Options of `ebgan`.

        Attributes:
            code: numbers in a code.
            margin: the energy up to which the discriminator lifts that of generated samples.
            pulling_away: weight of the pulling-away term.
        """

        margin: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 10.0
        pulling_away: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.1

    def discriminator(
        self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> Loss:
        """E(x) + max(0, margin - E(G(z)))."""
        _, real = self._codes_and_energies(nets, batch.real)
        _, fake = self._codes_and_energies(nets, nets.generator(batch.latent))
        loss = real.mean() + (weights["margin"] - fake).relu().mean()
        return Loss(loss, readings={"energy_real": real.mean(), "energy_fake": fake.mean()})

    def generator(self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Loss:
        """E(G(z)) + weight PT, of the codes of the generated samples."""
        codes, energies = self._codes_and_energies(nets, nets.generator(batch.latent))
        term = pulling_away_term(codes)
        return Loss(energies.mean() + weights["pulling_away"] * term, readings={"pulling_away_term": term})

    def _codes_and_energies(self, nets: Nets, samples: Tensor) -> tuple[Tensor, Tensor]:
        """[B, C] and [B]; the gradient of an energy goes through the sample itself and through its reconstruction."""
        codes, reconstructed = nets.discriminator(samples)
        return codes, root((samples - reconstructed).flatten(1).square().sum(1))


def pulling_away_term(codes: Tensor) -> Tensor:
    """The mean squared cosine [] between the codes [B, C] of different samples of a batch."""
    directions = normalize(codes, dim=1)
    cosines = directions @ directions.T
    count = len(codes)
    return (cosines.square().sum() - cosines.diagonal().square().sum()) / (count * (count - 1))
