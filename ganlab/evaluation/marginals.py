"""How far each column of vectors, or channel of series, is from the held-out one."""

from __future__ import annotations

from statistics import mean

import numpy as np
from scipy import stats

from ganlab.data.reference import Array
from ganlab.data.vectors import VectorSet
from ganlab.evaluation.base import Evaluator, Metric, of_samples, register


def marginal_distance(samples: Array, reference: VectorSet) -> dict[str, float]:
    """The mean over columns of the Wasserstein-1 distance, in the column's standard deviation over training.

    Of a column of categories, the total variation distance: half the sum of the absolute differences of their shares.
    Of series, all rows of all windows of a channel count as its values.

    Args:
        samples: [n, d] or [n, T, C].
        reference: what they are compared with.
    """
    columns = reference.columns
    found, truth = (part.reshape(-1, len(columns.names)) for part in (samples, reference.held_out))
    distances = []
    for i, (name, std) in enumerate(zip(columns.names, columns.stds, strict=True)):
        if name in columns.categories:
            distances.append(total_variation(found[:, i], truth[:, i], len(columns.categories[name])))
        else:
            distances.append(float(stats.wasserstein_distance(found[:, i], truth[:, i])) / std)
    return {"marginal_w1": mean(distances)}


def total_variation(found: Array, truth: Array, categories: int) -> float:
    """Half the sum of the absolute differences of the shares of `categories`, which are given by their indices."""
    shares = [np.bincount(part.astype(int), minlength=categories) / len(part) for part in (found, truth)]
    return float(np.abs(shares[0] - shares[1]).sum()) / 2


register(
    Evaluator(
        name="marginals",
        summary="Wasserstein-1 distance of single columns or channels, averaged over them",
        metrics=(
            Metric(
                name="marginal_w1",
                better="lower",
                estimator="mean over columns of w1 to the held-out values, in standard deviations of training; of "
                "categories, half the sum of the differences of their shares",
            ),
        ),
        function=of_samples(marginal_distance),
    )
)
