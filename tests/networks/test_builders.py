"""What holds for every builder: shapes, purity, labels, and lifting over the members of a population."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.func import functional_call, grad, vmap

from ganlab.errors import InputError
from ganlab.networks import BUILDERS
from ganlab.networks.layers import SpectralConv2d, SpectralLinear, spectral_norm
from ganlab.options import parse

DCGAN, RESNET = {"width": 4}, {"width": 8}
MEMBERS, BATCH, LATENT = 2, 4, 3


def build(name, options, shape=(3, 8, 8), classes=0):
    builder = BUILDERS[name]
    return builder.build(shape, LATENT, classes, parse(builder.options, options, name))


def configurations(key, norms):
    """Every convolutional builder, normalisation and way of conditioning, and the perceptrons."""
    mlp = {"generator_norm": ["none", "layer", "batch"], "discriminator_norm": ["none", "layer", "spectral"]}
    for norm in mlp[key]:
        for classes in (0, 3):
            yield "mlp", {"widths": [6], key: norm}, classes
    yield "mlp", {"widths": [6], "activation": "maxout", key: "layer"}, 0
    for norm in norms:
        yield "dcgan", {**DCGAN, key: norm}, 0
        yield "dcgan", {**DCGAN, key: norm}, 3
        yield "dcgan", {**DCGAN, key: norm, "conditioning": "projection"}, 3
        yield "resnet", {**RESNET, key: norm}, 0
        yield "resnet", {**RESNET, key: norm}, 3


GENERATORS = list(configurations("generator_norm", ["batch", "layer", "group", "none"]))
DISCRIMINATORS = list(configurations("discriminator_norm", ["batch", "layer", "group", "spectral", "none"]))


def parameters_of(modules):
    """Those of each module, moved off their initial values, and all of them stacked."""
    single = [{k: v.detach() + 0.1 * torch.randn_like(v) for k, v in m.named_parameters()} for m in modules]
    return single, {k: torch.stack([p[k] for p in single]) for k in single[0]}


def inputs(classes, *shape):
    labels = (torch.randint(classes, (MEMBERS, BATCH)),) if classes else ()
    return torch.randn(MEMBERS, BATCH, *shape), labels


def assert_the_same(lifted, alone, index):
    """Up to rounding, which is relative to the largest entries: a bias before a batch norm has no gradient at all."""
    largest = max(value.abs().max().item() for value in alone.values())
    for name, value in alone.items():
        torch.testing.assert_close(lifted[name][index], value, atol=1e-5 * largest, rtol=1e-3)


@pytest.mark.parametrize(("name", "options"), [("mlp", {}), ("dcgan", DCGAN), ("resnet", RESNET)])
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 16, 16), (1, 28, 28), (3, 32, 32), (3, 64, 64)])
@pytest.mark.parametrize("classes", [0, 5])
def test_latents_become_images_and_images_scores(name, options, shape, classes):
    generator, discriminator = build(name, options, shape, classes)
    labels = (torch.tensor([0, 4]),) if classes else ()
    images = generator(torch.randn(2, LATENT), *labels)
    assert images.shape == (2, *shape)
    assert discriminator(images, *labels).shape == (2,)


@pytest.mark.parametrize("name", ["dcgan", "resnet"])
@pytest.mark.parametrize("shape", [(1,), (2,), (3, 48, 48), (3, 32, 64), (4, 32, 32), (32, 32)])
def test_a_shape_that_convolutions_are_not_made_for_is_refused_with_those_that_are(name, shape):
    with pytest.raises(InputError, match=r"1 or 3 channels and 8x8, 16x16, 28x28, 32x32 or 64x64 pixels"):
        build(name, {}, shape)


@pytest.mark.parametrize(("name", "options", "classes"), GENERATORS)
def test_lifted_generators_give_each_member_its_own_gradient(name, options, classes):
    torch.manual_seed(0)
    modules = [build(name, options, classes=classes)[0] for _ in range(MEMBERS)]
    single, stacked = parameters_of(modules)
    latent, labels = inputs(classes, LATENT)
    target = torch.randn(BATCH, 3, 8, 8)

    def distance(parameters, *batch):
        return (functional_call(modules[0], parameters, batch) - target).square().sum()

    lifted = vmap(grad(distance))(stacked, latent, *labels)
    for index, parameters in enumerate(single):
        leaves = {k: v.requires_grad_() for k, v in parameters.items()}
        batch = (latent[index], *(one[index] for one in labels))
        gradients = torch.autograd.grad(distance(leaves, *batch), list(leaves.values()))
        assert_the_same(lifted, dict(zip(leaves, gradients, strict=True)), index)


@pytest.mark.parametrize(("name", "options", "classes"), DISCRIMINATORS)
def test_lifted_discriminators_give_each_member_its_own_gradient_with_a_gradient_penalty(name, options, classes):
    """Lifted, by `torch.func` throughout; alone, by `torch.autograd` with a graph of the first gradient."""
    torch.manual_seed(0)
    modules = [build(name, options, classes=classes)[1] for _ in range(MEMBERS)]
    single, stacked = parameters_of(modules)
    images, labels = inputs(classes, 3, 8, 8)

    def penalised(parameters, images, *labels):
        def score(images):
            return functional_call(modules[0], parameters, (images, *labels)).sum()

        return score(images) + grad(score)(images).square().sum()

    lifted = vmap(grad(penalised))(stacked, images, *labels)
    for index, parameters in enumerate(single):
        leaves = {k: v.requires_grad_() for k, v in parameters.items()}
        sample = images[index].clone().requires_grad_()
        score = functional_call(modules[0], leaves, (sample, *(one[index] for one in labels))).sum()
        (slope,) = torch.autograd.grad(score, sample, create_graph=True)
        gradients = torch.autograd.grad(score + slope.square().sum(), list(leaves.values()), materialize_grads=True)
        assert_the_same(lifted, dict(zip(leaves, gradients, strict=True)), index)


@pytest.mark.parametrize(("name", "options", "classes"), [*GENERATORS, *DISCRIMINATORS])
def test_a_forward_pass_writes_and_draws_nothing(name, options, classes):
    labels = (torch.randint(classes, (BATCH,)),) if classes else ()
    generator, discriminator = build(name, options, classes=classes)
    latent = torch.randn(BATCH, LATENT)
    random_state = torch.random.get_rng_state()
    for module, first in ((generator, latent), (discriminator, generator(latent, *labels).detach())):
        kept = first.clone()
        parameters = {k: v.clone() for k, v in module.named_parameters()}
        assert torch.equal(module(first, *labels), module(first, *labels))
        assert torch.equal(first, kept)
        assert all(torch.equal(v, parameters[k]) for k, v in module.named_parameters())
        assert not list(module.buffers())
    assert torch.equal(torch.random.get_rng_state(), random_state)


@pytest.mark.parametrize(("name", "options"), [("mlp", {}), ("dcgan", DCGAN), ("resnet", RESNET)])
def test_initial_parameters_come_from_the_global_generator_alone(name, options):
    def parameters():
        return [p for module in build(name, options, classes=2) for p in module.parameters()]

    torch.manual_seed(3)
    first = parameters()
    torch.manual_seed(3)
    assert all(torch.equal(a, b) for a, b in zip(first, parameters(), strict=True))


@pytest.mark.parametrize(
    ("name", "options"), [("dcgan", DCGAN), ("dcgan", {**DCGAN, "conditioning": "projection"}), ("resnet", RESNET)]
)
def test_a_conditional_network_asks_for_labels(name, options):
    generator, discriminator = build(name, options, classes=3)
    with pytest.raises(ValueError, match="3 classes"):
        generator(torch.randn(2, LATENT))
    with pytest.raises(ValueError, match="3 classes"):
        discriminator(torch.randn(2, 3, 8, 8))


@pytest.mark.parametrize(
    ("name", "options", "shape"),
    [
        ("mlp", {"widths": [64, 64]}, (2,)),
        ("mlp", {"widths": [512, 512]}, (1,)),
        ("dcgan", {}, (3, 32, 32)),
        ("dcgan", {}, (3, 64, 64)),
        ("resnet", {}, (3, 32, 32)),
        ("resnet", {"width": 64}, (3, 64, 64)),
    ],
)
def test_the_initial_spectral_norms_are_within_a_thousandth_of_the_true_ones(name, options, shape):
    torch.manual_seed(0)
    discriminator = build(name, {**options, "discriminator_norm": "spectral"}, shape)[1]
    layers = [module for module in discriminator.modules() if isinstance(module, SpectralConv2d | SpectralLinear)]
    assert layers
    for layer in layers:
        weight = layer.weight.detach().flatten(1)
        (largest, *_) = np.linalg.svd(weight.double().numpy(), compute_uv=False)
        assert spectral_norm(weight).item() == pytest.approx(largest, rel=1e-3)


def test_builders_are_listed_with_what_they_are():
    assert BUILDERS.names == ["dcgan", "mlp", "resnet"]
    assert all(builder.summary for builder in BUILDERS)
    assert [builder.name for builder in BUILDERS if builder.convolutional] == ["dcgan", "resnet"]


@pytest.mark.parametrize(
    ("name", "key", "most"),
    [
        ("dcgan", "width", 4096),
        ("resnet", "width", 4096),
        ("mlp", "widths.0", 65536),
        ("mlp", "discriminator_widths.0", 65536),
    ],
)
def test_a_width_that_would_fill_the_memory_is_refused(name, key, most):
    def given(width):
        return {key.removesuffix(".0"): [width] if key.endswith(".0") else width}

    parse(BUILDERS[name].options, given(most), "test")
    with pytest.raises(
        InputError, match=rf"^test: '{key}' is {4 * most}: input should be less than or equal to {most}$"
    ):
        parse(BUILDERS[name].options, given(4 * most), "test")
