"""The networks of one run, as a game asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import nn

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
    """

    builder: Builder
    options: Options
    sample_shape: tuple[int, ...]
    latent_dim: int
    condition: Condition

    def generator(self, inputs: int | None = None, condition: bool = True) -> nn.Module:
        """``(latent [B, inputs], condition=None) -> samples [B, *sample_shape]``.

        Args:
            inputs: numbers in a latent vector; by default the run's `latent_dim`.
            condition: whether the network is given the run's condition.

        Raises:
            InputError: the builder makes no such network.
        """
        return self.builder.generator(
            self.sample_shape,
            self.latent_dim if inputs is None else inputs,
            self.condition if condition else None,
            self.options,
        )

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
