"""How networks learn of labels."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def one_hot(labels: Tensor | None, classes: int) -> Tensor | None:
    """`labels` [B], integers in 0..classes-1, as float32 rows [B, classes] of zeros and a one; None without classes.

    Conditions that are real vectors already, float32 [B, classes], stay as they are.

    What is looked up by label is looked up by a product with these rows: unlike that of indexing, its gradient is
    summed in a fixed order on every device.

    Raises:
        ValueError: there are classes, but no labels.
    """
    if classes == 0:
        return None
    if labels is None:
        raise ValueError(f"the network is conditional on {classes} classes: it needs labels")
    if labels.is_floating_point():
        return labels
    return (labels[:, None] == torch.arange(classes, device=labels.device)).float()


def join(input: Tensor, label: Tensor | None) -> Tensor:
    """`input` [B, C, ...] with the one-hot `label` [B, classes] as further channels, constant over what follows C."""
    if label is None:
        return input
    constant = label.reshape(*label.shape, *[1] * (input.ndim - 2)).expand(-1, -1, *input.shape[2:])
    return torch.cat([input, constant], 1)


class Score(nn.Module):
    """A discriminator's last layer: a linear score of features, plus their product with an embedding of the label.

    The second term is the projection of arXiv:1802.05637, equation 3.

    Args:
        features: how many there are.
        classes: how many labels; 0 for a linear score alone.
        linear: the layer of which score and embedding are made.
    """

    def __init__(self, features: int, classes: int, linear: type[nn.Linear]) -> None:
        super().__init__()
        self.linear = linear(features, 1)
        self.embedding = linear(classes, features, bias=False) if classes else None

    def forward(self, features: Tensor, label: Tensor | None) -> Tensor:
        """Scores [B] of `features` [B, F]; `label` [B, classes] is one-hot, None without labels."""
        score: Tensor = self.linear(features).squeeze(1)
        if self.embedding is None:
            return score
        projection: Tensor = (features * self.embedding(label)).sum(1)
        return score + projection
