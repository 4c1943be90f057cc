import numpy as np
import pytest
import torch

from ganlab.data import HeldOut, load
from ganlab.errors import InputError

VALUES = np.random.default_rng(0).normal(170, 10, size=200)


@pytest.fixture
def heights(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("id,height\n" + "".join(f"{i},{value!r}\n" for i, value in enumerate(VALUES.tolist())))
    return str(path)


def test_a_column_is_split_and_standardised(heights):
    data = load("column", {"path": heights, "column": "height", "held_out": 0.25}, "test")
    assert data.sample_shape == (1,)
    assert isinstance(data.reference, HeldOut)
    assert len(data.reference.values) == 50
    assert sorted([*data.reference.values, *data.reference.training]) == sorted(VALUES)
    samples = data.draw(torch.Generator().manual_seed(0), 1000)
    assert samples.abs().max() < 5
    assert 130 < data.to_data_units(samples).min() < data.to_data_units(samples).max() < 210


def test_the_fingerprint_follows_the_values_and_not_the_file(heights, tmp_path):
    np.save(tmp_path / "other.npy", VALUES)
    from_csv = load("column", {"path": heights, "column": "height"}, "test")
    from_npy = load("column", {"path": str(tmp_path / "other.npy")}, "test")
    assert from_csv.fingerprint == from_npy.fingerprint
    assert from_csv.fingerprint != load("column", {"path": heights, "column": "id"}, "test").fingerprint


def test_a_tilde_is_the_home_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    np.save(tmp_path / "x.npy", VALUES)
    assert len(load("column", {"path": "~/x.npy"}, "test").reference.values) == 40


def test_a_home_directory_that_is_not_known():
    with pytest.raises(InputError, match=r"^'~no-such-user/x\.npy' starts in no known home directory"):
        load("column", {"path": "~no-such-user/x.npy"}, "test")


def test_what_is_wrong_with_the_values_names_file_and_column(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a\n" + "3\n" * 20)
    with pytest.raises(InputError) as error:
        load("column", {"path": str(path), "column": "a"}, "test")
    assert str(error.value) == (f"'{path}', column 'a', is constant: every training value is 3.0; values must vary")


@pytest.mark.parametrize("held_out", [0, 1, -0.1, 1.5])
def test_the_held_out_fraction_lies_between_0_and_1(heights, held_out):
    with pytest.raises(InputError, match=f"^test: 'held_out' is {held_out}: input should be (greater|less) than"):
        load("column", {"path": heights, "column": "height", "held_out": held_out}, "test")
