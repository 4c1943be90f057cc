"""True samples that training did not see, for evaluators that need samples of both sides."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganlab.data.base import Data
from ganlab.data.reference import Array, HeldOut, Images
from ganlab.errors import InputError

SEED = 20_000
"""Of true samples; the floors' are from another one."""


def held_out_part(reference: Any) -> Array | None:
    """The real samples [m, ...] that stand for the truth; None where it can be drawn from."""
    part: Array | None = reference.values if isinstance(reference, HeldOut) else getattr(reference, "held_out", None)
    return part


def true_samples(reference: Any, count: int) -> Array:
    """At most `count` true samples [m, ...], always the same: of the held-out part if there is one, or drawn afresh."""
    rng, part = np.random.default_rng(SEED), held_out_part(reference)
    samples: Array = reference.fresh(rng, count) if part is None else part[rng.permutation(len(part))[:count]]
    return samples[:, np.newaxis] if samples.ndim == 1 else samples


def as_vectors(reference: Any, samples: Array) -> Array:
    """`samples` [n, ...] as vectors [n, k] between which distances are measured."""
    if hasattr(reference, "coordinates"):
        vectors: Array = reference.coordinates(samples)
        return vectors
    return samples.reshape(len(samples), -1)


def held_out_for_networks(data: Data, count: int) -> Tensor:
    """At most `count` true samples [m, *sample_shape] that training did not see, in the networks' units.

    Raises:
        InputError: all images are training images, or those that are not cannot be read.
    """
    reference = data.reference
    if not isinstance(reference, Images):
        return data.to_network_units(torch.from_numpy(true_samples(reference, count)))
    if reference.images is data.tables[0]:
        if reference.others is None:
            raise InputError(f"there are no real images beside {reference.name}")
        reference = reference.others()
    rows = np.random.default_rng(SEED).permutation(len(reference.images))[:count]
    return data.to_network_units(reference.images[torch.from_numpy(rows)])


def has_held_out(reference: Any) -> bool:
    """Whether there are true samples that training did not see."""
    return not isinstance(reference, Images) or reference.others is not None


def standard_deviations(values: Array) -> Array:
    """Of the columns of `values` [m, k]; 1 where a column is constant."""
    stds: Array = values.std(axis=0)
    return np.where((stds > 0) & np.isfinite(stds), stds, 1.0)


def is_of_vectors(reference: Any, at_least: int = 1) -> bool:
    """Whether samples are single numbers or vectors, of `at_least` so many numbers."""
    shape = shape_of(reference)
    return shape is not None and len(shape) == 1 and shape[0] >= at_least


def is_of_series(reference: Any) -> bool:
    """Whether samples are windows [T, C] of series."""
    shape = shape_of(reference)
    return shape is not None and len(shape) == 2


def shape_of(reference: Any) -> tuple[int, ...] | None:
    """Of one sample; None for images."""
    return None if isinstance(reference, Images) else true_samples(reference, 2).shape[1:]


def require_finite(*arrays: Array) -> None:
    """Refuse what would make a meaningless number.

    Raises:
        ValueError: an array is empty or not all finite.
    """
    for array in arrays:
        if math.prod(array.shape) == 0 or not np.isfinite(array).all():
            raise ValueError(f"samples of shape {array.shape} are empty, or some are NaN or infinite")
