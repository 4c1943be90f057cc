"""The kernel Inception distance (Binkowski et al. 2018, arXiv:1801.01401)."""

from __future__ import annotations

from threadpoolctl import threadpool_limits
from torch import Tensor

from ganlab.extras import needed_for

SUBSET = 1_000


def kernel_inception_distance(samples: Tensor, real: Tensor) -> float:
    """The mean over 100 seeded subsets of 1,000 of the unbiased squared MMD, cubic kernel: torch-fidelity's number.

    It is unbiased, so it is 0 on average for true samples, and may be negative.

    Args:
        samples: [n, D], n >= 1,000.
        real: [m, D], m >= 1,000.
    """
    with needed_for("kid"):
        from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, kid_features_to_metric

    with threadpool_limits(1, user_api="blas"):
        return float(kid_features_to_metric(samples, real, kid_subset_size=SUBSET, verbose=False)[KEY_METRIC_KID_MEAN])
