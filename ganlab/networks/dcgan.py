"""DCGAN (arXiv:1511.06434): plain stacks of strided convolutions."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import relu, tanh

from ganlab.networks.base import Builder, register
from ganlab.networks.conditioning import Score, join, one_hot
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
        conditioning: how labels enter: one-hot beside the latent and as further channels of the image
            (arXiv:1411.1784), or by conditional normalisation and projection (arXiv:1802.05637).
    """

    width: Annotated[int, Field(ge=1, le=4096)] = 64
    generator_norm: GeneratorNorm = "batch"
    discriminator_norm: DiscriminatorNorm = "batch"
    conditioning: Literal["concat", "projection"] = "concat"


class DCGANGenerator(nn.Module):
    """Latents [B, Z], and labels [B] if there are classes, to images [B, C, H, W] in (-1, 1)."""

    def __init__(self, layout: Layout, latent_dim: int, classes: int, options: DCGANOptions) -> None:
        super().__init__()
        self.classes = classes
        self.concat = options.conditioning == "concat"
        joined, conditioned = (classes, 0) if self.concat else (0, classes)
        norm = options.generator_norm
        bias = norm == "none"
        widths = [options.width * 2**level for level in reversed(range(layout.doublings))]
        self.start = nn.Sequential(
            nn.Linear(latent_dim + joined, widths[0] * layout.start**2, bias),
            nn.Unflatten(1, (widths[0], layout.start, layout.start)),
        )
        self.norms = nn.ModuleList(ConditionalNorm(norm, width, conditioned) for width in widths)
        self.doublings = nn.ModuleList(
            nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=bias) for inputs, outputs in pairwise(widths)
        )
        self.doublings.append(nn.ConvTranspose2d(widths[-1], layout.channels, 4, 2, 1))

    def forward(self, latent: Tensor, labels: Tensor | None = None) -> Tensor:
        label = one_hot(labels, self.classes)
        image: Tensor = self.start(join(latent, label) if self.concat else latent)
        for norm, double in zip(self.norms, self.doublings, strict=True):
            image = double(relu(norm(image, label)))
        return tanh(image)


class DCGANDiscriminator(nn.Module):
    """Images [B, C, H, W], and labels [B] if there are classes, to scores [B]."""

    def __init__(self, layout: Layout, classes: int, options: DCGANOptions) -> None:
        super().__init__()
        self.classes = classes
        self.concat = options.conditioning == "concat"
        joined, conditioned = (classes, 0) if self.concat else (0, classes)
        norm = options.discriminator_norm
        conv, linear = weight_layers(norm)
        widths = [options.width * 2**level for level in range(layout.doublings)]
        layers: list[nn.Module] = [
            conv(layout.channels + joined, widths[0], 4, 2, 1),
            nn.LeakyReLU(0.2),
        ]
        for inputs, outputs in pairwise(widths):
            layers.append(conv(inputs, outputs, 4, 2, 1, bias=norm in ("spectral", "none")))
            layers.append(normalization(norm, outputs))
            layers.append(nn.LeakyReLU(0.2))
        self.features = nn.Sequential(*layers, nn.Flatten(1))
        self.score = Score(widths[-1] * layout.start**2, conditioned, linear)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        label = one_hot(labels, self.classes)
        features = self.features(join(images, label) if self.concat else images)
        score: Tensor = self.score(features, label)
        return score


def _initialize(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(module.weight, 0.0, INITIAL_STD)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d) and module.affine:
            nn.init.normal_(module.weight, 1.0, INITIAL_STD)


def build_dcgan(
    sample_shape: tuple[int, ...], latent_dim: int, classes: int, options: DCGANOptions
) -> tuple[nn.Module, nn.Module]:
    """A (generator, discriminator) pair of plain convolutional networks; see `Builder.build`."""
    layout = layout_of(sample_shape, "dcgan")
    generator = DCGANGenerator(layout, latent_dim, classes, options)
    discriminator = DCGANDiscriminator(layout, classes, options)
    _initialize(generator)
    _initialize(discriminator)
    return generator, discriminator


dcgan = register(
    Builder(
        name="dcgan",
        summary="plain strided convolutions, for images of 8 to 64 pixels",
        paper="arXiv:1511.06434",
        options=DCGANOptions,
        build=build_dcgan,
        convolutional=True,
    )
)
