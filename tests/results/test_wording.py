"""Words for prose that is made from records."""

from __future__ import annotations

import pytest

from ganlab.results.wording import by_row, integers, listed, options, value


@pytest.mark.parametrize(
    ("words", "said"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"), (iter("ab"), "a and b")]
)
def test_a_list_ends_with_and(words, said):
    assert listed(words) == said


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([4], "4"),
        ([1, 0], "0 and 1"),
        ([2, 0, 1], "0 to 2"),
        ([0, 3, 5], "0, 3 and 5"),
        ([7, 8, 9, 11], "7, 8, 9 and 11"),
        (range(1000), "0 to 999"),
        ([1, 42, 2**62], f"1, 42 and {2**62}"),
    ],
)
def test_a_run_of_integers_is_said_by_its_ends(numbers, said):
    assert integers(numbers) == said


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        (True, "yes"),
        (False, "no"),
        (1e-4, "0.0001"),
        (1.0, "1"),
        (3, "3"),
        ([64, 32], "64-32"),
        ([8], "8"),
        ([-2.0, 2.0], "(-2, 2)"),
        ("relu", "relu"),
    ],
)
def test_a_value_is_written_as_one_would(thing, said):
    assert value(thing) == said


def test_options_that_are_not_set_are_left_out():
    assert options({"widths": [8], "discriminator_widths": None, "flips": False}) == "widths 8, flips no"


def row_of(run) -> str:
    return f"{run.label[0]}-networks"


def test_what_all_rows_share_is_said_once(sweep):
    sweep.cell("one", [1.0, 2.0])
    sweep.cell("other", [1.0, 2.0])
    assert by_row(sweep.table(), row_of) == "o-networks"


def test_what_differs_is_said_of_the_rows_that_it_is_of(sweep):
    for label in ("one", "other", "wide"):
        sweep.cell(label, [1.0, 2.0])
    assert by_row(sweep.table(), row_of) == "w-networks for wide; o-networks for one and other"


def test_of_many_rows_the_usual_ones_are_the_others(sweep):
    for label in ("o1", "o2", "o3", "o4", "wide"):
        sweep.cell(label, [1.0, 2.0])
    assert by_row(sweep.table(), row_of) == "w-networks for wide; o-networks for the others"


def test_what_differs_by_the_data_is_said_of_the_data(sweep):
    for label in ("one", "other"):
        sweep.cell(label, [1.0, 2.0])
        sweep.cell(label, [1.0, 2.0], dataset="ring")
    said = by_row(sweep.table(), lambda row: "in the plane" if row.dataset == "ring" else "on a line")
    assert said == "on a line on gaussian; in the plane on ring"
