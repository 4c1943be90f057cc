"""All that is measured of points on the line and in the plane."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganlab.data import load
from ganlab.data.reference import HeldOut
from ganlab.evaluation import Subject
from ganlab.evaluation.points import PointEvaluation

ROWS = torch.randperm(300, generator=torch.Generator().manual_seed(0))


DATA = {
    "gaussian": {},
    "gaussian-mixture": {"weights": [1, 1], "means": [-2, 2], "stds": [1, 1]},
    "student-t": {"df": 3},
    "ring": {},
}


@pytest.fixture(scope="module", params=DATA)
def reference(request):
    return load(request.param, DATA[request.param], "test").reference


def points_of(reference, count: int = 300) -> torch.Tensor:
    """True points, as a generator gives its samples: [n, 1] or [n, 2], float32."""
    return torch.from_numpy(reference.fresh(np.random.default_rng(1), count)).float().reshape(count, -1)


def test_every_metric_has_a_value_and_a_floor(reference):
    evaluation = PointEvaluation(reference, 300)
    assert (
        evaluation.metrics.keys()
        == evaluation.floors().keys()
        == evaluation.measure(Subject(samples=points_of(reference))).keys()
    )
    assert all(name == metric.name for name, metric in evaluation.metrics.items())


def test_the_order_of_the_samples_is_no_part_of_the_values(reference):
    evaluation, points = PointEvaluation(reference, 300), points_of(reference)
    assert evaluation.measure(Subject(samples=points[ROWS])) == pytest.approx(
        evaluation.measure(Subject(samples=points))
    )


def test_measuring_changes_no_sample(reference):
    points = points_of(reference)
    before = points.clone()
    PointEvaluation(reference, 300).measure(Subject(samples=points))
    reference.pictured(points)
    assert torch.equal(points, before)


@pytest.mark.parametrize(("name", "modes"), [("ring", 8), ("grid", 25), ("gaussian", 0)])
def test_the_modes_to_cover_are_those_of_the_truth(name, modes):
    assert PointEvaluation(load(name, {}, "test").reference, 100).modes == modes


def test_a_protocol_says_what_is_measured_against(reference):
    assert PointEvaluation(reference, 100).protocol()["reference"] == "the exact density"


def test_a_protocol_says_what_the_divergences_cannot_exceed():
    values = np.sort(np.random.default_rng(0).normal(size=1_000))
    held_out = PointEvaluation(HeldOut(held_out=values, training=values), 2_500)
    limits = held_out.protocol()["limits"]
    assert limits.keys() == {"kl_reverse", "kl_forward"}
    far = held_out.measure(Subject(samples=torch.full((2_500, 1), 50.0)))
    assert [far[name] for name in limits] == pytest.approx(list(limits.values()), rel=0.05)
    known = PointEvaluation(load("gaussian", {}, "test").reference, 10_000).protocol()["limits"]
    assert known == {"kl_forward": pytest.approx(5.3, abs=0.15)}


def test_a_picture_on_the_line_counts_every_sample():
    reference = load("gaussian", {}, "test").reference
    kept = reference.pictured(points_of(reference))
    assert kept.keys() == {"edges", "counts", "density"}
    assert kept["counts"].sum() == 300


def test_coincident_modes_of_the_truth_are_one_to_cover():
    options = {"means": [0, 3, 0], "stds": [1, 1, 0.1]}
    assert PointEvaluation(load("gaussian-mixture", options, "test").reference, 100).modes == 2
