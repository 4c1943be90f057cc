"""Multilayer perceptrons, for samples of any shape."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from ganlab.networks.base import Builder, register
from ganlab.networks.conditioning import join, one_hot
from ganlab.networks.layers import weight_layers
from ganlab.options import ListOf, Options

Width = Annotated[int, Field(ge=1, le=65536)]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
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
        activation: after each hidden layer.
        output: the generator's last function; `tanh` bounds samples to (-1, 1).
        generator_norm: before each hidden activation of the generator.
        discriminator_norm: before each hidden activation (`layer`) or on every weight (`spectral`).
    """

    widths: ListOf[Width] = (32,)
    discriminator_widths: ListOf[Width] | None = None
    activation: Literal["relu", "leaky_relu", "elu", "silu", "softplus", "tanh"] = "leaky_relu"
    output: Literal["linear", "tanh"] = "linear"
    generator_norm: Literal["none", "layer"] = "none"
    discriminator_norm: Literal["none", "layer", "spectral"] = "none"


def _activation(name: str) -> nn.Module:
    return nn.LeakyReLU(0.2) if name == "leaky_relu" else ACTIVATIONS[name]()


def _perceptron(sizes: list[int], activation: str, norm: str) -> list[nn.Module]:
    _, linear = weight_layers(norm)
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes[:-1]):
        layers.append(linear(inputs, outputs))
        if norm == "layer":
            layers.append(nn.LayerNorm(outputs))
        layers.append(_activation(activation))
    return [*layers, linear(sizes[-2], sizes[-1])]


class ClassConcatenation(nn.Module):
    """A network of flat inputs that are joined by their one-hot labels (arXiv:1411.1784)."""

    def __init__(self, network: nn.Module, classes: int) -> None:
        super().__init__()
        self.network = network
        self.classes = classes

    def forward(self, input: Tensor, labels: Tensor) -> Tensor:
        """Of `input` [B, ...] and `labels` [B]."""
        output: Tensor = self.network(join(input.flatten(1), one_hot(labels, self.classes)))
        return output


def build_mlp(
    sample_shape: tuple[int, ...], latent_dim: int, classes: int, options: MLPOptions
) -> tuple[nn.Module, nn.Module]:
    """A (generator, discriminator) pair of perceptrons; see `Builder.build`."""
    size = prod(sample_shape)
    generator = _perceptron([latent_dim + classes, *options.widths, size], options.activation, options.generator_norm)
    if options.output == "tanh":
        generator.append(nn.Tanh())
    critic_widths = options.widths if options.discriminator_widths is None else options.discriminator_widths
    discriminator = _perceptron([size + classes, *critic_widths, 1], options.activation, options.discriminator_norm)
    pair = (
        nn.Sequential(*generator, nn.Unflatten(1, sample_shape)),
        nn.Sequential(nn.Flatten(1), *discriminator, nn.Flatten(0)),
    )
    if classes == 0:
        return pair
    return ClassConcatenation(pair[0], classes), ClassConcatenation(pair[1], classes)


mlp = register(
    Builder(
        name="mlp",
        summary="fully connected networks, for samples of any shape",
        options=MLPOptions,
        build=build_mlp,
    )
)
