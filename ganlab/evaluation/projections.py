"""Samples and truth along directions, between which distances of vectors are taken."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from ganlab.data.empirical import quantiles_of
from ganlab.data.normal_mixture import NormalMixture
from ganlab.data.reference import Array, SampleReference

IN_THE_PLANE, BEYOND = 32, 64
"""How many directions: evenly spaced ones in the plane, and random ones that are always the same in more dimensions."""


@lru_cache(maxsize=8)
def directions(dimensions: int) -> Array:
    """Unit vectors [dimensions, D], one a column."""
    if dimensions == 2:
        angles = np.pi * np.arange(IN_THE_PLANE) / IN_THE_PLANE
        return np.stack([np.cos(angles), np.sin(angles)])
    if dimensions == 1:
        return np.ones((1, 1))
    # RandomState, because NumPy promises that its stream never changes; Generator's may.
    vectors = np.random.RandomState(0).normal(size=(dimensions, BEYOND))
    unit: Array = vectors / np.linalg.norm(vectors, axis=0)
    return unit


def length_over_projection(dimensions: int) -> float:
    """The length of a vector over the mean length of its projections onto all directions: 1, pi / 2, 2, ..."""
    return math.sqrt(math.pi) * math.exp(math.lgamma((dimensions + 1) / 2) - math.lgamma(dimensions / 2))


def sorted_projections(points: Array) -> Array:
    """`points` [n, k] projected onto each of the directions, and sorted [n, D]."""
    projected: Array = np.sort(points @ directions(points.shape[1]), axis=0)
    return projected


@lru_cache(maxsize=8)
def projected_held_out(reference: SampleReference) -> Array:
    """The held-out part in each of the directions, sorted [m, D]."""
    assert reference.held_out is not None
    return sorted_projections(reference.coordinates(reference.held_out))


@lru_cache(maxsize=8)
def projected_quantiles(reference: SampleReference, count: int) -> Array:
    """The quantiles at (i - 1/2) / count of the truth in each of the directions [count, D]."""
    if reference.held_out is not None:
        parts = projected_held_out(reference).T
        return np.stack([quantiles_of(part, 0.5 / count, 1 - 0.5 / count, count) for part in parts], axis=1)
    levels = (np.arange(count) + 0.5) / count
    return np.stack([projection.quantile(levels) for projection in known_projections(reference)], axis=1)


def known_projections(reference: SampleReference) -> list[NormalMixture]:
    """The truth in each of the directions, exactly; none where it is not known so."""
    dimensions = math.prod(reference.sample_shape)
    along = (reference.projection(np.ascontiguousarray(direction)) for direction in directions(dimensions).T)
    return [projection for projection in along if projection is not None]
