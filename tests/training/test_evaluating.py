"""What a sweep asks to be measured beside what its data is usually measured by."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganlab.errors import InputError
from ganlab.evaluation import EVALUATORS, Evaluator, Metric
from ganlab.games import GAMES, Game
from ganlab.games.priors import Normal
from ganlab.record import RunSpec
from ganlab.training import evaluating
from ganlab.training.evaluating import given_by, network_of
from ganlab.training.sampling import Sampler, unconditional
from ganlab.training.setup import build_member, load_data

ASKED = "evaluators=[c2st, Anomaly_AUROC, optimal-discriminator]"
METRICS = ["c2st", "anomaly_auroc", "discriminator_error"]


def test_evaluators_that_are_asked_for_are_columns_and_change_no_bit_of_training(specs_of, train):
    plain, asked = (train(specs_of("steps=20", *more)) for more in ((), (ASKED,)))
    results = [one.directories[0].summary() for one in (plain, asked)]
    usual, more = (result.final for result in results)
    assert list(more) == [*usual, *METRICS]
    assert {name: more[name] for name in usual} == usual
    assert results[0].state_sha256 == results[1].state_sha256
    assert list(results[1].protocol.metrics) == list(more)
    assert 0 <= more["anomaly_auroc"] <= 1
    assert 0.4 < more["c2st"] <= 1
    assert more["discriminator_error"] > 0


def test_their_names_are_spelled_as_in_the_registry(specs_of):
    (spec,) = specs_of(ASKED)
    assert spec.evaluators == ("c2st", "anomaly-auroc", "optimal-discriminator")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["evaluators=[c2sd]"], r"unknown evaluator 'c2sd'; did you mean 'c2st'"),
        (["evaluators=[fid]"], r"'fid' \(.*\) does not apply to this data"),
        (["evaluators=[reconstruction]"], r"it needs a game with a network 'encoder'"),
        (["variants=wgan", "evaluators=[optimal-discriminator]"], r"it needs a variant whose optimal"),
        (["variants=[{name: vanilla, penalties: {r1: 1}}]", ASKED], r"trained with nothing that moves its optimum"),
        (
            ["variants=[vanilla, {name: lsgan, evaluators: [c2st]}]"],
            r"'vanilla' has evaluators none and 'lsgan' c2st",
        ),
        (["primary=w2"], r"the primary metric 'w2' is not measured on gaussian; did you mean 'w1'"),
        (["variants=[vanilla, {name: lsgan, primary: ks}]"], r"'vanilla' has primary none and 'lsgan' ks"),
    ],
)
def test_a_sweep_that_asks_for_what_cannot_be_measured_is_refused_before_it_trains(specs_of, overrides, message):
    with pytest.raises(InputError, match=message):
        specs_of(*overrides)


def given(spec):
    return given_by(spec, build_member(spec, load_data(spec)).game)


@pytest.mark.parametrize(
    ("overrides", "score", "log_ratio"),
    [
        ([], True, True),
        (["variants=hinge"], True, False),
        (["lecam=0.1"], True, False),
        (["label_smoothing=0.1"], True, False),
        (["packing=2"], False, False),
        (["variants=ali"], False, False),
    ],
)
def test_what_a_run_gives_depends_on_its_variant_and_on_what_moves_its_optimum(specs_of, overrides, score, log_ratio):
    found = given(specs_of(*overrides)[0])
    assert ("score" in found) == score
    assert ("log-ratio" in found) == log_ratio


def test_a_game_gives_the_networks_of_its_players(specs_of):
    assert "network.encoder" in given(specs_of("variants=ali")[0])
    assert "network.encoder" not in given(specs_of()[0])


def test_evaluators_that_are_not_asked_for_leave_ids_as_they_are(specs_of):
    (plain,), (asked,) = specs_of(), specs_of("evaluators=[c2st]")
    assert plain.evaluators == ()
    recorded = {key: value for key, value in plain.record().items() if key != "evaluators"}
    assert RunSpec.model_validate(recorded).id == plain.id
    assert plain.id != asked.id


def test_the_primary_metric_is_the_one_that_is_named_or_the_first_and_changes_no_bit(specs_of, train):
    plain, named = (train(specs_of("steps=20", *more)) for more in ((), ("primary=ks",)))
    results = [one.directories[0].summary() for one in (plain, named)]
    assert [result.protocol.primary for result in results] == ["w1", "ks"]
    assert results[0].final == results[1].final
    assert results[0].state_sha256 == results[1].state_sha256


def test_a_primary_metric_that_is_not_named_leaves_ids_as_they_are(specs_of):
    (plain,), (named,) = specs_of(), specs_of("primary=ks")
    recorded = {key: value for key, value in plain.record().items() if key != "primary"}
    assert RunSpec.model_validate(recorded).id == plain.id
    assert plain.id != named.id


def test_latents_are_those_of_the_samples(specs_of):
    (spec,) = specs_of()
    generator = torch.nn.Identity()
    generator.register_parameter("unused", torch.nn.Parameter(torch.zeros(1)))
    sampler = Sampler(spec=spec, prior=Normal(spec.latent_dim), conditions=unconditional)
    latents = sampler.latents(4_500, "evaluation", 3)
    assert torch.equal(sampler.draw(generator, 4_500, "evaluation", 3), latents)


def test_a_network_is_asked_part_by_part(monkeypatch):
    monkeypatch.setattr(evaluating, "IMAGES_PART", 3)
    module = torch.nn.Linear(2, 1)
    inputs = torch.randn(8, 2, generator=torch.Generator().manual_seed(0))
    found = network_of(module)(inputs)
    assert torch.allclose(found, inputs @ module.weight.T + module.bias)
    assert not found.requires_grad


class _Normalising(Game):
    """Its discriminator normalises over the batch, so that what it says depends on the statistics that it is given."""

    name = "normalising"
    summary = "for this test"

    def networks(self, build):
        discriminator = nn.Sequential(nn.BatchNorm1d(1, track_running_stats=False), nn.Linear(1, 1), nn.Flatten(0))
        return {"generator": build.generator(), "discriminator": discriminator}

    def discriminator(self, nets, batch, extra, weights):
        return nets.discriminator(nets.generator(batch.latent)).mean() + nets.discriminator(batch.real).square().mean()

    def generator(self, nets, batch, extra, weights):
        return -nets.discriminator(nets.generator(batch.latent)).square().mean()


def opinion(*inputs: torch.Tensor) -> Evaluator:
    """What the discriminator says of `inputs`."""
    return Evaluator(
        name="opinion",
        summary="for this test",
        metrics=(Metric(name="opinion", better="lower", estimator="the score of 1"),),
        needs=("network.discriminator",),
        function=lambda subject, reference: {"opinion": subject.networks["discriminator"](*inputs).item()},
        applies_to=lambda reference: True,
    )


class _Pairs(nn.Module):
    """Scores of samples beside latents, normalised over the batch."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        norm = nn.BatchNorm1d(1 + latent_dim, track_running_stats=False)
        self.layers = nn.Sequential(norm, nn.Linear(1 + latent_dim, 1), nn.Flatten(0))

    def forward(self, samples, latent):
        return self.layers(torch.cat([samples, latent], 1))


class _OfPairs(_Normalising):
    name = "of-pairs"

    def networks(self, build):
        return {"generator": build.generator(), "discriminator": _Pairs(build.latent_dim)}

    def discriminator(self, nets, batch, extra, weights):
        return nets.discriminator(batch.real, batch.latent).square().mean()

    def generator(self, nets, batch, extra, weights):
        return nets.discriminator(nets.generator(batch.latent), batch.latent).square().mean()


def test_batch_statistics_of_a_discriminator_that_takes_more_than_the_data_are_refused(specs_of, train):
    GAMES.add(_OfPairs)
    EVALUATORS.add(opinion(torch.ones(1, 1), torch.ones(1, 4)))
    with pytest.raises(InputError, match=r"needs the network of 'discriminator', whose batch norm.* use another norm"):
        train(specs_of("variants=of-pairs"))


def test_what_an_evaluator_is_told_of_a_discriminator_depends_on_its_own_seed_alone(specs_of, train):
    GAMES.add(_Normalising)
    EVALUATORS.add(opinion(torch.ones(1, 1)))
    specs = specs_of("variants=normalising", "seeds=[0,1]")
    together, alone = train(specs), train(specs[1:])
    found = [one.summary().final["opinion"] for one in (together.directories[1], alone.directories[0])]
    assert found[0] == found[1]
