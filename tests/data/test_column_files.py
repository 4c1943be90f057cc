import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from ganlab.data.column_files import read_column
from ganlab.data.delimited_files import TextLayout
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


def values(path, column, missing="refuse"):
    return read_column(path, column, missing).values.tolist()


def refusal(path, column=None, missing="refuse", layout=None):
    with pytest.raises(InputError) as error:
        read_column(path, column, missing, layout)
    return str(error.value).replace(f"{path.parent}/", "")


def test_a_parquet_column_of_any_number_type(tmp_path):
    path = table(
        tmp_path / "x.parquet",
        integers=[1, 2, 3],
        floats=[0.1, 0.2, 0.3],
        decimals=[Decimal("1.25"), Decimal("2.50"), Decimal("3.75")],
    )
    assert values(path, "integers") == [1, 2, 3]
    assert values(path, "floats") == [0.1, 0.2, 0.3]
    assert values(path, "decimals") == [1.25, 2.5, 3.75]


@pytest.mark.parametrize("dtype", ["float64", "float32", ">f8", "int8", "uint64"])
def test_npy_arrays_of_one_and_two_dimensions(tmp_path, dtype):
    path = array(tmp_path / "x.npy", np.arange(6, dtype=dtype))
    assert values(path, None) == [0, 1, 2, 3, 4, 5]
    path = array(tmp_path / "xy.npy", np.arange(6, dtype=dtype).reshape(3, 2))
    column = read_column(path, 1)
    assert column.values.tolist() == [1, 3, 5]
    assert column.values.dtype == np.float64


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_every_format_gives_back_the_same_floats(tmp_path_factory, floats):
    folder = tmp_path_factory.mktemp("formats")
    rows = "".join(f"{value!r}\n" for value in floats)
    assert values(text(folder / "x.csv", "v\n" + rows), "v") == floats
    assert values(table(folder / "x.parquet", v=floats), "v") == floats
    assert values(array(folder / "x.npy", np.array(floats)), None) == floats


def test_what_is_no_file_of_a_known_kind(tmp_path):
    assert refusal(tmp_path / "no.csv") == "cannot read 'no.csv': No such file or directory"
    assert refusal(text(tmp_path / "x.csv", "")) == "'x.csv' is empty"
    assert refusal(text(tmp_path / "x.xlsx", "1")) == (
        "'x.xlsx' ends in none of .csv, .csv.gz, .tsv, .tsv.gz, .parquet, .npy; other files cannot be read"
    )
    (tmp_path / "folder.csv").mkdir()
    assert refusal(tmp_path / "folder.csv") == "'folder.csv' is a directory; give a file"


def test_a_column_that_is_not_there(tmp_path):
    path = table(tmp_path / "x.parquet", height=[1.0])
    assert refusal(path, "heigth") == "'x.parquet' has no column 'heigth'; did you mean 'height'?"
    assert refusal(path, 0) == "'x.parquet' has no column '0'; known: height"
    path = array(tmp_path / "x.npy", np.ones((3, 2)))
    assert refusal(path) == "'x.npy' has 2 columns; 'column' is None, not an index below that"
    assert refusal(path, 2) == "'x.npy' has 2 columns; 'column' is 2, not an index below that"
    path = array(tmp_path / "x.npy", np.ones(3))
    assert refusal(path, 0) == "'x.npy' holds a 1-D array; leave out 'column', which is 0"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([1, None, 3, None], pyarrow.float64()),
        ([1, None, 3, float("nan")], pyarrow.float64()),
        ([1, None, 3, None], pyarrow.int64()),
        ([Decimal(1), None, Decimal(3), None], pyarrow.decimal128(9, 2)),
    ],
)
def test_missing_values_of_parquet_are_counted_and_refused_or_dropped(tmp_path, cells, kind):
    path = table(tmp_path / "x.parquet", v=pyarrow.array(cells, kind, from_pandas=False))
    assert refusal(path, "v") == (
        "'x.parquet': 2 of 4 values are missing, the first in row 1 (the first is 0); "
        "write 'missing: drop' to leave them out"
    )
    column = read_column(path, "v", "drop")
    assert (column.values.tolist(), column.dropped) == ([1, 3], 2)


def test_missing_values_of_npy_are_counted_and_refused_or_dropped(tmp_path):
    path = array(tmp_path / "x.npy", np.array([[1, 5], [np.nan, 5], [3, np.nan]]))
    assert refusal(path, 0) == (
        "'x.npy': 1 of 3 values is missing, the first in row 1 (the first is 0); write 'missing: drop' to leave it out"
    )
    column = read_column(path, 0, "drop")
    assert (column.values.tolist(), column.dropped) == ([1, 3], 1)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("missing", ["refuse", "drop"])
def test_an_infinite_value_is_located(tmp_path, missing):
    for path in (
        array(tmp_path / "x.npy", np.array([1, np.inf, np.nan])),
        array(tmp_path / "long.npy", np.array([1, 10], np.longdouble) ** 400),
        table(tmp_path / "x.parquet", v=[1, float("inf"), None]),
    ):
        column = "v" if path.suffix == ".parquet" else None
        with pytest.raises(InputError, match=r"row 1 \(the first is 0\) is inf in float64, not a finite number$"):
            read_column(path, column, missing)


LARGE = [2**60 + i for i in range(100)]


@pytest.mark.parametrize(
    "cells",
    [
        np.array(LARGE),
        np.array(LARGE, np.uint64),
        pyarrow.array(LARGE),
        pyarrow.array([*LARGE, None], pyarrow.uint64()),
        pyarrow.array(list(map(Decimal, LARGE)), pyarrow.decimal128(38, 0)),
    ],
)
def test_integers_that_float64_merges_are_refused(tmp_path, cells):
    if isinstance(cells, np.ndarray):
        path, column = array(tmp_path / "x.npy", cells), None
    else:
        path, column = table(tmp_path / "x.parquet", v=cells), "v"
    # Above 2^60 float64 has every 256th integer; 2^60 and what is nearest to it are one.
    assert "100 different integers of the column become 1 in float64" in refusal(path, column, "drop")


@pytest.mark.parametrize("step", [256, 1000])
def test_large_integers_that_stay_different_are_read(tmp_path, step):
    integers = [2**60 + step * i for i in range(100)]
    expected = list(map(float, integers))
    assert values(array(tmp_path / "x.npy", np.array(integers)), None) == expected
    assert values(table(tmp_path / "x.parquet", v=integers), "v") == expected


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["a", "b"], "string"),
        ([True, False], "bool"),
        (pyarrow.array([1, 2], pyarrow.timestamp("ns")), "timestamp[ns]"),
        (pyarrow.array([1, 2], pyarrow.duration("s")), "duration[s]"),
        (pyarrow.array([1, 2], pyarrow.date32()), "date32[day]"),
        (pyarrow.array(["1.5", "2.5"]).dictionary_encode(), "dictionary<"),
        ([[1.5], [2.5]], "list<"),
        ([{"a": 1.5}, {"a": 2.5}], "struct<"),
        ([None, None], "null"),
    ],
)
def test_parquet_columns_that_hold_no_numbers(tmp_path, cells, kind):
    path = table(tmp_path / "x.parquet", v=cells)
    assert refusal(path, "v").startswith(f"'x.parquet': the column 'v' holds {kind}")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.array(["a"]), "<U1"),
        (np.array([True]), "bool"),
        (np.array([1j]), "complex128"),
        (np.array(["2020"], "datetime64[ns]"), "datetime64[ns]"),
        (np.zeros(3, [("a\nb", "f8")]), "[('a\\nb', '<f8')]"),
    ],
)
def test_npy_arrays_that_hold_no_numbers(tmp_path, values, kind):
    assert refusal(array(tmp_path / "x.npy", values)) == f"'x.npy' holds {kind}, not integers or floats"


@pytest.mark.parametrize("shape", [(), (2, 2, 2)])
def test_an_npy_array_of_another_shape(tmp_path, shape):
    path = array(tmp_path / "x.npy", np.ones(shape))
    assert refusal(path) == f"'x.npy' holds an array of shape {shape}; it must be 1-D or 2-D"


def test_an_npy_array_in_the_order_of_columns(tmp_path):
    path = array(tmp_path / "x.npy", np.asfortranarray(np.arange(6.0).reshape(3, 2)))
    assert values(path, 1) == [1, 3, 5]


def test_the_index_that_pandas_adds_is_not_among_the_names(tmp_path):
    pandas.DataFrame({"v": [1.5, 2.5]}, index=[4, 9]).to_parquet(tmp_path / "x.parquet")
    assert refusal(tmp_path / "x.parquet").endswith("known: v")


@pytest.mark.parametrize("layout", [TextLayout(delimiter=","), TextLayout(header=False), TextLayout(decimal=",")])
def test_options_of_text_files_are_for_no_others(tmp_path, layout):
    path = array(tmp_path / "x.npy", np.ones(3))
    assert (
        refusal(path, layout=layout)
        == "'x.npy' is not a text file; 'header', 'delimiter', 'decimal', 'thousands' and 'encoding' are "
        "for text files only"
    )


def test_broken_files(tmp_path):
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
    assert refusal(path, "v") == "reading 'x.parquet' needs pyarrow: pip install 'ganlab[parquet]'"


def test_a_relative_path_starts_from_the_working_directory(tmp_path, monkeypatch):
    text(tmp_path / "x.csv", "1\n2\n")
    monkeypatch.chdir(tmp_path)
    assert values(Path("x.csv"), 0) == [1, 2]
