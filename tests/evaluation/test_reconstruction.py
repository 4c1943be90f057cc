"""Reconstruction with encoders whose error is known."""

from dataclasses import replace

import pytest
import torch

from ganlab.data import load
from ganlab.evaluation import EVALUATORS, Subject, evaluators_for, given_by_training
from ganlab.evaluation.reconstruction import reconstruction_error
from ganlab.evaluation.truth import held_out_for_networks

EVALUATOR = EVALUATORS["reconstruction"]


def measured(data, generator, encoder):
    subject = Subject(samples=torch.zeros(1, 1), generator=generator, networks={"encoder": encoder}, data=data)
    return EVALUATOR.function(subject, data.reference)["reconstruction"]


def test_an_encoder_that_inverts_the_generator_has_no_error():
    data = load("gaussian", {}, "test")
    assert measured(data, lambda z: 3 * z + 1, lambda x: (x - 1) / 3) == pytest.approx(0, abs=1e-10)


def test_a_generator_that_ignores_its_latents_has_the_variance_of_the_data():
    data = load("gaussian", {"mean": 2.0, "std": 3.0}, "test")
    assert measured(data, lambda z: torch.full((len(z), 1), 2.0), lambda x: x) == pytest.approx(9, rel=0.1)


def test_the_error_is_the_mean_over_samples_and_coordinates():
    real = torch.tensor([[0.0, 2.0], [0.0, 4.0]])
    assert reconstruction_error(lambda z: z, torch.zeros_like, real) == (4 + 16) / 4


def test_the_data_is_in_the_networks_units_and_held_out():
    data = load("digits", {}, "test")
    held_out = held_out_for_networks(data, 2_000)
    assert held_out.shape == (355, 1, 8, 8)  # the test images
    assert held_out.min() == -1
    assert data.to_data_units(held_out).sum() == data.reference.others().images.sum()
    assert measured(data, torch.zeros_like, lambda x: x) == pytest.approx(held_out.double().square().mean().item())
    assert not EVALUATOR.applies_to(replace(data.reference, others=None))


def test_it_is_measured_where_the_game_has_an_encoder():
    reference = load("gaussian", {}, "test").reference
    for networks, is_there in ((["generator", "encoder"], True), (["generator", "discriminator"], False)):
        given = given_by_training(networks, conditional=False)
        assert (EVALUATOR in evaluators_for(reference, given)) == is_there
