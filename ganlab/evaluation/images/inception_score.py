"""The Inception score (Salimans et al. 2016, arXiv:1606.03498), of any classifier's logits."""

from __future__ import annotations

from torch import Tensor

SPLITS = 10


def inception_score(logits: Tensor) -> float:
    """exp of the mean KL(p(y | x) || p(y)), averaged over 10 splits of a seeded permutation: torch-fidelity's number.

    It is biased low by a classes-to-split-size ratio that is not small, so only scores of equal counts compare.

    Args:
        logits: [n, K], n >= 10.
    """
    from torch_fidelity.metric_isc import KEY_METRIC_ISC_MEAN, isc_features_to_metric

    return float(isc_features_to_metric(logits, SPLITS)[KEY_METRIC_ISC_MEAN])
