"""Adaptive discriminator augmentation: as much of it as keeps the discriminator from overfitting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import torch
from pydantic import Field, FiniteFloat
from torch import Tensor

from ganlab import options
from ganlab.errors import InputError
from ganlab.games.augmentation import Augmentation, register, require_images
from ganlab.games.base import Draw
from ganlab.games.image_changes import each, flipped, translated, turned, whole
from ganlab.variants import Variant

INTERVAL = 4
"""Batches after which the probability is adjusted."""
TRANSLATION = 1 / 8
"""The largest shift, as a share of the image."""
BRIGHTNESS = 0.2
"""The standard deviation of what is added."""
CONTRAST = 0.5
"""The standard deviation of the base-2 logarithm of the factor."""


@register
class ADA(Augmentation):
    """Changes of images, each made with a probability p that follows the signs of real scores (arXiv:2006.06676).

    Of the pipeline of the paper's appendix B these changes are made, which round nothing: flips of left and right,
    quarter turns, translations by whole pixels with reflection at the border, brightness, and contrast. Left
    out are scaling, rotation by any angle, translation by parts of pixels, luma flip, hue, saturation, filters, noise
    and cutout.

    p begins at 0. After every four batches, `adjustment` times their number of real samples is added to it where the
    mean sign of real scores is above `target`, and taken from it where it is below (section 3). It stays within [0, 1];
    the paper bounds it from below alone.
    """

    name = "ada"
    summary = "flips, quarter turns, translation, brightness and contrast of images, with an adaptive probability"
    paper = "arXiv:2006.06676"

    class Options(options.Options):
        """`target` is of the mean sign of real scores, `adjustment` is what a sample changes the probability by.

        The default of the latter takes the probability from 0 to 1 in 500,000 samples.
        """

        target: Annotated[FiniteFloat, Field(gt=-1, lt=1)] = 0.6
        adjustment: Annotated[FiniteFloat, Field(gt=0, le=1)] = 2e-6

    def __init__(self, options: Any, sample_shape: tuple[int, ...]) -> None:
        require_images(self.name, sample_shape, square=True)
        super().__init__(options, sample_shape)

    def require_fit(self, variant: Variant) -> None:
        """Check that a discriminator that cannot tell real from fake scores zero: that its loss is least there.

        Raises:
            InputError: it is not, so that the sign of a score says nothing.
        """

        def undecided(score: float) -> float:
            return variant.discriminator_loss(torch.full((2,), score), torch.full((2,), score)).item()

        lowest, others = undecided(0.0), [undecided(sign * size) for size in (0.1, 0.3, 1.0, 4.0) for sign in (-1, 1)]
        if lowest > min(others) or lowest >= max(others):
            raise InputError(
                f"augment 'ada' goes by the sign of real scores, which says nothing in '{variant.name}', whose loss "
                "does not pull the scores of an undecided discriminator to zero; choose 'diffaugment', or a variant "
                "such as vanilla or hinge"
            )

    def draws(self) -> dict[str, Draw]:
        return {"uniform": Draw.uniform(9), "normal": Draw.normal(2)}

    def apply(
        self, samples: Tensor, draws: Mapping[str, Tensor], extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> Tensor:
        flip, turn, shift, brighten, contrast, flips, turns, down, right = draws["uniform"].unbind(1)
        brightness, factor = draws["normal"].unbind(1)
        p = extra["augment_p"]
        images = flipped(samples, (flip < p) & (flips < 0.5))
        images = turned(images, torch.where(turn < p, whole(turns, 4), 0.0))
        size = self.sample_shape[1]
        down, right = (torch.where(shift < p, _shift(uniform, size), 0.0) for uniform in (down, right))
        images = translated(images, down, right, reflect=True)
        images = images + each(torch.where(brighten < p, BRIGHTNESS * brightness, 0.0))
        return images * each(torch.where(contrast < p, torch.exp2(CONTRAST * factor), 1.0))

    def extra(self) -> dict[str, Tensor]:
        """The probability, the sum of mean signs since it was adjusted, and the batches in that sum."""
        return {name: torch.zeros(()) for name in ("augment_p", "augment_signs", "augment_batches")}

    def adapt(
        self, real_score: Tensor, seen: int, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        signs = extra["augment_signs"] + real_score.detach().sign().mean()
        batches = extra["augment_batches"] + 1
        due = batches == INTERVAL
        change = weights["adjustment"] * (INTERVAL * seen) * (signs / INTERVAL - weights["target"]).sign()
        p = extra["augment_p"]
        return {
            "augment_p": torch.where(due, (p + change).clamp(0, 1), p),
            "augment_signs": torch.where(due, 0.0, signs),
            "augment_batches": torch.where(due, 0.0, batches),
        }

    def readings(self, extra: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {"augment_p": extra["augment_p"]}


def _shift(uniform: Tensor, size: int) -> Tensor:
    """The nearest whole pixel to a number that is uniform within the largest shift."""
    return ((2 * uniform - 1) * TRANSLATION * size).round()
