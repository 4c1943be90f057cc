"""Which of the modes of stacked digits the samples cover, by a classifier's word.

A mode is a combination of one class for each channel: 10^3 for three stacked digits, as in VEEGAN (arXiv:1705.07761)
and PacGAN (arXiv:1712.04086).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import rel_entr
from torch import Tensor

from ganlab.data.reference import Array

DRAWS = 32

Counts = NDArray[np.int64]


def count_modes(logits: Tensor, modes: int, classes: int) -> Counts:
    """How many images fall to each mode [modes]; the first channel is the most significant digit.

    Args:
        logits: [n, k classes], those of the k channels side by side.
        modes: classes^k.
        classes: of one channel.
    """
    return np.bincount(modes_of(logits, classes), minlength=modes)


def modes_of(logits: Tensor, classes: int) -> Counts:
    """The mode of each image [n], from logits [n, k classes] as above; with k = 1, its class."""
    digits = logits.reshape(len(logits), -1, classes).argmax(dim=2)
    found: Counts = np.ravel_multi_index(tuple(digits.T.numpy()), (classes,) * digits.shape[1])
    return found


def true_shares(labels: Tensor, modes: int, classes: int) -> Array:
    """The true share of each mode [modes]: the product of its digits' shares, since channels are independent.

    Args:
        labels: of the real images [m], 0 to modes - 1.
        modes: classes^k.
        classes: of one channel.
    """
    channels = round(np.log(modes) / np.log(classes))
    shares = np.ones(1)
    for digits in np.unravel_index(labels.numpy(), (classes,) * channels):
        shares = np.outer(shares, np.bincount(digits, minlength=classes) / len(digits)).ravel()
    return shares


def mode_metrics(counts: Counts, truth: Array) -> dict[str, float]:
    """The number of modes with at least one sample, and KL(samples || truth) over modes in nats.

    Args:
        counts: samples of each mode [modes].
        truth: share of each mode [modes].
    """
    return {
        "modes_covered": float(np.count_nonzero(counts)),
        "mode_kl": float(rel_entr(counts / counts.sum(), truth).sum()),
    }


def mode_floors(truth: Array, count: int) -> dict[str, float]:
    """The mean of `mode_metrics` over 32 seeded sets of `count` true samples that are classified without fault."""
    draws = np.random.default_rng(0).multinomial(count, truth, size=DRAWS)
    rows = [mode_metrics(counts, truth) for counts in draws]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
