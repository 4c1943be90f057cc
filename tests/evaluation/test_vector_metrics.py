"""What is measured of vectors and series, against closed forms and scipy's distances."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.spatial.distance import cdist, pdist

from ganlab.data.columns import Columns
from ganlab.data.vectors import VectorSet
from ganlab.evaluation.distances import sliced_wasserstein
from ganlab.evaluation.energy import energy_distance
from ganlab.evaluation.marginals import marginal_distance
from ganlab.evaluation.mmd import maximum_mean_discrepancy
from ganlab.evaluation.points import PointEvaluation
from ganlab.evaluation.projections import directions, length_over_projection
from ganlab.evaluation.subject import Subject


def plain(dimensions: int) -> Columns:
    names = tuple(f"c{i}" for i in range(dimensions))
    return Columns(names=names, means=(0.0,) * dimensions, stds=(1.0,) * dimensions)


def held_out(values: np.ndarray, training: np.ndarray | None = None, columns: Columns | None = None) -> VectorSet:
    return VectorSet(
        training=values if training is None else training,
        held_out=values,
        columns=columns or plain(values.shape[-1]),
        name="some rows",
    )


def normal(count: int, dimensions: int, seed: int = 0, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, 1, size=(count, dimensions))


@pytest.mark.parametrize("dimensions", [1, 2, 3, 10])
def test_directions_are_unit_vectors_that_are_always_the_same(dimensions):
    along = directions(dimensions)
    np.testing.assert_allclose(np.linalg.norm(along, axis=0), 1)
    assert np.array_equal(along, directions(dimensions))


@pytest.mark.parametrize("dimensions", [1, 2, 3, 7])
def test_a_length_is_as_much_longer_than_its_projection_as_is_known(dimensions):
    known = {1: 1, 2: math.pi / 2, 3: 2}  # the mean of |cos| is 2 / pi on the circle and 1 / 2 on the sphere
    uniform = normal(200_000, dimensions)
    uniform /= np.linalg.norm(uniform, axis=1, keepdims=True)
    found = length_over_projection(dimensions)
    assert found == pytest.approx(1 / np.abs(uniform[:, 0]).mean(), rel=0.01)
    assert found == pytest.approx(known.get(dimensions, found))


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_sliced_w1_is_the_mean_of_scipys_distances(dimensions):
    samples, truth = normal(500, dimensions, 1, shift=0.5), normal(500, dimensions)
    expected = [stats.wasserstein_distance(samples @ one, truth @ one) for one in directions(dimensions).T]
    assert sliced_wasserstein(samples, held_out(truth))["sliced_w1"] == pytest.approx(np.mean(expected), rel=1e-9)


def test_sliced_w1_to_fewer_held_out_rows_is_nearly_scipys():
    samples, truth = normal(1_000, 3, 1, shift=0.5), normal(70, 3)
    expected = np.mean([stats.wasserstein_distance(samples @ one, truth @ one) for one in directions(3).T])
    assert sliced_wasserstein(samples, held_out(truth))["sliced_w1"] == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(("dimensions", "tolerance"), [(2, 0.01), (3, 0.1), (8, 0.1)])
def test_energy_distance_is_that_of_all_pairs(dimensions, tolerance):
    samples, truth = normal(400, dimensions, 1, shift=1.0), normal(300, dimensions)
    expected = 2 * cdist(samples, truth).mean() - pdist(samples).mean() - pdist(truth).mean()
    assert energy_distance(samples, held_out(truth))["energy_distance"] == pytest.approx(expected, rel=tolerance)


def test_mmd_is_that_of_all_pairs_where_one_block_holds_them():
    samples, truth = normal(400, 3, 1, shift=1.0), normal(300, 3)
    width = math.sqrt(truth.var(axis=0).sum() / 2)
    among_samples, among_truth, across = (
        np.exp(-np.square(distances / width) / 2).mean()
        for distances in (pdist(samples), pdist(truth), cdist(samples, truth))
    )
    expected = among_samples + among_truth - 2 * across
    assert maximum_mean_discrepancy(samples, held_out(truth))["mmd"] == pytest.approx(expected, rel=1e-9)


def test_mmd_over_blocks_is_that_of_normals_in_closed_form():
    """Of N(m, I) and N(0, I) with a kernel of width s: 2 (s^2 / (s^2 + 2))^(d/2) (1 - exp(-|m|^2 / 2 (s^2 + 2)))."""
    samples, truth = normal(10_000, 2, 1, shift=1.0), normal(10_000, 2)
    width = (truth.var(axis=0).sum()) / 2
    expected = 2 * width / (width + 2) * (1 - math.exp(-2 / (2 * (width + 2))))
    assert maximum_mean_discrepancy(samples, held_out(truth))["mmd"] == pytest.approx(expected, rel=0.05)


def test_the_marginal_distance_is_in_the_columns_standard_deviations():
    columns = Columns(names=("a", "b"), means=(0.0, 7.0), stds=(1.0, 10.0))
    truth = np.random.default_rng(0).normal([0, 7], [1, 10], size=(500, 2))
    found = marginal_distance(truth + np.array([0.5, 20.0]), held_out(truth, columns=columns))
    assert found == {"marginal_w1": pytest.approx((0.5 + 2.0) / 2)}


def test_the_marginal_distance_of_categories_is_the_total_variation():
    columns = Columns(names=("c",), means=(0.0,), stds=(1.0,), categories={"c": ("u", "v", "w")})
    truth = np.array([[0.0]] * 50 + [[1.0]] * 50)
    samples = np.array([[0.0]] * 20 + [[1.0]] * 50 + [[2.0]] * 30)
    assert marginal_distance(samples, held_out(truth, columns=columns)) == {"marginal_w1": pytest.approx(0.3)}


def test_the_channels_of_series_are_pooled_over_rows():
    truth = np.random.default_rng(0).normal(size=(40, 5, 2))
    samples = truth[:, ::-1] + np.array([0.0, 3.0])  # another order of the rows, and one channel shifted
    assert marginal_distance(samples, held_out(truth)) == {"marginal_w1": pytest.approx(1.5)}


def test_distances_do_not_depend_on_the_units_of_a_column():
    truth, samples = normal(300, 2), normal(300, 2, 1, shift=0.3)
    metres = held_out(truth)
    scaled = Columns(names=("a", "b"), means=(0.0, 0.0), stds=(1.0, 1000.0))
    scale = np.array([1.0, 1000.0])
    millimetres = held_out(truth * scale, columns=scaled)
    for measure in (sliced_wasserstein, energy_distance, maximum_mean_discrepancy, marginal_distance):
        (one,), (other,) = measure(samples, metres).values(), measure(samples * scale, millimetres).values()
        assert one == pytest.approx(other, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("shape", "dependence"), [((1,), []), ((3,), ["correlation_error"]), ((4, 2), ["autocorrelation_error"])]
)
def test_training_rows_score_the_floor_and_others_more(shape, dependence):
    rng = np.random.default_rng(0)
    reference = held_out(rng.normal(size=(200, *shape)), training=rng.normal(size=(600, *shape)))
    evaluation = PointEvaluation(reference, 300)
    floors, errors = evaluation.floors(), evaluation.floor_errors()
    distances = ["sliced_w1", "marginal_w1", "energy_distance", "mmd"]
    assert list(evaluation.metrics) == [*distances, *dependence]
    fresh = np.mean([list(_measured(evaluation, reference.fresh(rng, 300)).values()) for _ in range(20)], axis=0)
    for value, (name, floor) in zip(fresh, floors.items(), strict=True):
        assert value == pytest.approx(floor, abs=5 * errors[name] * math.sqrt(32 / 20)), name
    far = _measured(evaluation, reference.fresh(rng, 300) + 1)
    assert all(far[name] > floors[name] + 20 * errors[name] for name in distances)
    rows = reference.fresh(rng, 300)
    alike = _measured(evaluation, np.broadcast_to(rows[:, :1], rows.shape).copy())
    assert all(alike[name] > floors[name] + 20 * errors[name] for name in dependence)
    assert evaluation.protocol()["reference"] == "some rows"


def _measured(evaluation, samples):
    return evaluation.measure(Subject(samples=torch.from_numpy(samples)))
