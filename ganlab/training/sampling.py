"""Samples of a trained generator, as functions of its parameters and of a stream's name alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from ganlab.arithmetic import full_precision
from ganlab.games import Prior
from ganlab.networks import BUILDERS, fix_statistics
from ganlab.record.spec import RunSpec
from ganlab.training.streams import generator_for
from ganlab.variants import Parameters

STATISTICS_BATCHES = 50
"""Batches from which an evaluated generator's batch normalisation takes its statistics."""

PART = 2_000
IMAGES_PART = 500
"""Samples made at once. The sizes are fixed, because a product may round otherwise in a batch of another size."""


Conditions = Callable[[torch.Generator, int], Tensor | None]
"""Of so many samples to be made, as the networks are given them; None where they are given none."""


def unconditional(generator: torch.Generator, count: int) -> None:
    """The `Conditions` of networks that are given none."""


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """How samples of one member's generator are made.

    Attributes:
        spec: of the member.
        prior: of its latents.
        conditions: of the samples, unless others are asked for.
        part: samples made at once.
    """

    spec: RunSpec
    prior: Prior
    conditions: Conditions
    part: int = field(init=False)

    def __post_init__(self) -> None:
        """While the plugins that may register the builder are in use, which they need not be later."""
        part = IMAGES_PART if BUILDERS[self.spec.builder.name].convolutional else PART
        object.__setattr__(self, "part", part)

    def evaluated(self, generator: nn.Module, parameters: Parameters) -> nn.Module:
        """A copy of `generator` with `parameters`, in which no sample depends on its batch companions.

        Batch normalisation takes its statistics from a seeded pass over `STATISTICS_BATCHES` of the run's batches.

        Args:
            generator: as the builder made it.
            parameters: of one member, by name.
        """
        return with_statistics(generator, parameters, self._statistics_batches())

    def draw(self, generator: nn.Module, count: int, *stream: str | int, condition: Tensor | None = None) -> Tensor:
        """`count` samples [count, *sample_shape] on the CPU, in the networks' units.

        Latents come from the seed and the name of the stream alone, and samples are made in parts of a fixed size, in
        float32 whatever the precision of training.

        Args:
            generator: of `evaluated`.
            count: how many.
            stream: the name of the stream.
            condition: of the samples [count, ...]; by default those of `condition_of`.
        """
        latents = generator_for(self.spec.seed, *stream)
        chosen = self.condition_of(count, *stream) if condition is None else condition
        samples = []
        for start, size in self._parts(count):
            own = None if chosen is None else chosen[start : start + size]
            samples.append(self.of(generator, self.prior.draw(size, latents), own))
        return torch.cat(samples)

    def latents(self, count: int, *stream: str | int) -> Tensor:
        """The latents [count, Z] of the samples that `draw` makes for the same stream."""
        generator = generator_for(self.spec.seed, *stream)
        return torch.cat([self.prior.draw(size, generator) for _, size in self._parts(count)])

    def condition_of(self, count: int, *stream: str | int) -> Tensor | None:
        """What the generator is told of the `count` samples of a stream [count, ...]; None if nothing."""
        return self.conditions(generator_for(self.spec.seed, "conditions", *stream), count)

    def of(self, generator: nn.Module, latents: Tensor, condition: Tensor | None) -> Tensor:
        """The samples [n, *sample_shape] for `latents` [n, Z], made at once, on the CPU."""
        device = next(generator.parameters()).device
        inputs = (latents,) if condition is None else (latents, condition)
        with torch.no_grad(), full_precision(device):
            samples: Tensor = generator(*(one.to(device) for one in inputs)).cpu()
        return samples

    def _parts(self, count: int) -> Iterator[tuple[int, int]]:
        """Where each part starts, and how large it is."""
        return ((start, min(self.part, count - start)) for start in range(0, count, self.part))

    def _statistics_batches(self) -> Iterator[tuple[Tensor, ...]]:
        """Latents [B, Z], and conditions [B, ...], drawn for all batches at once, if the networks take any."""
        generator = generator_for(self.spec.seed, "statistics")
        size = self.spec.generator_batch_size
        conditions = self.condition_of(STATISTICS_BATCHES * size, "statistics")
        for batch in range(STATISTICS_BATCHES):
            latent = self.prior.draw(size, generator)
            yield (latent,) if conditions is None else (latent, conditions[batch * size :][:size])


def load_parameters(module: nn.Module, parameters: Parameters) -> None:
    """Give `module` these `parameters`, all of its own by name; its buffers stay."""
    _, unexpected = module.load_state_dict(parameters, strict=False)
    assert not unexpected
    assert parameters.keys() == dict(module.named_parameters()).keys()


def with_statistics(network: nn.Module, parameters: Parameters, batches: Iterable[tuple[Tensor, ...]]) -> nn.Module:
    """A copy of `network` with `parameters`, whose batch normalisations (if any) have the statistics of `batches`.

    Args:
        network: as the builder made it.
        parameters: of one member, by name.
        batches: inputs of forward passes, on any device.
    """
    device = next(iter(parameters.values())).device
    module = deepcopy(network).to(device)
    load_parameters(module, parameters)
    with full_precision(device):
        return fix_statistics(module, (tuple(one.to(device) for one in batch) for batch in batches))
