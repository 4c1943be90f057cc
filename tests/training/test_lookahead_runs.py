"""Runs with lookahead: their slow parameters are part of a member."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

SETTINGS = ["lookahead={steps: 7, alpha: 0.3}", "ema=0", "optimizer.lr=0.01"]


def assert_same_bits(first: dict[str, Tensor], second: dict[str, Tensor]) -> None:
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


@pytest.mark.parametrize(("updates", "stop_at"), [("alternating", 13), ("alternating", 14), ("extragradient", 13)])
def test_an_interrupted_run_goes_on_to_the_bits_of_an_uninterrupted_one(specs_of, train, tmp_path, updates, stop_at):
    specs = specs_of("seeds=[0,1]", f"updates={updates}", *SETTINGS)
    whole = train(specs)
    train(specs, folder=tmp_path / "broken", stop_at=stop_at)
    resumed = train(specs, folder=tmp_path / "broken")
    for index in range(2):
        assert_same_bits(whole.leaves(index), resumed.leaves(index))


@pytest.mark.slow
def test_a_member_has_the_same_bits_alone_and_among_three(specs_of, train):
    specs = specs_of("seeds=[3,0,5]", *SETTINGS)
    together = train(specs, compiled=True)
    for index in range(3):
        assert_same_bits(train([specs[index]], compiled=True).leaves(), together.leaves(index))


def test_slow_parameters_move_part_of_the_way_every_so_many_iterations(specs_of, train, tmp_path):
    """After 7 iterations they are 0.3 of the way from where both began to where the same run without lookahead is."""
    (spec,), (free,) = specs_of(*SETTINGS), specs_of(*SETTINGS[1:])
    start = train([free], stop_at=0).trainer.population.state.players
    ahead = train([spec], folder=tmp_path / "ahead", stop_at=7).trainer.population.state
    fast = train([free], folder=tmp_path / "free", stop_at=7).trainer.population.state.players
    for player, slow in ahead.slow.items():
        for name, value in slow.items():
            assert torch.equal(value, ahead.players[player].parameters[name])
            begun, reached = start[player].parameters[name], fast[player].parameters[name]
            torch.testing.assert_close(value, begun + 0.3 * (reached - begun), rtol=1e-5, atol=1e-7)


def test_between_two_such_steps_only_the_fast_parameters_move(specs_of, train, tmp_path):
    (spec,) = specs_of(*SETTINGS)
    at_7 = train([spec], folder=tmp_path / "at7", stop_at=7).trainer.population.state
    at_13 = train([spec], folder=tmp_path / "at13", stop_at=13).trainer.population.state
    for player, slow in at_7.slow.items():
        for name, value in slow.items():
            assert torch.equal(value, at_13.slow[player][name])
        assert any(not torch.equal(value, at_13.players[player].parameters[name]) for name, value in slow.items())


@pytest.mark.parametrize("stop_at", [13, 14])
def test_without_a_moving_average_the_last_iterate_is_evaluated(specs_of, train, stop_at):
    """Also where the players have just gone back, in iteration 14."""
    (spec,) = specs_of(*SETTINGS)
    state = train([spec], stop_at=stop_at).trainer.population.state
    assert_same_bits(state.average["generator"], state.players["generator"].parameters)
