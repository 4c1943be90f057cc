"""AC-GAN against torch's own cross-entropies of raw logits."""

from __future__ import annotations

import math

import pytest
import torch
from small_game import SmallGame
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from ganlab.errors import InputError
from ganlab.games import Task, game_options, make_game, make_prior
from ganlab.networks import Vector

ACGAN = ("variants=acgan", "data=ring", "conditional=true", "builder.activation=tanh")
WEIGHT = 0.7


class Certain(nn.Module):
    """A discriminator with a score of 0 that is sure of the class of samples whose first element names it."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(1 + classes))

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        classes = torch.arange(-1, len(self.bias) - 1)
        return self.bias + 100.0 * (samples[:, :1] == classes)


class ClassTwice(nn.Module):
    """A generator that gives its class, twice."""

    def forward(self, latent: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        return torch.stack([condition, condition], 1).float()


@pytest.fixture
def small(specs_of) -> SmallGame:
    (spec,) = specs_of(*ACGAN, f"game={{class_weight: {WEIGHT}}}")
    return SmallGame(spec)


def real_is_real(output, real: bool):
    return binary_cross_entropy_with_logits(output[:, 0], torch.full((len(output),), float(real)))


def test_the_discriminator_classifies_the_source_and_the_class_of_real_and_fake_samples(small):
    network, labels = small.networks["discriminator"], small.batch.condition
    real, fake = network(small.batch.real), network(small.fake.detach())
    source = real_is_real(real, True) + real_is_real(fake, False)
    classes = cross_entropy(real[:, 1:], labels) + cross_entropy(fake[:, 1:], labels)
    small.assert_minimises("discriminator", source + WEIGHT * classes)


def test_the_generator_is_to_look_real_and_of_the_class_that_it_was_given(small):
    output = small.networks["discriminator"](small.fake)
    classes = cross_entropy(output[:, 1:], small.batch.condition)
    small.assert_minimises("generator", real_is_real(output, True) + WEIGHT * classes)


def test_nothing_is_left_of_the_loss_of_classes_where_these_are_certain(small):
    """A softmax before the cross-entropy would leave log(1 + 7 / e) of it for each batch."""
    small.networks = {"generator": ClassTwice(), "discriminator": Certain(8)}
    first = small.batch.condition[:, None].float()
    small.batch = small.batch._replace(real=torch.cat([first, first], 1))
    loss = small.loss("discriminator")
    assert loss.readings["class_accuracy_real"] == loss.readings["class_accuracy_fake"] == 1
    assert loss.readings["class_loss"].item() == pytest.approx(0, abs=1e-6)
    assert loss.value.item() == pytest.approx(2 * math.log(2))


def test_penalties_are_on_the_slope_of_the_score_alone(specs_of):
    (spec,) = specs_of(*ACGAN, "penalties={r1: 2}")
    small = SmallGame(spec)
    real = small.batch.real.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(small.networks["discriminator"](real)[:, 0].sum(), real)
    penalty = small.loss("discriminator").readings["penalty"]
    torch.testing.assert_close(penalty.detach(), 2 * gradient.square().sum(1).mean() / 2)


def test_it_is_refused_without_classes(specs_of):
    with pytest.raises(InputError, match="'acgan' classifies samples: it needs 'conditional: true'"):
        specs_of("variants=acgan", "data=ring")
    task = Task(sample_shape=(2,), condition=Vector(3), prior=make_prior("normal", {}, 4))
    with pytest.raises(InputError, match="data with classes"):
        make_game("acgan", game_options("acgan", {}, "test"), (), (), task)
