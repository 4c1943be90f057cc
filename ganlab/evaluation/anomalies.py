"""Whether the discriminator's score tells held-out data from outliers."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ganlab.evaluation.base import Evaluator, Metric, register
from ganlab.evaluation.subject import Network, Subject
from ganlab.evaluation.truth import has_held_out, held_out_for_networks

MOST = 2_000
WIDENED = 0.5


def anomaly_auroc(score: Network, real: Tensor, outliers: Tensor) -> float:
    """The probability that a real sample scores above an outlier, ties counted half: the area under the ROC curve.

    Args:
        score: samples [B, ...] to scores [B].
        real: [m, ...].
        outliers: [k, ...].
    """
    from sklearn.metrics import roc_auc_score

    scores = [score(part).double().numpy() for part in (real, outliers)]
    return float(roc_auc_score(np.repeat([1, 0], [len(real), len(outliers)]), np.concatenate(scores)))


def box_noise(real: Tensor) -> Tensor:
    """As many outliers as `real` [m, ...], uniform in a box around these that is twice as wide in each coordinate."""
    low, high = real.amin(dim=0), real.amax(dim=0)
    margin = WIDENED * (high - low)
    uniform = torch.from_numpy(np.random.default_rng(0).random(tuple(real.shape), dtype=np.float32))
    return low - margin + uniform * (high - low + 2 * margin)


def _measure(subject: Subject, reference: object) -> dict[str, float]:
    assert subject.data is not None
    real = held_out_for_networks(subject.data, MOST)
    return {"anomaly_auroc": anomaly_auroc(subject.networks["discriminator"], real, box_noise(real))}


register(
    Evaluator(
        name="anomaly-auroc",
        summary="how well the discriminator's score tells held-out data from noise around it",
        paper="arXiv:1703.05921",
        metrics=(
            Metric(
                name="anomaly_auroc",
                better="higher",
                estimator="area under the ROC curve of the discriminator's raw score, at most 2,000 held-out samples "
                "against as many outliers: uniform in a box twice as wide as these samples in each coordinate",
            ),
        ),
        needs=("network.discriminator", "score", "data", "unconditional"),
        function=_measure,
        applies_to=has_held_out,
        on_request=True,
    )
)
