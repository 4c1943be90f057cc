"""The mean and covariance of features, as other programs keep them in place of images."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganlab.data.reference import Array
from ganlab.errors import InputError

KEYS = ("mu", "sigma")
"""Where pytorch-fid and clean-fid keep the mean and the covariance."""
ROUNDING = 1e-5
"""How far a covariance may be from symmetric and positive semidefinite, relative to its size."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureStatistics:
    """The normal distribution fitted to features of images that are not at hand.

    Attributes:
        name: the file, for messages.
        mean: [D].
        covariance: [D, D], symmetric, and positive semidefinite up to rounding.
    """

    name: str
    mean: Array
    covariance: Array

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the mean and the covariance."""
        return hashlib.sha256(self.mean.tobytes() + self.covariance.tobytes()).hexdigest()


def feature_statistics(arrays: Mapping[str, NDArray[Any]], path: Path) -> FeatureStatistics:
    """The statistics that `arrays`, read from the file at `path`, hold under the keys ``mu`` and ``sigma``.

    Raises:
        InputError: they are no mean and covariance of the same features, or hold what is not finite.
    """
    mean, covariance = (_finite(arrays[key], key, path) for key in KEYS)
    if mean.ndim != 1 or not mean.size or covariance.shape != (len(mean), len(mean)):
        raise InputError(
            f"'{path}' holds mu {list(mean.shape)} and sigma {list(covariance.shape)}; a mean of D features is [D], "
            "and their covariance [D, D]"
        )
    if np.abs(covariance - covariance.T).max() > ROUNDING * np.abs(covariance).max():
        raise InputError(f"sigma in '{path}' is not symmetric, and so no covariance; save the statistics anew")
    if not _is_positive(covariance):
        raise InputError(
            f"sigma in '{path}' has negative eigenvalues, and so is no covariance; save the statistics anew"
        )
    return FeatureStatistics(name=str(path), mean=mean, covariance=(covariance + covariance.T) / 2)


def _is_positive(covariance: Array) -> bool:
    """Whether it is positive semidefinite up to rounding: what is added to the diagonal is added to all eigenvalues."""
    rounding = ROUNDING * np.linalg.norm(covariance) + np.finfo(np.float64).tiny
    try:
        np.linalg.cholesky(covariance + rounding * np.eye(len(covariance)))
    except np.linalg.LinAlgError:
        return False
    return True


def _finite(array: NDArray[Any], key: str, path: Path) -> Array:
    if array.dtype.kind != "f":
        raise InputError(
            f"{key} in '{path}' holds {array.dtype}; the statistics of features are floating-point numbers"
        )
    if not np.isfinite(array).all():
        raise InputError(
            f"{key} in '{path}' holds numbers that are not finite, as the statistics of a single image do; "
            "save those of at least two images"
        )
    return array.astype(np.float64)
