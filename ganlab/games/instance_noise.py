"""Instance noise: normal noise on all that the discriminator sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, FiniteFloat
from torch import Tensor

from ganlab import options
from ganlab.games.augmentation import Augmentation, register
from ganlab.games.base import Draw


@register
class InstanceNoise(Augmentation):
    """Independent normal noise in each element, in the networks' units (arXiv:1610.04490).

    The paper lowers its standard deviation to zero over training, which a schedule of `sigma` does.
    """

    name = "instance-noise"
    summary = "normal noise of standard deviation `sigma` on real and fake samples"
    paper = "arXiv:1610.04490"
    separable = True

    class Options(options.Options):
        """`sigma` is the standard deviation."""

        sigma: Annotated[FiniteFloat, Field(ge=0)] = 0.1

    def draws(self) -> dict[str, Draw]:
        return {"normal": Draw.normal(*self.sample_shape)}

    def apply(
        self, samples: Tensor, draws: Mapping[str, Tensor], extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
    ) -> Tensor:
        return samples + weights["sigma"] * draws["normal"]
