"""What samples are without their data, and that a record of it loses nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlab.data import SampleForm, load
from ganlab.data.columns import Columns
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


def table_form() -> SampleForm:
    columns = Columns(
        names=("a", "c", "b", "d"),
        means=(1.0, 0.0, 2.0, 0.0),
        stds=(1.0, 1.0, 3.0, 1.0),
        categories={"c": ("u", "v", "w"), "d": ("x", "y")},
    )
    return SampleForm(shape=(7,), units=columns)


def test_each_block_goes_through_a_softmax_of_its_own_and_numbers_stay():
    form, raw = table_form(), torch.randn(50, 7, generator=torch.Generator().manual_seed(0))
    assert form.blocks == ((1, 4), (5, 7))
    given = form.activate(raw)
    assert torch.equal(given[:, [0, 4]], raw[:, [0, 4]])
    torch.testing.assert_close(given[:, 1:4], raw[:, 1:4].exp() / raw[:, 1:4].exp().sum(dim=1, keepdim=True))
    torch.testing.assert_close(given[:, 5:].sum(dim=1), torch.ones(50))
    assert torch.equal(torch.vmap(form.activate)(raw.reshape(5, 10, 7)).reshape(50, 7), given)
    assert torch.equal(form.to_data_units(given), form.to_data_units(raw))  # the largest stays the largest


def test_blocks_one_after_another_do_not_mix():
    columns = Columns(names=("c", "d"), means=(0, 0), stds=(1, 1), categories={"c": ("u", "v"), "d": ("x", "y")})
    form = SampleForm(shape=(4,), units=columns)
    assert form.activate(torch.zeros(1, 4)).tolist() == [[0.5] * 4]


def test_without_blocks_a_raw_output_is_the_sample():
    assert SampleForm(shape=(1,)).activate(SAMPLES) is SAMPLES


def test_a_table_comes_back_from_its_record():
    condition = Columns(names=("x",), means=(5.0,), stds=(2.0,))
    form = table_form().model_copy(update={"condition": condition})
    assert recorded(form) == form
    assert recorded(form).condition_width == 1
    row = torch.tensor([[1.0, 0.1, 0.2, 0.9, -1.0, 3.0, 2.0]])
    assert recorded(form).to_data_units(row).tolist() == [[2.0, 2.0, -1.0, 0.0]]
    assert torch.equal(condition.to_networks(torch.tensor([[9.0]])), torch.tensor([[2.0]]))
