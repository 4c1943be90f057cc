"""Points of a user's array."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganlab.data import load
from ganlab.errors import InputError

VALUES = np.random.default_rng(0).normal([5, -3, 0], [1, 10, 0.1], size=(200, 3))


def points(path, **options):
    return load("points", {"path": str(path), **options}, "test")


def array(tmp_path, values, name="x.npy"):
    np.save(tmp_path / name, values)
    return tmp_path / name


def refusal(path, **options):
    with pytest.raises(InputError) as error:
        points(path, **options)
    return str(error.value).replace(f"{path.parent}/", "")


def test_rows_are_split_and_each_column_standardised(tmp_path):
    data = points(array(tmp_path, VALUES), held_out=0.25)
    assert data.sample_shape == (3,)
    reference = data.reference
    assert (reference.training.shape, reference.held_out.shape) == ((150, 3), (50, 3))
    rows = np.concatenate([reference.training, reference.held_out])
    assert sorted(map(tuple, rows)) == sorted(map(tuple, VALUES))
    samples = data.transform(data.draw(torch.Generator().manual_seed(0), 5_000), data.storage)[0]
    assert samples.mean(dim=0).abs().max() < 0.1
    np.testing.assert_allclose(data.to_data_units(samples).std(dim=0), reference.training.std(axis=0), rtol=0.05)
    columns = [
        f"{index} ({one.min():.6g} to {one.max():.6g}, mean {one.mean():.6g})" for index, one in enumerate(VALUES.T)
    ]
    assert data.found == f"{tmp_path}/x.npy: 200 rows of {', '.join(columns)}; 50 held out"


@pytest.mark.parametrize("header", ["a,b,c\n", ""])
def test_a_csv_file_holds_the_same_points(tmp_path, header):
    path = tmp_path / "x.csv"
    path.write_text(header + "".join(f"{a!r},{b!r},{c!r}\n" for a, b, c in VALUES.tolist()))
    data = points(path)
    assert np.array_equal(data.reference.held_out, points(array(tmp_path, VALUES)).reference.held_out)
    assert data.reference.columns.names == (("a", "b", "c") if header else ("0", "1", "2"))


def test_splits_hold_out_different_rows(tmp_path):
    path = array(tmp_path, VALUES)
    parts = [points(path, split=split).reference.held_out for split in range(5)]
    assert len(np.unique(np.concatenate(parts), axis=0)) == 200


def test_in_the_plane_they_are_drawn_as_a_scatter_and_else_as_marginals(tmp_path):
    plane = points(array(tmp_path, VALUES[:, :2])).reference
    assert plane.picture == "scatter"
    assert plane.pictured(torch.zeros(3, 2)).keys() == {"points", "real", "names"}
    space = points(array(tmp_path, VALUES)).reference
    assert space.picture == "marginals"
    kept = space.pictured(torch.from_numpy(VALUES))
    assert [len(kept[name]) for name in ("edges", "counts", "real", "names")] == [3] * 4
    assert kept["counts"].sum(axis=1).tolist() == [200] * 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros(30), "'x.npy' holds an array of shape (30,); points are an array [n, d]"),
        (np.zeros((30, 2, 2)), "'x.npy' holds an array of shape (30, 2, 2); points are an array [n, d]"),
        (np.zeros((30, 0)), "'x.npy' holds an array of shape (30, 0); points are an array [n, d]"),
        (np.full((30, 2), "a"), "'x.npy' holds <U1, not integers or floats"),
        (np.zeros((30, 2), dtype=complex), "'x.npy' holds complex128, not integers or floats"),
        (np.full((30, 2), np.inf), "'x.npy', row 0 (the first is 0) is inf in float64, not a finite number"),
        (VALUES[:10], "'x.npy' has 10 rows; at least 20 are needed"),
        (np.ones((30, 2)), "'x.npy', column '0', is constant: every training value is 1.0; values must vary"),
    ],
)
def test_another_array_is_refused(tmp_path, values, message):
    assert refusal(array(tmp_path, values)) == message


def test_missing_numbers_are_refused_or_their_rows_dropped(tmp_path):
    values = VALUES.copy()
    values[3, 1] = values[7, 2] = np.nan
    path = array(tmp_path, values)
    assert refusal(path) == (
        "'x.npy': cells are missing in 2 of 200 rows, the first of the column '1' in row 3 (the first is 0); write "
        "'missing: drop' to leave such rows out"
    )
    assert points(path, missing="drop").found.endswith("2 rows with missing cells dropped")


def test_text_in_a_file_of_points_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + "1,x\n" * 30)
    assert refusal(path) == "'x.csv', line 2: 'x' is not a number"
    path = tmp_path / "x.png"
    path.write_bytes(b"PNG")
    assert "ends in none of .csv, .csv.gz, .tsv, .tsv.gz, .npy" in refusal(path)


@pytest.mark.parametrize("text", ["", "\n", "\n1,2\n" + "3,4\n" * 30, " , \n1,2\n"])
def test_a_file_without_a_first_line_is_refused(tmp_path, text):
    path = tmp_path / "x.csv"
    path.write_text(text)
    assert refusal(path) in ("'x.csv' is empty", "'x.csv' begins with an empty line; remove it")


def test_a_quote_that_is_not_closed_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('"1,2\n' + "3,4\n" * 40_000)
    assert "is not well-formed CSV: field larger than field limit (131072)" in refusal(path)


@pytest.mark.parametrize("first", ["0.1,NA", "0.3,1.2x", "0.1,"])
def test_a_first_line_of_numbers_and_other_cells_is_not_taken_for_a_header(tmp_path, first):
    path = tmp_path / "x.csv"
    path.write_text(f"{first}\n" + "".join(f"{a!r},{b!r}\n" for a, b, _ in VALUES.tolist()))
    assert refusal(path) == (
        f"'x.csv', line 1: '{first.split(',')[1]}' is no number and others are; write 'header: true' if the line holds "
        "the columns' names, or 'header: false' if it holds values"
    )
    assert points(path, header=True).found.startswith(f"{path}: 200 rows of")


def test_other_marks_in_the_first_line_are_named_before_its_kind(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("1,5;2,5\n" * 30)
    assert refusal(path).startswith("'x.csv', line 1: the cell '5;2' holds a semicolon; write")
