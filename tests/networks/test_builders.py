"""What holds for every builder: shapes, purity, labels, and lifting over the members of a population."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pairs import build_of, pair_of
from torch.func import functional_call, grad, vmap

from ganlab.errors import InputError
from ganlab.networks import BUILDERS, Classes, Vector
from ganlab.networks.layers import SpectralConv2d, SpectralLinear, spectral_norm
from ganlab.options import parse

DCGAN, RESNET = {"width": 4}, {"width": 8}
MEMBERS, BATCH, LATENT = 2, 4, 3


def build(name, options, shape=(3, 8, 8), classes=0):
    return pair_of(name, options, shape, LATENT, classes)


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
@pytest.mark.parametrize("shape", [(1,), (2,), (3, 48, 48), (3, 32, 64), (32, 32)])
def test_a_shape_that_convolutions_are_not_made_for_is_refused_with_those_that_are(name, shape):
    with pytest.raises(InputError, match=r"images \[C, H, W\] of 8x8, 16x16, 28x28, 32x32 or 64x64 pixels"):
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


EVERY = [("mlp", {}), ("dcgan", DCGAN), ("dcgan", {**DCGAN, "conditioning": "projection"}), ("resnet", RESNET)]


@pytest.mark.parametrize(("name", "options"), EVERY)
def test_a_conditional_network_asks_for_its_condition_and_an_unconditional_one_refuses_any(name, options):
    latent, images, labels = torch.randn(2, LATENT), torch.randn(2, 3, 8, 8), torch.tensor([0, 1])
    for network, first in zip(build(name, options, classes=3), (latent, images), strict=True):
        with pytest.raises(ValueError, match="conditional on 3 classes"):
            network(first)
    for network, first in zip(build(name, options), (latent, images), strict=True):
        with pytest.raises(ValueError, match="takes no condition"):
            network(first, labels)


@pytest.mark.parametrize(("name", "options"), EVERY)
def test_a_discriminator_asks_for_its_side_vector_and_refuses_one_that_it_does_not_take(name, options):
    images, three, two = torch.randn(2, 3, 8, 8), torch.randn(2, 3), torch.randn(2, 2)
    joint = build_of(name, options, (3, 8, 8), LATENT).discriminator(side=3)
    assert joint(images, side=three).shape == (2,)
    for wrong in (None, two):
        with pytest.raises(ValueError, match=r"takes a side vector of the shape \[B, 3\], and was given"):
            joint(images, side=wrong)
    with pytest.raises(ValueError, match="takes no side vector, and was given one of the shape"):
        build(name, options)[1](images, side=two)


@pytest.mark.parametrize(("name", "options"), EVERY)
@pytest.mark.parametrize("condition", [None, Classes(3)])
@pytest.mark.parametrize("side", [0, 4])
@pytest.mark.parametrize("outputs", [None, 1, 16])
def test_a_discriminator_gives_as_many_outputs_as_are_asked_for(name, options, condition, side, outputs):
    discriminator = build_of(name, options, (3, 8, 8), LATENT, condition).discriminator(outputs, side)
    given = torch.tensor([0, 2, 1, 1, 0]) if condition else None
    output = discriminator(torch.randn(5, 3, 8, 8), given, torch.randn(5, side) if side else None)
    assert output.shape == ((5,) if outputs is None else (5, outputs))


@pytest.mark.parametrize(("name", "options"), EVERY)
def test_every_output_depends_on_the_sample_the_condition_and_the_side_vector(name, options):
    torch.manual_seed(0)
    discriminator = build_of(name, options, (3, 8, 8), LATENT, Classes(2)).discriminator(5, side=2)
    images, side = torch.randn(2, 3, 8, 8), torch.randn(2, 2)
    zeros, ones = torch.zeros(2, dtype=torch.int64), torch.ones(2, dtype=torch.int64)
    output = discriminator(images, zeros, side)
    for other in (
        discriminator(images.flip(0), zeros, side),
        discriminator(images, ones, side),
        discriminator(images, zeros, side.flip(0)),
    ):
        assert (other - output).abs().min() > 1e-7


@pytest.mark.parametrize(("name", "options"), [("mlp", {}), ("dcgan", DCGAN)])
def test_networks_that_the_condition_joins_take_real_vectors(name, options):
    torch.manual_seed(0)
    build = build_of(name, options, (3, 8, 8), LATENT, Vector(2))
    given, latent = torch.randn(4, 2), torch.randn(1, LATENT).expand(4, -1)
    images = build.generator()(latent, given)
    scores = build.discriminator()(images[:1].expand(4, -1, -1, -1), given)
    for values in (images, scores):
        assert (values[0] - values[1:]).abs().max() > 0
    with pytest.raises(ValueError, match=r"a condition of 2 numbers has the shape \[B, 2\], not \[4\]"):
        build.generator()(latent, torch.arange(4))


@pytest.mark.parametrize(
    ("name", "options", "right"), [(*EVERY[2], "set conditioning: concat"), (*EVERY[3], "'dcgan'")]
)
def test_networks_with_parameters_for_each_class_refuse_real_vectors(name, options, right):
    build = build_of(name, options, (3, 8, 8), LATENT, Vector(2))
    for make in (build.generator, build.discriminator):
        with pytest.raises(InputError, match=rf"'{name}'.* takes classes as its condition, not vectors .*{right}"):
            make()


@pytest.mark.parametrize(("name", "options"), EVERY)
def test_an_encoder_is_an_unconditional_discriminator_and_any_network_may_take_other_latents(name, options):
    build = build_of(name, options, (1, 8, 8), LATENT, Classes(3))
    codes = build.encoder(7)(torch.randn(2, 1, 8, 8))
    assert codes.shape == (2, 7)
    assert build.generator(7, condition=False)(codes).shape == (2, 1, 8, 8)
    assert build.generator()(torch.randn(2, LATENT), torch.tensor([0, 2])).shape == (2, 1, 8, 8)


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
