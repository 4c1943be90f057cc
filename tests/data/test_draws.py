"""Labels of draws: the component that each comes from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from ganlab.data import load
from ganlab.errors import InputError

MIXTURE = ("gaussian-mixture", {"weights": [1, 3], "means": [-9, 9], "stds": [1, 2]})
COUNT = 20_000


def drawn(data, seed=0, count=COUNT):
    return data.transform(data.draw(torch.Generator().manual_seed(seed), count), ())


@pytest.mark.parametrize("options", [{}, {"training_samples": 500}])
@pytest.mark.parametrize(("name", "own"), [MIXTURE, ("ring", {}), ("grid", {}), ("two-moons", {})])
def test_the_samples_are_the_same_numbers_with_and_without_labels(name, own, options):
    data = load(name, own | options, "test")
    plain, none = drawn(data)
    samples, labels = drawn(data.labelled())
    assert none is None
    assert torch.equal(plain, samples)
    assert labels.dtype == torch.int64
    assert data.entry_shape == data.sample_shape


def test_the_label_of_a_mixture_is_its_component():
    samples, labels = drawn(load(*MIXTURE, "test").labelled())
    for component, (mean, std) in enumerate([(-9, 1), (9, 2)]):
        own = samples[labels == component].double().numpy()[:, 0]
        assert stats.kstest(own, stats.norm(mean, std).cdf).pvalue > 0.001
    assert (labels == 1).double().mean() == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize("name", ["ring", "grid"])
def test_the_label_of_a_point_is_the_nearest_mode(name):
    data = load(name, {}, "test")
    samples, labels = drawn(data.labelled())
    centres = torch.from_numpy(data.reference.centres).float()
    assert torch.equal(torch.cdist(samples, centres).argmin(dim=1), labels)
    assert data.form.condition_width == data.classes == len(centres)


def test_conditions_come_in_true_proportions():
    generator = torch.Generator().manual_seed(0)
    labels = load(*MIXTURE, "test").draw_conditions(generator, COUNT)
    assert labels.double().mean() == pytest.approx(0.75, abs=0.01)
    even = load("ring", {}, "test").draw_conditions(generator, 16)
    assert even.tolist() == [*range(8), *range(8)]


def test_draws_without_components_have_no_labels():
    data = load("gaussian", {}, "test")
    assert data.labelled() is data
    assert data.draw_conditions(torch.Generator(), 5) is None
    assert data.form.condition_width == 0


def test_labels_are_decoded_alike_for_a_stack_of_members():
    data = load("ring", {}, "test").labelled()
    entries = data.draw(torch.Generator().manual_seed(0), 12).reshape(3, 4, 3)
    together = torch.vmap(lambda one: data.transform(one, ()))(entries)
    alone = [data.transform(one, ()) for one in entries]
    for part, parts in zip(together, zip(*alone, strict=True), strict=True):
        assert torch.equal(part, torch.stack(parts))
    assert np.unique(together[1]).size > 1


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("gaussian", {"mean": 1e8, "std": 1e-3}),
        ("gaussian-mixture", {"weights": [1, 1], "means": [1e8, 1e8], "stds": [1e-3, 1e-3]}),
    ],
)
def test_a_distribution_that_is_one_number_in_float32_is_refused(name, options):
    with pytest.raises(InputError, match=r"^samples of this distribution are all 1e\+08 in float32"):
        load(name, options, "test")
