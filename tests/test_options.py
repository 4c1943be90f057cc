from __future__ import annotations

import pytest
from pydantic import Field

from ganlab.errors import InputError
from ganlab.options import Options, parse


class Inner(Options):
    width: int = 3


class Outer(Options):
    inner: Inner = Inner()
    several: tuple[Inner, ...] = ()
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
        ({"needed": "x", "rate": "fast"}, "here: 'rate' is 'fast': input should be a valid number"),
    ],
)
def test_the_first_fault_is_one_sentence_that_says_where(values, message):
    with pytest.raises(InputError) as caught:
        parse(Outer, values, "here")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
