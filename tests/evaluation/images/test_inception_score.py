import pytest
import torch
from torch_fidelity.metric_isc import isc_features_to_metric

from ganlab.evaluation.images.inception_score import inception_score


def test_sure_and_even_predictions_score_the_number_of_classes():
    logits = 40 * torch.eye(10).repeat(2_000, 1)
    assert inception_score(logits) == pytest.approx(10, rel=0.005)


def test_the_same_prediction_everywhere_scores_one():
    assert inception_score(torch.tensor([[1.0, 2.0, -3.0]]).repeat(50, 1)) == pytest.approx(1)


def test_predictions_surer_than_any_number_says_score_one_or_all_classes():
    logits = 5_000 * torch.eye(10)
    assert inception_score(logits[:1].repeat(50, 1)) == pytest.approx(1)
    assert inception_score(logits.repeat(2_000, 1)) == pytest.approx(10, rel=0.005)


def test_it_is_torch_fidelitys_number():
    logits = torch.randn(333, 20, generator=torch.Generator().manual_seed(0))
    assert inception_score(logits) == pytest.approx(isc_features_to_metric(logits)["inception_score_mean"], rel=1e-6)
