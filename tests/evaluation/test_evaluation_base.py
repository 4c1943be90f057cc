import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from ganlab.data import load
from ganlab.data.reference import HeldOut
from ganlab.evaluation import EVALUATORS, evaluators_for, floors_of
from ganlab.evaluation.distances import kolmogorov_smirnov, wasserstein_distance
from ganlab.evaluation.divergences import jensen_shannon, kullback_leibler
from ganlab.evaluation.energy import energy_distance
from ganlab.evaluation.mmd import maximum_mean_discrepancy
from ganlab.evaluation.modes import mode_coverage
from ganlab.evaluation.moments import moment_errors
from ganlab.evaluation.subject import subject_of
from ganlab.evaluation.tails import tail_mass

MIXTURE = load("gaussian-mixture", {"weights": [1], "means": [0], "stds": [1]}, "test").reference
OF_SORTED = [
    wasserstein_distance,
    kolmogorov_smirnov,
    kullback_leibler,
    jensen_shannon,
    energy_distance,
    maximum_mean_discrepancy,
    mode_coverage,
    moment_errors,
    tail_mass,
]
ON_THE_LINE = [evaluator.name for evaluator in evaluators_for(MIXTURE)]


@pytest.fixture(scope="module")
def comb(mixture):
    return mixture([0.2] * 5, [-4, -2, 0, 2, 4], [0.1] * 5)


@pytest.fixture(scope="module")
def held_out():
    rng = np.random.default_rng(0)
    return HeldOut(held_out=np.sort(rng.normal(size=500)), training=rng.normal(size=2_000))


def names(reference):
    return [evaluator.name for evaluator in evaluators_for(reference)]


def test_the_wasserstein_distance_comes_first_in_tables(normal, held_out):
    assert names(normal)[0] == names(held_out)[0] == "wasserstein"


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
    subject = subject_of(reference.fresh(np.random.default_rng(1), 300))
    for evaluator in evaluators_for(reference):
        numbers = evaluator.function(subject, reference)
        assert list(numbers) == [metric.name for metric in evaluator.metrics]
        assert all(type(value) is float and math.isfinite(value) for value in numbers.values())


@pytest.mark.parametrize("name", ON_THE_LINE)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 1, -1])
def test_samples_that_are_not_finite_have_no_score(name, bad, place, comb):
    samples = np.linspace(-4, 4, 100)
    samples[place] = bad
    with pytest.raises(ValueError, match="NaN or infinite"):
        EVALUATORS[name].function(subject_of(samples), comb)


@pytest.mark.parametrize("function", OF_SORTED, ids=lambda function: function.__name__)
def test_unsorted_samples_are_refused(function, comb):
    with pytest.raises(ValueError, match="not sorted"):
        function(np.array([1.0, 0.0]), comb)


@pytest.mark.parametrize("function", OF_SORTED, ids=lambda function: function.__name__)
@pytest.mark.parametrize("shape", [(0,), (3, 1)])
def test_samples_of_another_shape_are_refused(function, shape, comb):
    with pytest.raises(ValueError, match="shape"):
        function(np.zeros(shape), comb)


@pytest.mark.parametrize("name", ON_THE_LINE)
def test_evaluators_sort_samples_themselves(name, comb):
    samples = comb.fresh(np.random.default_rng(0), 200)
    forwards, backwards = (subject_of(some) for some in (np.sort(samples), -np.sort(-samples)))
    assert EVALUATORS[name].function(forwards, comb) == EVALUATORS[name].function(backwards, comb)


def floor_of(name, reference, count):
    return floors_of([EVALUATORS[name]], reference, count).values


@pytest.mark.parametrize("count", [1_000, 10_000, 100_000])
def test_the_floor_of_w1_is_the_known_constant_over_root_n(normal, count):
    # sqrt(2 / pi) times the integral of sqrt(F (1 - F)), which is 1.288 for N(0, 1)
    found = floor_of("wasserstein", normal, count)["w1"]
    assert found == pytest.approx(1.288 / math.sqrt(count), rel=0.01)


def test_the_floor_of_w1_on_the_uniform_distribution_is_that_of_its_integral(density):
    # the integral of sqrt(u (1 - u)) is pi / 8
    found = floor_of("wasserstein", density(stats.uniform()), 10_000)["w1"]
    assert found == pytest.approx(math.sqrt(2 / math.pi) * math.pi / 8 / 100, rel=1e-3)


def test_the_floor_of_w1_of_one_sample_is_its_mean_distance_from_the_median(density):
    # of a normal variable, sqrt(2 / pi); of a uniform one, 1 / 4
    assert floor_of("wasserstein", density(stats.norm(3, 2)), 1)["w1"] == pytest.approx(
        2 * math.sqrt(2 / math.pi), 1e-3
    )
    assert floor_of("wasserstein", density(stats.uniform()), 1)["w1"] == pytest.approx(1 / 4, 1e-3)


def test_the_floor_of_ks_is_the_mean_of_kolmogorovs_distribution(normal):
    for count in (100, 1_000):
        found = floor_of("kolmogorov-smirnov", normal, count)["ks"]
        assert found == pytest.approx(stats.kstwo(count).mean(), rel=1e-3)


def test_floors_of_several_evaluators_are_those_of_each(comb):
    evaluators = [EVALUATORS["wasserstein"], EVALUATORS["moments"]]
    each = [floors_of([evaluator], comb, 200, draws=3) for evaluator in evaluators]
    both = floors_of(evaluators, comb, 200, draws=3)
    assert both.values == each[0].values | each[1].values
    assert both.errors == each[0].errors | each[1].errors


def test_the_floor_of_held_out_data_is_what_the_training_data_scores():
    reference = HeldOut(held_out=np.zeros(10), training=np.full(10, 3.0))
    assert floor_of("wasserstein", reference, 50) == {"w1": pytest.approx(3.0)}


def test_the_floor_of_held_out_data_is_the_integral_of_the_mean_gap():
    # one draw of 0 or 1 against 0 and 1: the distance is 1/2 whichever it is
    reference = HeldOut(held_out=np.array([0.0, 1.0]), training=np.array([1.0, 0.0]))
    assert floor_of("wasserstein", reference, 1) == {"w1": pytest.approx(0.5)}


@pytest.mark.parametrize("kind", ["normal", "comb", "held_out"])
def test_floors_in_closed_form_are_the_means_over_true_samples(kind, request):
    """Within five standard errors of simulated means: less agrees in all but one of 1.7 million simulations."""
    reference, count, draws = request.getfixturevalue(kind), 300, 400
    evaluators = evaluators_for(reference)
    known = {name: value for one in evaluators for name, value in one.floor(reference, count).items()}
    drawn = floors_of([replace(one, floor=lambda *_: {}) for one in evaluators], reference, count, draws)
    assert "w1" in known
    for name, value in known.items():
        assert value == pytest.approx(drawn.values[name], abs=5 * drawn.errors[name]), name


def test_a_drawn_floor_has_the_standard_error_of_its_mean(normal):
    found = floors_of([EVALUATORS["moments"]], normal, 100)
    # |mean| is half-normal, of standard deviation sqrt(1 - 2 / pi) / 10
    assert found.errors["mean_error"] == pytest.approx(math.sqrt((1 - 2 / math.pi) / 32) / 10, rel=0.4)
    assert found.values["mean_error"] == pytest.approx(math.sqrt(2 / math.pi) / 10, abs=4 * found.errors["mean_error"])


def test_what_all_draws_agree_on_has_no_error(comb):
    found = floors_of([EVALUATORS["mode-coverage"]], comb, 1_000)
    assert found.values["modes_covered"] == 5
    assert "modes_covered" not in found.errors


def test_without_a_variance_the_floor_of_w1_is_drawn(density):
    assert "w1" in floors_of([EVALUATORS["wasserstein"]], density(stats.t(1.5)), 100).errors


def test_a_reference_is_described_in_a_phrase(normal, held_out):
    assert normal.words == "the exact density"
    assert held_out.words == "500 held-out values"
