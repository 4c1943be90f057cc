"""True samples, from what samples are compared with."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ganlab.data.reference import HeldOut, KnownDensity, Mode, PlaneMixture


def known(distribution, modes: tuple[Mode, ...] = ()) -> KnownDensity:
    return KnownDensity(
        log_pdf=distribution.logpdf,
        cdf=distribution.cdf,
        quantile=distribution.ppf,
        mass=lambda low, high: distribution.cdf(high) - distribution.cdf(low),
        mean=0.0,
        std=1.0,
        skewness=0.0,
        excess_kurtosis=0.0,
        modes=modes,
    )


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("distribution", [stats.norm(2, 3), stats.uniform(-1, 4), stats.t(2)])
def test_fresh_values_have_the_density(distribution):
    assert stats.kstest(known(distribution).fresh(rng(), 20_000), distribution.cdf).pvalue > 0.01


def test_fresh_values_of_a_mixture_fall_to_its_modes_by_their_weights():
    """Weights count relative to each other."""
    modes = (Mode(weight=3.0, mean=-10.0, std=0.5), Mode(weight=1.0, mean=10.0, std=2.0))
    values = known(stats.norm(), modes).fresh(rng(), 20_000)
    left, right = values[values < 0], values[values >= 0]
    assert len(left) / len(values) == pytest.approx(0.75, abs=0.01)
    assert stats.kstest(left, stats.norm(-10, 0.5).cdf).pvalue > 0.01
    assert stats.kstest(right, stats.norm(10, 2).cdf).pvalue > 0.01


def test_fresh_values_of_held_out_data_are_training_values():
    reference = HeldOut(held_out=np.array([100.0]), training=np.arange(5.0))
    counts = np.bincount(reference.fresh(rng(), 20_000).astype(int))
    assert stats.chisquare(counts).pvalue > 0.01
    assert len(counts) == 5


def test_fresh_points_lie_round_about_each_centre_alike():
    centres = np.array([[0.0, 0.0], [50.0, 0.0], [0.0, 50.0]])
    points = PlaneMixture(centres=centres, std=0.5).fresh(rng(), 30_000)
    nearest = np.linalg.norm(points[:, np.newaxis] - centres, axis=-1).argmin(axis=1)
    assert stats.chisquare(np.bincount(nearest)).pvalue > 0.01
    offsets = (points - centres[nearest]) / 0.5
    assert stats.kstest(np.square(offsets).sum(axis=1), stats.chi2(2).cdf).pvalue > 0.01


@pytest.mark.parametrize(
    "reference",
    [
        known(stats.norm()),
        HeldOut(held_out=np.zeros(1), training=np.arange(9.0)),
        PlaneMixture(centres=np.eye(2), std=0.1),
    ],
)
def test_the_same_generator_gives_the_same_values(reference):
    assert np.array_equal(reference.fresh(rng(), 10), reference.fresh(rng(), 10))
