"""What networks may be given besides their input, and how it enters."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganlab.errors import InputError


@dataclass(frozen=True)
class Classes:
    """A condition that is one of `count` classes: labels [B], integers in 0..count-1."""

    count: int

    @property
    def width(self) -> int:
        """Of a row of `rows`."""
        return self.count

    def rows(self, labels: Tensor) -> Tensor:
        """`labels` [B] as float32 rows [B, count] of zeros and a one.

        What is looked up by label is looked up by a product with these rows: unlike that of indexing, its gradient is
        summed in a fixed order on every device.
        """
        if labels.ndim != 1:
            raise ValueError(f"a condition of classes has the shape [B], not {list(labels.shape)}")
        return (labels[:, None] == torch.arange(self.count, device=labels.device)).float()


@dataclass(frozen=True)
class Vector:
    """A condition of `size` real numbers: [B, size]."""

    size: int

    @property
    def width(self) -> int:
        """Of a row of `rows`."""
        return self.size

    def rows(self, values: Tensor) -> Tensor:
        """`values` [B, size] as they are."""
        if values.shape[1:] != (self.size,):
            raise ValueError(
                f"a condition of {self.size} numbers has the shape [B, {self.size}], not {[*values.shape]}"
            )
        return values


Condition = Classes | Vector | None
"""What a network is conditional on; None for nothing."""


def width_of(condition: Condition) -> int:
    """Of the rows of `rows_of`; 0 without a condition."""
    return 0 if condition is None else condition.width


def rows_of(condition: Condition, values: Tensor | None) -> Tensor | None:
    """The rows [B, width] by which a condition's `values` enter a network; None without a condition.

    Raises:
        ValueError: there is a condition but there are no values, there are values but no condition, or their shape is
            wrong.
    """
    if condition is None:
        if values is not None:
            raise ValueError("the network is unconditional: it takes no condition")
        return None
    if values is None:
        kind = f"{condition.count} classes" if isinstance(condition, Classes) else f"{condition.size} numbers"
        raise ValueError(f"the network is conditional on {kind}: it needs them as its second input")
    return condition.rows(values)


def classes_of(condition: Condition, builder: str, advice: str) -> int:
    """The number of classes, 0 without a condition, for networks that have parameters of their own for each class.

    Raises:
        InputError: the condition is a vector; `advice` says what takes one.
    """
    if isinstance(condition, Vector):
        raise InputError(f"{builder} takes classes as its condition, not vectors of {condition.size} numbers; {advice}")
    return width_of(condition)


def join(input: Tensor, rows: Tensor | None) -> Tensor:
    """`input` [B, C, ...] with `rows` [B, W], if any, as further channels, constant over what follows C."""
    if rows is None:
        return input
    constant = rows.reshape(*rows.shape, *[1] * (input.ndim - 2)).expand(-1, -1, *input.shape[2:])
    return torch.cat([input, constant], 1)


def require_side(side: Tensor | None, size: int) -> Tensor | None:
    """The `side` vectors [B, size] of a discriminator that takes them, None for one that takes none (`size` 0).

    Raises:
        ValueError: they are missing, not wanted, or of another shape.
    """
    found = 0 if side is None else side.shape[1] if side.ndim == 2 else -1
    if found != size:
        wanted = f"a side vector of the shape [B, {size}]" if size else "no side vector"
        shape = "none" if side is None else f"one of the shape {list(side.shape)}"
        raise ValueError(f"the discriminator takes {wanted}, and was given {shape}")
    return side


class Head(nn.Module):
    """A discriminator's last layers: a linear map of features, plus their product with embeddings of the label.

    The second term is the projection of arXiv:1802.05637, equation 3. A side vector joins the features, and one hidden
    layer follows, as in the joint discriminator of ALI (arXiv:1606.00704, appendix A).

    Args:
        features: how many there are.
        outputs: how many numbers come out; None for one score.
        classes: how many labels; 0 for a linear map alone.
        side: the size of the side vector; 0 for none.
        hidden: units of the hidden layer that follows a side vector.
        linear: the layer of which all maps are made.
        activation: of the hidden layer.
    """

    def __init__(
        self,
        features: int,
        outputs: int | None,
        classes: int,
        side: int,
        hidden: int,
        linear: type[nn.Linear],
        activation: nn.Module,
    ) -> None:
        super().__init__()
        self.outputs = outputs
        self.side = side
        self.joint = nn.Sequential(linear(features + side, hidden), activation) if side else nn.Identity()
        features = hidden if side else features
        self.linear = linear(features, outputs or 1)
        self.embedding = linear(classes, features * (outputs or 1), bias=False) if classes else None

    def forward(self, features: Tensor, label: Tensor | None, side: Tensor | None) -> Tensor:
        """[B] or [B, outputs] of `features` [B, F]; `label` [B, classes] is one-hot, `side` [B, side], None without."""
        features = self.joint(join(features, require_side(side, self.side)))
        output: Tensor = self.linear(features)
        if self.embedding is not None:
            embedded = self.embedding(label).unflatten(1, (-1, features.shape[1]))
            output = output + (features[:, None] * embedded).sum(2)
        return output.squeeze(1) if self.outputs is None else output
