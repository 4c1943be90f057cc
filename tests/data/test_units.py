"""What samples are without their data, and that a record of it loses nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlab.data import SampleForm, load
from ganlab.data.units import Levels, Standardised
from ganlab.errors import InputError
from ganlab.options import parse

SAMPLES = torch.randn(50, 1, generator=torch.Generator().manual_seed(0))


def recorded(form: SampleForm) -> SampleForm:
    """The form as it comes back from a file."""
    return parse(SampleForm, json.loads(json.dumps(form.record(), allow_nan=False)), "summary.json")


def test_a_record_says_no_more_than_sampling_needs():
    assert SampleForm(shape=(2,)).record() == {"shape": [2], "classes": 0}
    images = SampleForm(shape=(3, 32, 32), classes=10, units=Levels())
    assert images.record() == {"shape": [3, 32, 32], "classes": 10, "units": {"name": "uint8"}}
    values = SampleForm(shape=(1,), units=Standardised(mean=5.5, std=0.25))
    assert values.record()["units"] == {"name": "standardised", "mean": 5.5, "std": 0.25}


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, exclude_min=True, allow_infinity=False))
def test_standardised_values_have_the_same_bits_by_the_record(mean, std):
    form = SampleForm(shape=(1,), units=Standardised(mean=mean, std=std))
    with np.errstate(over="ignore", invalid="ignore"):
        expected = SAMPLES.numpy().astype(np.float64) * std + mean
    assert recorded(form).to_data_units(SAMPLES).numpy().tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", ["gaussian", "ring", "grid"])
def test_the_units_of_a_density_are_those_of_the_networks(name):
    form = recorded(load(name, {}, "test").form)
    assert form.units is None
    assert form.to_data_units(SAMPLES) is SAMPLES


def test_images_have_the_form_of_their_set():
    form = recorded(load("digits", {}, "test").form)
    assert (form.shape, form.classes) == ((1, 8, 8), 10)
    assert form.to_data_units(torch.tensor([-1.0, 0.0, 1.0])).tolist() == [0, 128, 255]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shape": [0]}, "'shape.0' is 0"),
        ({"units": {"name": "metres"}}, "'units' is"),
        ({"units": {"name": "standardised", "mean": 0.0, "std": 0.0}}, "'units.std' is 0.0: input should be greater"),
        ({"colour": 1}, "unknown key 'colour'"),
    ],
)
def test_a_form_of_another_kind_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        parse(SampleForm, {"shape": [1], "classes": 0} | change, "summary.json")
