"""The residual networks of SNGAN (arXiv:1802.05957, tables 4 and 5)."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt
from typing import Annotated, TypeVar

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, relu, tanh

from ganlab.networks.base import Builder, register
from ganlab.networks.conditioning import Condition, Head, classes_of, rows_of
from ganlab.networks.images import Layout, layout_of
from ganlab.networks.layers import weight_layers
from ganlab.networks.normalization import ConditionalNorm, DiscriminatorNorm, GeneratorNorm, normalization
from ganlab.options import Options

Layer = TypeVar("Layer", nn.Conv2d, nn.Linear)


class ResNetOptions(Options):
    """Options of the `resnet` builder. SNGAN's discriminator is the one with `spectral` normalisation.

    Attributes:
        width: channels of the generator, the discriminator has half as many; at 64 pixels, where the channels
            double with each halving of the resolution, those of the generator's middle block.
        generator_norm: before each activation of the generator.
        discriminator_norm: before the activations of all residual blocks but the first, or on every weight
            (`spectral`).
    """

    width: Annotated[int, Field(ge=4, le=4096, multiple_of=4)] = 256
    generator_norm: GeneratorNorm = "batch"
    discriminator_norm: DiscriminatorNorm = "none"


def _xavier(layer: Layer, gain: float = 1.0) -> Layer:
    nn.init.xavier_uniform_(layer.weight, gain)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def _residual(conv: type[nn.Conv2d], inputs: int, outputs: int) -> nn.Conv2d:
    return _xavier(conv(inputs, outputs, 3, padding=1), sqrt(2))


def _double(images: Tensor) -> Tensor:
    return interpolate(images, scale_factor=2.0, mode="nearest")


class GeneratorBlock(nn.Module):
    """Features [B, inputs, H, W] to [B, outputs, 2H, 2W].

    The shortcut's 1x1 convolution comes before the enlargement: the same function at a quarter of the cost.
    """

    def __init__(self, inputs: int, outputs: int, norm: GeneratorNorm, classes: int) -> None:
        super().__init__()
        self.norm1 = ConditionalNorm(norm, inputs, classes)
        self.conv1 = _residual(nn.Conv2d, inputs, outputs)
        self.norm2 = ConditionalNorm(norm, outputs, classes)
        self.conv2 = _residual(nn.Conv2d, outputs, outputs)
        self.shortcut = _xavier(nn.Conv2d(inputs, outputs, 1))

    def forward(self, input: Tensor, label: Tensor | None) -> Tensor:
        hidden = self.conv1(_double(relu(self.norm1(input, label))))
        residual: Tensor = self.conv2(relu(self.norm2(hidden, label)))
        return residual + _double(self.shortcut(input))


class FirstBlock(nn.Module):
    """Images [B, inputs, H, W] to features [B, outputs, H/2, W/2], with no activation before the first convolution."""

    def __init__(self, inputs: int, outputs: int, conv: type[nn.Conv2d]) -> None:
        super().__init__()
        self.conv1 = _residual(conv, inputs, outputs)
        self.conv2 = _residual(conv, outputs, outputs)
        self.shortcut = _xavier(conv(inputs, outputs, 1))

    def forward(self, input: Tensor) -> Tensor:
        residual = avg_pool2d(self.conv2(relu(self.conv1(input))), 2)
        shortcut: Tensor = self.shortcut(avg_pool2d(input, 2))
        return residual + shortcut


class DiscriminatorBlock(nn.Module):
    """Features [B, inputs, H, W] to [B, outputs, H, W], or to half the resolution.

    The shortcut's 1x1 convolution comes after the pooling: the same function at a quarter of the cost.
    """

    def __init__(self, inputs: int, outputs: int, norm: DiscriminatorNorm, halve: bool) -> None:
        super().__init__()
        conv, _ = weight_layers(norm)
        self.halve = halve
        self.norm1 = normalization(norm, inputs)
        self.conv1 = _residual(conv, inputs, inputs)
        self.norm2 = normalization(norm, inputs)
        self.conv2 = _residual(conv, inputs, outputs)
        self.shortcut = _xavier(conv(inputs, outputs, 1)) if halve or inputs != outputs else nn.Identity()

    def forward(self, input: Tensor) -> Tensor:
        hidden = self.conv1(relu(self.norm1(input)))
        residual: Tensor = self.conv2(relu(self.norm2(hidden)))
        if self.halve:
            residual, input = avg_pool2d(residual, 2), avg_pool2d(input, 2)
        shortcut: Tensor = self.shortcut(input)
        return residual + shortcut


def _classes_of(condition: Condition) -> int:
    """Of a condition, which enters by conditional normalisation and projection (arXiv:1802.05637)."""
    return classes_of(condition, "builder 'resnet'", "choose the builder 'dcgan', or 'mlp'")


class ResNetGenerator(nn.Module):
    """Latents [B, Z], and labels [B] if there are classes, to images [B, C, H, W] in (-1, 1).

    The last normalisation knows no label, as in arXiv:1802.05637.
    """

    def __init__(self, layout: Layout, inputs: int, condition: Condition, options: ResNetOptions) -> None:
        super().__init__()
        self.condition = condition
        classes = _classes_of(condition)
        norm = options.generator_norm
        if layout.size == 64:
            widths = [4 * options.width // 2**level for level in range(layout.doublings + 1)]
        else:
            widths = [options.width] * (layout.doublings + 1)
        self.start = nn.Sequential(
            _xavier(nn.Linear(inputs, widths[0] * layout.start**2)),
            nn.Unflatten(1, (widths[0], layout.start, layout.start)),
        )
        self.blocks = nn.ModuleList(GeneratorBlock(*inout, norm, classes) for inout in pairwise(widths))
        self.norm = normalization(norm, widths[-1])
        self.image = _xavier(nn.Conv2d(widths[-1], layout.channels, 3, padding=1))

    def forward(self, latent: Tensor, condition: Tensor | None = None) -> Tensor:
        label = rows_of(self.condition, condition)
        hidden: Tensor = self.start(latent)
        for block in self.blocks:
            hidden = block(hidden, label)
        return tanh(self.image(relu(self.norm(hidden))))


class ResNetDiscriminator(nn.Module):
    """Images [B, C, H, W], labels [B] if there are classes, and a side vector to [B] or [B, outputs]."""

    def __init__(
        self, layout: Layout, outputs: int | None, side: int, condition: Condition, options: ResNetOptions
    ) -> None:
        super().__init__()
        self.condition = condition
        norm = options.discriminator_norm
        conv, linear = weight_layers(norm)
        if layout.size == 64:
            widths, halvings = [options.width // 4 * 2**level for level in range(5)], [True] * 4
        else:
            widths, halvings = [options.width // 2] * 4, [True, False, False]
        blocks = [
            DiscriminatorBlock(*inout, norm, halve) for inout, halve in zip(pairwise(widths), halvings, strict=True)
        ]
        self.features = nn.Sequential(FirstBlock(layout.channels, widths[0], conv), *blocks, nn.ReLU())
        self.head = Head(widths[-1], outputs, _classes_of(condition), side, widths[-1], linear, nn.ReLU())
        for module in self.head.modules():
            if isinstance(module, nn.Linear):
                _xavier(module)

    def forward(self, images: Tensor, condition: Tensor | None = None, side: Tensor | None = None) -> Tensor:
        label = rows_of(self.condition, condition)
        output: Tensor = self.head(self.features(images).sum((2, 3)), label, side)
        return output


def build_generator(
    sample_shape: tuple[int, ...], inputs: int, condition: Condition, options: ResNetOptions
) -> ResNetGenerator:
    """See `BuildGenerator`."""
    return ResNetGenerator(layout_of(sample_shape, "resnet"), inputs, condition, options)


def build_discriminator(
    sample_shape: tuple[int, ...], outputs: int | None, side: int, condition: Condition, options: ResNetOptions
) -> ResNetDiscriminator:
    """See `BuildDiscriminator`."""
    return ResNetDiscriminator(layout_of(sample_shape, "resnet"), outputs, side, condition, options)


resnet = register(
    Builder(
        name="resnet",
        summary="the residual networks of SNGAN, for images of 8 to 64 pixels",
        paper="arXiv:1802.05957",
        options=ResNetOptions,
        generator=build_generator,
        discriminator=build_discriminator,
        convolutional=True,
        separable=True,
    )
)
