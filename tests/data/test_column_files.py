import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from ganlab.data.column_files import read_column
from ganlab.errors import InputError


def text(path, content, **options):
    path.write_text(content, **options)
    return path


def table(path, **columns):
    parquet.write_table(pyarrow.table(columns), path)
    return path


def array(path, values):
    np.save(path, values)
    return path


def refusal(path, column=None):
    with pytest.raises(InputError) as error:
        read_column(path, column)
    return str(error.value).replace(f"{path.parent}/", "")


def test_a_csv_column_by_name(tmp_path):
    path = text(tmp_path / "x.csv", 'name, height\n"Ann, B.",1e-4\nBob, 3 \n"C\nD",-2\n')
    assert read_column(path, "height").tolist() == [1e-4, 3, -2]


def test_a_csv_column_by_index_where_there_is_no_header(tmp_path):
    assert read_column(text(tmp_path / "x.csv", "1,2\n3,4\n"), 1).tolist() == [2, 4]


def test_a_csv_file_as_spreadsheets_write_it(tmp_path):
    path = text(tmp_path / "X.CSV", "a,b\n1,2\n", encoding="utf-8-sig", newline="\r\n")
    assert read_column(path, "a").tolist() == [1]


def test_a_parquet_column_of_any_number_type(tmp_path):
    path = table(
        tmp_path / "x.parquet",
        integers=[1, 2, 3],
        floats=[0.1, 0.2, 0.3],
        decimals=[Decimal("1.25"), Decimal("2.50"), Decimal("3.75")],
    )
    assert read_column(path, "integers").tolist() == [1, 2, 3]
    assert read_column(path, "floats").tolist() == [0.1, 0.2, 0.3]
    assert read_column(path, "decimals").tolist() == [1.25, 2.5, 3.75]


@pytest.mark.parametrize("dtype", ["float64", "float32", ">f8", "int8", "uint64"])
def test_npy_arrays_of_one_and_two_dimensions(tmp_path, dtype):
    path = array(tmp_path / "x.npy", np.arange(6, dtype=dtype))
    assert read_column(path, None).tolist() == [0, 1, 2, 3, 4, 5]
    path = array(tmp_path / "xy.npy", np.arange(6, dtype=dtype).reshape(3, 2))
    values = read_column(path, 1)
    assert values.tolist() == [1, 3, 5]
    assert values.dtype == np.float64


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_every_format_gives_back_the_same_floats(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("formats")
    rows = "".join(f"{value!r}\n" for value in values)
    assert read_column(text(folder / "x.csv", "v\n" + rows), "v").tolist() == values
    assert read_column(table(folder / "x.parquet", v=values), "v").tolist() == values
    assert read_column(array(folder / "x.npy", np.array(values)), None).tolist() == values


def test_what_is_no_file_of_a_known_kind(tmp_path):
    assert refusal(tmp_path / "no.csv") == "cannot read 'no.csv': No such file or directory"
    assert refusal(text(tmp_path / "x.csv", "")) == "'x.csv' is empty"
    assert refusal(text(tmp_path / "x.xlsx", "1")) == (
        "'x.xlsx' ends in none of .csv, .parquet, .npy; other files cannot be read"
    )
    (tmp_path / "folder.csv").mkdir()
    assert refusal(tmp_path / "folder.csv") == "'folder.csv' is a directory; give a file"


def test_a_column_that_is_not_there(tmp_path):
    path = text(tmp_path / "x.csv", "height,weight\n1,2\n")
    assert refusal(path, "hieght") == "'x.csv' has no column 'hieght'; did you mean 'height' or 'weight'?"
    assert refusal(path) == "'x.csv' has named columns; choose one with 'column': height, weight"
    assert refusal(path, 0) == (
        "'x.csv', line 1: 'height' is not a number; if this line is a header, give the column by its name"
    )
    path = text(tmp_path / "x.csv", "1,2\n3,4\n")
    assert refusal(path, 2) == "'x.csv', line 1, has 2 cells and so none at index 2"
    assert refusal(path, -1) == "'x.csv', line 1, has 2 cells and so none at index -1"
    path = table(tmp_path / "x.parquet", height=[1.0])
    assert refusal(path, "heigth") == "'x.parquet' has no column 'heigth'; did you mean 'height'?"
    assert refusal(path, 0) == "'x.parquet' has no column '0'; known: height"
    path = array(tmp_path / "x.npy", np.ones((3, 2)))
    assert refusal(path) == "'x.npy' has 2 columns; 'column' is None, not an index below that"
    assert refusal(path, 2) == "'x.npy' has 2 columns; 'column' is 2, not an index below that"
    path = array(tmp_path / "x.npy", np.ones(3))
    assert refusal(path, 0) == "'x.npy' holds a 1-D array; leave out 'column', which is 0"


def test_a_name_that_two_columns_share(tmp_path):
    path = text(tmp_path / "x.csv", "a,a\n1,2\n")
    assert refusal(path, "a") == "'x.csv' has 2 columns named 'a'; give them different names"


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("tall", "'tall' is not a number"),
        ("1,5", "'1,5' is not a number"),
        ("", "the cell is empty"),
        ("  ", "the cell is empty"),
        ("nan", "nan is not a finite number"),
        ("-inf", "-inf is not a finite number"),
        ("1e999", "1e999 is not a finite number"),
    ],
)
def test_a_csv_cell_that_is_no_number_is_located(tmp_path, cell, fault):
    path = text(tmp_path / "x.csv", f'name,v\n"two\nlines",1\nx,"{cell}"\n')
    assert refusal(path, "v") == f"'x.csv', line 4: {fault}"


def test_a_csv_row_that_is_too_short_is_located(tmp_path):
    path = text(tmp_path / "x.csv", "a,b\n1,2\n3\n")
    assert refusal(path, "b") == "'x.csv', line 3, has 1 cells and so none at index 1"


def test_a_missing_or_infinite_value_is_located_in_the_other_formats(tmp_path):
    path = table(tmp_path / "x.parquet", v=[1, 2, None])
    assert refusal(path, "v") == "'x.parquet', row 2 (the first is 0) is nan, not a finite number"
    path = array(tmp_path / "x.npy", np.array([1, np.inf]))
    assert refusal(path) == "'x.npy', row 1 (the first is 0) is inf, not a finite number"


def test_columns_that_hold_no_numbers(tmp_path):
    path = table(tmp_path / "x.parquet", name=["a", "b"], flag=[True, False])
    assert refusal(path, "name") == "'x.parquet': the column 'name' holds string, not numbers"
    assert refusal(path, "flag") == "'x.parquet': the column 'flag' holds bool, not numbers"
    assert refusal(array(tmp_path / "x.npy", np.array(["a"]))) == "'x.npy' holds <U1, not integers or floats"
    path = array(tmp_path / "x.npy", np.ones((2, 2, 2)))
    assert refusal(path) == "'x.npy' holds an array of shape (2, 2, 2); it must be 1-D or 2-D"


def test_broken_files(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"v\n\xff\xfe\n")
    assert refusal(path, "v") == "'x.csv' is not text in UTF-8; save it as such"
    assert refusal(text(path, 'v\n"1\n'), "v") == ("'x.csv', line 2, is not well-formed CSV: unexpected end of data")
    for path in (table(tmp_path / "x.parquet", v=[1.0] * 99), array(tmp_path / "x.npy", np.ones(99))):
        whole = path.read_bytes()
        for content in (whole[: len(whole) // 2], b"no such format"):
            path.write_bytes(content)
            assert "is not a readable" in refusal(path, "v")


def test_an_npy_file_with_a_damaged_header(tmp_path):
    path = array(tmp_path / "x.npy", np.ones(99))
    path.write_bytes(path.read_bytes().replace(b"}", b"("))
    assert "is not a readable NPY file" in refusal(path)


def test_an_npy_file_of_pickled_objects_is_not_opened(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{}, 1]), allow_pickle=True)
    assert "Object arrays cannot be loaded" in refusal(tmp_path / "x.npy")


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    path = table(tmp_path / "x.parquet", v=[1.0])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert refusal(path, "v") == "reading 'x.parquet' needs pyarrow: pip install ganlab[parquet]"


def test_a_relative_path_starts_from_the_working_directory(tmp_path, monkeypatch):
    text(tmp_path / "x.csv", "1\n2\n")
    monkeypatch.chdir(tmp_path)
    assert read_column(Path("x.csv"), 0).tolist() == [1, 2]
