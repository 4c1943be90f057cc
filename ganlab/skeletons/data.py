"""A data set: vectors of three numbers, drawn afresh for every batch, and true samples to compare with."""

import torch
from torch import Tensor

from ganlab.data import Data, DataSource, register
from ganlab.data.columns import Columns
from ganlab.data.vectors import VectorSet
from ganlab.options import Options

NAMES = ("x", "y", "z")


class SkeletonOptions(Options):
    """Keys beside ``name`` under `data` in a sweep."""

    turns: float = 1.5


def helix(turns: float, count: int, generator: torch.Generator) -> Tensor:
    """Points [count, 3] on a helix."""
    height = 2 * torch.rand(count, generator=generator) - 1
    angle = 2 * torch.pi * turns * height
    return torch.stack([angle.cos(), angle.sin(), height], 1)


class Skeleton(Data):
    """See `Data` for conditions, units, and samples that are gathered from storage."""

    sample_shape = (len(NAMES),)

    def __init__(self, options: SkeletonOptions) -> None:
        self.turns = options.turns
        self.fingerprint = {}  # what determines the data beyond the options, such as the hash of a file
        points = helix(self.turns, 8_000, torch.Generator().manual_seed(0)).double().numpy()
        self.reference = VectorSet(  # which names its evaluators; what is compared with generated samples
            training=points[:4_000],
            held_out=points[4_000:],
            columns=Columns(names=NAMES, means=(0.0, 0.0, 0.0), stds=(1.0, 1.0, 1.0)),
            name="4,000 true points",
        )

    def draw(self, generator: torch.Generator, count: int) -> Tensor:
        """Training samples [count, 3], of `generator` alone."""
        return helix(self.turns, count, generator)


register(DataSource(name="skeleton", summary="what it is, for `ganlab list`", options=SkeletonOptions, load=Skeleton))
