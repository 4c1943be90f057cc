import math

import numpy as np
import pytest
import torch

from ganlab.evaluation.images.stacked_modes import count_modes, mode_floors, mode_metrics, true_shares

UNIFORM = np.full(1_000, 1 / 1_000)


def test_the_first_channel_is_the_most_significant_digit():
    logits = torch.zeros(2, 3, 10)
    for image, number in enumerate(["407", "999"]):
        for channel, digit in enumerate(number):
            logits[image, channel, int(digit)] = 5
    counts = count_modes(logits.reshape(2, 30), 1_000, 10)
    assert counts.shape == (1_000,)
    assert np.flatnonzero(counts).tolist() == [407, 999]


def test_each_mode_once_is_all_modes_at_no_divergence():
    assert mode_metrics(np.ones(1_000, dtype=int), UNIFORM) == pytest.approx({"modes_covered": 1_000, "mode_kl": 0})


def test_missing_half_of_the_modes_costs_the_logarithm_of_two():
    counts = np.arange(1_000) % 2
    assert mode_metrics(counts, UNIFORM) == pytest.approx({"modes_covered": 500, "mode_kl": math.log(2)})


def test_true_shares_are_products_of_the_digits_shares():
    labels = torch.tensor([0, 1, 1, 11])  # as digits: 000, 001, 001, 011
    shares = true_shares(labels, 1_000, 10)
    assert shares.sum() == pytest.approx(1)
    assert shares[[0, 1, 10, 11]] == pytest.approx([0.75 * 0.25, 0.75 * 0.75, 0.25 * 0.25, 0.25 * 0.75])


def test_floors_are_the_expected_values_for_true_samples():
    few, many = mode_floors(UNIFORM, 2_000), mode_floors(UNIFORM, 50_000)
    assert few["modes_covered"] == pytest.approx(1_000 * (1 - (1 - 1 / 1_000) ** 2_000), rel=0.005)
    assert many["mode_kl"] == pytest.approx(999 / 100_000, rel=0.03)
