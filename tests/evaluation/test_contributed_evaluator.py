"""The evaluator of docs/how-to/evaluator.md, as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from ganlab.data import load
from ganlab.evaluation import EVALUATORS, Subject, evaluation_on

PAGE = Path(__file__).parents[2] / "docs/how-to/evaluator.md"
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here")


@pytest.fixture
def _added(monkeypatch):
    """The evaluator, for the length of a test."""
    monkeypatch.setattr(EVALUATORS, "_entries", dict(EVALUATORS._entries))
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    exec(code, {})


@pytest.mark.usefixtures("_added")
def test_the_evaluator_of_the_page_measures_and_has_a_drawn_floor():
    reference = load("gaussian", {"mean": 3.0}, "test").reference
    evaluation = evaluation_on(reference, 101, torch.device("cpu"), asked=["median"])
    samples = torch.from_numpy(np.random.default_rng(0).normal(size=(101, 1)))
    expected = abs(samples.median().item() - 3)
    assert evaluation.measure(Subject(samples=samples))["median_error"] == pytest.approx(expected)
    # the median of n normal values has the standard deviation sqrt(pi / 2 n), and |.| the mean sqrt(2 / pi) of it
    assert evaluation.floors()["median_error"] == pytest.approx(0.1, rel=0.4)
