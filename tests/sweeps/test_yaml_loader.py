"""What scalars mean in a sweep file."""

from __future__ import annotations

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ganlab.errors import InputError
from ganlab.sweeps.yaml_loader import parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100", 100),
        ("0100", 100),
        ("010", 10),
        ("08", 8),
        ("-007", -7),
        ("1_000", 1000),
        ("0x10", 16),
        ("1e4", 10_000),
        ("64.0", 64),
        ("9007199254740993", 2**53 + 1),
    ],
)
def test_a_whole_number_is_decimal_whatever_it_begins_with(text, value):
    read = parse_yaml(text, "here")
    assert read == value
    assert isinstance(read, int)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-4", 1e-4), ("1E-4", 1e-4), ("1.e-4", 1e-4), ("0.0001", 1e-4), ("+1e-4", 1e-4), (".5", 0.5), ("1e300", 1e300)],
)
def test_a_number_is_a_number_however_it_is_written(text, value):
    read = parse_yaml(f"lr: {text}", "here")["lr"]
    assert isinstance(read, float)
    assert read == value


@pytest.mark.parametrize("text", [".inf", "-.inf", ".nan"])
def test_what_is_not_finite_is_read_as_such_for_the_options_to_refuse(text):
    assert not math.isfinite(parse_yaml(text, "here"))


@pytest.mark.parametrize(
    "text", ["1e", "e5", "0..4", "v1e5", "1:30", "12:30:45", "2024-01-01", "2020-99-99", "0o17", "1,5"]
)
def test_words_that_resemble_numbers_and_dates_stay_words(text):
    assert parse_yaml(text, "here") == text


@given(st.integers())
def test_an_integer_is_read_back(value):
    assert parse_yaml(yaml.safe_dump(value), "here") == value


@given(st.floats(allow_nan=False))
def test_a_float_is_read_back(value):
    assert parse_yaml(yaml.safe_dump(value), "here") == value


def test_a_mapping_that_merges_another_may_be_named_again():
    text = "a: &a {x: 1, lr: 1}\nb: &b {<<: *a, lr: 2}\nc: *b\nd: *b\ne: {<<: *b, x: 3}\n"
    read = parse_yaml(text, "here")
    assert read["b"] == read["c"] == read["d"] == {"x": 1, "lr": 2}
    assert read["e"] == {"x": 3, "lr": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: s\nname: t\n", "here, line 2: not valid YAML: the key 'name' occurs twice"),
        ("a: {x: 1, x: 2}\n", "here, line 1: not valid YAML: the key 'x' occurs twice"),
        ("a: &a {x: 1}\nb: {<<: *a, y: 1, y: 2}\n", "here, line 2: not valid YAML: the key 'y' occurs twice"),
        ("a: [", "here, line 1: not valid YAML"),
        ("a: !!int x", "here, line 1: not valid YAML: 'x' is not a number"),
        ("a: !!int [1]", "here, line 1: not valid YAML: expected a scalar node"),
        ("a: !!float {a: 1}", "here, line 1: not valid YAML: expected a scalar node"),
        ("a: !!bool foo", "here: not valid YAML: 'foo' does not fit its tag"),
        ("a: !!float x", "here, line 1: not valid YAML: 'x' is not a number"),
        ("a: !!timestamp x", "here, line 1: not valid YAML: could not determine a constructor"),
        (
            "a: 1\nb: !!python/object/apply:os.getcwd []",
            "here, line 2: not valid YAML: could not determine a constructor",
        ),
        (f"a: {'1' * 5000}", "here, line 1: not valid YAML: '1111"),
        ("a: 1\nb: \0", "here, line 2: the character U\\+0000 is not allowed in YAML"),
        ("[" * 5000, "here: not valid YAML: it is nested too deeply"),
    ],
)
def test_what_is_not_valid_is_one_sentence_with_the_line(text, message):
    with pytest.raises(InputError, match=message) as caught:
        parse_yaml(text, "here")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200
