"""The networks of one run, as a game asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from ganlab.networks.base import Builder
from ganlab.networks.conditioning import Condition
from ganlab.options import Options


@dataclass(frozen=True)
class Build:
    """Makes networks that fit the samples, the latents and the condition of a run.

    Attributes:
        builder: what makes them.
        options: of the builder.
        sample_shape: of one sample.
        latent_dim: of one latent vector.
        condition: what the run is conditional on.
        activate: what makes samples of a generator's raw outputs; None where these are samples already.
    """

    builder: Builder
    options: Options
    sample_shape: tuple[int, ...]
    latent_dim: int
    condition: Condition
    activate: Callable[[Tensor], Tensor] | None = None

    def generator(self, inputs: int | None = None, condition: bool = True) -> nn.Module:
        """``(latent [B, inputs], condition=None) -> samples [B, *sample_shape]``.

        Args:
            inputs: numbers in a latent vector; by default the run's `latent_dim`.
            condition: whether the network is given the run's condition.

        Raises:
            InputError: the builder makes no such network.
        """
        network = self.builder.generator(
            self.sample_shape,
            self.latent_dim if inputs is None else inputs,
            self.condition if condition else None,
            self.options,
        )
        return network if self.activate is None else Activated(network, self.activate)

    def discriminator(self, outputs: int | None = None, side: int = 0, condition: bool = True) -> nn.Module:
        """``(samples [B, *sample_shape], condition=None, side=None) -> [B, outputs]``.

        Args:
            outputs: numbers that it gives for a sample; None for one score, [B].
            side: numbers in a vector [B, side] that it takes beside each sample; 0 for none.
            condition: whether the network is given the run's condition.

        Raises:
            InputError: the builder makes no such network.
        """
        return self.builder.discriminator(
            self.sample_shape, outputs, side, self.condition if condition else None, self.options
        )

    def encoder(self, outputs: int) -> nn.Module:
        """``samples [B, *sample_shape] -> [B, outputs]``: an unconditional discriminator with so many outputs.

        Raises:
            InputError: the builder makes no such network.
        """
        return self.discriminator(outputs, condition=False)

    def initialize(self, networks: Mapping[str, nn.Module]) -> None:
        """Set the initial parameters of all networks of the run, in their order, once all of them are made."""
        if self.builder.initialize is not None:
            for network in networks.values():
                self.builder.initialize(network, self.options)


class Activated(nn.Module):
    """A generator whose raw outputs become samples by a further function."""

    def __init__(self, network: nn.Module, activate: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.network = network
        self.activate = activate

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.activate(self.network(*inputs))
