"""The area under the ROC curve, against the Mann-Whitney statistic and what a known score gives."""

import numpy as np
import pytest
import torch
from scipy import stats

from ganlab.data import load
from ganlab.evaluation import EVALUATORS, Subject
from ganlab.evaluation.anomalies import anomaly_auroc, box_noise


def score(samples):
    return -samples.abs().sum(dim=1)


def test_it_is_the_mann_whitney_statistic_over_all_pairs():
    generator = torch.Generator().manual_seed(0)
    real, outliers = (torch.randn(count, 2, generator=generator).round(decimals=1) for count in (80, 120))
    statistic = stats.mannwhitneyu(score(real), score(outliers * 2)).statistic
    assert anomaly_auroc(score, real, outliers * 2) == pytest.approx(statistic / (80 * 120))


def test_outliers_fill_a_box_twice_as_wide_as_the_data():
    real = torch.tensor([[0.0, 10.0], [1.0, 30.0]]).repeat(5_000, 1)
    outliers = box_noise(real)
    assert outliers.shape == real.shape
    assert outliers.amin(dim=0) == pytest.approx([-0.5, 0.0], abs=0.02)
    assert outliers.amax(dim=0) == pytest.approx([1.5, 40.0], abs=0.02)
    assert outliers.mean(dim=0) == pytest.approx([0.5, 20.0], rel=0.02)


def test_the_score_of_a_normal_density_has_the_area_that_its_law_gives():
    data = load("gaussian", {}, "test")
    subject = Subject(samples=torch.zeros(1, 1), networks={"discriminator": score}, data=data)
    found = EVALUATORS["anomaly-auroc"].function(subject, data.reference)["anomaly_auroc"]
    # outliers are about uniform on [-a, a], a twice the largest of 2,000 |x|; P(|u| > |x|) = 1 - E|x| / a
    assert found == pytest.approx(1 - np.sqrt(2 / np.pi) / 6.8, abs=0.03)


def test_a_constant_score_tells_nothing():
    assert anomaly_auroc(lambda samples: torch.zeros(len(samples)), torch.zeros(10, 1), torch.ones(10, 1)) == 0.5
