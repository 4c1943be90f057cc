"""The Inception score (Salimans et al. 2016, arXiv:1606.03498), of any classifier's logits."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

SPLITS = 10
SEED = 2020


def inception_score(logits: Tensor) -> float:
    """exp of the mean KL(p(y | x) || p(y)), averaged over 10 splits of a seeded permutation: torch-fidelity's number.

    It is computed here because a classifier's score should not cost the import of torch-fidelity, two seconds a
    process. It is biased low by a classes-to-split-size ratio that is not small, so only scores of equal counts
    compare.

    Args:
        logits: [n, K], n >= 10.
    """
    order = torch.from_numpy(np.random.RandomState(SEED).permutation(len(logits)))
    log_p = logits[order].double().log_softmax(dim=1)
    borders = np.arange(SPLITS + 1) * len(logits) // SPLITS
    scores = []
    for start, end in pairwise(borders):
        part = log_p[start:end]
        log_marginal = part.logsumexp(dim=0) - math.log(len(part))
        divergence = part.exp() * (part - log_marginal)
        scores.append(float(divergence.sum(dim=1).mean().exp()))
    return float(np.mean(scores))
