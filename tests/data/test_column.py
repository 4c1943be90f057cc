import numpy as np
import pytest
import torch

from ganlab.data import DATA, HeldOut, load
from ganlab.data.column import ColumnOptions
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
    assert len(data.reference.held_out) == 50
    assert sorted([*data.reference.held_out, *data.reference.training]) == sorted(VALUES)
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
    assert len(load("column", {"path": "~/x.npy"}, "test").reference.held_out) == 40


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


def found(path, content, column, **options):
    path.write_text(content)
    data = load("column", {"path": str(path), "column": column, **options}, "test")
    return data.found.replace(f"{path.parent}/", "")


def test_what_was_found_is_said(tmp_path):
    rows = "".join(f"{value}\n" for value in range(1, 1201))
    summary = "1,200 values, min 1, mean 600.5, max 1200; 240 held out"
    assert found(tmp_path / "h.csv", "v\n" + rows, "v") == f"h.csv, column 'v': {summary}"
    assert found(tmp_path / "h.csv", "v\n" + rows, "v", held_out=0.25).endswith("; 300 held out")
    assert found(tmp_path / "h.csv", rows, 0) == f"h.csv, column 0: {summary}; no header, the first value is 1"
    assert found(tmp_path / "h.csv", "v\nNA\n" + rows + "NA\n", "v", missing="drop") == (
        f"h.csv, column 'v': {summary}; 2 missing dropped"
    )
    assert found(tmp_path / "h.csv", '"a\nb"\n' + rows, "a\nb") == f"h.csv, column 'a\\nb': {summary}"
    np.save(tmp_path / "h.npy", np.arange(1, 1201))
    data = load("column", {"path": f"{tmp_path}/h.npy"}, "test")
    assert data.found == f"{tmp_path}/h.npy: {summary}"


def test_dropping_missing_cells_leaves_the_same_data(heights, tmp_path):
    text = (tmp_path / "people.csv").read_text()
    path = tmp_path / "holes.csv"
    path.write_text(text.replace("\n7,", "\n9999,NA\n7,"))
    whole = load("column", {"path": heights, "column": "height"}, "test")
    holes = load("column", {"path": str(path), "column": "height", "missing": "drop"}, "test")
    assert holes.fingerprint == whole.fingerprint
    with pytest.raises(InputError, match="1 of 201 values is missing, the first in line 9"):
        load("column", {"path": str(path), "column": "height"}, "test")


def test_options_of_text_files_reach_the_file(tmp_path):
    path = tmp_path / "h.csv"
    rows = "".join(f"{i}\t1.{i:03},5\n" for i in range(20))
    path.write_text("id\tgröße\n" + rows, encoding="latin-1")
    options = {"delimiter": "tab", "decimal": ",", "thousands": ".", "encoding": "latin-1"}
    data = load("column", {"path": str(path), "column": "größe", **options}, "test")
    assert sorted([*data.reference.held_out, *data.reference.training]) == [1000.5 + i for i in range(20)]
    path.write_text("2019\n" + "".join(f"{i}.5\n" for i in range(20)))
    assert found(path, path.read_text(), 2019, header=True).startswith("h.csv, column 2019: 20 values")
    assert found(path, path.read_text(), 0, header=False).startswith("h.csv, column 0: 21 values")


def test_an_environment_variable_in_a_path_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY", str(tmp_path))
    np.save(tmp_path / "x.npy", VALUES)
    assert len(load("column", {"path": "${STUDY}/x.npy"}, "test").reference.held_out) == 40


def test_the_path_is_named_as_one():
    assert DATA["column"].paths == ("path",)


def test_what_is_not_written_is_read_as_ever():
    options = ColumnOptions(path="x.csv", column="v")
    assert options.layout is None
    assert ColumnOptions(path="x.csv", delimiter="\t") == ColumnOptions(path="x.csv", delimiter="tab")
    assert ColumnOptions(**options.model_dump(mode="json")) == options


NAME_OR_INDEX = "it must be a text or a whole number"
YAML_WORDS = "YAML reads yes, on and true as true, no, off and false as false"


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"column": True}, f"'column' is true; {NAME_OR_INDEX} ({YAML_WORDS}; put the word in quotes if it is a name)"),
        ({"column": 1.5}, f"'column' is 1.5; {NAME_OR_INDEX}; put it in quotes: \"1.5\", and in a shell '\"1.5\"'"),
        ({"delimiter": "ab"}, "delimiter: 'ab' is not a delimiter; write one character, such as ';', or 'tab'"),
        ({"delimiter": "1"}, "delimiter: '1' is not a delimiter; write one character, such as ';', or 'tab'"),
        ({"delimiter": ""}, "delimiter: '' is not a delimiter; write one character, such as ';', or 'tab'"),
        ({"delimiter": "\n"}, "delimiter: '\\n' is not a delimiter; write one character, such as ';', or 'tab'"),
        (
            {"encoding": "utf\0"},
            "encoding: 'utf\\x00' names no encoding; write one such as utf-8 or cp1252",
        ),
        ({"decimal": ",", "thousands": ","}, "'thousands' and 'decimal' are both ','; one mark cannot be both"),
        ({"thousands": "."}, "'thousands' and 'decimal' are both '.'; one mark cannot be both"),
        ({"missing": "skip"}, "'missing' is 'skip'; it must be 'drop' or 'refuse'"),
        ({"header": 1}, "'header' is 1; it must be true or false"),
    ],
)
def test_options_that_mean_nothing_are_refused(options, fault):
    with pytest.raises(InputError) as error:
        load("column", {"path": "x.csv", **options}, "test")
    assert str(error.value) == f"test: {fault}"
