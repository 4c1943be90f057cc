"""Images that let a reader judge a generator: on the way between two latents, and beside what it was trained on."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganlab.training.sampling import Sampler
from ganlab.training.streams import generator_for

SIDE = 8
MOST_CLASSES = 12
"""Columns of a grid of images, and how many classes may have some of their own."""

ROWS = 8
COLUMNS = 10
TRAINING_PART = 5_000
"""Training images that are compared at once."""


def columns_of_classes(classes: int) -> int | None:
    """About `SIDE` columns for images with `even_labels`, each of one class; None without classes, or with many."""
    return classes * max(1, round(SIDE / classes)) if 0 < classes <= MOST_CLASSES else None


def interpolations(generator: nn.Module, sampler: Sampler) -> Tensor:
    """Samples [ROWS, COLUMNS, C, H, W], each row on the way from one latent to another, in the networks' units."""
    drawn = sampler.prior.draw(2 * ROWS, generator_for(sampler.spec.seed, "interpolations"))
    start, end = drawn.view(2, ROWS, 1, -1)
    share = torch.linspace(0, 1, COLUMNS)[:, None]
    condition = sampler.condition_of(ROWS, "interpolations")
    samples = sampler.of(
        generator,
        sampler.prior.between(start, end, share).flatten(0, 1),
        condition if condition is None else condition.repeat_interleave(COLUMNS, 0),
    )
    return samples.view(ROWS, COLUMNS, *samples.shape[1:])


def neighbours(generated: Tensor, training: Tensor) -> Tensor:
    """Rows [ROWS, k, C, H, W] of a generated image and the training images nearest to it, the nearest first.

    k is `COLUMNS`, or less where there are not as many training images.

    Nearness is the Euclidean distance of pixels. A generator that repeats its training images shows it here.

    Args:
        generated: uint8 [n, C, H, W], of which the first `ROWS` are taken.
        training: uint8 [N, C, H, W].
    """
    samples = generated[:ROWS]
    points = samples.flatten(1).float()
    parts = [torch.cdist(points, part.flatten(1).float()) for part in torch.split(training, TRAINING_PART)]
    nearest = torch.cat(parts, dim=1).topk(min(COLUMNS - 1, len(training)), largest=False).indices
    return torch.cat([samples[:, None], training[nearest]], dim=1)
