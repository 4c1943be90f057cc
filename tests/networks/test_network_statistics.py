from __future__ import annotations

import pytest
import torch
from pairs import pair_of
from torch import nn

from ganlab.networks import fix_statistics, uses_batch_statistics


def build(name, classes=0, shape=(1, 8, 8), **options):
    return pair_of(name, options, shape, 5, classes)


def moved(module):
    """`module` with parameters far from the initial ones."""
    for parameter in module.parameters():
        nn.init.normal_(parameter, 0.2, 0.3)
    return module


@pytest.mark.parametrize(
    ("name", "classes", "options"),
    [
        ("dcgan", 0, {"width": 8}),
        ("dcgan", 3, {"width": 8}),
        ("dcgan", 3, {"width": 8, "conditioning": "projection"}),
        ("resnet", 0, {"width": 8}),
        ("resnet", 3, {"width": 8}),
        ("resnet", 0, {"width": 8, "generator_norm": "layer"}),
        ("mlp", 0, {}),
        ("mlp", 0, {"generator_norm": "batch"}),
        ("mlp", 3, {"generator_norm": "batch"}),
    ],
)
def test_with_fixed_statistics_a_sample_alone_is_the_same_sample_in_a_batch(name, classes, options):
    torch.manual_seed(0)
    generator = moved(build(name, classes, **options)[0])

    def batch(size):
        labels = (torch.randint(classes, (size,)),) if classes else ()
        return (torch.randn(size, 5), *labels)

    fixed = fix_statistics(generator, [batch(50) for _ in range(4)])
    many = batch(100)
    alone = [one[7:8] for one in many]
    with torch.no_grad():
        torch.testing.assert_close(fixed(*alone)[0], fixed(*many)[7], atol=1e-5, rtol=1e-4)
        if uses_batch_statistics(generator):
            pair = [one[7:9] for one in many]
            assert (generator(*pair)[0] - generator(*many)[7]).abs().max() > 1e-2


def test_the_statistics_are_the_average_of_the_batches_means_and_unbiased_variances():
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2, affine=False, track_running_stats=False))
    batches = [torch.randn(3, 1, 4, 4), 2 + 5 * torch.randn(7, 1, 4, 4)]
    with torch.no_grad():
        inputs = [network[0](batch) for batch in batches]
        mean = torch.stack([x.mean((0, 2, 3)) for x in inputs]).mean(0)
        variance = torch.stack([x.var((0, 2, 3), unbiased=True) for x in inputs]).mean(0)
        expected = (inputs[0] - mean[:, None, None]) / (variance[:, None, None] + 1e-5).sqrt()
        fixed = fix_statistics(network, [(batch,) for batch in batches])
        torch.testing.assert_close(fixed(batches[0]), expected, atol=1e-5, rtol=1e-4)


def test_each_batch_is_passed_through_layers_that_use_its_own_statistics():
    """The second normalisation sees what the first makes of the batch at hand, not of the running average."""
    network = nn.Sequential(*(nn.BatchNorm2d(1, track_running_stats=False) for _ in range(2)))
    fixed = fix_statistics(network, [(torch.randn(64, 1, 4, 4) + shift,) for shift in (-50, 0, 50)])
    torch.testing.assert_close(fixed[1].running_mean, torch.zeros(1), atol=1e-4, rtol=0)
    torch.testing.assert_close(fixed[1].running_var, torch.ones(1), atol=1e-2, rtol=0)


def test_the_original_stays_as_it_was():
    generator = build("dcgan", width=8)[0]
    latent = torch.randn(10, 5)
    state, before = {k: v.clone() for k, v in generator.state_dict().items()}, generator(latent)
    fixed = fix_statistics(generator, [(torch.randn(20, 5),)])
    assert generator.training
    assert not fixed.training
    assert generator.state_dict().keys() == state.keys()
    assert all(torch.equal(v, state[k]) for k, v in generator.state_dict().items())
    assert torch.equal(generator(latent), before)
    assert not any(a is b for a in generator.parameters() for b in fixed.parameters())


def test_a_generator_without_batch_norm_needs_no_batch_and_gives_the_same_samples():
    generator = build("dcgan", width=8, generator_norm="group")[0]
    latent = torch.randn(3, 5)
    assert torch.equal(fix_statistics(generator, [])(latent), generator(latent))


def test_batch_norm_without_a_batch_is_an_error():
    with pytest.raises(ValueError, match="no batch"):
        fix_statistics(build("dcgan", width=8)[0], [])


@pytest.mark.parametrize(
    ("name", "norm", "expected"),
    [
        ("dcgan", "batch", True),
        ("dcgan", "layer", False),
        ("dcgan", "spectral", False),
        ("resnet", "batch", True),
        ("resnet", "group", False),
        ("resnet", "none", False),
        ("mlp", "layer", False),
    ],
)
def test_a_discriminator_uses_batch_statistics_where_a_score_depends_on_the_companions(name, norm, expected):
    torch.manual_seed(0)
    discriminator = build(name, shape=(1, 16, 16), discriminator_norm=norm)[1]
    assert uses_batch_statistics(discriminator) is expected
    images = torch.randn(4, 1, 16, 16)
    with torch.no_grad():
        difference = (discriminator(images)[0] - discriminator(images[:2])[0]).abs()
    assert (difference > 1e-3).item() is expected
