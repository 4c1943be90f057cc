"""Kullback-Leibler and Jensen-Shannon divergences, in nats.

KL(samples || truth) of a known density is measured between neighbouring samples (`spacings`). All else is measured over
bins of equal true mass, which follow Wang, Kulkarni and Verdu, "Divergence estimation of continuous distributions based
on data-dependent partitions", IEEE Transactions on Information Theory 51(9), 2005. Whatever happens inside a bin is
invisible, so each estimate is of a lower bound. Borders of bins lie half-way between held-out values, so that values
that occur often, such as integers, are inside of bins.

Counting n samples, instead of knowing their probabilities, adds (K - 1) / 2n to KL(samples || truth) on
average, with K the number of bins that the samples use (Miller 1955; Madow 1948). Where the truth is itself
m held-out values, that adds (B - 1) / 2m to either direction, over all B bins. The Jensen-Shannon divergence
gains a quarter of both. What is added is subtracted again, so a perfect generator scores 0 on average, and
may score slightly less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import rel_entr

from ganlab.data.empirical import midpoints, share
from ganlab.data.reference import Array, Line
from ganlab.evaluation.base import Evaluator, Metric, of_samples, register, require_sorted
from ganlab.evaluation.closed_forms import mean_over_counts
from ganlab.evaluation.spacings import divergence_by_spacings

WANG_2005 = "doi:10.1109/TIT.2005.853314"


def kullback_leibler(samples: Array, reference: Line) -> dict[str, float]:
    """The Kullback-Leibler divergence in both directions.

    With p_b and q_b the shares of the truth and of the n samples in bin b:

    - `kl_reverse` = KL(samples || truth): against a known density by `divergence_by_spacings`, which has no limit;
      against held-out values sum_b q_b log(q_b / p_b) over 2 n^0.4 bins, less its bias, which is at most
      log(2 n^0.4) for bins of equal mass: 4.4 at n = 10,000.
    - `kl_forward` = KL(truth || samples) = -sum_b p_b log((n q_b + 1/2) / (n p_b)) over sqrt(n) bins. The
      half keeps empty bins finite and cancels the bias of counting, to first order; but a part of the truth that
      the samples miss adds at most log(2 sqrt(n)), 5.3 at n = 10,000, times its mass. Knowing the truth's
      density does not help: no number of samples says how rare a part is that none of them is in.

    For m < n held-out values, m takes the place of n in the number of bins.

    Args:
        samples: [n], sorted ascending.
        reference: what they are compared with.
    """
    require_sorted(samples)
    fine, coarse = _histograms(samples, reference)
    density = reference.density
    reverse = _reverse(fine) if density is None else divergence_by_spacings(samples, density)
    return {"kl_reverse": reverse, "kl_forward": _forward(coarse, samples.size)}


def largest_divergences(reference: Line, count: int) -> dict[str, float]:
    """What `count` samples score that are all in the bin of the least true mass: no others score more.

    On a known density, `kl_reverse` has no such limit.
    """
    fine, coarse = (one.all_in_the_rarest() for one in _histograms(np.zeros(count), reference))
    of_forward = {"kl_forward": _forward(coarse, count)}
    return of_forward if reference.density else {"kl_reverse": _reverse(fine)} | of_forward


def _histograms(samples: Array, reference: Line) -> tuple[_Histogram, _Histogram]:
    """A fine one for KL(samples || truth), and a coarse one for KL(truth || samples)."""
    size = min(samples.size, _size(reference))
    fine, coarse = round(2 * size**0.4), round(math.sqrt(size))
    return _Histogram.of(samples, reference, fine), _Histogram.of(samples, reference, coarse)


def _reverse(histogram: _Histogram) -> float:
    divergence = rel_entr(histogram.found, histogram.truth).sum()
    return float(divergence - histogram.sample_bias - histogram.truth_bias)


def _forward(histogram: _Histogram, count: int) -> float:
    smoothed = histogram.found + 0.5 / count
    return float((histogram.truth * np.log(histogram.truth / smoothed)).sum() - histogram.truth_bias)


def jensen_shannon(samples: Array, reference: Line) -> dict[str, float]:
    """The Jensen-Shannon divergence to the truth, over 2 n^0.4 bins, less its bias.

    Since some of the truth is in every bin, samples that are all far from it score a little below log 2:
    0.66 at n = 10,000.

    Args:
        samples: [n], sorted ascending.
        reference: what they are compared with.
    """
    require_sorted(samples)
    bins = round(2 * min(samples.size, _size(reference)) ** 0.4)
    histogram = _Histogram.of(samples, reference, bins)
    bias = (histogram.sample_bias + histogram.truth_bias) / 4
    return {"js": float(jensen_shannon_divergence(histogram.found, histogram.truth) - bias)}


def kullback_leibler_floor(reference: Line, count: int) -> dict[str, float]:
    """What true samples score on average: `kl_reverse` 0, for it has no bias then; `kl_forward` by its counts."""
    if reference.held_out is not None:
        return {}
    bins = round(math.sqrt(count))
    each = mean_over_counts(lambda found: -np.log(bins * (found + 0.5 / count)) / bins, count, 1 / bins)
    return {"kl_reverse": 0.0, "kl_forward": bins * each}


def jensen_shannon_floor(reference: Line, count: int) -> dict[str, float]:
    """What true samples score on average: 0 but for what the correction of the bias leaves."""
    if reference.held_out is not None:
        return {}
    bins = round(2 * count**0.4)

    def contribution(found: Array) -> Array:
        middle = (found + 1 / bins) / 2
        divergence = (rel_entr(found, middle) + rel_entr(1 / bins, middle)) / 2
        return np.asarray(divergence - (found > 0) / (8 * count))

    return {"js": bins * mean_over_counts(contribution, count, 1 / bins) + 1 / (8 * count)}


def jensen_shannon_divergence(p: Array, q: Array) -> float:
    """The divergence of two vectors of probabilities [B], from 0 to log 2 nats (Lin 1991).

    With m = (p + q) / 2, it is (KL(p || m) + KL(q || m)) / 2.
    """
    middle = (p + q) / 2
    return float(rel_entr(p, middle).sum() + rel_entr(q, middle).sum()) / 2


def _size(reference: Line) -> float:
    """How many values the truth is known by."""
    return math.inf if reference.held_out is None else reference.held_out.size


@dataclass(frozen=True)
class _Histogram:
    """Samples and truth over the same B bins.

    Attributes:
        found: share of the samples in each bin [B].
        truth: share of the truth in each bin [B], none of them 0.
        sample_bias: what counting samples adds to KL(found || truth), to first order.
        truth_bias: what counting held-out values adds to either direction; 0 for a known density.
    """

    found: Array
    truth: Array
    sample_bias: float
    truth_bias: float

    @classmethod
    def of(cls, samples: Array, reference: Line, bins: int) -> _Histogram:
        """Bins of equal true mass; fewer than `bins` where held-out values repeat so that edges coincide."""
        edges = np.unique(reference.quantiles(1 / bins, 1 - 1 / bins, bins - 1))
        if reference.held_out is not None:
            edges = midpoints(reference.held_out, edges)
        below = reference.cumulative(edges)
        edges, below = edges[below < 1], below[below < 1]
        found = np.diff(share(samples, edges), prepend=0, append=1)
        truth = np.diff(below, prepend=0, append=1)
        return cls(
            found=found,
            truth=truth,
            sample_bias=(np.count_nonzero(found) - 1) / (2 * samples.size),
            truth_bias=(truth.size - 1) / (2 * _size(reference)),
        )

    def all_in_the_rarest(self) -> _Histogram:
        """The same bins with all samples in the one of the least true mass."""
        found = np.zeros_like(self.truth)
        found[self.truth.argmin()] = 1
        return replace(self, found=found, sample_bias=0.0)


register(
    Evaluator(
        name="kullback-leibler",
        summary="Kullback-Leibler divergence in both directions, in nats",
        paper=WANG_2005,
        metrics=(
            Metric(
                name="kl_reverse",
                better="lower",
                estimator="KL(samples || truth), nats; on a known density from the true mass between n^(1/3)-th "
                "neighbours, nearest ones where that density is steep, inf where many samples coincide or one is "
                "outside the support; for held-out data over 2 n^0.4 bins of equal mass, Miller-Madow, at most "
                "log(2 n^0.4): 4.4 at n = 10,000",
            ),
            Metric(
                name="kl_forward",
                better="lower",
                estimator="KL(truth || samples), nats, sqrt(n) bins of equal true mass, add-half; saturates: true mass "
                "without samples adds no more than log(2 sqrt(n)) times itself, 5.3 at n = 10,000",
            ),
        ),
        function=of_samples(kullback_leibler),
        limits=largest_divergences,
        floor=kullback_leibler_floor,
    )
)
register(
    Evaluator(
        name="jensen-shannon",
        summary="Jensen-Shannon divergence, in nats",
        paper="doi:10.1109/18.61115",
        metrics=(
            Metric(
                name="js",
                better="lower",
                estimator="nats, at most log 2; 2 n^0.4 bins of equal true mass, first-order bias correction",
            ),
        ),
        function=of_samples(jensen_shannon),
        floor=jensen_shannon_floor,
    )
)
