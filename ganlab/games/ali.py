"""BiGAN, which is ALI with a deterministic encoder: the discriminator judges pairs of a sample and a latent."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn.functional import softplus

from ganlab.games.base import Batch, Game, Loss, register
from ganlab.games.nets import Nets
from ganlab.games.scores import score_readings
from ganlab.networks import Build
from ganlab.record.optimizers import Adam
from ganlab.variants import Defaults
from ganlab.variants.adversarial import classify


class JointGame(Game):
    """A game whose discriminator judges (x, encoder(x)) of real samples against (generator(z), z).

    The encoder is deterministic, and is not told of a condition; the other networks are.
    """

    players = ("discriminator", "generator", "encoder")
    averaged = ("generator", "encoder")

    def networks(self, build: Build) -> dict[str, nn.Module]:
        """An encoder from samples to latents, and a discriminator that takes these beside its samples."""
        return {
            "generator": build.generator(),
            "discriminator": build.discriminator(side=self.prior.dim),
            "encoder": build.encoder(self.prior.dim),
        }

    def discriminator(
        self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> Loss:
        """The cross-entropy of the two kinds of pairs."""
        real, fake = self.real_score(nets, batch), self.fake_score(nets, batch)
        return Loss(classify(real, fake), readings=score_readings(real, fake))

    def real_score(self, nets: Nets, batch: Batch) -> Tensor:
        """Of real samples with what the encoder makes of them [B]."""
        score: Tensor = nets.discriminator(batch.real, batch.condition, side=nets.encoder(batch.real))
        return score

    def fake_score(self, nets: Nets, batch: Batch) -> Tensor:
        """Of latents with what the generator makes of them [B]."""
        fake = nets.generator(batch.latent, batch.condition)
        score: Tensor = nets.discriminator(fake, batch.condition, side=batch.latent)
        return score


@register
class ALI(JointGame):
    """Algorithm 1 of arXiv:1606.00704, with the deterministic encoder of arXiv:1605.09782."""

    name = "ali"
    summary = "BiGAN, ALI with a deterministic encoder: samples and latents are judged in pairs"
    paper = "arXiv:1606.00704"
    separable = True
    defaults = Defaults(
        optimizer=Adam(lr=1e-4, betas=(0.5, 0.999)),
        source=(
            "the code of the paper's authors for CIFAR-10, whose encoder is stochastic; that of BiGAN "
            "(arXiv:1605.09782), as here, is not"
        ),
    )

    def generator(self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Tensor:
        """The non-saturating loss, of fake pairs."""
        return softplus(-self.fake_score(nets, batch)).mean()

    def encoder(self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Tensor:
        """The non-saturating loss with its sign turned round, of real pairs."""
        return softplus(self.real_score(nets, batch)).mean()
