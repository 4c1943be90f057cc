"""What the samples lack of the outermost true mass."""

from __future__ import annotations

import numpy as np

from ganlab.data.reference import Array, HeldOut, Line
from ganlab.evaluation.base import Evaluator, Metric, of_samples, register, require_sorted
from ganlab.evaluation.closed_forms import mean_over_counts
from ganlab.evaluation.distributions import cumulative, midpoints, quantiles, share

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
    low, high = quantiles(reference, TAIL, 1 - TAIL, 2)
    if isinstance(reference, HeldOut):
        values = reference.values
        low, high = midpoints(values, low), -midpoints(-values[::-1], -high)
    truth = np.array([cumulative(reference, low), 1 - cumulative(reference, high, strictly=True)])
    found = np.array([share(samples, low), 1 - share(samples, high, strictly=True)])
    return {"tail_mass_missing": float(np.maximum(0, 1 - found / truth).mean())}


def tail_mass_floor(reference: Line, count: int) -> dict[str, float]:
    """The mean of true samples, which lack mass by chance."""
    if isinstance(reference, HeldOut):
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
        applies_to=lambda reference: isinstance(reference, Line),
        floor=tail_mass_floor,
    )
)
