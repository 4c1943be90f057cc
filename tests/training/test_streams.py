"""Numbers are functions of seed, stream and update alone."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.data import load
from ganlab.games import Task, make_game, make_prior
from ganlab.training.batches import Batches
from ganlab.training.streams import BLOCK, SEGMENT, Stream, derive


def stream(seeds, name="x"):
    return Stream(seeds, name, (3,), lambda numbers, generator: numbers.normal_(generator=generator))


def test_a_seed_has_the_same_numbers_in_any_company():
    alone = stream([5])
    company = stream([1, 5, 2])
    for update in (0, 1, BLOCK, BLOCK * SEGMENT):
        assert torch.equal(alone.at(update)[0], company.at(update)[1])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 3 * BLOCK * SEGMENT), min_size=1, max_size=4))
def test_the_numbers_of_an_update_do_not_depend_on_where_one_comes_from(updates):
    wandering = stream([0])
    for update in updates:
        assert torch.equal(wandering.at(update), stream([0]).at(update))


def test_no_two_updates_seeds_or_streams_share_their_numbers():
    numbers = stream([0, 1])
    seen = [numbers.at(update).clone() for update in range(2 * BLOCK)] + [stream([0, 1], "y").at(0)]
    values = torch.cat(seen).flatten()
    assert len(values.unique()) == len(values)


def batches_of(data, player: str, *penalties: str, seeds=(0,)) -> Batches:
    task = Task(sample_shape=data.sample_shape, condition=None, prior=make_prior("normal", {}, 4))
    return Batches(player, make_game("vanilla", {}, penalties, (), task), seeds, data, 16)


def test_a_batch_holds_what_the_penalties_ask_for():
    data = load("ring", {}, "test")
    batch = batches_of(data, "discriminator", "gradient_penalty", "dragan_penalty", "r1", seeds=(0, 1)).at(0)
    assert batch.entries.shape == (2, 16, 2)
    assert batch.latent.shape == (2, 16, 4)
    assert list(batch.draws) == ["gradient_penalty", "dragan_penalty/sample", "dragan_penalty/element"]
    noise = (_, each_sample, each_element) = tuple(batch.draws.values())
    assert [tuple(u.shape) for u in noise] == [(2, 16, 1), (2, 16, 1), (2, 16, 2)]
    assert all(u.min() >= 0 and u.max() < 1 for u in noise)
    assert not torch.equal(each_sample, each_element)


def test_variants_with_the_same_seed_see_the_same_data_and_latents():
    data = load("gaussian", {}, "test")
    plain = batches_of(data, "discriminator").at(7)
    penalised = batches_of(data, "discriminator", "gradient_penalty").at(7)
    assert torch.equal(plain.entries, penalised.entries)
    assert torch.equal(plain.latent, penalised.latent)


def test_the_generators_latents_are_not_the_discriminators():
    data = load("gaussian", {}, "test")
    discriminator, generator = (batches_of(data, player).at(0) for player in ("discriminator", "generator"))
    assert not torch.equal(discriminator.latent, generator.latent)


@pytest.mark.parametrize("path", [("x",), ("x", 1), ("y",)])
def test_derived_seeds_differ_between_members(path):
    assert len({derive(seed, *path) for seed in range(1000)}) == 1000
