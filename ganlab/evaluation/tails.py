"""What the samples lack of the outermost true mass."""

from __future__ import annotations

import numpy as np

from ganlab.data.empirical import midpoints, share
from ganlab.data.reference import Array, Line
from ganlab.evaluation.base import Evaluator, Metric, of_samples, register, require_sorted
from ganlab.evaluation.closed_forms import mean_over_counts

TAIL = 0.01


def tail_mass(samples: Array, reference: Line) -> dict[str, float]:
    """The share of the true outer mass that the samples lack, from 0 (nothing) to 1 (both tails are empty).

    The left tail is all that is <= the true 1 % quantile, the right tail all that is >= the true 99 % quantile, and
    among held-out values all that is nearer to one of those than to the next value inside. Each tail lacks
    max(0, 1 - (share of the samples in it) / (share of the truth in it)); the result is the mean of the two, so that
    too much mass in one tail cannot make up for the other.

    Args:
        samples: [n], sorted ascending.
        reference: what they are compared with.
    """
    require_sorted(samples)
    low, high = reference.quantiles(TAIL, 1 - TAIL, 2)
    if reference.held_out is not None:
        values = reference.held_out
        low, high = midpoints(values, low), -midpoints(-values[::-1], -high)
    truth = np.array([reference.cumulative(low), 1 - reference.cumulative(high, strictly=True)])
    found = np.array([share(samples, low), 1 - share(samples, high, strictly=True)])
    return {"tail_mass_missing": float(np.maximum(0, 1 - found / truth).mean())}


def tail_mass_floor(reference: Line, count: int) -> dict[str, float]:
    """The mean of true samples, which lack mass by chance."""
    if reference.held_out is not None:
        return {}
    return {"tail_mass_missing": mean_over_counts(lambda found: np.maximum(0, 1 - found / TAIL), count, TAIL)}


register(
    Evaluator(
        name="tails",
        summary="share of the outermost 2 % of the true mass that is missing",
        metrics=(
            Metric(
                name="tail_mass_missing",
                better="lower",
                estimator="mean over both tails of max(0, 1 - found / true), beyond the true 1 % and 99 %",
            ),
        ),
        function=of_samples(tail_mass),
        floor=tail_mass_floor,
    )
)
