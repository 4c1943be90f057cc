"""DiffAugment: differentiable augmentation of all that the discriminator sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ganlab.games.augmentation import Augmentation, register, require_images
from ganlab.games.base import Draw
from ganlab.games.image_changes import cut_out, each, translated, whole

TRANSLATION = 1 / 8
"""The largest shift, as a share of the image."""
CUTOUT = 1 / 2
"""The side of the square that is cut out, as a share of the image."""


@register
class DiffAugment(Augmentation):
    """Colour, translation and cutout, each of every image, as in the paper's code (arXiv:2006.10738).

    Colour is brightness (up to 0.5 more or less), saturation (times 0 to 2) and contrast (times 0.5 to 1.5), in this
    order; zeros come in at the border.
    """

    name = "diffaugment"
    summary = "colour, translation and cutout of every image"
    paper = "arXiv:2006.10738"
    separable = True

    def __init__(self, options: Any, sample_shape: tuple[int, ...]) -> None:
        require_images(self.name, sample_shape)
        super().__init__(options, sample_shape)

    def draws(self) -> dict[str, Draw]:
        return {"uniform": Draw.uniform(7)}

    def apply(
        self, samples: Tensor, draws: Mapping[str, Tensor], extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> Tensor:
        brightness, saturation, contrast, down, right, row, column = draws["uniform"].unbind(1)
        images = samples + each(brightness - 0.5)
        images = _spread(images, images.mean(1, keepdim=True), 2 * saturation)
        images = _spread(images, images.mean((1, 2, 3), keepdim=True), contrast + 0.5)
        height, width = self.sample_shape[1:]
        images = translated(images, _shift(down, height), _shift(right, width), reflect=False)
        tall, wide = _share(height, CUTOUT), _share(width, CUTOUT)
        return cut_out(
            images, whole(row, height + 1 - tall % 2), whole(column, width + 1 - wide % 2), height=tall, width=wide
        )


def _share(size: int, share: float) -> int:
    return int(size * share + 0.5)


def _spread(images: Tensor, centre: Tensor, factor: Tensor) -> Tensor:
    return (images - centre) * each(factor) + centre


def _shift(uniform: Tensor, size: int) -> Tensor:
    """Whole pixels, from -n to n alike, where n is the largest shift."""
    largest = _share(size, TRANSLATION)
    return whole(uniform, 2 * largest + 1) - largest
