"""What games have in common whose discriminator is an autoencoder, and scores samples by its reconstruction error."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from torch import Tensor, nn

from ganlab.errors import InputError
from ganlab.games.base import Game, Task
from ganlab.networks import Build


class Autoencoder(nn.Module):
    """Samples [B, *sample_shape] to their codes [B, C] and their reconstructions [B, *sample_shape]."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        codes = self.encoder(samples)
        return codes, self.decoder(codes)


class AutoencoderGame(Game):
    """A game without conditions whose discriminator encodes samples and decodes the codes again.

    Raises:
        InputError: the run is conditional.
    """

    class Options(Game.Options):
        """Options of every such game.

        Attributes:
            code: numbers in a code.
        """

        code: Annotated[int, Field(ge=2, le=65536)] = 64

    def __init__(self, options: Any, task: Task) -> None:
        super().__init__(options, task)
        if task.condition is not None:
            raise InputError(
                f"the game '{self.name}' has no conditional form: its discriminator reconstructs a sample from that "
                "sample alone; leave out 'conditional', or choose another game"
            )

    def networks(self, build: Build) -> dict[str, nn.Module]:
        """The generator, and an encoder with a decoder that is built as a generator of codes."""
        decoder = build.generator(inputs=self.options.code, condition=False)
        return {"generator": build.generator(), "discriminator": Autoencoder(build.encoder(self.options.code), decoder)}
