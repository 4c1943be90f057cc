"""Multilayer perceptrons, for samples of any shape."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise
from math import prod
from typing import Annotated, Literal

import torch
from pydantic import Field, FiniteFloat
from torch import Tensor, nn

from ganlab.networks.base import Builder, register
from ganlab.networks.conditioning import Condition, require_side, rows_of, width_of
from ganlab.networks.layers import Maxout, weight_layers
from ganlab.options import ListOf, Options

Width = Annotated[int, Field(ge=1, le=65536)]
Activation = Literal["relu", "leaky_relu", "elu", "silu", "softplus", "tanh", "maxout"]
Norm = Literal["none", "layer", "batch", "spectral"]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "elu": nn.ELU,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}


class MLPOptions(Options):
    """Options of the `mlp` builder.

    Attributes:
        widths: of the hidden layers, from the input on.
        discriminator_widths: of the discriminator's, where they differ.
        activation: after each hidden layer; `maxout` is the largest of `maxout_pieces` linear layers (arXiv:1302.4389).
        discriminator_activation: of the discriminator's, where it differs.
        maxout_pieces: of each hidden unit with `maxout`.
        output: the generator's last function; `tanh` bounds samples to (-1, 1).
        generator_norm: before each hidden activation of the generator.
        discriminator_norm: before each hidden activation (`layer`) or on every weight (`spectral`).
        initial_std: of the normal distribution of all initial weights, with biases of zero. Without it, weights and
            biases are uniform within 1 / sqrt(inputs), as torch has them.
    """

    widths: ListOf[Width] = (32,)
    discriminator_widths: ListOf[Width] | None = None
    activation: Activation = "leaky_relu"
    discriminator_activation: Activation | None = None
    maxout_pieces: Annotated[int, Field(ge=2, le=100)] = 5
    output: Literal["linear", "tanh"] = "linear"
    generator_norm: Literal["none", "layer", "batch"] = "none"
    discriminator_norm: Literal["none", "layer", "spectral"] = "none"
    initial_std: Annotated[FiniteFloat, Field(gt=0)] | None = None


def _hidden(inputs: int, outputs: int, activation: Activation, norm: Norm, pieces: int) -> Iterator[nn.Module]:
    """One hidden layer: linear, normalised, activated."""
    _, linear = weight_layers(norm)
    units = outputs * pieces if activation == "maxout" else outputs
    yield linear(inputs, units, bias=norm != "batch")
    if norm == "layer":
        yield nn.LayerNorm(units)
    if norm == "batch":
        yield nn.BatchNorm1d(units, track_running_stats=False)
    match activation:
        case "maxout":
            yield Maxout(pieces)
        case "leaky_relu":
            yield nn.LeakyReLU(0.2)
        case _:
            yield ACTIVATIONS[activation]()


def _layers(sizes: list[int], activation: Activation, norm: Norm, options: MLPOptions) -> list[nn.Module]:
    _, linear = weight_layers(norm)
    hidden = [_hidden(*pair, activation, norm, options.maxout_pieces) for pair in pairwise(sizes[:-1])]
    layers = [*chain(*hidden), linear(sizes[-2], sizes[-1])]
    if options.initial_std is not None:
        _initialize(layers, options.initial_std)
    return layers


def _initialize(layers: list[nn.Module], std: float) -> None:
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0.0, std)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


class Perceptron(nn.Sequential):
    """Layers over flat inputs, which the condition (arXiv:1411.1784) and a side vector join as further entries.

    Args:
        layers: from the input on.
        condition: what the network is conditional on.
        side: the size of the side vector; 0 for none.
    """

    def __init__(self, *layers: nn.Module, condition: Condition = None, side: int = 0) -> None:
        super().__init__(*layers)
        self.condition = condition
        self.side = side

    def forward(self, input: Tensor, condition: Tensor | None = None, side: Tensor | None = None) -> Tensor:
        """Of `input` [B, ...], and, where the network has them, the condition's values and `side` [B, side]."""
        further = (rows_of(self.condition, condition), require_side(side, self.side))
        parts = [part for part in further if part is not None]
        output = torch.cat([input.flatten(1), *parts], 1) if parts else input
        for layer in self:
            output = layer(output)
        return output


def build_generator(
    sample_shape: tuple[int, ...], inputs: int, condition: Condition, options: MLPOptions
) -> Perceptron:
    """See `BuildGenerator`."""
    sizes = [inputs + width_of(condition), *options.widths, prod(sample_shape)]
    layers = _layers(sizes, options.activation, options.generator_norm, options)
    if options.output == "tanh":
        layers.append(nn.Tanh())
    return Perceptron(*layers, nn.Unflatten(1, sample_shape), condition=condition)


def build_discriminator(
    sample_shape: tuple[int, ...], outputs: int | None, side: int, condition: Condition, options: MLPOptions
) -> Perceptron:
    """See `BuildDiscriminator`."""
    widths = options.widths if options.discriminator_widths is None else options.discriminator_widths
    sizes = [prod(sample_shape) + width_of(condition) + side, *widths, outputs or 1]
    activation = options.discriminator_activation or options.activation
    layers = [nn.Flatten(1), *_layers(sizes, activation, options.discriminator_norm, options)]
    if outputs is None:
        layers.append(nn.Flatten(0))
    return Perceptron(*layers, condition=condition, side=side)


mlp = register(
    Builder(
        name="mlp",
        summary="fully connected networks, for samples of any shape",
        options=MLPOptions,
        generator=build_generator,
        discriminator=build_discriminator,
        separable=True,
    )
)
