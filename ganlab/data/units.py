"""What samples are, without the data that they were learnt from: their shape, their labels, and their units."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch
from pydantic import Field, FiniteFloat
from torch import Tensor

from ganlab.options import ListOf, Options

Count = Annotated[int, Field(ge=1)]


class Levels(Options):
    """Images, whose own units are uint8."""

    name: Literal["uint8"] = "uint8"

    def of(self, samples: Tensor) -> Tensor:
        """`samples` in [-1, 1] in these units."""
        return to_uint8(samples)

    def to_networks(self, samples: Tensor) -> Tensor:
        """uint8 images as float32 in [-1, 1]."""
        return to_float(samples)


class Standardised(Options):
    """Values that networks see less their `mean` and over their `std`."""

    name: Literal["standardised"] = "standardised"
    mean: FiniteFloat
    std: Annotated[FiniteFloat, Field(gt=0)]

    def of(self, samples: Tensor) -> Tensor:
        """`samples` in these units, as float64: float32 would blur values far from 0."""
        return samples.double() * self.std + self.mean

    def to_networks(self, samples: Tensor) -> Tensor:
        """`samples` in these units as networks see them, float32."""
        return ((samples.double() - self.mean) / self.std).float()


Units = Annotated[Levels | Standardised, Field(discriminator="name")]


class SampleForm(Options):
    """All that sampling needs to know of the data, which a finished run keeps.

    Attributes:
        shape: of one sample.
        classes: how many labels there are; 0 without labels.
        class_names: of the labels, in their order, where they have names; else empty.
        units: the data's own; None where they are those of the networks.
    """

    shape: ListOf[Count]
    classes: Annotated[int, Field(ge=0)] = 0
    class_names: ListOf[str] = ()
    units: Units | None = None

    def to_data_units(self, samples: Tensor) -> Tensor:
        """`samples` [n, *shape] from the networks' units to the data's own."""
        return samples if self.units is None else self.units.of(samples)

    def to_network_units(self, samples: Tensor) -> Tensor:
        """`samples` [n, *shape] from the data's own units to the networks', float32."""
        return samples.float() if self.units is None else self.units.to_networks(samples)

    def record(self) -> dict[str, Any]:
        """The form as summaries keep it."""
        unset = {"class_names"} if not self.class_names else set()
        return self.model_dump(mode="json", exclude_none=True, exclude=unset)


def to_float(images: Tensor) -> Tensor:
    """uint8 images as float32 in [-1, 1]; `to_uint8` is its exact inverse."""
    return images.float() / 127.5 - 1


def to_uint8(samples: Tensor) -> Tensor:
    """Samples in [-1, 1] as uint8: rounded to the nearest level, and clamped to 0..255."""
    return ((samples + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
