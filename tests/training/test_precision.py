"""The scaling of fp16's losses."""

from __future__ import annotations

import pytest
import torch

from ganlab.training.member import _judge
from ganlab.training.precision import FIRST_SCALE, GROWTH_AFTER, LARGEST_SCALE, initial_scaling, next_scaling

YES, NO = torch.tensor(True), torch.tensor(False)


def after(scaling, *finite):
    for one in finite:
        scaling = next_scaling(scaling, one)
    return {name: value.item() for name, value in scaling.items()}


def test_only_fp16_scales_its_loss():
    assert initial_scaling("fp32") == initial_scaling("bf16") == initial_scaling("tf32") == {}
    assert initial_scaling("fp16")["scale"] == FIRST_SCALE


def test_an_overflow_halves_the_scale_at_once():
    assert after(initial_scaling("fp16"), YES, NO) == {"scale": FIRST_SCALE / 2, "steady": 0}


def test_a_long_time_without_an_overflow_doubles_it_once():
    steady = [YES] * (GROWTH_AFTER - 1)
    assert after(initial_scaling("fp16"), *steady)["scale"] == FIRST_SCALE
    assert after(initial_scaling("fp16"), *steady, YES) == {"scale": 2 * FIRST_SCALE, "steady": 0}


def test_the_scale_has_an_upper_end():
    full = {"scale": torch.tensor(LARGEST_SCALE), "steady": torch.tensor(GROWTH_AFTER - 1.0)}
    assert after(full, YES)["scale"] == LARGEST_SCALE


def test_members_of_a_population_have_scales_of_their_own():
    both = {name: torch.stack([value, value]) for name, value in initial_scaling("fp16").items()}
    assert next_scaling(both, torch.tensor([True, False]))["scale"].tolist() == [FIRST_SCALE, FIRST_SCALE / 2]


@pytest.mark.parametrize(
    ("loss", "norm", "scale", "lives", "applied"),
    [
        (1.0, 1.0, 1024.0, True, True),
        (1.0, torch.inf, 1024.0, True, False),
        (1.0, torch.nan, 1.0, False, False),
        (torch.inf, torch.nan, 1024.0, True, False),
        (torch.nan, 1.0, 1.0, False, False),
    ],
)
def test_an_overflown_loss_or_gradient_is_skipped_and_ends_a_member_only_when_nothing_is_left_to_halve(
    loss, norm, scale, lives, applied
):
    scaling = {"scale": torch.tensor(scale), "steady": torch.zeros(())}
    found = _judge(YES, torch.tensor(loss), torch.tensor(norm), {}, scaling)
    assert tuple(map(bool, found)) == (lives, applied)


def test_extra_state_that_is_not_finite_ends_a_member():
    extra = {"balance": torch.tensor(0.5), "sums": torch.tensor([1.0, torch.inf])}
    assert not any(map(bool, _judge(YES, torch.tensor(1.0), torch.tensor(1.0), extra, {})))


def test_without_scaling_any_overflow_ends_a_member():
    assert tuple(map(bool, _judge(YES, torch.tensor(1.0), torch.tensor(torch.inf), {}, {}))) == (False, False)
