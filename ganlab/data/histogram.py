"""A histogram of samples on the line beside the truth, for pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ganlab.data.empirical import Array

BINS = 200
MARGIN = 0.1


def histogram(samples: Array, low: float, high: float, density: Callable[[Array], Array]) -> dict[str, Array]:
    """Counts of the samples between two quantiles of the truth, with the true density.

    The bins depend on the truth alone: they reach from `low` to `high` and a tenth of that range further on either
    side. Samples beyond them count in the outermost bins.

    Args:
        samples: [n], sorted ascending.
        low, high: quantiles of the truth.
        density: of the truth, in each bin [k] of `edges` [k + 1].

    Returns:
        `edges` [k + 1], `counts` [k] and `density` [k].
    """
    margin = MARGIN * (high - low) or max(1.0, abs(high))
    edges = np.linspace(low - margin, high + margin, BINS + 1)
    counts, _ = np.histogram(samples.clip(edges[0], edges[-1]), edges)
    return {"edges": edges, "counts": counts.astype(np.float64), "density": density(edges)}
