"""A histogram of samples beside the truth, for pictures."""

from __future__ import annotations

import numpy as np

from ganlab.data.reference import Array, HeldOut, Line
from ganlab.evaluation.base import require_sorted
from ganlab.evaluation.distributions import quantiles

BINS = 200
OUTSIDE = 0.005
MARGIN = 0.1


def histogram(samples: Array, reference: Line) -> dict[str, Array]:
    """Counts of the samples over the range of the truth, with the true density.

    The bins depend on the reference alone: they reach from its 0.5 % to its 99.5 % quantile and a tenth of
    that range further on either side. Samples beyond them count in the outermost bins.

    Args:
        samples: [n], sorted ascending.
        reference: what they are shown beside.

    Returns:
        `edges` [k + 1], `counts` [k], and `density` [k]: the true one at the bins' centres, or that of the
        histogram of the held-out values.
    """
    require_sorted(samples)
    low, high = quantiles(reference, OUTSIDE, 1 - OUTSIDE, 2)
    margin = MARGIN * (high - low) or max(1.0, abs(high))
    edges = np.linspace(low - margin, high + margin, BINS + 1)
    counts, _ = np.histogram(samples.clip(edges[0], edges[-1]), edges)
    if isinstance(reference, HeldOut):
        density, _ = np.histogram(reference.values, edges, density=True)
    else:
        density = reference.pdf((edges[:-1] + edges[1:]) / 2)
    return {"edges": edges, "counts": counts.astype(np.float64), "density": density}
