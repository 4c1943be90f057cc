"""The Fréchet distance between normal distributions fitted to features.

FID is this distance of Inception features (Heusel et al. 2017, arXiv:1706.08500, equation 6).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigvalsh, svdvals
from scipy.linalg.lapack import dsygst
from torch import Tensor

from ganlab.data.reference import Array


@dataclass(frozen=True, eq=False)
class Moments:
    """The normal distribution fitted to `count` real features.

    Attributes:
        mean: [D], of the features' own type.
        root: the upper triangular R [D, D] of the covariance R^T R, which may be singular.
    """

    count: int
    mean: NDArray[np.floating]
    root: Array


def moments(features: Tensor) -> Moments:
    """The mean and covariance of `features` [m, D], m > 1, with what `frechet_distance` needs of them."""
    mean, centred = _centred(features)
    return Moments(len(features), mean, _root(_covariance(centred)))


def frechet_distance(features: Tensor, reference: Moments) -> float:
    """|mu - mu'|^2 + tr C + tr C' - 2 tr (C C')^(1/2), of `features` [n, D], n > 1, and `reference`; float64.

    The last trace is the sum of the square roots of the eigenvalues of R C R^T, with C' = R^T R; for n <= D it is the
    sum of the singular values of the centred features times R^T, which is quicker and exact where C is singular.
    """
    mean, centred = _centred(features)
    n, dimensions = centred.shape
    if n > dimensions:
        covariance = _covariance(centred)
        spread = covariance.trace()
        product, _ = dsygst(covariance, reference.root, itype=2, lower=0, overwrite_a=1)  # R C R^T, its upper triangle
        fidelity = np.sqrt(eigvalsh(product, lower=False, driver="ev").clip(min=0)).sum()
    else:
        fidelity = svdvals(centred @ reference.root.T).sum() / np.sqrt(n - 1)
        spread = np.square(centred).sum() / (n - 1)
    distance = np.square(mean - reference.mean).sum() + spread + np.square(reference.root).sum() - 2 * fidelity
    return max(0.0, float(distance))


def frechet_floor(reference: Moments, count: int) -> float:
    """The distance to expect between `reference` and `count` more samples of the same normal distribution.

    To first order in 1 / count it is (1 / count + 1 / m) (tr C + 1/2 sum_ij (1 + [i = j]) l_i l_j / (l_i + l_j)), with
    l the spectrum: the mean's error, and the second-order expansion of the covariance's for Wishart matrices.
    """
    spectrum = np.square(svdvals(reference.root))
    spectrum = spectrum[spectrum > 0]
    rows, columns = spectrum[:, np.newaxis], spectrum[np.newaxis]
    harmonic = (rows * columns / (rows + columns)).sum() + spectrum.sum() / 2
    return float((1 / count + 1 / reference.count) * (spectrum.sum() + harmonic / 2))


def _centred(features: Tensor) -> tuple[NDArray[np.floating], Array]:
    """The mean [D] of `features` [n, D] in their own type, as in torch-fidelity, and their distances from it, float64.

    The mean of many features in float32 is off by some 1e-6 of its value. It is kept so, that numbers compare.
    """
    values = features.numpy().astype(np.float64)
    values -= values.mean(axis=0)
    return features.numpy().mean(axis=0), values


def _covariance(centred: Array) -> Array:
    covariance: Array = centred.T @ centred
    covariance /= len(centred) - 1
    return covariance


def _root(covariance: Array) -> Array:
    """The upper triangular R [D, D] with `covariance` = R^T R."""
    try:
        return np.linalg.cholesky(covariance).T
    except np.linalg.LinAlgError:  # it is singular
        eigenvalues, vectors = np.linalg.eigh(covariance)
        root: Array = np.linalg.qr((vectors * np.sqrt(eigenvalues.clip(min=0))).T).R
        return root
