"""What an iteration is made of: how many updates of each player, on which batches, from which parameters."""

from __future__ import annotations

import pytest
import torch
from playing import member_of, same_bits
from torch.utils._pytree import tree_map

from ganlab.engines.runs import FoundRun
from ganlab.errors import InputError
from ganlab.games import GAMES, Game, Loss
from ganlab.training.batches import Batches
from ganlab.training.population import Population, take
from ganlab.training.setup import build_member, initial_state, load_data, numbers_of

ITERATIONS = [("generator_steps=3", "generator_batch_size=32"), ("updates=simultaneous",), ("updates=extragradient",)]


PLAYERS = ("discriminator", "generator")


def population_of(specs, together: bool = False) -> Population:
    data = load_data(specs[0])
    storage = dict.fromkeys(PLAYERS, data.storage)
    numbers = numbers_of(specs, PLAYERS)
    return Population(build_member(specs[0], data), initial_state(specs, data), numbers, storage, together)


def batches_of(spec, player: str, size: int) -> Batches:
    return Batches(player, member_of(spec).game, [spec.seed], load_data(spec), size)


def assert_trained(training, population: Population) -> None:
    """Parameters, averages and optimisers are those that the updates of `population` have led to."""
    state = take(population.state, 0)
    theirs = take(training.trainer.population.state, 0)
    assert same_bits(state.average, theirs.average)
    for player in PLAYERS:
        ours = state.players[player]._replace(meters={})
        assert same_bits(ours, theirs.players[player]._replace(meters={}))


@pytest.mark.parametrize("variant", ["vanilla", "rpgan"])
def test_an_iteration_is_all_discriminator_updates_and_then_all_generator_updates_each_on_a_batch_of_its_own(
    specs_of, train, variant
):
    (spec,) = specs = specs_of(
        f"variants={variant}", "critic_steps=2", "generator_steps=3", "generator_batch_size=6", "steps=4", "log_every=4"
    )
    population = population_of(specs)
    discriminator, generator = batches_of(spec, "discriminator", 16), batches_of(spec, "generator", 6)
    for iteration in range(4):
        for update in range(2 * iteration, 2 * iteration + 2):
            population.update("discriminator", discriminator.at(update))
        for update in range(3 * iteration, 3 * iteration + 3):
            population.update("generator", generator.at(update))
    training = train(specs)
    assert_trained(training, population)
    assert training.directories[0].summary().record()["cost"]["samples_seen"] == 4 * 2 * 16


def test_iterations_are_counted_and_not_generator_updates(specs_of, train):
    training = train(specs_of("generator_steps=5", "evaluation.every=20"))
    (directory,) = training.directories
    assert take(training.trainer.population.state, 0).players["generator"].optimizer.step == 200
    assert directory.summary().record()["global_step"] == 40
    assert [row["global_step"] for row in directory.metrics()] == [10, 20, 30, 40]


def test_a_member_that_diverges_among_generator_updates_has_not_completed_that_iteration(specs_of, train):
    wild = "generator_optimizer={name: sgd, lr: 1e12}"
    summary = train(specs_of("variants=lsgan", wild, "generator_steps=7")).directories[0].summary().record()
    assert summary["status"] == "diverged"
    assert summary["diverged_at"] == 0


class _BreaksAtTheTwelfth(Game):
    """The discriminator, which plays after the generator, has no finite loss at its twelfth update."""

    name = "breaks-at-the-twelfth"
    summary = "for this test"
    players = ("generator", "discriminator")

    def extra(self):
        return {"count": torch.zeros(())}

    def generator(self, nets, batch, extra, weights):
        return nets.generator(batch.latent).square().mean()

    def discriminator(self, nets, batch, extra, weights):
        loss = nets.discriminator(batch.real).square().mean()
        return Loss(torch.where(extra["count"] == 11, torch.nan, loss), {"count": extra["count"] + 1})


def test_a_member_that_diverges_after_a_warm_up_of_the_last_player_has_completed_the_iterations_before(specs_of, train):
    GAMES.add(_BreaksAtTheTwelfth)
    four_in_the_first_two = "critic_warmup={steps: 4, first: 2, every: 20}"
    summary = train(specs_of("variants=breaks-at-the-twelfth", four_in_the_first_two)).directories[0].summary().record()
    assert summary["status"] == "diverged"
    assert summary["diverged_at"] == 5


@pytest.mark.parametrize("settings", ITERATIONS)
def test_interrupted_training_goes_on_as_if_it_had_not_been(specs_of, train, tmp_path, settings):
    specs = specs_of(*settings, "seeds=[0,1]")
    whole = train(specs)
    train(specs, folder=tmp_path / "broken-off", stop_at=13)
    resumed = train(specs, folder=tmp_path / "broken-off")
    for index in range(2):
        first, second = (one.directories[index].summary().record()["state_sha256"] for one in (whole, resumed))
        assert first == second


def test_simultaneous_updates_of_both_players_begin_from_the_same_parameters(specs_of, train):
    (spec,) = specs = specs_of("updates=simultaneous", "steps=5", "log_every=5")
    population = population_of(specs)
    discriminator, generator = batches_of(spec, "discriminator", 16), batches_of(spec, "generator", 16)
    for update in range(5):
        before = population_of(specs)
        before.state = tree_map(torch.clone, population.state)
        population.update("discriminator", discriminator.at(update))
        before.update("generator", generator.at(update))
        players = {**population.state.players, "generator": before.state.players["generator"]}
        population.state = population.state._replace(players=players, average=before.state.average)
    assert_trained(train(specs), population)


@pytest.mark.slow
@pytest.mark.parametrize("settings", [pytest.param(ITERATIONS[0], marks=pytest.mark.long), *ITERATIONS[1:]])
def test_a_compiled_seed_is_bitwise_the_same_alone_and_in_company(specs_of, train, settings):
    settings = (*settings, "optimizer.lr=1e-3")
    alone = train(specs_of(*settings, "seeds=[3]"), compiled=True).leaves()
    together = train(specs_of(*settings, "seeds=[5,4,3,2,1]"), compiled=True).leaves(2)
    for name, value in alone.items():
        assert torch.equal(value, together[name]), name


@pytest.mark.parametrize("spoiled", PLAYERS)
def test_of_simultaneous_updates_neither_is_made_where_one_is_not_finite(specs_of, spoiled):
    (spec,) = specs = specs_of("updates=simultaneous")
    population = population_of(specs, together=True)
    before = tree_map(torch.clone, population.state)
    batches = {player: batches_of(spec, player, 16).at(0) for player in PLAYERS}
    batches[spoiled] = batches[spoiled]._replace(latent=batches[spoiled].latent * torch.nan)
    population.update_together(batches)
    assert not population.state.alive.any()
    assert same_bits(population.state[1:], before[1:])


def test_batches_of_two_sizes_that_are_too_large_are_one_sentence_that_names_what_fits(specs_of, train, monkeypatch):
    usual = torch.func.functional_call

    def scarce(module, parameters, inputs, further):
        if inputs[0].shape[0] > 36:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return usual(module, parameters, inputs, further)

    monkeypatch.setattr("ganlab.games.nets.functional_call", scarce)
    with pytest.raises(InputError) as caught:
        train(specs_of("batch_size=64", "generator_batch_size=256"))
    assert str(caught.value) == (
        "'vanilla': batches of 64 (discriminator) and 256 (generator) do not fit into the memory of cpu; "
        "batches of 8 (discriminator) and 32 (generator) would"
    )


def test_the_cost_of_a_run_counts_the_updates_of_both_players(specs_of, tmp_path):
    (spec,) = specs_of("critic_steps=2", "generator_steps=3")
    assert FoundRun(spec=spec, folder=tmp_path, state="continue", iteration=10).cost == 30 * (2 + 3)
