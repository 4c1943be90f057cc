"""Histograms of each column of a table beside those of the held-out part, for pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganlab.data.columns import Columns
from ganlab.data.empirical import Array

BINS = 40
OUTSIDE = 0.005
MARGIN = 0.1
MOST_COLUMNS = 16
MOST_CATEGORIES = 40


def marginals(samples: Array, truth: Array, columns: Columns) -> dict[str, NDArray[Any]]:
    """Counts of samples and of the truth in the same bins, of the first columns.

    The bins of numbers depend on the truth alone: they reach from its 0.5 % to its 99.5 % quantile and a tenth of that
    range further on either side, and samples beyond them count in the outermost ones. Those of categories are one each.

    Args:
        samples: [n, d].
        truth: [m, d].
        columns: what they are.

    Returns:
        `edges` [k, bins + 1], `counts` [k, bins], `real` [k, bins] and `names` [k] of k columns; where a column has
        fewer bins, the rest is NaN.
    """
    rows = [
        _histograms(samples[:, i], truth[:, i], len(columns.categories.get(name, ())))
        for i, name in enumerate(columns.names[:MOST_COLUMNS])
    ]
    edges, counts, real = (_padded(part) for part in zip(*rows, strict=True))
    return {"edges": edges, "counts": counts, "real": real, "names": np.array(columns.names[:MOST_COLUMNS])}


def _histograms(samples: Array, truth: Array, categories: int) -> tuple[Array, Array, Array]:
    if categories:
        edges = np.arange(min(categories, MOST_CATEGORIES) + 1, dtype=np.float64) - 0.5
    else:
        low, high = np.quantile(truth, [OUTSIDE, 1 - OUTSIDE])
        margin = MARGIN * (high - low) or max(1.0, abs(high))
        edges = np.linspace(low - margin, high + margin, BINS + 1, dtype=np.float64)
    counts, real = (np.histogram(part.clip(edges[0], edges[-1]), edges)[0] for part in (samples, truth))
    return edges, counts.astype(np.float64), real.astype(np.float64)


def _padded(rows: tuple[Array, ...]) -> Array:
    padded = np.full((len(rows), max(map(len, rows))), np.nan)
    for row, values in zip(padded, rows, strict=True):
        row[: len(values)] = values
    return padded
