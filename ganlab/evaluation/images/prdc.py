"""Metrics of nearest neighbours in the space of features, block by block: no n x n matrix is kept.

Precision and recall are those of Kynkäänniemi et al. 2019 (arXiv:1904.06991) with k = 3, density and coverage those of
Naeem et al. 2020 (arXiv:2002.09797) with k = 5.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ganlab.arithmetic import full_precision
from ganlab.evaluation.images.features import CPU

PRECISION_K = 3
DENSITY_K = 5
BLOCK = 512


def radii(points: Tensor, device: torch.device = CPU) -> Tensor:
    """The distances [m, 2] of each of `points` [m, D], m > 5, to its third and its fifth nearest other point.

    Here and below they are computed on `device`.
    """
    found = []
    with torch.inference_mode(), full_precision(device):
        for _, distances in _blocks(points, points, device):
            nearest = distances.topk(DENSITY_K + 1, largest=False).values  # the nearest is the point itself
            found.append(nearest[:, [PRECISION_K, DENSITY_K]])
        return torch.cat(found).cpu()


def precision_recall_density_coverage(
    samples: Tensor, real: Tensor, real_radii: Tensor, device: torch.device = CPU
) -> dict[str, float]:
    """How generated and real features lie within each other's neighbourhoods.

    A ball round a point reaches to its k-th nearest point of the same set.

    - `precision`: share of the samples within the ball of a real point, `recall`: share of the real points within the
      ball of a sample; k = 3, borders included.
    - `density`: balls of real points that a sample lies in, on average, over k; `coverage`: share of the real points
      whose ball holds a sample; k = 5, borders excluded.

    Args:
        samples: [n, D], n > 5.
        real: [m, D], m > 5.
        real_radii: `radii(real)`.
    """
    wide, narrow = real_radii.to(device).T[[1, 0]]
    sample_radii = radii(samples, device)[:, :1].to(device)
    precise = dense = torch.zeros((), dtype=torch.int64, device=device)
    recalled = covered = torch.zeros(len(real), dtype=torch.bool, device=device)
    with torch.inference_mode(), full_precision(device):
        for rows, distances in _blocks(samples, real, device):
            within = distances < wide
            precise = precise + (distances <= narrow).any(dim=1).sum()
            dense = dense + within.sum()
            recalled = recalled | (distances <= sample_radii[rows]).any(dim=0)
            covered = covered | within.any(dim=0)
    return {
        "precision": precise.item() / len(samples),
        "recall": recalled.sum().item() / len(real),
        "density": dense.item() / (DENSITY_K * len(samples)),
        "coverage": covered.sum().item() / len(real),
    }


def true_precision(points: Tensor, point_radii: Tensor, tested: Tensor, device: torch.device = CPU) -> float:
    """The share of `points[tested]` that lie within the ball of another point; k = 3.

    It is the precision to expect of true samples against m - 1 of the m `points`: a point that lies in another's ball
    does so whether it counts as a neighbour there or not.

    Args:
        points: [m, D].
        point_radii: `radii(points)` [m, 2].
        tested: indices [t].
    """
    narrow = point_radii[:, 0].to(device)
    inside = 0
    with torch.inference_mode(), full_precision(device):
        for rows, distances in _blocks(points[tested], points, device):
            own = tested[rows].to(device).unsqueeze(1)
            inside += int((distances.scatter(1, own, torch.inf) <= narrow).any(dim=1).sum())
    return inside / len(tested)


def true_coverage(count: int, real: int) -> float:
    """The coverage to expect of `count` true samples against `real` points, whatever their distribution.

    A ball holds none of them when its point's k nearest among all others are real: 1 - prod_i (real - i) /
    (real + count - i), i = 1..k (Naeem et al. 2020, equation 8).
    """
    missed = 1.0
    for i in range(1, DENSITY_K + 1):
        missed *= (real - i) / (real + count - i)
    return 1 - missed


def _blocks(points: Tensor, others: Tensor, device: torch.device) -> Iterator[tuple[slice, Tensor]]:
    """The Euclidean distances [b, m] of each block of `points` [n, D] to `others` [m, D], and the block's rows."""
    others = others.to(device)
    for start in range(0, len(points), BLOCK):
        rows = slice(start, start + BLOCK)
        yield rows, torch.cdist(points[rows].to(device), others)
