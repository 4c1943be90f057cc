"""The table and its footnotes as a reader sees them."""

from __future__ import annotations

import re

import pytest

from ganlab.errors import InputError
from ganlab.results.rendering import render


def markdown(sweep, metrics=None) -> str:
    return render(sweep.table(metrics), "md")


def table_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


def test_the_whole_page(sweep) -> None:
    """The half-width is t(0.975, 4) x sqrt(2.5 / 5) = 1.963 spacings of the values."""
    for seed in range(5):
        floors = {"w1": 0.0129, "js": 0.001}
        sweep.finished("lsgan", seed, {"w1": 0.02 + seed / 1000, "js": 0.10 + seed / 100}, floors=floors)
        sweep.finished("wgan_gp", seed, {"w1": 0.09 - seed / 1000, "js": 0.15 - seed / 100}, floors=floors)
    assert markdown(sweep) == (
        """\
| variant      |                         w1 ↓ |                    js ↓ |  n | diverged |
| ------------ | ---------------------------: | ----------------------: | -: | -------: |
| lsgan        | **0.0220 ± 0.0020 (0.0220)** | 0.120 ± 0.020 (0.120) † |  5 |        0 |
| wgan_gp      |     0.0880 ± 0.0020 (0.0880) | 0.130 ± 0.020 (0.130) † |  5 |        0 |
| true samples |                       0.0129 |                 0.00100 |  - |        - |

- Cells: mean ± half-width of its 95% t-interval over seeds (median), at the last step (2000), never of \
the best checkpoint; one seed alone has no interval.
- Bold: the best mean of a column, where a test at 5% tells it from every other row's on the same data; where no row \
is better than all others, at most 5 of 100 columns have a bold one. †: in the other columns, each row that could be \
best: comparisons with the best mean, adjusted for their number by Holm's method, do not rule it out; a row that is \
truly best is ruled out in at most 5 of 100 columns. Tests of the best mean: 2 paired t-tests by seed (rows of the \
same seeds and data order).
- Confirmatory: w1, the primary metric. The other columns are exploratory: tests are not corrected for the number of \
columns.
- true samples: the floor, the mean score of as many true samples (on real data, of training values against held-out \
ones), in closed form; Fréchet distances of images have one for more images than features.
- n: seeds that are done; diverged: those of them that met a non-finite loss or parameter.
- Data gaussian: 10000 samples; generator weights: EMA 0.999; reference: the exact density.
- w1: lower is better; area between the distribution functions.
- js: lower is better; histogram, 100 bins.
- w1: the best two are lsgan and wgan_gp, differing by -0.0660 [-0.0699, -0.0621] (paired t, p < 0.001); \
a run of lsgan beats one of wgan_gp with probability 1.00; settled between the two alone.
- Again: `ganlab reproduce RUN_ID` retrains any one run and says whether it is bit-identical. The runs:
  - lsgan: r000 r002 r004 r006 r008
  - wgan_gp: r001 r003 r005 r007 r009"""
    )


def test_a_floor_that_was_drawn_has_its_standard_error(sweep) -> None:
    sweep.finished(
        "lsgan", 0, {"w1": 0.3, "js": 0.1}, floors={"w1": 0.012345, "js": 0.0123}, floor_errors={"js": 0.0021}
    )
    text = markdown(sweep)
    assert [cell.strip() for cell in table_lines(text)[3].split("|")[1:4]] == [
        "true samples",
        "0.0123",
        "0.0123 ± 0.0021",
    ]
    assert "in closed form or, ± its standard error, over simulated sets or splits;" in text


def test_real_images_stand_above_the_floor_and_a_footnote_says_which_they_are(sweep) -> None:
    real = {"samples": "5 of the 10 test images", "metrics": {"fid": 3.15, "js": None}}
    sweep.finished("lsgan", 0, {"fid": 25.0, "js": 0.1}, floors={"fid": 0.9}, real=real)
    text = markdown(sweep)
    cells = [[word.strip() for word in line.split("|")[1:4]] for line in table_lines(text)[2:]]
    assert cells == [["lsgan", "25.0", "0.100"], ["real images", "3.15", "-"], ["true samples", "0.900", "-"]]
    assert "reference: the exact density; real images: 5 of the 10 test images.\n" in text
    assert "- real images: real ones outside the reference, scored against it like samples" in text


def test_conditional_rows_share_a_table_and_are_named(sweep) -> None:
    sweep.cell("lsgan", [1.0])
    sweep.cell("c-lsgan", [0.5], conditional=True)
    assert "- Conditional: c-lsgan, whose samples have the labels in turn, " in markdown(sweep)


def classes_told(sweep, names, **settings) -> list[str]:
    samples = {"shape": [1, 8, 8], "classes": len(names)} | ({"class_names": names} if names else {})
    sweep.cell("lsgan", [1.0], samples=samples, dataset="pets", **settings)
    return [line for line in markdown(sweep).splitlines() if line.startswith("- Classes")]


def test_labels_of_conditional_rows_are_told_with_their_names(sweep) -> None:
    assert classes_told(sweep, ["cat", "dog"], conditional=True) == ["- Classes of pets: 0 cat, 1 dog."]


def test_of_many_classes_the_first_are_told(sweep) -> None:
    (line,) = classes_told(sweep, [f"kind{index}" for index in range(1000)], conditional=True)
    assert line.startswith("- Classes of pets: 0 kind0, 1 kind1, ")
    assert line.endswith(", 19 kind19 and 980 more.")


@pytest.mark.parametrize(
    ("names", "conditional"), [(["cat", "dog"], False), (["0", "1"], True), ([], True)], ids=["no", "same", "none"]
)
def test_classes_that_tell_nothing_are_left_out(sweep, names, conditional) -> None:
    assert classes_told(sweep, names, conditional=conditional) == []


def test_columns_are_padded_to_one_width(sweep) -> None:
    sweep.cell("a", [1.0, 1.1, 0.9], floors={"w1": 0.5})
    sweep.cell("a_much_longer_label", [500.0, 501.0, 502.0])
    assert len({len(line) for line in table_lines(markdown(sweep))}) == 1


def test_several_data_sets_are_told_apart(sweep) -> None:
    for dataset in ("gaussian", "ring"):
        sweep.cell("lsgan", [1.0], dataset=dataset, floors={"w1": 0.5}, protocol={"reference": dataset})
    starts = [[word.strip() for word in line.split("|")[1:3]] for line in table_lines(markdown(sweep))[2:]]
    assert starts == [
        ["gaussian", "lsgan"],
        ["gaussian", "true samples"],
        ["ring", "lsgan"],
        ["ring", "true samples"],
    ]


def test_a_row_that_only_diverged_is_shown_and_its_step_told(sweep) -> None:
    sweep.cell("lsgan", [1.0, 1.1])
    sweep.diverged("wgan", 4, at=120)
    text = markdown(sweep)
    assert [entry.strip() for entry in table_lines(text)[3].split("|")[1:-1]] == ["wgan", "inf †", "1", "1"]
    assert "- Diverged: wgan seed 4 at step 120.\n" in text
    assert text.endswith("- wgan: r002")


def test_seeds_without_a_result_get_a_column_while_there_are_any(sweep) -> None:
    sweep.cell("lsgan", [1.0, 1.1])
    assert "not done" not in markdown(sweep)
    sweep.unfinished("lsgan", 2)
    assert table_lines(markdown(sweep))[0].endswith("| not done |")


def test_few_seeds_come_with_a_warning(sweep) -> None:
    sweep.cell("many", [1.0, 1.1, 1.2, 1.3, 1.4])
    assert "Fewer than 5 seeds" not in markdown(sweep)
    sweep.cell("few", [1.0, 1.1, 1.2, 1.3])
    assert "Fewer than 5 seeds (few: 4)" in markdown(sweep)


def test_from_ten_seeds_on_the_interquartile_mean_stands_in_the_medians_place(sweep) -> None:
    sweep.cell("lsgan", [float(value) for value in range(1, 13)])
    entry = table_lines(markdown(sweep))[2].split("|")[2]
    assert re.fullmatch(r" 6\.5 ± 2\.3 \(6\.5 \[\d\.\d, \d\.\d\]\) ", entry)  # t(0.975, 11) x sqrt(13 / 12) = 2.29
    assert "(interquartile mean [its 95% bootstrap interval])" in markdown(sweep)


def test_the_best_two_rows_come_with_the_seeds_that_would_settle_it(sweep) -> None:
    """Differences of 1 and spread 2 (paired): 80% power takes 34 pairs, as statsmodels' TTestPower says."""
    sweep.cell("a", [0.0, 0.0, 0.0])
    sweep.cell("b", [-1.0, 1.0, 3.0])
    assert "31 more seeds each, 34 in all, would settle a comparison of the two (80% power" in markdown(sweep)


def test_pairs_that_differ_by_the_same_in_each_seed_take_as_many_seeds_as_a_test_of_ranks(sweep) -> None:
    """2 / (8 choose 4) is the first p-value below 5%; three seeds reach 2 / (6 choose 3) = 0.1."""
    sweep.cell("ahead", [0.25, 0.5, 0.75])
    sweep.cell("behind", [8.25, 8.5, 8.75])
    text = markdown(sweep)
    assert "(Mann-Whitney, p = 0.1)" in text
    assert "1 more seed each, 4 in all, would settle a comparison of the two" in text


def test_costs_and_steps_are_explained(sweep) -> None:
    cost = {"train_seconds": 12.5, "evaluation_seconds": 0.5, "samples_seen": 640}
    environment = {"processor": "AMD EPYC"}
    sweep.finished("a", 0, {"w1": 0.3}, cost=cost, environment=environment, rows={100: {"w1": 0.2}})
    text = markdown(sweep, ["w1", "steps_to/w1=0.25", "train_seconds", "device"])
    header, _, line = table_lines(text)
    assert [entry.strip() for entry in header.split("|")[2:-1]] == [
        "w1 ↓", "steps_to/w1=0.25 ↓", "train_seconds", "n", "diverged", "device",
    ]  # fmt: skip
    assert [entry.strip() for entry in line.split("|")[2:-1]] == ["0.300", "100", "12.5", "1", "0", "AMD EPYC"]
    assert (
        "the step of the first evaluation at which w1 is 0.25 or better (one every 500 steps); inf: never, or diverged."
        in text
    )
    assert "train_seconds: seconds of training without compilation and evaluation" in text


def test_a_cost_that_runs_share_evenly_has_no_spread(sweep) -> None:
    for seed in range(3):
        sweep.finished("a", seed, {"w1": 0.3}, cost={"train_seconds": 2.5})
    assert "|          2.50 |" in table_lines(markdown(sweep, ["train_seconds"]))[2]


def test_unequal_budgets_are_told(sweep) -> None:
    sweep.cell("short", [1.0], steps=100)
    sweep.cell("long", [1.0], steps=900)
    assert "at the last step (between 100 and 900: budgets differ)" in markdown(sweep)


def test_the_tests_that_were_made_are_told(sweep) -> None:
    sweep.cell("a", [1.0, 1.1, 1.2])
    sweep.cell("other seeds", [1.0, 1.1])
    assert "Tests of the best mean: 1 Welch t-test.\n" in markdown(sweep)
    sweep.cell("alone", [9.0])
    sweep.diverged("diverged", 0)
    sweep.diverged("diverged", 1)
    assert (
        "Tests of the best mean: 1 Welch t-test, 1 Mann-Whitney test of ranks (rows with an infinite value, without "
        "spread, or with few different values) and 1 impossible test (rows of one seed).\n" in markdown(sweep)
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"held_out": 0.2, "split": 0},
            "gaussian: bold, † and intervals hold on this split into training and",
        ),
        ({"held_out": 0.2, "split": "seed"}, "gaussian: each seed holds out other values, so intervals and tests"),
    ],
)
def test_for_which_splits_of_real_values_a_table_holds_is_told(sweep, options, said) -> None:
    sweep.cell("a", [1.0, 1.1, 1.2], data={"name": "sklearn", "options": options})
    assert f"\n- {said}" in markdown(sweep)


def test_of_a_known_density_no_split_is_told(sweep) -> None:
    sweep.cell("a", [1.0, 1.1, 1.2], data={"name": "gaussian", "options": {"mean": 0.0}})
    assert "split" not in markdown(sweep)


def test_rows_that_are_tied_although_worse_in_every_seed_are_named(sweep) -> None:
    for label in ("collapsed", "alike"):
        sweep.cell(label, [1.0, 1.2, 1.1])
    for seed in range(3):
        sweep.diverged("collapsed again", seed)
    assert "- † on collapsed again (1 cell): no seed is as good as any of the best row's" in markdown(sweep, ["w1"])


def test_one_seed_is_not_tested(sweep) -> None:
    sweep.cell("a", [1.0])
    sweep.cell("b", [1.5])
    assert "the best two are a and b, differing by -0.500 (no test);" in markdown(sweep)


def test_each_data_set_has_its_best_two_by_its_own_metric(sweep) -> None:
    sweep.cell("a", [1.0, 1.1], "fid", dataset="cifar10")
    sweep.cell("b", [2.0, 2.1], "fid", dataset="cifar10")
    sweep.cell("a", [0.2, 0.2], "w1", dataset="ring")
    sweep.cell("b", [0.1, 0.1], "w1", dataset="ring")
    text = markdown(sweep)
    assert "- fid on cifar10: the best two are a and b, differing by -1.00" in text
    assert "- w1 on ring: the best two are b and a, differing by -0.100" in text


def test_a_row_that_mostly_beats_one_of_a_better_mean_is_told_so(sweep) -> None:
    sweep.cell("sound", [5.0 + seed / 10 for seed in range(8)])
    sweep.cell("good", [1.0 + seed / 10 for seed in range(7)])
    sweep.diverged("good", 7)
    assert (
        "a run of sound beats one of good with probability 0.12; ranks favour the one of the worse mean, so neither "
        "is called better." in markdown(sweep)
    )


def test_a_table_of_devices_alone_has_no_numbers(sweep) -> None:
    sweep.finished("a", 0, {"w1": 0.3}, environment={"processor": "AMD EPYC"})
    header, _, line = table_lines(markdown(sweep, ["device"]))
    assert [entry.strip() for entry in header.split("|")[1:-1]] == ["variant", "n", "diverged", "device"]
    assert [entry.strip() for entry in line.split("|")[1:-1]] == ["a", "1", "0", "AMD EPYC"]


def test_infinite_values_are_explained(sweep) -> None:
    for seed, value in enumerate([0.1, 0.2, None]):
        sweep.finished("lsgan", seed, {"w1": value})
    text = markdown(sweep)
    assert "| inf (0.200) |" in text
    assert "- inf: at least one seed has an infinite value; none diverged. It counts as the worst there is" in text
    sweep.diverged("lsgan", 3)
    assert "- inf: at least one seed diverged or has an infinite value. It counts" in markdown(sweep)


def test_values_at_the_limit_of_their_estimator_are_named(sweep) -> None:
    for label, value in [("near", 0.95), ("below", 0.8), ("infinite", None)]:
        for seed in range(2):
            sweep.finished(label, seed, {"w1": value}, protocol={"limits": {"w1": 1.0}})
    text = markdown(sweep)
    assert (
        "- w1 at its limit: near (2 seeds). Here the estimator gives at most 1.00; values from 90% of that on" in text
    )
    assert text.count("at its limit") == 1


def test_where_more_is_better_the_worst_value_is_below_all(sweep) -> None:
    sweep.finished("lsgan", 0, {"reach": None})
    text = markdown(sweep)
    assert [entry.strip() for entry in table_lines(text)[2].split("|")[1:3]] == ["lsgan", "-inf"]
    assert "- -inf: at least one seed has an infinite value" in text


def test_the_best_checkpoint_is_called_optimistic_and_has_no_floor(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.3}, best={"w1": 0.1}, floors={"w1": 0.01})
    text = markdown(sweep, ["best/w1"])
    assert "over all evaluations of a run (one every 500 steps), picked by w1 itself and so optimistic" in text
    assert "true samples" not in text


def test_a_label_cannot_break_the_table(sweep) -> None:
    sweep.cell("a|b <i> *x*\nc", [1.0])
    assert table_lines(markdown(sweep))[2].startswith(r"| a\|b \<i> \*x\* c |")


def test_an_unknown_format_is_answered_with_the_nearest(sweep) -> None:
    sweep.cell("lsgan", [1.0])
    with pytest.raises(InputError, match=r"unknown table format 'latx'; did you mean 'latex'\?"):
        render(sweep.table(), "latx")
