"""Members side by side: each trains as it would alone, with numbers of its own."""

from __future__ import annotations

import pytest
import torch
from playing import same_bits, updated
from torch.utils._pytree import tree_leaves, tree_map

from ganlab.training.batches import Batches
from ganlab.training.population import Population, stack, take
from ganlab.training.setup import build_member, initial_state, load_data, numbers_of
from ganlab.training.state import Batch

PLAYERS = ("discriminator", "generator")


def population_of(specs, batched: bool = True) -> Population:
    data = load_data(specs[0])
    member = build_member(specs[0], data)
    storage = dict.fromkeys(PLAYERS, data.storage)
    return Population(member, initial_state(specs, data), numbers_of(specs, PLAYERS), storage, batched=batched)


def batch_of(specs, update: int = 0, player: str = "discriminator") -> Batch:
    data = load_data(specs[0])
    game = build_member(specs[0], data).game
    return Batches(player, game, [spec.seed for spec in specs], data, specs[0].batch_size).at(update)


def assert_close(first, second) -> None:
    for one, other in zip(tree_leaves(first), tree_leaves(second), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_what_is_stacked_is_taken_apart_again_and_taken_parts_are_copies():
    trees = [{"a": torch.randn(3), "b": (torch.randn(()),)} for _ in range(4)]
    together = stack(trees)
    assert together["a"].shape == (4, 3)
    assert all(same_bits(take(together, index), tree) for index, tree in enumerate(trees))
    take(together, 2)["a"].zero_()
    assert same_bits(take(together, 2), trees[2])


@pytest.mark.parametrize("variant", ["vanilla", "wgan", "wgan-gp", "r3gan"])
def test_each_member_makes_the_updates_that_the_member_makes_alone(specs_of, variant):
    specs = specs_of(f"variants={variant}", "seeds=[4,0,9]", "optimizer.lr=0.01")
    population = population_of(specs)
    alone = [take(population.state, index) for index in range(3)]
    for update in range(3):
        for player in PLAYERS:
            batch = batch_of(specs, update, player)
            population.update(player, batch)
            for index, state in enumerate(alone):
                numbers = take(population.numbers, index)
                alone[index] = updated(population.member, player, state, take(batch, index), numbers)
    for index, state in enumerate(alone):
        assert_close(take(population.state, index), state)


def test_a_learning_rate_is_each_members_own(specs_of):
    """The first move of RMSProp is proportional to the rate."""
    entries = [f"{{name: lsgan, label: at{lr}, optimizer: {{name: rmsprop, lr: {lr}}}}}" for lr in (0.01, 0.02, 0.08)]
    specs = specs_of(f"variants=[{', '.join(entries)}]")
    population = population_of(specs)
    before = tree_map(torch.clone, population.state)
    population.update("discriminator", batch_of(specs))
    population.update("generator", batch_of(specs, player="generator"))
    moves = (
        population.state.players["discriminator"].parameters["1.weight"]
        - before.players["discriminator"].parameters["1.weight"]
    )
    assert moves[0].abs().min() > 0
    torch.testing.assert_close(moves[1], 2 * moves[0], rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(moves[2], 8 * moves[0], rtol=1e-4, atol=1e-6)


def test_a_penaltys_weight_is_each_members_own(specs_of):
    entries = [f"{{name: wgan-gp, label: at{w}, penalties: {{gradient_penalty: {w}}}}}" for w in (1, 3, 7)]
    specs = specs_of(f"variants=[{', '.join(entries)}]")
    population = population_of(specs)
    population.update("discriminator", batch_of(specs))
    charged = population.read_meters()["penalty"]
    assert charged[0] > 0
    torch.testing.assert_close(charged, torch.tensor([1.0, 3.0, 7.0]) * charged[0])


def test_a_constraints_bound_is_each_members_own(specs_of):
    bounds = (0.01, 0.02, 0.05)
    entries = [f"{{name: wgan, label: at{b}, constraints: {{weight_clipping: {b}}}}}" for b in bounds]
    specs = specs_of(f"variants=[{', '.join(entries)}]")
    population = population_of(specs)
    population.update("discriminator", batch_of(specs))
    largest = population.state.players["discriminator"].parameters["1.weight"].abs().flatten(1).amax(1)
    assert largest.tolist() == pytest.approx(bounds)


def test_a_member_that_diverges_stops_and_its_neighbours_do_not_change_a_bit(specs_of):
    specs = specs_of("variants=wgan-gp", "seeds=0..2")
    spoiled, whole = population_of(specs), population_of(specs)
    ended = take(whole.state, 1)
    for update in range(3):
        for player in PLAYERS:
            batch = batch_of(specs, update, player)
            bad = batch._replace(latent=batch.latent.clone())
            bad.latent[1] = torch.inf
            whole.update(player, batch)
            spoiled.update(player, bad)
    assert spoiled.state.alive.tolist() == [True, False, True]
    assert whole.state.alive.all()
    for neighbour in (0, 2):
        assert same_bits(take(spoiled.state, neighbour), take(whole.state, neighbour))
    assert same_bits(take(spoiled.state, 1)._replace(alive=ended.alive), ended)


def test_updates_write_into_the_tensors_that_a_program_was_given(specs_of):
    specs = specs_of("seeds=0..1")
    population = population_of(specs)
    places = [leaf.data_ptr() for leaf in tree_leaves(population.state)]
    population.update("discriminator", batch_of(specs))
    population.update("generator", batch_of(specs, player="generator"))
    assert [leaf.data_ptr() for leaf in tree_leaves(population.state)] == places


def test_meters_are_read_as_means_and_then_begin_anew(specs_of):
    specs = specs_of("seeds=0..1")
    population = population_of(specs)
    for update in range(4):
        population.update("discriminator", batch_of(specs, update))
    total = population.state.players["discriminator"].meters["discriminator_loss"].clone()
    assert population.read_meters()["discriminator_loss"].tolist() == pytest.approx((total / 4).tolist())
    assert not any(meter.any() for meter in population.state.players["discriminator"].meters.values())
    population.update("discriminator", batch_of(specs, 4))
    assert population.state.players["discriminator"].meters["updates"].tolist() == [1, 1]


def test_a_lone_member_that_is_not_lifted_makes_the_same_updates(specs_of):
    specs = specs_of("variants=wgan-gp")
    lifted, plain = population_of(specs), population_of(specs, batched=False)
    for population in (lifted, plain):
        population.update("discriminator", batch_of(specs))
        population.update("generator", batch_of(specs, player="generator"))
    assert_close(lifted.state, plain.state)
    readings = [population.diagnose("discriminator", batch_of(specs)) for population in (lifted, plain)]
    assert_close(*readings)
    assert all(value.shape == (1,) for value in readings[1].values())


def test_a_fault_that_is_no_lack_of_memory_is_not_taken_for_one(specs_of):
    specs = specs_of()
    batch = batch_of(specs)
    narrow = batch._replace(latent=batch.latent[..., :-1])
    assert population_of(specs).fits(dict.fromkeys(PLAYERS, batch))
    with pytest.raises(RuntimeError, match=r"Expected size|shapes"):
        population_of(specs).fits(dict.fromkeys(PLAYERS, narrow))
