"""A game: who plays, and what each player minimises. There may be any players, networks and outputs."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganlab.games import Batch, Draw, Game, Loss, Nets, register
from ganlab.networks import Build

Tensors = Mapping[str, Tensor]


@register
class Skeleton(Game):
    """The discriminator tells real from generated samples, to which both add the same kind of noise."""

    name = "skeleton"
    summary = "what it is, for `ganlab list`"

    class Options(Game.Options):
        """Keys under `game` in a sweep. A float becomes a weight, in which members of one population may differ."""

        noise: float = 0.1

    players = ("discriminator", "generator")  # in the order of their updates

    def networks(self, build: Build) -> dict[str, nn.Module]:
        """One for each player; ``build.discriminator(outputs=16)`` gives [B, 16] instead of scores [B]."""
        return {"discriminator": build.discriminator(), "generator": build.generator()}

    def draws(self, player: str) -> dict[str, Draw]:
        """All that is random in an objective besides the data and the latents: objectives draw nothing themselves."""
        shape = self.task.sample_shape
        return {"noise_on_real": Draw.normal(*shape), "noise_on_fake": Draw.normal(*shape)}

    def extra(self) -> dict[str, Tensor]:
        """State that is no player's parameters; a `Loss` gives its new value."""
        return {"average_score": torch.zeros(())}

    def discriminator(self, nets: Nets, batch: Batch, extra: Tensors, weights: Tensors) -> Loss:
        """What the discriminator minimises: a tensor of no axes, or a `Loss` with further state and readings."""
        real = nets.discriminator(batch.real + weights["noise"] * batch.draws["noise_on_real"], batch.condition)
        fake = nets.generator(batch.latent, batch.condition)
        score = nets.discriminator(fake + weights["noise"] * batch.draws["noise_on_fake"], batch.condition)
        average = 0.99 * extra["average_score"] + 0.01 * score.detach().mean()
        return Loss(
            softplus(-real).mean() + softplus(score).mean(),
            extra={"average_score": average},
            readings={"score_real": real.mean(), "score_fake": score.mean()},
        )

    def generator(self, nets: Nets, batch: Batch, extra: Tensors, weights: Tensors) -> Tensor:
        """What the generator minimises; the discriminator's parameters are constants here."""
        fake = nets.generator(batch.latent, batch.condition)
        score = nets.discriminator(fake + weights["noise"] * batch.draws["noise_on_fake"], batch.condition)
        return softplus(-score).mean()
