"""The Fréchet distance between normal distributions fitted to features.

FID is this distance of Inception features (Heusel et al. 2017, arXiv:1706.08500, equation 6).

All is computed with one thread. Several sum in another order, and that matters: eigenvalues that should be 0, as of
units that never fire, have roots that are not small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, eigvalsh, qr, svdvals
from scipy.linalg.lapack import dsygst
from threadpoolctl import threadpool_limits
from torch import Tensor

from ganlab.data.reference import Array

BLOCK = 4_096


@dataclass(frozen=True, eq=False)
class Normal:
    """A normal distribution.

    Attributes:
        mean: [D].
        root: the upper triangular R [D, D] of the covariance R^T R, which may be singular.
    """

    mean: NDArray[np.floating]
    root: Array


@dataclass(frozen=True, eq=False)
class Moments(Normal):
    """The normal distribution fitted to `count` real features; its mean is of the features' own type."""

    count: int


def normal(mean: Array, covariance: Array) -> Normal:
    """The normal distribution of a `mean` [D] and a `covariance` [D, D]."""
    with threadpool_limits(1, user_api="blas"):
        return Normal(mean, _root(covariance))


def moments(features: Tensor) -> Moments:
    """The mean and covariance of `features` [m, D], m > 1, with what `frechet_distance` needs of them."""
    values = features.numpy()
    with threadpool_limits(1, user_api="blas"):
        return Moments(values.mean(axis=0), _root(_covariance(values)), len(values))


def frechet_distance(features: Tensor, reference: Normal) -> float:
    """|mu - mu'|^2 + tr C + tr C' - 2 tr (C C')^(1/2), of `features` [n, D], n > 1, and `reference`; in float64.

    The last trace is the sum of the square roots of the eigenvalues of R C R^T, with C' = R^T R; for n <= D it is the
    sum of the singular values of the centred features times R^T, which is quicker, and exact where C is singular.

    Means alone are in the features' own type, as torch-fidelity has them: in float32, some 1e-6 off.
    """
    values = features.numpy()
    with threadpool_limits(1, user_api="blas"):
        spread, fidelity = _traces(values, reference)
    shift = np.square(values.mean(axis=0) - reference.mean).sum()
    return max(0.0, float(shift + spread + np.square(reference.root).sum() - 2 * fidelity))


def frechet_between(one: Normal, other: Normal) -> float:
    """The same distance between two distributions: the last trace is the sum of the singular values of R R'^T."""
    with threadpool_limits(1, user_api="blas"):
        fidelity = svdvals(one.root @ other.root.T).sum()
    shift = np.square(one.mean - other.mean).sum()
    spread = np.square(one.root).sum() + np.square(other.root).sum()
    return max(0.0, float(shift + spread - 2 * fidelity))


def frechet_floor(reference: Moments, count: int) -> float:
    """The distance to expect between `reference` and `count` more samples of the same normal distribution.

    To first order in 1 / count it is (1 / count + 1 / m) (tr C + 1/2 sum_ij (1 + [i = j]) l_i l_j / (l_i + l_j)), with
    l the spectrum: the mean's error, and the second-order expansion of the covariance's for Wishart matrices.
    Real features have heavier tails than normal ones, which adds to it.
    """
    with threadpool_limits(1, user_api="blas"):
        spectrum = np.square(svdvals(reference.root))
    spectrum = spectrum[spectrum > 0]
    rows, columns = spectrum[:, np.newaxis], spectrum[np.newaxis]
    harmonic = (rows * columns / (rows + columns)).sum() + spectrum.sum() / 2
    return float((1 / count + 1 / reference.count) * (spectrum.sum() + harmonic / 2))


def _traces(values: NDArray[np.floating], reference: Normal) -> tuple[float, float]:
    """tr C and tr (C C')^(1/2), of `values` [n, D]."""
    count, dimensions = values.shape
    if count > dimensions:
        covariance = _covariance(values)
        spread = covariance.trace()
        product, _ = dsygst(covariance.T, reference.root, itype=2, lower=0, overwrite_a=1)  # R C R^T, upper triangle
        eigenvalues = eigvalsh(product, lower=False, driver="ev", overwrite_a=True)
        return spread, np.sqrt(eigenvalues.clip(min=0)).sum()
    centred = values - values.mean(axis=0, dtype=np.float64)
    spread = np.square(centred).sum() / (count - 1)
    return spread, svdvals(centred @ reference.root.T).sum() / np.sqrt(count - 1)


def _covariance(values: NDArray[np.floating]) -> Array:
    """The covariance [D, D] of `values` [n, D], in float64, block by block: a copy of all would not fit the caches."""
    mean = values.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((len(mean), len(mean)))
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK] - mean
        covariance += block.T @ block
    covariance /= len(values) - 1
    return covariance


def _root(covariance: Array) -> Array:
    """The upper triangular R [D, D] with `covariance` = R^T R."""
    try:
        root: Array = cholesky(covariance)
    except np.linalg.LinAlgError:  # it is singular
        eigenvalues, vectors = np.linalg.eigh(covariance)
        (root,) = qr((vectors * np.sqrt(eigenvalues.clip(min=0))).T, mode="r")
    return root
