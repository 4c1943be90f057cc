"""True samples that training did not see, for evaluators that need samples of both sides."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ganlab.data.base import Data
from ganlab.data.reference import Array, Images, Reference, SampleReference
from ganlab.errors import InputError

SEED = 20_000
"""Of true samples; the floors' are from another one."""


def true_samples(reference: SampleReference, count: int) -> Array:
    """At most `count` true samples [m, ...], always the same: of the held-out part if there is one, or drawn afresh."""
    rng, part = np.random.default_rng(SEED), reference.held_out
    samples = reference.fresh(rng, count) if part is None else part[rng.permutation(len(part))[:count]]
    return samples.reshape(len(samples), *reference.sample_shape)


def held_out_for_networks(data: Data, count: int) -> Tensor:
    """At most `count` true samples [m, *sample_shape] that training did not see, in the networks' units.

    Raises:
        InputError: all images are training images, or those that are not cannot be read.
    """
    reference = data.reference
    if not reference.of_images:
        return data.to_network_units(torch.from_numpy(true_samples(reference, count)))
    if reference.images is data.storage[0]:
        if reference.others is None:
            raise InputError(f"there are no real images beside {reference.name}")
        reference = reference.others()
    rows = np.random.default_rng(SEED).permutation(len(reference.images))[:count]
    return data.to_network_units(reference.images[torch.from_numpy(rows)])


def has_held_out(reference: SampleReference | Images) -> bool:
    """Whether there are true samples that training did not see."""
    return not reference.of_images or reference.others is not None


def standard_deviations(values: Array) -> Array:
    """Of the columns of `values` [m, k]; 1 where a column is constant."""
    stds: Array = values.std(axis=0)
    return np.where((stds > 0) & np.isfinite(stds), stds, 1.0)


def is_of_vectors(reference: Reference, at_least: int = 1) -> bool:
    """Whether samples are single numbers or vectors, of `at_least` so many numbers."""
    return len(reference.sample_shape) == 1 and reference.sample_shape[0] >= at_least


def is_of_series(reference: Reference) -> bool:
    """Whether samples are windows [T, C] of series."""
    return len(reference.sample_shape) == 2


def require_finite(*arrays: Array) -> None:
    """Refuse what would make a meaningless number.

    Raises:
        ValueError: an array is empty or not all finite.
    """
    for array in arrays:
        if math.prod(array.shape) == 0 or not np.isfinite(array).all():
            raise ValueError(f"samples of shape {array.shape} are empty, or some are NaN or infinite")
