import gzip

import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.data.column_files import read_column
from ganlab.data.delimited_files import TextLayout
from ganlab.errors import InputError


def file(tmp_path, content, name="x.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def values(path, column, missing="refuse", **layout):
    return read_column(path, column, missing, TextLayout(**layout)).values.tolist()


def refusal(path, column, missing="refuse", **layout):
    with pytest.raises(InputError) as error:
        values(path, column, missing, **layout)
    return str(error.value).replace(f"{path.parent}/", "")


# Columns and headers


def test_a_column_by_name(tmp_path):
    path = file(tmp_path, 'name, height\n"Ann, B.",1e-4\nBob, 3 \n"C\nD",-2\n')
    assert values(path, "height") == [1e-4, 3, -2]


def test_a_column_by_index_where_there_is_no_header(tmp_path):
    path = file(tmp_path, "1,2\n3,4\n")
    assert values(path, 1) == [2, 4]
    assert read_column(path, 1).note == "no header, the first value is 2"


def test_a_header_of_numbers_that_a_name_chose_is_told(tmp_path):
    column = read_column(file(tmp_path, "1,2\n3,4\n"), "1")
    assert (column.values.tolist(), column.note) == ([3], "line 1 is the header: '1', '2'")


def test_a_file_as_spreadsheets_write_it(tmp_path):
    assert values(file(tmp_path, "a,b\r\n1,2\r\n", "X.CSV", "utf-8-sig"), "a") == [1]


@pytest.mark.parametrize("column", [2019, "2019"])
def test_a_name_may_be_a_number(tmp_path, column):
    assert values(file(tmp_path, "2019,2020\n1,2\n3,4\n"), column) == [1, 3]


FRAMES = [
    pandas.Series([1.5, 2.5, 3.0]).to_csv(index=False),
    pandas.Series([5, 3, 9]).to_csv(index=False),
    pandas.Series([5, 3, 9]).to_csv(),
    pandas.DataFrame([[5, 3], [9, 1]]).to_csv(index=False),
]


@pytest.mark.parametrize("content", FRAMES)
def test_a_header_that_pandas_made_of_numbers_is_not_taken_for_values(tmp_path, content):
    path = file(tmp_path, content)
    assert "write 'header: true' if its cells are names, or 'header: false' if they are values" in refusal(path, 0)
    frame = pandas.read_csv(path)
    assert values(path, 0, header=True) == values(path, "0") == frame["0"].tolist()


@pytest.mark.parametrize(
    ("content", "column"),
    [
        ("2019\n1.5\n2.5\n", 0),  # an integer over none
        ("name,2019\nAnn,1.5\nBob,2.0\n", 1),
        ("2019,2020,2021\n4,5,6\n7,8,9\n", 0),  # one after the other
        ("id,2019\n1,4\n2,5\n", 1),  # a word over numbers
        (",2019\n0,4\n1,5\n", 1),  # an empty cell over row numbers
        ("2019\n5\n7\n", 0),  # years
        ("2019,2020\n5,6\n7,8\n", 1),
        ("2010,2015,2020\n5,6,7\n7,8,9\n", 0),
    ],
)
def test_what_may_be_a_header_of_numbers_is_asked_for(tmp_path, content, column):
    path = file(tmp_path, content)
    assert "'header: true'" in refusal(path, column)
    first = float(content.split("\n")[0].split(",")[column])
    assert values(path, column, header=False)[0] == first


@pytest.mark.parametrize(
    ("content", "column", "expected"),
    [
        ("5\n3\n4\n", 0, [5, 3, 4]),
        ("0.5\n1\n2\n", 0, [0.5, 1, 2]),
        ("0,7\n1,9\n", 0, [0, 1]),
        ("1,5,7\n2,3,4\n", 1, [5, 3]),
        ("1,2,3\n4,5,6\n", 0, [1, 4]),
        ("5\n3.5\n4\n", 0, [5, 3.5, 4]),
        ("2,1,0\n3,4,5\n", 1, [1, 4]),
        ("Ann,170\nBob,180\n", 1, [170, 180]),
        ("A1,170\n7,180\nB2,190\n", 1, [170, 180, 190]),
        ("?,170\n3,180\n", 1, [170, 180]),
        (",170\n3.5,180\n", 1, [170, 180]),
        ("0,17\n1,23\n", 1, [17, 23]),
        ("Ann,0\nBob,3\n", 1, [0, 3]),
        ("Ann,0,2.5\nBob,3,4.5\n", 1, [0, 3]),
    ],
)
def test_values_without_a_header_are_read_from_the_first_line_on(tmp_path, content, column, expected):
    assert values(file(tmp_path, content), column) == expected


def test_a_column_that_is_not_there(tmp_path):
    path = file(tmp_path, "height,weight\n1,2\n")
    assert refusal(path, "hieght") == "'x.csv' has no column 'hieght'; did you mean 'height' or 'weight'?"
    assert refusal(path, None) == "'x.csv' has named columns; choose one with 'column'; known: height, weight"
    assert refusal(path, 0) == (
        "'x.csv', line 1: 'height' is not a number; if this line is a header, give the column by its name"
    )
    assert refusal(path, 0, header=True) == "'x.csv' has no column '0'; known: height, weight"
    path = file(tmp_path, "1,2\n3,4\n")
    for column in (5, -1):
        assert refusal(path, column) == f"'x.csv', line 1, has 2 cells and so none at index {column}"
    for name, content in ((2, "1,2\n3,4\n"), (-1, "-1,2\n3,4\n")):
        assert refusal(file(tmp_path, content), name) == (
            f"'x.csv', line 1, has 2 cells and so none at index {name}; write 'header: true' if they are names"
        )
    for column in ("a", None):
        assert refusal(path, column, header=False) == (
            "'x.csv' has no header; choose a column by its index, from 0 to 1"
        )


def test_a_file_without_a_header_hints_at_an_index(tmp_path):
    for content in ("1,2\n3,4\n", "Ann,2\nBob,4\n"):
        for column in ("height", None):
            hint = "(if its first line is no header, give an index, such as 'column: 0')"
            assert hint in refusal(file(tmp_path, content), column)


def test_a_name_that_two_columns_share(tmp_path):
    path = file(tmp_path, "a,a,b\n1,2,3\n")
    assert refusal(path, "a") == "'x.csv' has 2 columns named 'a'; give them different names"
    assert values(path, "b") == [3]


def test_names_are_shown_on_one_line(tmp_path):
    path = file(tmp_path, '"height\n(cm)",\x1b[31m\n1,2\n')
    assert refusal(path, "width") == "'x.csv' has no column 'width'; known: height\\n(cm), \\x1b[31m"
    assert values(path, "height\n(cm)") == [1]


# Rows


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("1,170,60\n", "line 2 has 3 cells and the header 2; row names without a header, or a comma inside numbers?"),
        ("170,60\n1,5,2,5\n", "line 3 has 4 cells and the header 2; row names without a header, or a comma inside"),
        ("170,60,\n", "line 2 has 3 cells and the header 2"),
        ("170,60\n170\n", "line 3 has 1 cell and the header 2"),
        ('"1\n2",60\n170\n', "line 4 has 1 cell and the header 2"),
    ],
)
@pytest.mark.parametrize("column", ["height", "weight"])
def test_a_row_of_another_length_than_the_header(tmp_path, rows, fault, column):
    content = "height,weight\n" + rows
    if not rows.startswith('"'):
        assert refusal(file(tmp_path, content), column).startswith(f"'x.csv': {fault}")
        tsv = file(tmp_path, content.replace(",", "\t"), "x.tsv")
        assert refusal(tsv, column).startswith(f"'x.tsv': {fault.replace('a comma', 'a tab')}")
    elif column == "weight":
        assert refusal(file(tmp_path, content), column) == f"'x.csv': {fault}"


def test_a_row_of_another_length_than_the_first_line(tmp_path):
    path = file(tmp_path, "1,2\n3,4,5\n")
    assert refusal(path, 0).startswith("'x.csv': line 2 has 3 cells and the first line 2; row names")


@pytest.mark.parametrize("end", ["\n\n\n", "\r\n\r\n", "\n \n\t\n", ""])
def test_empty_lines_at_the_end_are_skipped(tmp_path, end):
    assert values(file(tmp_path, f"a,b\n1,2\n3,4{end}"), "b") == [2, 4]
    assert values(file(tmp_path, f"a\n1\n3{end}"), "a") == [1, 3]


@pytest.mark.parametrize("content", ["v\n1\n\n3\n", "v,w\n1,5\n\n3,5\n", "v,w\n1,5\n,\n3,5\n"])
def test_an_empty_line_between_others_is_a_missing_value(tmp_path, content):
    path = file(tmp_path, content)
    assert refusal(path, "v") == (
        "'x.csv': 1 of 3 values is missing, the first in line 3 (empty); write 'missing: drop' to leave it out"
    )
    assert values(path, "v", "drop") == [1, 3]


def test_a_file_of_a_header_or_of_empty_lines_alone(tmp_path):
    assert values(file(tmp_path, "v\n"), "v") == []
    assert refusal(file(tmp_path, "\n\n"), "v") == "'x.csv' begins with an empty line; remove it"


# Cells


@pytest.mark.parametrize("cell", ["", "  ", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "<NA>", "#N/A"])
def test_missing_cells_are_counted_and_refused_or_dropped(tmp_path, cell):
    path = file(tmp_path, f'name,v\n"two\nlines",1\nx,"{cell}"\ny,2\nz,{cell}\n')
    shown = f"'{cell}'" if cell.strip() else "empty"
    assert refusal(path, "v") == (
        f"'x.csv': 2 of 4 values are missing, the first in line 4 ({shown}); write 'missing: drop' to leave them out"
    )
    column = read_column(path, "v", "drop")
    assert (column.values.tolist(), column.dropped) == ([1, 2], 2)


@pytest.mark.parametrize("cell", ["tall", "1_171", "0x1F", "1 2", "5%", "$5", "5 kg", "True", "1e", ".", "-", "1\x002"])
def test_a_cell_that_is_no_number_is_located(tmp_path, cell):
    path = file(tmp_path, f'name,v\n"two\nlines",1\nx,"{cell}"\n')
    for missing in ("refuse", "drop"):
        cell_shown = cell.replace("\0", "\\x00")
        assert refusal(path, "v", missing) == f"'x.csv', line 4: '{cell_shown}' is not a number"


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e999", "9" * 400])
def test_a_cell_that_is_not_finite_is_located(tmp_path, cell):
    path = file(tmp_path, f"v\n1\n{cell}\n")
    for missing in ("refuse", "drop"):
        assert refusal(path, "v", missing).startswith(f"'x.csv', line 3: '{cell[:40]}")
        assert "is not a finite number" in refusal(path, "v", missing)


def test_a_long_cell_is_shown_in_part_and_on_one_line(tmp_path):
    path = file(tmp_path, 'v\n"' + "a\n" * 500 + '"\n')
    assert refusal(path, "v") == "'x.csv', line 502: '" + "a\\n" * 20 + "...' is not a number"


@settings(deadline=None)
@given(st.lists(st.integers(2**53, 2**63), min_size=1, max_size=5))
def test_integers_are_read_unless_float64_merges_them(tmp_path_factory, integers):
    path = file(tmp_path_factory.mktemp("integers"), "v\n" + "".join(f"{integer}\n" for integer in integers))
    if len(set(integers)) == len(set(map(float, integers))):
        assert values(path, "v") == list(map(float, integers))
    else:
        assert "different integers of the column" in refusal(path, "v")


def test_integers_that_float64_merges_are_refused(tmp_path):
    path = file(tmp_path, "time\n" + "".join(f"{1_700_000_000_000_000_000 + i}\n" for i in range(100)))
    assert refusal(path, "time") == (
        "'x.csv': 100 different integers of the column become 1 in float64, which tells integers apart up to 2^53; "
        "subtract an offset from them, such as the smallest"
    )
    path = file(tmp_path, "v\n9007199254740993\n9007199254740993\n1\n")
    assert values(path, "v") == [2**53, 2**53, 1]


# Marks in numbers, and delimiters


@pytest.mark.parametrize(
    ("cell", "layout", "value"),
    [
        ("1,5", {"decimal": ","}, 1.5),
        ("-,5e3", {"decimal": ","}, -500),
        ("1,234", {"decimal": ","}, 1.234),
        ("1,234", {"thousands": ","}, 1234),
        ("-1,234,567.5", {"thousands": ","}, -1234567.5),
        ("1234.5", {"thousands": ","}, 1234.5),
        ("1.234,5", {"decimal": ",", "thousands": "."}, 1234.5),
        ("1 234", {"thousands": " "}, 1234),
        ("1\N{NARROW NO-BREAK SPACE}234,5", {"decimal": ",", "thousands": " "}, 1234.5),
        ("1'234.5", {"thousands": "'"}, 1234.5),
    ],
)
def test_marks_in_numbers(tmp_path, cell, layout, value):
    path = file(tmp_path, f"a;v\n1;{cell}\n1;0\n")
    assert values(path, "v", delimiter=";", **layout) == [value, 0]


@pytest.mark.parametrize(
    ("cell", "layout", "hint"),
    [
        ("1,5", {}, '; if it is meant as one, write decimal: ","'),
        ("1,234", {}, '; if it is meant as one, write thousands: "," or decimal: ","'),
        ("1.234,5", {}, '; if it is meant as one, write decimal: "," and thousands: "."'),
        ("1.234.567", {}, '; if it is meant as one, write decimal: "," and thousands: "."'),
        ("1,234.5", {}, '; if it is meant as one, write thousands: ","'),
        ("1'234", {}, '; if it is meant as one, write thousands: "\'"'),
        ("1 234", {}, '; if it is meant as one, write thousands: " "'),
        ("1.5", {"decimal": ","}, '; if it is meant as one, write decimal: "."'),
        ("1,5", {"thousands": ","}, '; if it is meant as one, write decimal: ","'),
        ("12,34", {"thousands": ","}, '; if it is meant as one, write decimal: ","'),
        ("1234,567", {"thousands": ","}, '; if it is meant as one, write decimal: ","'),
        ("1,2345,678", {"thousands": ","}, ""),
        ("1,,234", {"thousands": ","}, ""),
        (",234", {"thousands": ","}, '; if it is meant as one, write decimal: ","'),
    ],
)
def test_marks_that_no_option_names_are_refused_with_the_option(tmp_path, cell, layout, hint):
    path = file(tmp_path, f'a,v\n1,"{cell}"\n')
    assert refusal(path, "v", **layout) == f"'x.csv', line 2: '{cell}' is not a number{hint}"
    path = file(tmp_path, f"a;v\n1;{cell}\n")
    assert refusal(path, "v", delimiter=";", **layout) == f"'x.csv', line 2: '{cell}' is not a number{hint}"


@pytest.mark.parametrize("layout", [{"decimal": ","}, {"thousands": ","}])
def test_a_mark_in_numbers_that_separates_cells_is_refused(tmp_path, layout):
    path = file(tmp_path, "1,500\n2,500\n")
    assert "'x.csv': ',' separates cells, and so no number of the column holds one" in refusal(path, 0, **layout)
    path = file(tmp_path, 'a,v\n1,"1,500"\n2,7\n')
    assert len(values(path, "v", **layout)) == 2


@pytest.mark.parametrize("delimiter", [";", "\t", "|", " "])
@pytest.mark.parametrize("column", ["height", "id"])
def test_another_delimiter_is_named(tmp_path, delimiter, column):
    content = "id,height\n1,170\n2,1e2\n".replace(",", delimiter)
    option = "tab" if delimiter == "\t" else f'"{delimiter}"'
    assert f"write 'delimiter: {option}' if it separates cells" in refusal(file(tmp_path, content), column)
    assert values(file(tmp_path, content), "height", delimiter=delimiter) == [170, 100]


@pytest.mark.parametrize(
    ("content", "column"),
    [
        ("1;1,5\n2;1,7\n", 1),  # the digits after the decimal comma would be values
        ("height,cm;weight\n1,70;60\n1,80;70\n", "height"),
        ("Ann;1,5\nBob;1,7\n", 1),
        ("1\t1,5\n2\t1,7\n", 1),
    ],
)
def test_another_delimiter_is_not_read_over_for_decimal_commas(tmp_path, content, column):
    assert "if it separates cells" in refusal(file(tmp_path, content), column)


def test_a_table_as_r_writes_it_with_semicolons(tmp_path):
    path = file(tmp_path, '"";"x"\n"1";1,5\n"2";2,5\n')
    assert refusal(path, "x").endswith("write 'delimiter: \";\"' if a semicolon separates the cells")
    assert values(path, "x", delimiter=";", decimal=",") == [1.5, 2.5]


def test_a_tsv_file_is_separated_by_tabs(tmp_path):
    assert values(file(tmp_path, "a\tv, cm\n1\t1.5\n", "x.tsv"), "v, cm") == [1.5]
    assert values(file(tmp_path, "a,v\n1,1.5\n", "x.tsv"), "v", delimiter=",") == [1.5]
    assert "write 'delimiter: \",\"' if it separates" in refusal(file(tmp_path, "a,v\n1,1.5\n", "x.tsv"), "v")
    assert values(file(tmp_path, "1,5\n2,5\n", "x.tsv"), 0, decimal=",") == [1.5, 2.5]
    assert 'decimal: ","' in refusal(file(tmp_path, "1,5\n2,5\n", "x.tsv"), 0)


def test_text_that_holds_other_delimiters_is_read(tmp_path):
    assert values(file(tmp_path, "temp; C,b\n1,2\n3,4\n"), "b") == [2, 4]
    assert values(file(tmp_path, "mean radius\n17.9\n"), "mean radius") == [17.9]
    assert values(file(tmp_path, "Lee; Ann,2\nLee; Bob,4\n"), 1, delimiter=",") == [2, 4]


# Files


@pytest.mark.parametrize("name", ["x.csv.gz", "X.CSV.GZ", "x.tsv.gz"])
def test_a_file_packed_with_gzip(tmp_path, name):
    content = b"a,v\n1,1.5\n".replace(b",", b"\t" if "tsv" in name else b",")
    assert values(file(tmp_path, gzip.compress(content), name), "v") == [1.5]


def test_a_damaged_gzip_file(tmp_path):
    rng = np.random.default_rng(0)
    whole = gzip.compress("".join(f"{value}\n" for value in rng.normal(size=5000)).encode())
    for content in (whole[:-100], whole[:9], whole[:2000] + b"\0" * 50 + whole[2050:], b"1\n2\n"):
        path = file(tmp_path, content, "x.csv.gz")
        assert refusal(path, 0).startswith("'x.csv.gz' is not a whole gzip file: ")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8", "UTF_8", "utf-8-sig"])
def test_text_in_an_encoding_that_is_named(tmp_path, encoding):
    assert values(file(tmp_path, "größe\n1\n", encoding=encoding), "größe", encoding=encoding) == [1]


def test_text_in_another_encoding(tmp_path):
    path = file(tmp_path, "größe\n1\n", encoding="latin-1")
    assert refusal(path, "größe") == (
        "'x.csv' is not text in UTF-8; save it as such, or write its encoding, such as 'encoding: cp1252'"
    )
    for encoding in ("utf-16", "ascii"):
        assert refusal(path, "größe", encoding=encoding) == f"'x.csv' is not text in {encoding}"
    for encoding in ("klingon", "hex"):
        assert refusal(path, "größe", encoding=encoding) == (
            f"'x.csv': '{encoding}' is not the name of an encoding; known ones are utf-8, utf-16, cp1252"
        )
    path = file(tmp_path, "größe\n1\n", encoding="utf-16")
    assert refusal(path, "größe") == "'x.csv' is text in UTF-16; save it as UTF-8, or write 'encoding: utf-16'"
    path = file(tmp_path, "height\n1\n", encoding="utf-16-le")
    assert refusal(path, "height") == (
        "'x.csv' holds NUL characters; if it is text in UTF-16, write 'encoding: utf-16-le'"
    )


@pytest.mark.parametrize("content", ['v\n"1\n', 'v\n"1"2\n'])
def test_malformed_csv(tmp_path, content):
    assert refusal(file(tmp_path, content), "v").startswith("'x.csv', line 2, is not well-formed CSV: ")
