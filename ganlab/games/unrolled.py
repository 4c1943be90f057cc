"""Unrolled GAN: the generator looks ahead to what the discriminator is going to learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from torch import Tensor

from ganlab.games.adversarial import AdversarialGame
from ganlab.games.base import Batch, Game, Loss, Task, register
from ganlab.games.nets import Nets
from ganlab.record.optimizers import Adam
from ganlab.variants import Defaults
from ganlab.variants.adversarial import vanilla


@register
class Unrolled(Game):
    """The surrogate of arXiv:1611.02163, section 2.2, of the losses of `vanilla`.

    The discriminator plays `vanilla`. The generator is scored by the discriminator after `steps` more updates of its
    own optimiser, from its own state, on the generator's batch; they are differentiated with the rest.
    """

    name = "unrolled"
    summary = "vanilla, where the generator looks some updates of the discriminator ahead"
    paper = "arXiv:1611.02163"
    defaults = Defaults(
        optimizer=Adam(lr=1e-4, betas=(0.5, 0.999)),
        source=(
            "the demonstration of one of the paper's authors: 5 steps, which go through the discriminator's Adam, and "
            "the discriminator's rate; its generator learns at 1e-3, on the whole saturating value of the game"
        ),
    )

    class Options(Game.Options):
        """Options of `unrolled`.

        Attributes:
            steps: updates of the discriminator that the generator looks ahead; with 0 this is `vanilla`.
        """

        steps: Annotated[int, Field(ge=0, le=100)] = 5

    def __init__(self, options: Any, task: Task) -> None:
        super().__init__(options, task)
        self._vanilla = AdversarialGame(vanilla, task)

    def discriminator(
        self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> Loss:
        """That of `vanilla`."""
        return self._vanilla.discriminator(nets, batch, extra, weights)

    def generator(self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Tensor:
        """That of `vanilla`, against the discriminator after its next updates."""
        for _ in range(self.options.steps):
            nets = nets.after_step(
                "discriminator", lambda now: self._vanilla.discriminator(now, batch, extra, weights).value
            )
        return self._vanilla.generator(nets, batch, extra, weights)

    def diagnose(self, nets: Nets, batch: Batch) -> dict[str, Tensor]:
        """As of `vanilla`."""
        return self._vanilla.diagnose(nets, batch)
