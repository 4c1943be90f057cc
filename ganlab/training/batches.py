"""What the updates of a player consume: samples of the data, latents, and the game's own random numbers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ganlab.data import Data
from ganlab.games import Game
from ganlab.training.state import Batch, Storage
from ganlab.training.streaming import Streamed
from ganlab.training.streams import BLOCK, CPU, Fill, Stream

STREAMS = {"discriminator": "critic"}
"""What the streams of a player are called, on which its numbers depend, where that is not its own name."""


class Batches:
    """The batches of one player's updates.

    Attributes:
        storage: what entries are gathered from, on the device.

    Args:
        player: names the streams; the same player of the same seed sees the same data and latents in every game.
        game: says what else is random.
        device: where the batches are needed.
        storage: that of the data, on `device`; None if it does not fit there, and samples are to be streamed.
        part: of each batch, what is needed here.
    """

    def __init__(
        self,
        player: str,
        game: Game,
        seeds: Sequence[int],
        data: Data,
        batch_size: int,
        device: torch.device = CPU,
        storage: Storage | None = (),
        part: slice = slice(None),
    ) -> None:
        name = STREAMS.get(player, player)

        def draw(numbers: Tensor, generator: torch.Generator) -> None:
            numbers.copy_(data.draw(generator, BLOCK * batch_size).view_as(numbers))

        def entries(device: torch.device) -> Stream:
            return Stream(seeds, f"{name}/real", (batch_size, *data.entry_shape), draw, device, data.entry_dtype, part)

        def stream(kind: str, shape: tuple[int, ...], fill: Fill) -> Stream:
            return Stream(seeds, f"{name}/{kind}", (batch_size, *shape), fill, device, part=part)

        self._entries: Stream | Streamed
        if storage is None:
            self._entries = Streamed(entries(CPU), data, device)
            self.storage = self._entries.storage
        else:
            self._entries, self.storage = entries(device), storage
        self._latent = stream("latent", (game.prior.dim,), game.prior.fill)
        self._draws = {kind: stream(kind, draw.shape, draw.fill) for kind, draw in game.draws(player).items()}

    def at(self, update: int) -> Batch:
        """The batch of update `update`, every leaf [S, B, ...]."""
        draws = {name: stream.at(update) for name, stream in self._draws.items()}
        return Batch(self._entries.at(update), self._latent.at(update), draws)
