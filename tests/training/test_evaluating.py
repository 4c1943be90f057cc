"""What a sweep asks to be measured beside what its data is usually measured by."""

from __future__ import annotations

import pytest
import torch

from ganlab.errors import InputError
from ganlab.training import evaluating
from ganlab.training.evaluating import given_by, network_of
from ganlab.training.sampling import draw_latents, draw_samples

ASKED = "evaluation.evaluators=[c2st, Anomaly_AUROC, optimal-discriminator]"
METRICS = ["c2st", "anomaly_auroc", "discriminator_error"]


def test_evaluators_that_are_asked_for_are_columns_and_change_no_bit_of_training(specs_of, train):
    plain, asked = (train(specs_of("steps=20", *more)) for more in ((), (ASKED,)))
    results = [one.directories[0].summary() for one in (plain, asked)]
    usual, more = (result["final"] for result in results)
    assert list(more) == [*usual, *METRICS]
    assert {name: more[name] for name in usual} == usual
    assert results[0]["state_sha256"] == results[1]["state_sha256"]
    assert list(results[1]["protocol"]["metrics"]) == list(more)
    assert 0 <= more["anomaly_auroc"] <= 1
    assert 0.4 < more["c2st"] <= 1
    assert more["discriminator_error"] > 0


def test_their_names_are_spelled_as_in_the_registry(specs_of):
    (spec,) = specs_of(ASKED)
    assert spec.evaluation.evaluators == ("c2st", "anomaly-auroc", "optimal-discriminator")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["evaluation.evaluators=[c2sd]"], r"unknown evaluator 'c2sd'; did you mean 'c2st'"),
        (["evaluation.evaluators=[fid]"], r"'fid' \(.*\) does not apply to this data"),
        (["evaluation.evaluators=[reconstruction]"], r"it needs a game with a network 'encoder'"),
        (["variants=wgan", "evaluation.evaluators=[optimal-discriminator]"], r"it needs a variant whose optimal"),
        (["variants=[{name: vanilla, penalties: {r1: 1}}]", ASKED], r"trained without penalties and constraints"),
        (
            ["variants=[vanilla, {name: lsgan, evaluation: {evaluators: [c2st]}}]"],
            r"'vanilla' has evaluation.evaluators none and 'lsgan' c2st",
        ),
    ],
)
def test_a_sweep_that_asks_for_what_cannot_be_measured_is_refused_before_it_trains(specs_of, overrides, message):
    with pytest.raises(InputError, match=message):
        specs_of(*overrides)


def test_what_a_run_gives_depends_on_its_variant(specs_of):
    assert "log-ratio" in given_by(specs_of()[0])
    assert "log-ratio" not in given_by(specs_of("variants=hinge")[0])


def test_latents_are_those_of_the_samples(specs_of):
    (spec,) = specs_of()
    generator = torch.nn.Identity()
    generator.register_parameter("unused", torch.nn.Parameter(torch.zeros(1)))
    latents = draw_latents(spec, 4_500, "evaluation", 3)
    assert torch.equal(draw_samples(generator, spec, None, 4_500, "evaluation", 3), latents)


def test_a_network_is_asked_part_by_part(monkeypatch):
    monkeypatch.setattr(evaluating, "IMAGES_PART", 3)
    module, parameters = torch.nn.Linear(2, 1), {"weight": torch.tensor([[1.0, 2.0]]), "bias": torch.tensor([0.5])}
    inputs = torch.randn(8, 2, generator=torch.Generator().manual_seed(0))
    found = network_of(module, parameters)(inputs)
    assert torch.allclose(found, inputs @ torch.tensor([[1.0], [2.0]]) + 0.5)
    assert not found.requires_grad
