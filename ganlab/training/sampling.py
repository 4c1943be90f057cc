"""Samples of a trained generator, as functions of its parameters and of a stream's name alone."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import torch
from torch import Tensor, nn

from ganlab.arithmetic import full_precision
from ganlab.networks import BUILDERS, fix_statistics
from ganlab.training.spec import RunSpec
from ganlab.training.streams import generator_for
from ganlab.variants import Parameters

STATISTICS_BATCHES = 50
"""Batches from which an evaluated generator's batch normalisation takes its statistics."""

PART = 2_000
IMAGES_PART = 500
"""Samples made at once. The sizes are fixed, because a product may round otherwise in a batch of another size."""


def evaluated_generator(generator: nn.Module, parameters: Parameters, spec: RunSpec, classes: int) -> nn.Module:
    """A copy of `generator` with `parameters`, in which no sample depends on its batch companions.

    Batch normalisation takes its statistics from a seeded pass over `STATISTICS_BATCHES` of the run's batches.

    Args:
        generator: as the builder made it.
        parameters: of one member, by name.
        spec: of that member.
        classes: how many labels the networks know; 0 if they take none.
    """
    device = next(iter(parameters.values())).device
    module = deepcopy(generator).to(device)
    module.load_state_dict(parameters, strict=True)
    with full_precision(device):
        return fix_statistics(module, _statistics_batches(spec, classes, device))


def draw_samples(generator: nn.Module, spec: RunSpec, labels: Tensor | None, count: int, *stream: str | int) -> Tensor:
    """`count` samples [count, *sample_shape] on the CPU, in the networks' units.

    Latents come from the seed and the name of the stream alone, and samples are made in parts of a fixed size, in
    float32 whatever the precision of training.

    Args:
        generator: of `evaluated_generator`.
        spec: of its member.
        labels: of the samples [count], or None for networks that take none.
        count: how many.
        stream: the name of the stream.
    """
    latents = generator_for(spec.seed, *stream)
    device = next(generator.parameters()).device
    samples = []
    with torch.no_grad(), full_precision(device):
        for start, size in _parts(count, spec):
            latent = torch.randn(size, spec.latent_dim, generator=latents).to(device)
            inputs = (latent,) if labels is None else (latent, labels[start : start + size].to(device))
            samples.append(generator(*inputs).cpu())
    return torch.cat(samples)


def draw_latents(spec: RunSpec, count: int, *stream: str | int) -> Tensor:
    """The latents [count, latent_dim] of the samples that `draw_samples` gives for the same stream."""
    generator = generator_for(spec.seed, *stream)
    return torch.cat([torch.randn(size, spec.latent_dim, generator=generator) for _, size in _parts(count, spec)])


def even_labels(count: int, classes: int) -> Tensor | None:
    """Labels [count] in turn, so that all classes have their equal share; None without classes."""
    return torch.arange(count) % classes if classes else None


def _parts(count: int, spec: RunSpec) -> Iterator[tuple[int, int]]:
    """Where each part starts, and how large it is."""
    part = IMAGES_PART if BUILDERS[spec.builder.name].convolutional else PART
    return ((start, min(part, count - start)) for start in range(0, count, part))


def _statistics_batches(spec: RunSpec, classes: int, device: torch.device) -> Iterator[tuple[Tensor, ...]]:
    """Latents [B, Z], and labels [B], even over all batches, if the networks take any."""
    generator = generator_for(spec.seed, "statistics")
    size = spec.generator_batch_size
    labels = even_labels(STATISTICS_BATCHES * size, classes)
    for batch in range(STATISTICS_BATCHES):
        latent = torch.randn(size, spec.latent_dim, generator=generator).to(device)
        own = None if labels is None else labels[batch * size :][:size].to(device)
        yield (latent,) if own is None else (latent, own)
