"""Batch normalisation's statistics: where they matter, and how they are fixed for evaluation."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


def uses_batch_statistics(network: nn.Module) -> bool:
    """Whether the output for one sample depends on the rest of its batch.

    A penalty on the gradient of a score by its own sample has no meaning for such a discriminator
    (arXiv:1704.00028, section 4).
    """
    return any(isinstance(module, _BatchNorm) for module in network.modules())


def fix_statistics(generator: nn.Module, batches: Iterable[tuple[Tensor, ...]]) -> nn.Module:
    """A copy of `generator` for evaluation, in which no sample depends on its batch companions.

    Its batch normalisations use the mean and the unbiased variance that their inputs have in each of `batches`,
    averaged over the batches. `generator` itself is unchanged.

    Args:
        generator: as its builder made it.
        batches: inputs of forward passes: latents [B, Z], and labels [B] if it takes them.

    Raises:
        ValueError: there is a batch normalisation, but no batch.
    """
    fixed = deepcopy(generator).train()
    norms = [module for module in fixed.modules() if isinstance(module, _BatchNorm)]
    if norms:
        device = next(fixed.parameters()).device
        for norm in norms:
            _track_average(norm, device)
        with torch.no_grad():
            for batch in batches:
                fixed(*batch)
        if norms[0].num_batches_tracked == 0:
            raise ValueError("there is no batch to take the statistics of batch normalisation from")
    return fixed.eval()


def _track_average(norm: _BatchNorm, device: torch.device) -> None:
    """Let `norm` keep the plain average of its batches' statistics, from none on."""
    norm.track_running_stats = True
    norm.momentum = None
    norm.running_mean = torch.zeros(norm.num_features, device=device)
    norm.running_var = torch.ones(norm.num_features, device=device)
    norm.num_batches_tracked = torch.tensor(0, device=device)
