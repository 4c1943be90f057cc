"""Tables from real files: what becomes of numbers, categories and conditions, and what is refused."""

from __future__ import annotations

import csv

import numpy as np
import pandas
import pyarrow
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from sklearn import datasets

from ganlab.data import VectorSet, load
from ganlab.data.columns import Columns
from ganlab.errors import InputError

IRIS = datasets.load_iris(as_frame=True)
NUMBERS = ["sepal length (cm)", "petal width (cm)"]
SPECIES = ["setosa", "versicolor", "virginica"]


def frame() -> pandas.DataFrame:
    table = IRIS.data.copy()
    table["species"] = [SPECIES[target] for target in IRIS.target]
    return table


@pytest.fixture
def iris(tmp_path):
    path = tmp_path / "iris.csv"
    frame().to_csv(path, index=False)
    return str(path)


def table(path, columns=(*NUMBERS,), **options):
    return load("table", {"path": str(path), "columns": list(columns), **options}, "test")


def refusal(path, columns=(*NUMBERS,), **options):
    with pytest.raises(InputError) as error:
        table(path, columns, **options)
    return str(error.value)


def decoded(data, count=1_000):
    return data.transform(data.draw(torch.Generator().manual_seed(0), count), data.storage)


def test_numbers_are_split_row_by_row_and_standardised(iris):
    data = table(iris)
    assert isinstance(data.reference, VectorSet)
    assert (data.reference.training.shape, data.reference.held_out.shape) == ((120, 2), (30, 2))
    together = np.concatenate([data.reference.training, data.reference.held_out])
    assert sorted(map(tuple, together)) == sorted(map(tuple, frame()[NUMBERS].to_numpy()))
    samples = data.storage[0].double()
    assert samples.mean(dim=0).abs().max() < 1e-6
    assert (samples.std(dim=0, correction=0) - 1).abs().max() < 1e-6
    assert data.sample_shape == (2,)
    assert data.form.blocks == ()


def test_what_is_drawn_are_training_rows_in_the_datas_own_units(iris):
    data = table(iris, [*NUMBERS, "species"], categorical=["species"])
    samples, condition = decoded(data)
    assert condition is None
    known = {tuple(row) for row in data.reference.training.round(4)}
    assert {tuple(row) for row in data.to_data_units(samples).numpy().round(4)} == known


def test_categories_are_blocks_in_natural_order_and_come_back_as_indices(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("size,colour\n" + "".join(f"{i},c{i % 11}\n" for i in range(40)))
    data = table(path, ["colour", "size"], categorical=["colour"])
    assert data.form.blocks == ((0, 11),)
    assert data.sample_shape == (12,)
    assert data.units.categories["colour"] == tuple(f"c{i}" for i in range(11))
    own = data.to_data_units(data.storage[0])
    assert torch.equal(own[:, 0], torch.from_numpy(data.reference.training[:, 0]))
    assert torch.equal(own[:, 0], own[:, 1].round() % 11)


def test_a_single_given_category_is_the_label(iris):
    data = table(iris, [*NUMBERS, "species"], categorical=["species"], given=["species"])
    assert (data.classes, data.class_names, data.form.condition) == (3, tuple(SPECIES), None)
    samples, labels = decoded(data)
    assert labels.dtype == torch.int64
    petal_width = data.to_data_units(samples)[:, 1]
    assert petal_width[labels == 0].max() < 1 < petal_width[labels == 2].min()  # setosa's are at most 0.6
    assert data.form.condition_width == 3


def test_given_numbers_are_real_vectors_standardised_by_training(iris):
    data = table(iris, [*NUMBERS, "species"], categorical=["species"], given=["petal width (cm)"])
    assert (data.classes, data.form.condition_width, data.sample_shape) == (0, 1, (4,))
    _, condition = decoded(data)
    assert condition.shape == (1_000, 1)
    assert condition.dtype == torch.float32
    training = data.storage[1].double()
    assert abs(training.mean()) < 1e-6
    assert data.form.condition.names == ("petal width (cm)",)


def test_given_numbers_and_categories_are_one_vector(iris):
    data = table(iris, NUMBERS, categorical=["species"], given=["species", "petal width (cm)"])
    assert data.form.condition_width == 4
    assert data.reference.columns.names == ("sepal length (cm)",)
    _, condition = decoded(data)
    assert torch.equal(condition[:, :3].sum(dim=1), torch.ones(1_000))


def test_conditions_for_evaluation_are_those_of_held_out_rows(iris):
    data = table(iris, NUMBERS, given=["petal width (cm)"])
    drawn = data.draw_conditions(torch.Generator().manual_seed(0), 5_000)
    held_out = data.reference.held_out_conditions
    assert set(drawn.flatten().tolist()) == set(held_out.flatten().tolist())
    assert drawn.mean() == pytest.approx(held_out.double().mean().item(), abs=0.05)
    pairs = zip(data.reference.held_out[:, 0], held_out[:, 0].tolist(), strict=True)
    known = frame()
    for length, width in pairs:
        own = width * data.form.condition.stds[0] + data.form.condition.means[0]
        assert ((known[NUMBERS[0]] == length) & (np.abs(known[NUMBERS[1]] - own) < 1e-5)).any()


def test_a_parquet_file_is_the_same_table(iris, tmp_path):
    rows = frame()
    rows["species"] = rows["species"].astype("category")
    parquet.write_table(pyarrow.Table.from_pandas(rows, preserve_index=False), tmp_path / "iris.parquet")
    options = {"categorical": ["species"], "given": ["species"]}
    one, other = (
        table(iris, [*NUMBERS, "species"], **options),
        table(tmp_path / "iris.parquet", [*NUMBERS, "species"], **options),
    )
    assert one.fingerprint == other.fingerprint
    assert all(torch.equal(*pair) for pair in zip(one.storage, other.storage, strict=True))


def test_the_fingerprint_follows_values_names_and_categories(iris, tmp_path):
    known = table(iris, [*NUMBERS, "species"], categorical=["species"]).fingerprint
    rows = frame()
    rows["species"] = rows["species"].str.upper()
    rows.to_csv(tmp_path / "upper.csv", index=False)
    assert table(tmp_path / "upper.csv", [*NUMBERS, "species"], categorical=["species"]).fingerprint != known
    assert table(iris, NUMBERS[::-1]).fingerprint != table(iris, NUMBERS).fingerprint


def test_text_files_are_read_as_a_column_is(tmp_path):
    path = tmp_path / "x.tsv"
    lines = "".join(f"{i},5\t{'ä' if i % 2 else 'b'}\n" for i in range(30))
    path.write_bytes(("größe\tart\n" + lines).encode("cp1252"))
    data = table(path, ["größe", "art"], categorical=["art"], decimal=",", encoding="cp1252")
    assert data.units.categories["art"] == ("b", "ä")
    assert data.found.startswith(f"{path}: 30 rows of größe (0.5 to 29.5, mean 15), art (2 categories); 6 held out")


def test_columns_without_names_are_chosen_by_index(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("".join(f"{i}.5,x{i % 3},{-i}.25\n" for i in range(30)))
    data = table(path, [0, 2], categorical=[1])
    assert data.reference.columns.names == ("0", "2", "1")
    assert data.form.blocks == ((2, 5),)


def test_rows_with_missing_cells_are_refused_or_dropped_as_a_whole(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b,c\n" + "".join(f"{i},{i * i},{'u' if i % 2 else 'v'}\n" for i in range(30)) + "NA,1,u\n7,8,\n")
    options = {"columns": ["a", "b"], "categorical": ["c"]}
    assert refusal(path, **options) == (
        f"'{path}': cells are missing in 2 of 32 rows, the first of the column 'a' in line 32 ('NA'); write "
        "'missing: drop' to leave such rows out"
    )
    data = table(path, missing="drop", **options)
    assert len(data.reference.training) + len(data.reference.held_out) == 30
    assert data.found.endswith("2 rows with missing cells dropped")


def test_what_is_wrong_is_said_in_a_sentence(iris, tmp_path):
    assert refusal(iris, [*NUMBERS, "species"]) == (
        f"'{iris}', line 2: 'setosa' is not a number; if the column 'species' holds categories, list it under "
        "'categorical'"
    )
    assert refusal(iris, given=["height"]) == (
        f"'{iris}' has no column 'height'; known: sepal length (cm), sepal width (cm), petal length (cm), "
        "petal width (cm), species"
    )
    assert refusal(iris, [NUMBERS[0]] * 2) == "test: 'columns' names the column 'sepal length (cm)' twice; name it once"
    assert refusal(iris, NUMBERS, given=NUMBERS) == (
        "test: every column is given, so none is left to be generated; leave one out of 'given'"
    )
    assert refusal(iris, []) == "test: 'columns' is []; it must be a list of at least 1"
    np.save(tmp_path / "x.npy", np.zeros((3, 2)))
    assert refusal(tmp_path / "x.npy", ["a"]) == (
        f"'{tmp_path / 'x.npy'}' has no named columns; read it as data of the kind 'points'"
    )
    path = tmp_path / "iris.parquet"
    parquet.write_table(pyarrow.table({"a": [1.0], "species": ["setosa"]}), path)
    assert refusal(path, ["a", "species"]) == (
        f"'{path}': the column 'species' holds string, not numbers; if the column 'species' holds categories, list it "
        "under 'categorical'"
    )


def test_a_column_that_cannot_be_standardised_or_told_apart_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b,c\n" + "".join(f"{i},3,same\n" for i in range(30)))
    assert refusal(path, ["a", "b"]) == (
        f"'{path}', column 'b', is constant: every training value is 3.0; values must vary"
    )
    assert refusal(path, ["a"], categorical=["c"]) == (
        f"'{path}': the categorical column 'c' has 1 different category; there must be 2 to 1,000"
    )
    assert refusal(path, ["a"], held_out=0.01) == (
        f"'{path}' has 30 rows, which held_out 0.01 splits into 30 for training and 0 held out; each part needs at "
        "least 2"
    )


def test_a_table_is_streamed_with_its_conditions(iris):
    data = table(iris, NUMBERS, given=["petal width (cm)"])
    drawn = data.draw(torch.Generator().manual_seed(0), 50)
    places, tables = data.gather(drawn)
    assert all(len(part) == 50 for part in tables)
    for one, other in zip(data.transform(drawn, data.storage), data.transform(places, tables), strict=True):
        assert torch.equal(one, other)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(0, 2)), min_size=1, max_size=20))
def test_encoding_is_undone_by_the_data_units(rows):
    columns = Columns(names=("x", "c"), means=(3.0, 0.0), stds=(2.5, 1.0), categories={"c": ("u", "v", "w")})
    values = np.array(rows)
    back = columns.of(torch.from_numpy(columns.encode(values))).numpy()
    np.testing.assert_allclose(back, values, rtol=1e-12, atol=1e-9)
    assert columns.blocks == ((1, 4),)


def test_a_csv_written_by_another_program_is_read(tmp_path):
    path = tmp_path / "x.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerows([["a b", "c"], *[[f"{i}", "yes, we do" if i % 2 else "no"] for i in range(25)]])
    data = table(path, ["a b"], categorical=["c"])
    assert data.units.categories["c"] == ("no", "yes, we do")
