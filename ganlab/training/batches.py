"""What the updates of a player consume: samples of the data, latents, and the penalties' noise."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ganlab.data import Data
from ganlab.training.member import Batch, Noise, Tables
from ganlab.training.streaming import Streamed
from ganlab.training.streams import BLOCK, CPU, Fill, Stream
from ganlab.variants import Penalty


class Batches:
    """The batches of one player's updates.

    Attributes:
        tables: what the drawn entries are to be looked up in, on the device.

    Args:
        player: names the streams; the same player of the same seed sees the same numbers under every variant.
        penalties: whose noise the batches carry.
        device: where the batches are needed.
        tables: those of the data, on `device`; None if they do not fit there, and samples are to be streamed.
    """

    def __init__(
        self,
        player: str,
        seeds: Sequence[int],
        data: Data,
        batch_size: int,
        latent_dim: int,
        penalties: Sequence[Penalty] = (),
        device: torch.device = CPU,
        tables: Tables | None = (),
    ) -> None:
        def draw(numbers: Tensor, generator: torch.Generator) -> None:
            numbers.copy_(data.draw(generator, BLOCK * batch_size).view_as(numbers))

        def entries(device: torch.device) -> Stream:
            return Stream(seeds, f"{player}/real", (batch_size, *data.drawn_shape), draw, device, data.drawn_dtype)

        def stream(name: str, shape: tuple[int, ...], fill: Fill) -> Stream:
            return Stream(seeds, f"{player}/{name}", (batch_size, *shape), fill, device)

        def uniform(name: str, shape: tuple[int, ...]) -> Stream:
            return stream(name, shape, lambda numbers, generator: numbers.uniform_(generator=generator))

        def noise(penalty: Penalty) -> tuple[Stream, ...]:
            each_sample, each_element = (1,) * len(data.sample_shape), data.sample_shape
            if penalty.noise == "both":
                return uniform(f"{penalty.name}/sample", each_sample), uniform(f"{penalty.name}/element", each_element)
            return (uniform(penalty.name, each_sample if penalty.noise == "sample" else each_element),)

        self._drawn: Stream | Streamed
        if tables is None:
            self._drawn = Streamed(entries(CPU), data, device)
            self.tables = self._drawn.tables
        else:
            self._drawn, self.tables = entries(device), tables
        self._latent = stream("latent", (latent_dim,), lambda numbers, generator: numbers.normal_(generator=generator))
        self._noise = {penalty.name: noise(penalty) for penalty in penalties if penalty.noise != "none"}

    def at(self, update: int) -> Batch:
        """The batch of update `update`, every leaf [S, B, ...]."""
        parts = {name: tuple(stream.at(update) for stream in streams) for name, streams in self._noise.items()}
        noise: dict[str, Noise] = {name: u if len(u) > 1 else u[0] for name, u in parts.items()}
        return Batch(self._drawn.at(update), self._latent.at(update), noise)
