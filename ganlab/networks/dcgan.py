"""DCGAN (arXiv:1511.06434): plain stacks of strided convolutions."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import relu, tanh

from ganlab.networks.base import Builder, register
from ganlab.networks.conditioning import Condition, Head, classes_of, join, rows_of, width_of
from ganlab.networks.images import Layout, layout_of
from ganlab.networks.layers import weight_layers
from ganlab.networks.normalization import ConditionalNorm, DiscriminatorNorm, GeneratorNorm, normalization
from ganlab.options import Options

INITIAL_STD = 0.02
"""Of all weights, and of the gains of batch normalisation around 1 (arXiv:1511.06434, section 3)."""


class DCGANOptions(Options):
    """Options of the `dcgan` builder.

    Attributes:
        width: channels of the layers next to the image; each halving of the resolution doubles them.
        generator_norm: before each hidden activation of the generator.
        discriminator_norm: before each hidden activation but the first, or on every weight (`spectral`). At 8 pixels
            there is no other hidden activation, so that all but `spectral` are the same.
        conditioning: how the condition enters: beside the latent and as further channels of the image
            (arXiv:1411.1784), or, for classes, by conditional normalisation and projection (arXiv:1802.05637).
    """

    width: Annotated[int, Field(ge=1, le=4096)] = 64
    generator_norm: GeneratorNorm = "batch"
    discriminator_norm: DiscriminatorNorm = "batch"
    conditioning: Literal["concat", "projection"] = "concat"


def _widths(condition: Condition, options: DCGANOptions) -> tuple[int, int]:
    """How many channels the condition joins the input with, and of how many classes the other layers know."""
    if options.conditioning == "concat":
        return width_of(condition), 0
    return 0, classes_of(condition, "builder 'dcgan' with conditioning: projection", "set conditioning: concat")


class DCGANGenerator(nn.Module):
    """Latents [B, Z], and the condition's values, to images [B, C, H, W] in (-1, 1)."""

    def __init__(self, layout: Layout, inputs: int, condition: Condition, options: DCGANOptions) -> None:
        super().__init__()
        self.condition = condition
        self.concat = options.conditioning == "concat"
        joined, classes = _widths(condition, options)
        norm = options.generator_norm
        bias = norm == "none"
        widths = [options.width * 2**level for level in reversed(range(layout.doublings))]
        self.start = nn.Sequential(
            nn.Linear(inputs + joined, widths[0] * layout.start**2, bias),
            nn.Unflatten(1, (widths[0], layout.start, layout.start)),
        )
        self.norms = nn.ModuleList(ConditionalNorm(norm, width, classes) for width in widths)
        self.doublings = nn.ModuleList(
            nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=bias) for wide, narrow in pairwise(widths)
        )
        self.doublings.append(nn.ConvTranspose2d(widths[-1], layout.channels, 4, 2, 1))

    def forward(self, latent: Tensor, condition: Tensor | None = None) -> Tensor:
        rows = rows_of(self.condition, condition)
        image: Tensor = self.start(join(latent, rows) if self.concat else latent)
        for norm, double in zip(self.norms, self.doublings, strict=True):
            image = double(relu(norm(image, rows)))
        return tanh(image)


class DCGANDiscriminator(nn.Module):
    """Images [B, C, H, W], the condition's values and a side vector to [B] or [B, outputs]."""

    def __init__(
        self, layout: Layout, outputs: int | None, side: int, condition: Condition, options: DCGANOptions
    ) -> None:
        super().__init__()
        self.condition = condition
        self.concat = options.conditioning == "concat"
        joined, classes = _widths(condition, options)
        norm = options.discriminator_norm
        conv, linear = weight_layers(norm)
        widths = [options.width * 2**level for level in range(layout.doublings)]
        layers: list[nn.Module] = [
            conv(layout.channels + joined, widths[0], 4, 2, 1),
            nn.LeakyReLU(0.2),
        ]
        for narrow, wide in pairwise(widths):
            layers.append(conv(narrow, wide, 4, 2, 1, bias=norm in ("spectral", "none")))
            layers.append(normalization(norm, wide))
            layers.append(nn.LeakyReLU(0.2))
        self.features = nn.Sequential(*layers, nn.Flatten(1))
        features = widths[-1] * layout.start**2
        self.head = Head(features, outputs, classes, side, widths[-1], linear, nn.LeakyReLU(0.2))

    def forward(self, images: Tensor, condition: Tensor | None = None, side: Tensor | None = None) -> Tensor:
        rows = rows_of(self.condition, condition)
        features = self.features(join(images, rows) if self.concat else images)
        output: Tensor = self.head(features, rows, side)
        return output


def initialize(network: nn.Module, options: DCGANOptions) -> None:
    """The initial parameters of arXiv:1511.06434, section 3."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(module.weight, 0.0, INITIAL_STD)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d) and module.affine:
            nn.init.normal_(module.weight, 1.0, INITIAL_STD)


def build_generator(
    sample_shape: tuple[int, ...], inputs: int, condition: Condition, options: DCGANOptions
) -> DCGANGenerator:
    """See `BuildGenerator`."""
    return DCGANGenerator(layout_of(sample_shape, "dcgan"), inputs, condition, options)


def build_discriminator(
    sample_shape: tuple[int, ...], outputs: int | None, side: int, condition: Condition, options: DCGANOptions
) -> DCGANDiscriminator:
    """See `BuildDiscriminator`."""
    return DCGANDiscriminator(layout_of(sample_shape, "dcgan"), outputs, side, condition, options)


dcgan = register(
    Builder(
        name="dcgan",
        summary="plain strided convolutions, for images of 8 to 64 pixels",
        paper="arXiv:1511.06434",
        options=DCGANOptions,
        generator=build_generator,
        discriminator=build_discriminator,
        initialize=initialize,
        convolutional=True,
        separable=True,
    )
)
