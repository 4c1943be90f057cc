"""Samples are functions of the parameters and of a stream's name."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganlab.training.sampling import IMAGES_PART, PART, draw_samples, evaluated_generator, even_labels
from ganlab.training.setup import build_member, load_data

DIGITS = ("data=digits", "builder={name: dcgan, width: 4}")


class Echo(nn.Module):
    """Gives back what it is given, so that a test sees it; `sizes` are those of the batches."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))
        self.sizes: list[int] = []

    def forward(self, latents: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        self.sizes.append(len(latents))
        return latents if labels is None else labels


@pytest.fixture
def spec(specs_of):
    return specs_of()[0]


def test_latents_are_normal_and_so_many_as_asked_for(spec):
    latents = draw_samples(Echo(), spec, None, 20_001, "x")
    assert latents.shape == (20_001, spec.latent_dim)
    assert latents.mean().item() == pytest.approx(0, abs=0.02)
    assert latents.std().item() == pytest.approx(1, abs=0.02)


def test_a_stream_is_told_by_its_name_and_the_seed(specs_of):
    first, second = specs_of("seeds=0..1")
    drawn = {
        (spec.seed, stream): draw_samples(Echo(), spec, None, 8, *stream)
        for spec in (first, second)
        for stream in (("evaluation", 10), ("evaluation", 20), ("shown",))
    }
    assert torch.equal(drawn[0, ("shown",)], draw_samples(Echo(), first, None, 8, "shown"))
    assert len(torch.stack(list(drawn.values())).unique()) == 6 * 8 * first.latent_dim


@pytest.mark.parametrize(("settings", "part"), [((), PART), (DIGITS, IMAGES_PART)])
def test_parts_are_of_a_fixed_size_so_that_more_samples_leave_the_first_ones_as_they_were(specs_of, settings, part):
    (spec,) = specs_of(*settings)
    echo = Echo()
    more = draw_samples(echo, spec, None, 2 * part + 1, "x")
    assert echo.sizes == [part, part, 1]
    assert torch.equal(more[:part], draw_samples(Echo(), spec, None, part, "x"))


def test_each_sample_is_given_its_own_label(spec):
    labels = torch.arange(PART + 50)
    assert torch.equal(draw_samples(Echo(), spec, labels, PART + 50, "x"), labels)


@pytest.mark.parametrize(("count", "classes"), [(10, 10), (7, 10), (103, 10)])
def test_labels_are_even(count, classes):
    labels = even_labels(count, classes)
    counts = torch.bincount(labels, minlength=classes)
    assert len(labels) == count
    assert counts.max() - counts.min() <= 1


def test_without_classes_there_are_no_labels():
    assert even_labels(10, 0) is None


def test_drawing_leaves_the_global_random_state_alone(spec):
    before = torch.get_rng_state()
    draw_samples(Echo(), spec, None, 10, "x")
    assert torch.equal(torch.get_rng_state(), before)


def test_the_evaluated_generator_is_a_copy_with_statistics_of_its_seed(specs_of):
    one, other = specs_of(*DIGITS, "seeds=0..1")
    generator = build_member(one, load_data(one)).generator
    parameters = {name: value.detach() * 2 for name, value in generator.named_parameters()}
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    first, again, elsewhere = (evaluated_generator(generator, parameters, spec, None) for spec in (one, one, other))
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())
    assert all(torch.equal(value, parameters[name]) for name, value in first.named_parameters())
    assert not first.training
    statistics = [name for name, _ in first.named_buffers() if name.endswith(("running_mean", "running_var"))]
    assert statistics
    for name in statistics:
        assert torch.equal(first.get_buffer(name), again.get_buffer(name))
        assert not torch.equal(first.get_buffer(name), elsewhere.get_buffer(name))
