"""AC-GAN: the discriminator also says of which class a sample is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, FiniteFloat
from torch import Tensor, nn
from torch.nn.functional import log_softmax

from ganlab.errors import InputError
from ganlab.games.adversarial import PenalisedGame
from ganlab.games.base import Batch, Game, Loss, Task, register
from ganlab.games.nets import Nets
from ganlab.games.scores import as_rows, score_readings
from ganlab.networks import Build, Classes
from ganlab.variants import Constraint, Defaults, Penalty
from ganlab.variants.adversarial import classify, fool
from ganlab.variants.base import DCGAN


@register
class ACGAN(PenalisedGame):
    """Equations 2 and 3 of arXiv:1610.09585, with the non-saturating loss in the generator's source term.

    The discriminator is given no class. It gives a score and the logits of the classes [B, 1 + classes]; both players
    minimise the cross-entropy of the latter with the classes of real and of fake samples.
    """

    name = "acgan"
    summary = "the discriminator also classifies samples, for conditional: true"
    paper = "arXiv:1610.09585"
    separable = True
    defaults = Defaults(
        source=f"{DCGAN}; the generator's loss is the non-saturating one, where that of the paper's equations saturates"
    )

    class Options(Game.Options):
        """Options of `acgan`.

        Attributes:
            class_weight: of the cross-entropy of classes; the paper has 1.
        """

        class_weight: Annotated[FiniteFloat, Field(ge=0)] = 1.0

    def __init__(
        self,
        options: Options,
        task: Task,
        chosen_penalties: tuple[Penalty, ...] = (),
        chosen_constraints: tuple[Constraint, ...] = (),
    ) -> None:
        """Raises InputError where samples have no classes, or the networks are not told of them."""
        super().__init__(options, task, chosen_penalties, chosen_constraints)
        if not isinstance(task.condition, Classes):
            raise InputError("the game 'acgan' classifies samples: it needs 'conditional: true', and data with classes")
        self.classes = task.condition

    def networks(self, build: Build) -> dict[str, nn.Module]:
        """A discriminator that is not conditional, with an output for each class."""
        discriminator = build.discriminator(1 + self.classes.count, condition=False)
        return {"generator": build.generator(), "discriminator": discriminator}

    def discriminator(
        self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> Loss:
        """The cross-entropies of the source and of the classes, of real and fake samples, and the penalties."""
        fake = nets.generator(batch.latent, batch.condition)
        real_output = as_rows(nets.discriminator(batch.real))
        fake_output = as_rows(nets.discriminator(fake))
        real_score, fake_score = real_output[0], fake_output[0]
        class_loss = self._class_loss(real_output, batch) + self._class_loss(fake_output, batch)
        loss = classify(real_score, fake_score) + weights["class_weight"] * class_loss
        exact = nets.in_float32()
        penalty = self.penalty(lambda x: exact.discriminator(x)[:, 0], batch.real, fake, batch, weights)
        readings = {
            "discriminator_loss": loss,
            "penalty": penalty,
            **score_readings(real_score, fake_score),
            "class_loss": class_loss,
            "class_accuracy_real": self._class_accuracy(real_output, batch),
            "class_accuracy_fake": self._class_accuracy(fake_output, batch),
        }
        return Loss(loss + penalty, readings=readings)

    def generator(self, nets: Nets, batch: Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Tensor:
        """That of the source, and the cross-entropy of the classes that the samples were to have."""
        output = as_rows(nets.discriminator(nets.generator(batch.latent, batch.condition)))
        return fool(output[0], output[0]) + weights["class_weight"] * self._class_loss(output, batch)

    def _class_loss(self, output: Tensor, batch: Batch) -> Tensor:
        """The cross-entropy [] of the logits in `output` [1 + classes, B] with the classes of the batch."""
        return -(log_softmax(output[1:], 0) * self.classes.rows(_labels(batch)).T).sum(0).mean()

    def _class_accuracy(self, output: Tensor, batch: Batch) -> Tensor:
        return (output[1:].argmax(0) == _labels(batch)).float().mean()


def _labels(batch: Batch) -> Tensor:
    assert batch.condition is not None
    return batch.condition
