"""PacGAN: the discriminator sees samples in packs."""

from __future__ import annotations

import pytest
import torch
from axes_play import play, squared_slopes
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.functional import logsigmoid, softplus

from ganlab.errors import InputError
from ganlab.games.packing import pack, packed_shape, unpack
from ganlab.training.iterations import whole_packs


def joined(samples: Tensor, size: int) -> Tensor:
    """Packs made one by one."""
    return torch.stack([torch.cat(list(samples[first : first + size])) for first in range(0, len(samples), size)])


@given(
    size=st.integers(1, 4),
    count=st.integers(1, 3),
    shape=st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple),
)
def test_a_pack_joins_consecutive_samples_along_their_first_axis(size, count, shape):
    samples = torch.randn(size * count, *shape)
    packs = pack(samples, size)
    assert torch.equal(packs, joined(samples, size))
    assert packs.shape == (count, *packed_shape(shape, size))
    assert torch.equal(unpack(packs, size), samples)


@pytest.mark.parametrize(
    ("overrides", "shape"),
    [
        (["data=ring"], (6,)),
        (["data=digits"], (3, 8, 8)),
        (["data=digits", "builder={name: dcgan, width: 4}"], (3, 8, 8)),
    ],
)
def test_the_discriminator_takes_packs_and_the_generator_gives_samples(specs_of, overrides, shape):
    played = play(specs_of, "packing=3", "batch_size=15", *overrides)
    assert played.game.pack == 3
    assert played.score(torch.randn(5, *shape)).shape == (5,)
    assert played.fake("generator").shape == (15, shape[0] // 3, *shape[1:])


@pytest.mark.parametrize("size", [2, 4])
def test_the_discriminator_tells_packs_of_real_from_packs_of_fake_samples(specs_of, size):
    played = play(specs_of, "data=ring", f"packing={size}")
    real = joined(played.batches["discriminator"].real, size)
    fake = joined(played.fake("discriminator").detach(), size)
    played.assert_is("discriminator", softplus(-played.score(real)).mean() + softplus(played.score(fake)).mean())


def test_the_generator_deceives_with_packs_of_its_samples(specs_of):
    played = play(specs_of, "data=ring", "packing=2")
    played.assert_is("generator", softplus(-played.score(joined(played.fake("generator"), 2))).mean())


def test_a_relativistic_generator_compares_with_packs_of_real_samples(specs_of):
    played = play(specs_of, "data=ring", "packing=2", "variants=rpgan")
    real = played.score(joined(played.batches["generator"].real, 2))
    fake = played.score(joined(played.fake("generator"), 2))
    played.assert_is("generator", -logsigmoid(fake - real).mean())


def test_the_slope_that_is_charged_is_that_of_a_whole_pack(specs_of):
    """A discriminator 3 x1 + 4 x2 of pairs of numbers has slope 5, not 3 or 4."""
    played = play(specs_of, "packing=2", "variants=wgan-gp", "penalties={gradient_penalty: 10}")
    linear = nn.Sequential(nn.Linear(2, 1, bias=False), nn.Flatten(0))
    with torch.no_grad():
        linear[0].weight.copy_(torch.tensor([[3.0, 4.0]]))
    played.networks["discriminator"] = linear
    assert played.loss("discriminator").readings["penalty"].item() == pytest.approx(10 * (5 - 1) ** 2)


def test_the_points_between_packs_lie_at_one_fraction_a_pack(specs_of):
    played = play(specs_of, "packing=2", "data=ring", "variants=wgan-gp", "penalties={gradient_penalty: 10}")
    batch = played.batches["discriminator"]
    real, fake = joined(batch.real, 2), joined(played.fake("discriminator").detach(), 2)
    u = batch.draws["gradient_penalty"][0::2]
    slopes = squared_slopes(played.score, u * real + (1 - u) * fake).sqrt()
    loss = played.score(fake).mean() - played.score(real).mean()
    played.assert_is("discriminator", loss + 10 * (slopes - 1).square().mean())


def test_perturbations_of_a_pack_are_those_of_each_of_its_elements(specs_of):
    played = play(specs_of, "packing=2", "data=ring", "variants=dragan", "penalties={dragan_penalty: 10}")
    batch = played.batches["discriminator"]
    real, fake = joined(batch.real, 2), joined(played.fake("discriminator").detach(), 2)
    fraction, direction = batch.draws["dragan_penalty/sample"][0::2], joined(batch.draws["dragan_penalty/element"], 2)
    nearby = real + fraction * 0.5 * real.std(correction=0) * direction
    slopes = squared_slopes(played.score, nearby).sqrt()
    loss = softplus(-played.score(real)).mean() + softplus(played.score(fake)).mean()
    played.assert_is("discriminator", loss + 10 * (slopes - 1).square().mean())


@pytest.mark.parametrize("key", ["batch_size", "generator_batch_size"])
def test_a_batch_that_is_no_multiple_of_the_pack_is_refused(specs_of, key):
    with pytest.raises(InputError, match=rf"{key} is 18, which is not a multiple of packing, 4"):
        specs_of("packing=4", f"{key}=18")


def test_packs_with_conditions_are_refused(specs_of):
    with pytest.raises(InputError, match="packing is 2, but samples of a pack have conditions of their own"):
        specs_of("packing=2", "data=digits", "conditional=true")


@pytest.mark.parametrize(("parts", "expected"), [(1, 100), (2, 48), (4, 24), (8, 12), (16, 4)])
def test_parts_of_a_batch_are_whole_packs(parts, expected):
    assert whole_packs(100, parts, pack=4) == expected
    assert whole_packs(100, parts, pack=1) == 100 // parts
