from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import pytest
from pydantic import Field, ValidationError

import ganlab.sweeps  # noqa: F401 (imports every options model)
from ganlab.errors import InputError
from ganlab.options import ListOf, Options, parse


def all_options(base: type[Options] = Options) -> list[type[Options]]:
    """Every options model of the package."""
    found = [model for model in base.__subclasses__() if model.__module__.startswith("ganlab.")]
    return found + [inner for model in found for inner in all_options(model)]


class Inner(Options):
    width: int = 3


class Outer(Options):
    inner: Inner = Inner()
    several: ListOf[Inner] = ()
    weights: Mapping[str, float] = {}
    place: str | int | None = None
    kind: Literal["a", "b"] | None = None
    sure: bool = True
    maybe: Inner | None = None
    rate: float = Field(default=0.1, gt=0)
    needed: str


def test_values_become_an_instance():
    assert parse(Outer, {"needed": "x", "inner": {"width": 4}}, "here").inner.width == 4


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"needed": "x", "rat": 1}, "here: unknown key 'rat'; did you mean 'rate'?"),
        ({"needed": "x", "inner": {"widht": 1}}, "here: unknown key 'inner.widht'; did you mean 'width'?"),
        ({"needed": "x", "several": [{}, {"wdth": 1}]}, "here: unknown key 'several.1.wdth'; did you mean 'width'?"),
        ({"needed": "x", "maybe": {"wdth": 1}}, "here: unknown key 'maybe.wdth'; did you mean 'width'?"),
        ({}, "here: the key 'needed' is missing"),
        ({"needed": "x", "rate": -1}, "here: 'rate' is -1: input should be greater than 0"),
        (
            {"needed": "x", "rate": True},
            "here: 'rate' is true; it must be a number (YAML reads yes, on and true as true",
        ),
        ({"needed": "x", "inner": {"width": False}}, "here: 'inner.width' is false; it must be a whole number (YAML"),
        ({"needed": "x", "inner": {"width": 1.5}}, "here: 'inner.width' is 1.5; it must be a whole number"),
        ({"needed": "x", "inner": {"width": "3"}}, "here: 'inner.width' is '3'; it must be a whole number"),
        ({"needed": "x", "several": 3}, "here: 'several' is 3; it must be a list"),
        ({"needed": "x", "weights": {"r1": True}}, "here: 'weights.r1' is true; it must be a number (YAML"),
        ({"needed": "x", "weights": {0.0005: None}}, "here: 'weights' has the key 0.0005; keys are names"),
        (
            {"needed": "x", "place": 1.5},
            "here: 'place' is 1.5; it must be a text or a whole number; put it in quotes: \"1.5\"",
        ),
        ({"needed": "x", "place": True}, "here: 'place' is true; it must be a text or a whole number (YAML reads"),
        ({"needed": "x", "kind": "c"}, "here: 'kind' is 'c'; it must be 'a' or 'b'"),
        ({"needed": "x", "sure": 1}, "here: 'sure' is 1; it must be true or false"),
        (
            {"needed": 2024},
            "here: 'needed' is 2024; it must be a text; put it in quotes: \"2024\", and in a shell",
        ),
        ({"needed": None}, "here: 'needed' is empty; it must be a text"),
        ({"needed": [0] * 99}, "here: 'needed' is [0, 0, 0"),
        ({"needed": "x", "rate": "fast"}, "here: 'rate' is 'fast'; it must be a number"),
    ],
)
def test_the_first_fault_is_one_sentence_that_says_where(values, message):
    with pytest.raises(InputError) as caught:
        parse(Outer, values, "here")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200
    assert not any(word in str(caught.value) for word in ("[key]", ".str", ".int", "input should be a valid"))


@pytest.mark.parametrize(
    "values", [{"rate": 2}, {"rate": 2.5}, {"several": [{"width": 3}]}, {"place": 3}, {"place": "3"}]
)
def test_a_value_of_the_right_kind_is_taken_as_it_is(values):
    parsed = parse(Outer, {"needed": "x", **values}, "here")
    assert parsed.model_dump(include=values.keys(), mode="json") == {**values}


@pytest.mark.parametrize("model", all_options(), ids=lambda model: model.__name__)
def test_no_option_of_the_package_takes_a_truth_for_a_number_or_a_text(model):
    for name, field in model.model_fields.items():
        if bool not in (field.annotation, *get_args(field.annotation)):
            with pytest.raises(ValidationError) as caught:
                model.model_validate({name: True})
            assert name in {fault["loc"][0] for fault in caught.value.errors()}
