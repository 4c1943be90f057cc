"""The classifier two-sample test: can a classifier tell samples from the truth?"""

from __future__ import annotations

import math

import numpy as np

from ganlab.data.reference import Array
from ganlab.evaluation.base import Evaluator, Metric, register
from ganlab.evaluation.truth import is_of_vectors, require_finite, standard_deviations, true_samples

MOST = 2_000
FOLDS = 5


def two_sample_accuracy(samples: Array, truth: Array) -> float:
    """The accuracy of k nearest neighbours in telling `samples` from `truth`, over 5 folds (arXiv:1610.06545).

    k is the root of the number of training points, as in the paper. Both sides are thinned to the same number, at most
    2,000 each, and columns are divided by their true standard deviations. Samples of the true distribution give 1/2 on
    average, with a standard deviation of about 1 / (2 sqrt(2 n)): 0.008 for 2,000 of each.

    Args:
        samples: [n, k], n >= 5.
        truth: [m, k], m >= 5.
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    require_finite(samples, truth)
    count = min(len(samples), len(truth), MOST)
    points = np.concatenate([samples[:count], truth[:count]]) / standard_deviations(truth)
    is_true = np.repeat([0, 1], count)
    order = np.random.default_rng(0).permutation(2 * count)  # or ties would go to the side that stands first
    neighbours = math.isqrt(2 * count * (FOLDS - 1) // FOLDS)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    scores = cross_val_score(KNeighborsClassifier(neighbours), points[order], is_true[order], cv=folds)
    return float(np.mean(scores))


register(
    Evaluator(
        name="c2st",
        summary="classifier two-sample test: how well samples are told from the truth",
        paper="arXiv:1610.06545",
        metrics=(
            Metric(
                name="c2st",
                better="lower",
                estimator="accuracy of sqrt(n) nearest neighbours, 5-fold cross-validated, on at most 2,000 samples "
                "against as many true ones; 0.5 if they cannot be told apart",
            ),
        ),
        function=lambda subject, reference: {
            "c2st": two_sample_accuracy(
                reference.coordinates(subject.array), reference.coordinates(true_samples(reference, MOST))
            )
        },
        floor=lambda reference, count: {"c2st": 0.5},
        applies_to=lambda reference: is_of_vectors(reference) and len(true_samples(reference, FOLDS)) == FOLDS,
        on_request=True,
    )
)
