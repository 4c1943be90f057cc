import math

import numpy as np
import pytest
from scipy import stats

from ganlab.data import load
from ganlab.data.reference import HeldOut
from ganlab.evaluation import EVALUATORS, applicable, describe_reference, floor, floors

MIXTURE = load("gaussian-mixture", {"weights": [1], "means": [0], "stds": [1]}, "test").reference
ON_THE_LINE = [evaluator.name for evaluator in applicable(MIXTURE)]


@pytest.fixture(scope="module")
def comb(mixture):
    return mixture([0.2] * 5, [-4, -2, 0, 2, 4], [0.1] * 5)


@pytest.fixture(scope="module")
def held_out():
    rng = np.random.default_rng(0)
    return HeldOut(values=np.sort(rng.normal(size=500)), training=rng.normal(size=2_000))


def names(reference):
    return [evaluator.name for evaluator in applicable(reference)]


def test_the_wasserstein_distance_comes_first_in_tables():
    assert next(iter(EVALUATORS)).metrics[0].name == "w1"


def test_modes_are_judged_only_where_the_truth_has_modes(normal, comb, held_out):
    assert "mode-coverage" in names(comb)
    assert "mode-coverage" not in names(normal)
    assert "mode-coverage" not in names(held_out)


def test_without_a_mean_there_is_no_wasserstein_distance(density):
    assert "wasserstein" not in names(density(stats.t(1)))
    assert "wasserstein" in names(density(stats.t(2)))


@pytest.mark.parametrize("kind", ["normal", "comb", "held_out"])
def test_an_evaluator_gives_the_metrics_that_it_declares(kind, request):
    reference = request.getfixturevalue(kind)
    samples = np.sort(reference.fresh(np.random.default_rng(1), 300))
    for evaluator in applicable(reference):
        numbers = evaluator.function(samples, reference)
        assert list(numbers) == [metric.name for metric in evaluator.metrics]
        assert all(type(value) is float and math.isfinite(value) for value in numbers.values())


@pytest.mark.parametrize("name", ON_THE_LINE)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 1, -1])
def test_samples_that_are_not_finite_have_no_score(name, bad, place, comb):
    samples = np.linspace(-4, 4, 100)
    samples[place] = bad
    with pytest.raises(ValueError, match="NaN or infinite"):
        EVALUATORS[name].function(samples, comb)


@pytest.mark.parametrize("name", ON_THE_LINE)
def test_unsorted_samples_are_refused(name, comb):
    with pytest.raises(ValueError, match="not sorted"):
        EVALUATORS[name].function(np.array([1.0, 0.0]), comb)


@pytest.mark.parametrize("name", ON_THE_LINE)
@pytest.mark.parametrize("shape", [(0,), (3, 1)])
def test_samples_of_another_shape_are_refused(name, shape, comb):
    with pytest.raises(ValueError, match="shape"):
        EVALUATORS[name].function(np.zeros(shape), comb)


@pytest.mark.parametrize("count", [100, 1_000, 10_000])
def test_the_floor_of_w1_is_the_known_constant_over_root_n(normal, count):
    # sqrt(2 / pi) times the integral of sqrt(F (1 - F)), which is 1.288 for N(0, 1)
    found = floor(EVALUATORS["wasserstein"], normal, count)["w1"]
    assert found == pytest.approx(1.288 / math.sqrt(count), rel=0.12)


def test_the_floor_of_ks_is_the_mean_of_kolmogorovs_distribution(normal):
    found = floor(EVALUATORS["kolmogorov-smirnov"], normal, 1_000)["ks"]
    assert found == pytest.approx(stats.kstwo(1_000).mean(), rel=0.12)


def test_floors_of_several_evaluators_are_those_of_each(comb):
    evaluators = [EVALUATORS["wasserstein"], EVALUATORS["mode-coverage"]]
    each = [floor(evaluator, comb, 200, repeats=3) for evaluator in evaluators]
    assert floors(evaluators, comb, 200, repeats=3) == each[0] | each[1]


def test_the_floor_of_held_out_data_is_what_the_training_data_scores():
    reference = HeldOut(values=np.zeros(10), training=np.full(10, 3.0))
    assert floor(EVALUATORS["wasserstein"], reference, 50, repeats=2) == {"w1": 3.0}


def test_a_reference_is_described_in_a_phrase(normal, held_out):
    assert describe_reference(normal) == "the exact density"
    assert describe_reference(held_out) == "500 held-out values"
