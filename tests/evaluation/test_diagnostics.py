import math

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from scipy.stats import norm
from torch.func import grad

from ganlab.evaluation import diagnostics
from ganlab.evaluation.diagnostics import Watch, decline_warning, divergence_warning
from ganlab.variants import VARIANTS

HEALTHY = {
    "train/score_real": 0.1,
    "train/score_fake": 0.0,
    "train/margin": 0.1,
    "train/accuracy": 0.55,
    "train/discriminator_loss": 1.3,
    "train/generator_loss": 0.7,
    "train/penalty": 0.0,
    "train/discriminator_grad_norm": 0.1,
    "train/generator_grad_norm": 0.2,
    "train/fake_spread": 1.0,
}


def rows(count, **changes):
    changes = {f"train/{name}": value for name, value in changes.items()}
    return [HEALTHY | changes for _ in range(count)]


def evaluations(*covered):
    return [{"eval/modes_covered": value} for value in covered]


def warnings(history, watch=None):
    watch = watch or Watch(modes=8)
    return [text for index, row in enumerate(history) for text in watch.update(100 * (index + 1), row)]


def test_a_healthy_run_is_left_alone():
    learning = rows(5, accuracy=0.95, generator_grad_norm=2.0, fake_spread=0.05)
    converged = rows(300, accuracy=0.5, generator_grad_norm=0.005)
    assert warnings(learning + rows(50) + converged) == []


def test_the_first_rows_are_not_judged():
    odd = rows(10, accuracy=1.0, fake_spread=0.01, generator_grad_norm=1e-9)
    assert warnings(odd + rows(100)) == []


def test_vanishing_generator_gradients_are_seen():
    (text,) = warnings(rows(20) + rows(40, accuracy=0.999, generator_grad_norm=1e-4))
    assert text.startswith("Iteration 2,300: the generator's gradient norm is 0.0001, early on it was 0.2")
    assert "99.9% of pairs" in text


def test_small_gradients_of_a_fooled_discriminator_are_no_trouble():
    assert warnings(rows(20) + rows(100, accuracy=0.5, generator_grad_norm=1e-6)) == []


def test_mode_collapse_is_seen_in_the_spread():
    (text,) = warnings(rows(20) + rows(3, fake_spread=0.04))
    assert text.startswith("Iteration 2,300: generated batches have 4.0% of the spread")


def test_what_does_not_last_is_no_trouble():
    assert warnings(rows(20) + (rows(2, fake_spread=0.04) + rows(1)) * 5) == []


def test_a_discriminator_that_has_won_is_seen():
    (text,) = warnings(rows(20) + rows(40, accuracy=1.0))
    assert text.startswith("Iteration 4,000: the discriminator has told over 99% of pairs apart")


def test_players_that_circle_each_other_are_seen():
    (text,) = warnings(rows(12) + (rows(5, accuracy=0.9) + rows(5, accuracy=0.1)) * 4)
    assert "accuracy has swung" in text


@pytest.mark.parametrize("amplitude", [0.05, 0.2])
def test_small_swings_are_no_trouble(amplitude):
    circle = rows(5, accuracy=0.5 + amplitude) + rows(5, accuracy=0.5 - amplitude)
    assert warnings(rows(12) + circle * 20) == []


def test_rare_swings_are_no_trouble():
    assert warnings(rows(12) + (rows(30, accuracy=0.9) + rows(30, accuracy=0.1)) * 5) == []


HELD = {"accuracy": 0.2, "margin": -0.3}


def test_a_discriminator_that_a_two_sided_penalty_holds_on_the_wrong_side_is_seen():
    (text,) = warnings(rows(20) + rows(40, **HELD), Watch(two_sided=1.0, separates_means=True))
    assert text.startswith("Iteration 2,300: for 3 rows the discriminator has scored generated samples above real ones")
    assert "of weight 1, usually keeps it from turning round, so try a weight of a tenth of the data's standard" in text
    (text,) = warnings(rows(20) + rows(40, **HELD), Watch(two_sided=1.0))
    assert "a weight of a twentieth of" in text


@pytest.mark.parametrize("two_sided", [0.0, 0.1])
def test_a_margin_that_a_penalty_cannot_hold_is_not_blamed_on_it(two_sided):
    """A penalty of weight w holds a linear discriminator at margins from -w / 2 to 0, one of a cross-entropy to -w."""
    assert warnings(rows(20) + rows(40, **HELD), Watch(two_sided=two_sided)) == []


def test_held_means_past_normal_data_by_a_standard_deviation():
    past, spread = 1.0, math.sqrt(2)  # of the difference of a real and a generated sample, in standard deviations
    assert norm.cdf(-past / spread) == pytest.approx(diagnostics.HELD, abs=5e-3)


@pytest.mark.parametrize("weight", [0.1, 10.0])
@pytest.mark.parametrize("variant", ["wgan-gp", "dragan"])
def test_the_margins_of_held_linear_discriminators_are_within_the_bound_that_is_looked_for(variant, weight):
    """The best slope at each overshoot, with samples at two points; where it is zero, it is about to turn."""

    def gradient(slope, overshoot):
        real, fake = torch.zeros(1), torch.tensor([overshoot])
        loss = VARIANTS[variant].discriminator_loss
        return grad(lambda s: loss(s * (real - overshoot / 2), s * (fake - overshoot / 2)))(torch.tensor(slope)).item()

    margins = []
    for overshoot in weight * np.linspace(0.05, 3.95, 40):
        if gradient(0.0, overshoot) < 2 * weight:
            slope = brentq(lambda s, d=overshoot: gradient(s, d) + 2 * weight * (s - 1), 0, 1)
            margins.append(-slope * overshoot)
    assert -weight <= min(margins) < max(margins) < 0
    if variant == "wgan-gp":
        assert min(margins) == pytest.approx(-weight / 2, rel=0.01)


def test_a_held_discriminator_is_not_said_to_circle_with_the_generator():
    circle = rows(5, accuracy=0.9, margin=0.3) + rows(5, **HELD)
    (text,) = warnings(rows(12) + circle * 4, Watch(two_sided=1.0))
    assert "accuracy has swung" not in text


def test_players_that_circle_under_a_two_sided_penalty_are_not_advised_to_go_slower():
    circle = rows(2, accuracy=0.9, margin=0.3) + rows(2, **HELD)
    (text,) = warnings(rows(12) + circle * 8, Watch(two_sided=1.0))
    assert "accuracy has swung" in text
    assert "try a weaker two-sided penalty, less momentum" in text


def test_a_discriminator_that_separates_means_is_not_judged_by_how_many_pairs_it_tells_apart():
    sure = rows(40, accuracy=1.0) + rows(40, accuracy=1.0, generator_grad_norm=1e-4)
    assert len(warnings(rows(20) + sure)) == 2
    assert warnings(rows(20) + sure, Watch(separates_means=True)) == []


def test_a_collapse_under_a_two_sided_penalty_is_not_answered_with_more_of_it():
    (text,) = warnings(rows(20) + rows(3, fake_spread=0.04), Watch(two_sided=1.0))
    assert "try a weaker two-sided penalty" in text
    (text,) = warnings(rows(20) + rows(3, fake_spread=0.04))
    assert "try an r1 penalty or a stronger one" in text


def test_modes_that_stay_missing_are_seen_late_in_a_run():
    (text,) = warnings(evaluations(2, 5, 6, 6, 6, 6, 6, 6))
    assert text.startswith("Iteration 700: the generator covers 6 of 8 modes")


@pytest.mark.parametrize("covered", [(0, 0, 0, 0, 8, 8, 8), (8, 8, 8, 8, 7, 8, 7, 8), (1, 1, 1, 1, 1, 1)])
def test_modes_that_come_back_are_no_trouble(covered):
    assert warnings(evaluations(*covered)) == []


def test_modes_are_not_judged_where_their_number_is_unknown():
    assert warnings(evaluations(*[1] * 10), Watch()) == []


def measured(distance, ks=0.5, name="w1"):
    return {f"eval/{name}": distance, "eval/ks": ks}


@pytest.mark.parametrize("name", ["w1", "sliced_w1"])
def test_samples_that_lie_three_standard_deviations_away_have_left_the_data(name):
    """Normal samples shifted by d have W1 = d from the data, whatever the standard deviation s of both."""
    history = [measured(0.5, name=name)] * 4 + [measured(2 * 3.1, name=name)] * 2
    (text,) = warnings(history, Watch(spread=2.0))
    assert text.startswith("Iteration 600: generated samples lie 3.1 standard deviations of the data away")
    assert warnings([measured(0.5, name=name)] * 4 + [measured(2 * 2.9, name=name)] * 9, Watch(spread=2.0)) == []


def test_samples_that_lie_apart_from_the_data_are_seen_however_wide_that_is():
    """The Kolmogorov-Smirnov distance of two samples is 1 where they do not overlap; heavy tails have no deviation."""
    (text,) = warnings([measured(1.0, ks=1.0)] * 8, Watch(spread=math.inf))
    assert text.startswith("Iteration 600: one number has all generated samples on one side and all data on the other")
    overlap = 2 * norm.cdf(3 / 2) - 1  # of normal samples shifted by three standard deviations
    assert warnings([measured(1.0, ks=overlap)] * 8, Watch(spread=math.inf)) == []


def test_samples_that_are_away_early_or_once_are_no_trouble():
    assert warnings([measured(9.0, ks=1.0)] * 4 + [measured(0.1)] * 4, Watch(spread=1.0)) == []
    assert warnings([measured(0.1)] * 4 + [measured(9.0, ks=1.0), measured(0.1)] * 4, Watch(spread=1.0)) == []


def test_samples_that_are_away_and_apart_are_told_of_once():
    assert len(warnings([measured(9.0, ks=1.0)] * 9, Watch(spread=1.0))) == 1


def test_each_warning_is_given_once():
    trouble = rows(5, fake_spread=0.0) + rows(5)
    assert len(warnings(rows(20) + trouble * 10)) == 1


def test_rows_with_missing_numbers_are_read_as_far_as_they_go():
    partial = [{"train/accuracy": 0.5, "train/fake_spread": None}, {"train/fake_spread": 0.0}, {}]
    assert warnings(partial * 20) == []


def test_replayed_rows_restore_the_watch():
    history = rows(20) + rows(2, fake_spread=0.04) + rows(1, fake_spread=0.04) + rows(40, accuracy=1.0)
    whole = warnings(history)
    assert len(whole) == 2
    for cut in (5, 21, 22, 23, 40):
        resumed = Watch(modes=8)
        before = warnings(history[:cut], resumed)
        after = [
            text
            for index, row in enumerate(history[cut:], start=cut)
            for text in resumed.update(100 * (index + 1), row)
        ]
        assert before + after == whole


def test_a_warning_is_one_sentence_with_advice():
    found = warnings(rows(20) + rows(30, accuracy=1.0, fake_spread=0.0) + evaluations(*[1] * 8))
    found += warnings(rows(20) + rows(3, **HELD), Watch(two_sided=0.5))
    assert len(found) == 4
    for text in [*found, divergence_warning(1_234)]:
        assert text.endswith(".")
        assert ". " not in text
        assert "try" in text


def test_divergence_names_the_iteration():
    assert divergence_warning(1_234).startswith("Iteration 1,234: ")


def declines(values, better="lower", floor=None):
    return decline_warning("w1", better, floor, {100 * (i + 1): value for i, value in enumerate(values)}) is not None


def test_a_run_declines_where_its_last_evaluations_are_all_far_worse_than_its_best():
    assert declines([2.0, 0.1, 0.31, 0.4])
    assert declines([0.1, 0.5, math.inf])
    assert declines([1.5, 8.0, 4.0, 3.0], better="higher")


def test_one_far_value_or_a_smaller_one_is_no_decline():
    assert not declines([2.0, 0.1, 0.1, 0.9])
    assert not declines([2.0, 0.1, 0.29, 0.29])
    assert not declines([1.5, 8.0, 5.0, 4.1], better="higher")


def test_values_near_the_floor_are_no_decline():
    assert not declines([0.01, 0.05, 0.05], floor=0.02)
    assert declines([0.01, 0.06, 0.06], floor=0.02)


def test_a_run_with_two_evaluations_or_a_best_value_of_zero_is_not_judged():
    assert not declines([0.1, 5.0])
    assert not declines([-0.001, 5.0, 5.0])


def test_a_run_whose_values_are_all_infinite_has_no_best_one_to_decline_from():
    assert not declines([math.inf, math.inf, math.inf])


def test_a_decline_is_told_with_its_iterations():
    text = decline_warning("fid", "lower", 2.0, {1000: 90.0, 2000: 30.0, 3000: 95.0, 4000: 120.25})
    assert text is not None
    assert text.startswith("Iteration 4,000: fid is 120, and was 30 at iteration 2,000; results are of the last")


def test_samples_are_not_said_to_have_left_data_of_no_spread():
    """As held-out values may be, where nearly all values of a column are equal."""
    far = [{"eval/w1": 10.0, "eval/ks": 0.5}] * 10
    assert warnings(far, Watch(modes=0, spread=0.0)) == []
