"""What samples are, without the data that they were learnt from: their shape, their labels, and their units."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field, FiniteFloat
from torch import Tensor

from ganlab.data.columns import Columns
from ganlab.options import ListOf, Options

Count = Annotated[int, Field(ge=1)]


class Levels(Options):
    """Images, whose own units are uint8."""

    name: Literal["uint8"] = "uint8"
    blocks: ClassVar[tuple[tuple[int, int], ...]] = ()

    def of(self, samples: Tensor) -> Tensor:
        """`samples` in [-1, 1] in these units."""
        return to_uint8(samples)

    def to_networks(self, samples: Tensor) -> Tensor:
        """uint8 images as float32 in [-1, 1]."""
        return to_float(samples)


class Standardised(Options):
    """Values that networks see less their `mean` and over their `std`."""

    name: Literal["standardised"] = "standardised"
    blocks: ClassVar[tuple[tuple[int, int], ...]] = ()
    mean: FiniteFloat
    std: Annotated[FiniteFloat, Field(gt=0)]

    def of(self, samples: Tensor) -> Tensor:
        """`samples` in these units, as float64: float32 would blur values far from 0."""
        return samples.double() * self.std + self.mean

    def to_networks(self, samples: Tensor) -> Tensor:
        """`samples` in these units as networks see them, float32."""
        return ((samples.double() - self.mean) / self.std).float()


Units = Annotated[Levels | Standardised | Columns, Field(discriminator="name")]


class SampleForm(Options):
    """All that sampling needs to know of the data, which a finished run keeps.

    Attributes:
        shape: of one sample.
        classes: how many labels there are; 0 without labels.
        class_names: of the labels, in their order, where they have names; else empty.
        balanced: whether all labels are equally frequent.
        units: the data's own; None where they are those of the networks.
        condition: what the real vectors are that conditional networks are given; None where these are labels, if any.
    """

    shape: ListOf[Count]
    classes: Annotated[int, Field(ge=0)] = 0
    class_names: ListOf[str] = ()
    balanced: bool = True
    units: Units | None = None
    condition: Columns | None = None

    @property
    def blocks(self) -> tuple[tuple[int, int], ...]:
        """Which slices (start, stop) of a sample's last axis are the blocks of categories; empty without any."""
        return () if self.units is None else self.units.blocks

    @property
    def condition_width(self) -> int:
        """How many numbers a conditional network is given beside its input: the one-hot label, or the real vector."""
        return self.classes if self.condition is None else self.condition.width

    def activate(self, raw: Tensor) -> Tensor:
        """What a generator's raw output [..., *shape] is as samples: each block of categories goes through a softmax.

        To be applied to whatever a generator gives, in training, evaluation and sampling alike, before anything else
        sees it. A pure function, and the identity where there are no blocks; it may be lifted by vmap.
        """
        if not self.blocks:
            return raw
        edges = sorted({0, raw.shape[-1], *(edge for block in self.blocks for edge in block)})
        parts = [raw[..., start:stop] for start, stop in pairwise(edges)]
        softened = [
            part.softmax(-1) if ends in self.blocks else part for part, ends in zip(parts, pairwise(edges), strict=True)
        ]
        return torch.cat(softened, dim=-1)

    def to_data_units(self, samples: Tensor) -> Tensor:
        """`samples` [n, *shape] from the networks' units to the data's own."""
        return samples if self.units is None else self.units.of(samples)

    def to_network_units(self, samples: Tensor) -> Tensor:
        """`samples` [n, *shape] from the data's own units to the networks', float32."""
        return samples.float() if self.units is None else self.units.to_networks(samples)

    def record(self) -> dict[str, Any]:
        """The form as summaries keep it."""
        usual = {"class_names": (), "balanced": True}
        unset = {name for name, value in usual.items() if getattr(self, name) == value}
        return self.model_dump(mode="json", exclude_none=True, exclude=unset)


def to_float(images: Tensor) -> Tensor:
    """uint8 images as float32 in [-1, 1]; `to_uint8` is its exact inverse."""
    return images.float() / 127.5 - 1


def to_uint8(samples: Tensor) -> Tensor:
    """Samples in [-1, 1] as uint8: rounded to the nearest level, and clamped to 0..255."""
    return ((samples + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
