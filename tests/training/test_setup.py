"""From specs to networks, initial states and numbers."""

from __future__ import annotations

import pytest
import torch
from playing import member_of, same_bits, state_of
from torch.utils._pytree import tree_leaves

from ganlab.data import load
from ganlab.errors import InputError
from ganlab.plugins import loading, use_plugins
from ganlab.training.population import take
from ganlab.training.setup import (
    build_batches,
    build_member,
    build_population,
    initial_state,
    load_data,
    numbers_of,
)

CPU = torch.device("cpu")
DIGITS = ("data=digits", "builder={name: resnet, width: 4}")
MINE = """
from ganlab.variants import VARIANTS, register
import dataclasses
register(dataclasses.replace(VARIANTS["lsgan"], name="mine"))
"""


PLAYERS = ("discriminator", "generator")


def parameters_of(spec):
    return {player: own.parameters for player, own in state_of(spec).players.items()}


def test_initial_parameters_are_a_function_of_the_seed_and_the_networks_alone(specs_of):
    (first,), (other_loss,), (other_seed,) = (specs_of(*o) for o in ((), ("variants=wgan-gp",), ("seeds=[1]",)))
    torch.manual_seed(5)
    assert same_bits(parameters_of(first), parameters_of(other_loss))
    torch.manual_seed(6)
    assert same_bits(parameters_of(first), parameters_of(first))
    assert not same_bits(parameters_of(first), parameters_of(other_seed))


def test_building_leaves_the_global_random_state_alone(specs_of):
    before = torch.get_rng_state()
    parameters_of(specs_of()[0])
    assert torch.equal(torch.get_rng_state(), before)


def test_the_stacked_state_holds_each_seeds_own(specs_of):
    specs = specs_of("seeds=[3,1]")
    data = load_data(specs[0])
    state = initial_state(specs, data)
    assert state.alive.tolist() == [True, True]
    for index, spec in enumerate(specs):
        assert same_bits(take(state, index), state_of(spec))


def test_before_the_first_update_the_average_is_the_generator_and_moments_are_zero(specs_of):
    (spec,) = specs_of()
    players = (state := state_of(spec)).players
    assert same_bits(state.average["generator"], players["generator"].parameters)
    assert not any(value.any() for value in tree_leaves(players["discriminator"].optimizer.first))
    assert players["discriminator"].optimizer.step == 0


def test_numbers_are_each_members_own(specs_of):
    fast = "{name: wgan-gp, label: fast, discriminator_optimizer: {lr: 0.25}, penalties: {gradient_penalty: 2}}"
    numbers = numbers_of(specs_of(f"variants=[wgan-gp, {fast}]"), PLAYERS)
    assert numbers.rates["discriminator"].lr.tolist() == pytest.approx([1e-4, 0.25])
    assert numbers.rates["generator"].lr.tolist() == pytest.approx([1e-4, 1e-4])
    assert numbers.weights["gradient_penalty"].tolist() == [10, 2]
    assert list(numbers.weights) == ["gradient_penalty"]


def test_penalties_are_summed_in_one_order_however_a_sweep_names_them(specs_of):
    """A sum of three rounds by its order, and one id is to have one result."""
    orders = ("r1: 1, r2: 1, gradient_penalty: 1", "gradient_penalty: 1, r2: 1, r1: 1")
    (one,), (other,) = (specs_of(f"penalties={{{order}}}") for order in orders)
    assert one.id == other.id
    first, second = (member_of(spec).game.chosen_penalties for spec in (one, other))
    assert len(first) == 3
    assert first == second


def test_data_that_is_no_longer_what_it_was_is_refused(specs_of, tmp_path):
    file = tmp_path / "heights.csv"
    file.write_text("h\n" + "\n".join(map(str, range(100))) + "\n")
    (spec,) = specs_of(f"data={{name: column, path: {file}, column: h}}")
    assert load_data(spec).fingerprint == load("column", spec.data.options, "test").fingerprint
    file.write_text("h\n" + "\n".join(map(str, range(1, 101))) + "\n")
    with pytest.raises(InputError, match=rf"has changed since {spec.id} was planned; restore it"):
        load_data(spec)


def test_a_users_variant_is_made_from_the_text_that_the_spec_carries(specs_of, tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(MINE)
    (spec,) = specs_of(f"plugins=['{tmp_path}/mine.py']", "variants=mine")
    (tmp_path / "mine.py").unlink()
    use_plugins([])
    monkeypatch.setattr(loading, "_process", loading._Process())  # as in a process that has not read the file
    assert member_of(spec).game.variant.name == "mine"


def built(specs, data, state):
    member = build_member(specs[0], data)
    return build_population(specs, member, state, build_batches(specs, member.game, data, CPU), CPU)


def kernels(population):
    return [leaf[0] for leaf in tree_leaves(population.state) if leaf.dim() == 5]


def test_a_lone_member_with_convolutions_has_its_channels_last_and_its_numbers_unchanged(specs_of):
    specs = specs_of(*DIGITS)
    data = load_data(specs[0])
    state = initial_state(specs, data)
    population = built(specs, data, state)
    assert not all(one.is_contiguous() for one in kernels(population))
    assert all(one.is_contiguous(memory_format=torch.channels_last) for one in kernels(population))
    assert same_bits(population.state, state)


def test_several_members_with_convolutions_keep_the_usual_layout(specs_of):
    specs = specs_of(*DIGITS, "seeds=0..1")
    data = load_data(specs[0])
    population = built(specs, data, initial_state(specs, data))
    assert all(one.is_contiguous() for one in kernels(population))
    assert len(population.state.alive) == 2


def test_constants_of_networks_lie_where_the_population_does(specs_of):
    specs, meta = specs_of(), torch.device("meta")
    data = load_data(specs[0])
    member = build_member(specs[0], data)
    member.networks["generator"].register_buffer("mixing", torch.ones(2))
    state = initial_state(specs, data)
    build_population(specs, member, state, build_batches(specs, member.game, data, CPU), meta)
    assert member.networks["generator"].mixing.device == meta
