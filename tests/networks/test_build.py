"""The order in which the networks of a run take their initial parameters from torch's global generator."""

from __future__ import annotations

from math import sqrt

import pytest
import torch
from pairs import build_of
from torch import nn

from ganlab.networks import Classes


def mlp(options, classes):
    """Linear layers G 5-6-4-2 and D 2-6-4-1; each network is initialised as soon as it is made."""
    networks = []
    for first, last in ((5, 2), (2, 1)):
        widths = [first + classes, 6, 4, last]
        layers = [nn.Linear(widths[i], widths[i + 1]) for i in range(3)]
        for layer in layers if "initial_std" in options else []:
            nn.init.normal_(layer.weight, 0, options["initial_std"])
            nn.init.zeros_(layer.bias)
        networks.append(layers)
    return networks


def dcgan(options, classes):
    """Both networks are made before any is initialised."""
    joined = 0 if options["conditioning"] == "projection" else classes
    gains = [nn.Parameter(torch.empty(classes, width)) for width in (8, 4)] if classes and not joined else []
    norms = [nn.BatchNorm2d(8), nn.BatchNorm2d(4)]
    generator = [
        nn.Linear(5 + joined, 8 * 16, bias=False),
        *([] if gains else norms),
        nn.ConvTranspose2d(8, 4, 4, 2, 1, bias=False),
        nn.ConvTranspose2d(4, 1, 4, 2, 1),
    ]
    discriminator = [
        nn.Conv2d(1 + joined, 4, 4, 2, 1),
        nn.Conv2d(4, 8, 4, 2, 1, bias=False),
        nn.BatchNorm2d(8),
        nn.Linear(8 * 16, 1),
        *([nn.Linear(classes, 8 * 16, bias=False)] if gains else []),
    ]
    for layers in (generator, discriminator):
        for layer in layers:
            nn.init.normal_(layer.weight, 1.0 if isinstance(layer, nn.BatchNorm2d) else 0.0, 0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return generator, discriminator


def xavier(layer, gain=1.0):
    nn.init.xavier_uniform_(layer.weight, gain)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def residual(inputs, outputs, shortcut=True):
    convolutions = [xavier(nn.Conv2d(*pair, 3, padding=1), sqrt(2)) for pair in (inputs, outputs)]
    return [*convolutions, *([xavier(nn.Conv2d(inputs[0], outputs[1], 1))] if shortcut else [])]


def resnet(options, classes):
    """Each layer is initialised as soon as it is made, but for the last ones of the discriminator.

    Its first block is made after the others.
    """
    generator = [xavier(nn.Linear(5, 8 * 16))]
    for _ in range(2):
        generator += residual((8, 8), (8, 8))
    generator.append(xavier(nn.Conv2d(8, 1, 3, padding=1)))
    discriminator = residual((4, 4), (4, 4))
    for _ in range(2):
        discriminator += residual((4, 4), (4, 4), shortcut=False)
    discriminator += residual((1, 4), (4, 4))
    last = [nn.Linear(4, 1), *([nn.Linear(classes, 4, bias=False)] if classes else [])]
    return generator, [*discriminator, *map(xavier, last)]


@pytest.mark.parametrize(
    ("reference", "options", "shape"),
    [
        (mlp, {"widths": [6, 4]}, (2,)),
        (mlp, {"widths": [6, 4], "initial_std": 0.02}, (2,)),
        (dcgan, {"width": 4, "conditioning": "concat"}, (1, 16, 16)),
        (dcgan, {"width": 4, "conditioning": "projection"}, (1, 16, 16)),
        (resnet, {"width": 8, "generator_norm": "none"}, (1, 16, 16)),
    ],
)
@pytest.mark.parametrize("classes", [0, 3])
def test_initial_parameters_are_drawn_in_the_order_of_layers_then_of_initialisation(reference, options, shape, classes):
    build = build_of(reference.__name__, options, shape, 5, Classes(classes) if classes else None)
    torch.manual_seed(7)
    ours = {"generator": build.generator(), "discriminator": build.discriminator()}
    build.initialize(ours)
    torch.manual_seed(7)
    for network, layers in zip(ours.values(), reference(options, classes), strict=True):
        drawn = [m for m in network.modules() if getattr(m, "weight", None) is not None]
        found = {id(p): p for m in drawn for p in m.parameters(recurse=False)}
        expected = [p for layer in layers for p in layer.parameters()]
        assert sorted(map(fingerprint, found.values())) == sorted(map(fingerprint, expected))


def fingerprint(parameter):
    return list(parameter.shape), parameter.detach().flatten().tolist()


def test_a_third_network_is_made_before_any_is_initialised():
    """Its layers take numbers first, so that those of the initialisation come after them."""
    torch.manual_seed(7)
    build = build_of("dcgan", {"width": 4}, (1, 16, 16), 5)
    networks = {"encoder": build.encoder(3), "generator": build.generator(), "discriminator": build.discriminator()}
    build.initialize(networks)
    torch.manual_seed(7)
    again = {"encoder": build.encoder(3), "generator": build.generator(), "discriminator": build.discriminator()}
    build.initialize({"encoder": again["encoder"]})
    pairs = zip(networks["encoder"].parameters(), again["encoder"].parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)
