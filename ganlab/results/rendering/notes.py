"""The footnotes of a table: what its numbers are, how they were measured, and what does not follow."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from ganlab.results.columns import Best, Column, Cost, Final, StepsTo
from ganlab.results.power import seeds_to_settle
from ganlab.results.ranking import Comparison, with_the_best
from ganlab.results.rendering.grid import FLOOR_LABEL, REAL_LABEL, TIED, with_iqm
from ganlab.results.rendering.numbers import p_value, significant
from ganlab.results.table import Cell, Protocol, Table
from ganlab.results.wording import counted, listed, name_of, splits_of

FEW_SEEDS = 5
NEAR_LIMIT = 0.9
MOST_CLASSES = 20
"""At most so many classes are named: the first ones."""
TESTS = {
    "paired t": ("paired t-test", " by seed (rows of the same seeds and data order)"),
    "Welch t": ("Welch t-test", ""),
    "Mann-Whitney": (
        "Mann-Whitney test",
        " of ranks (rows with an infinite value, without spread, or with few different values)",
    ),
    "none": ("impossible test", " (rows of one seed)"),
}
AGAIN = "Again: `ganlab reproduce RUN_ID` retrains any one run and says whether it is bit-identical."


def notes(table: Table) -> list[str]:
    """The footnotes in plain sentences, without markup."""
    return [
        *_what_a_cell_is(table),
        *_what_is_counted(table),
        *_what_is_conditional(table),
        *(_data(dataset, protocol) for dataset, protocol in table.protocols.items()),
        *(_metric(column, table) for column in table.columns),
        *_at_their_limit(table),
        *_top_pairs(table),
        *_what_does_not_follow(table),
    ]


def run_ids(table: Table) -> list[str]:
    """For each row its name and the ids of its runs, in the order of their seeds."""
    return [f"{name_of(row, table)}: {' '.join(row.runs.values())}" for row in table.rows]


def _what_a_cell_is(table: Table) -> Iterator[str]:
    steps = sorted({row.steps for row in table.rows})
    last = f"{steps[0]}" if len(steps) == 1 else f"between {steps[0]} and {steps[-1]}: budgets differ"
    beside = "interquartile mean [its 95% bootstrap interval]" if with_iqm(table) else "median"
    yield (
        f"Cells: mean ± half-width of its 95% t-interval over seeds ({beside}), at the last step ({last}), "
        "never of the best checkpoint; one seed alone has no interval."
    )
    if table.comparisons:
        yield (
            "Bold: the best mean of a column, where a test at 5% tells it from every other row's on the same data. The "
            "5% are per column: where no row is better than all others, at most 5 of 100 columns have a bold one. "
            f"{TIED}: not told from the best mean, which this may be. Tests of the best mean: {_tests(table)}."
        )
        yield from _unsettled(table)
    yield from _splits(table)
    values = [value for row in table.rows for cell in row.cells.values() for value in cell.values.values()]
    infinite = sorted({str(value) for value in values if math.isinf(value)})
    if infinite:
        yield (
            f"{' or '.join(infinite)}: at least one seed {_why_infinite(table)}. It counts as the worst there is, in "
            "every mean, median and test."
        )
    if any(table.real(dataset) for dataset in table.datasets):
        yield (
            f"{REAL_LABEL}: real ones outside the reference, scored against it like samples (which ones, below). Where "
            "they are fewer than the samples, their Fréchet distance is biased upwards by more, and their Inception or "
            "classifier score downwards; where they were not split off at random, both may be better than the floor."
        )
    if any(table.floors(dataset) for dataset in table.datasets):
        drawn = any(table.floor_errors(dataset) for dataset in table.datasets)
        how = "in closed form or, ± its standard error, over simulated sets or splits" if drawn else "in closed form"
        yield (
            f"{FLOOR_LABEL}: the floor, the mean score of as many true samples (on real data, of training values "
            f"against held-out ones), {how}; Fréchet distances of images have one for more images than features."
        )


def _why_infinite(table: Table) -> str:
    if any(row.diverged for row in table.rows):
        return "diverged or has an infinite value"
    return "has an infinite value; none diverged"


def _tests(table: Table) -> str:
    """How many tests of each kind there were, and why they were of that kind."""
    counts: Counter[str] = Counter(one.difference.test for one in with_the_best(table.comparisons))
    return listed(f"{counted(counts[test], name)}{why}" for test, (name, why) in TESTS.items() if counts[test])


def _unsettled(table: Table) -> Iterator[str]:
    """Which rows are tied although they look worse in every seed."""
    apart = Counter(
        f"{one.second} on {one.dataset}" if len(table.datasets) > 1 else one.second
        for one in with_the_best(table.comparisons)
        if one.difference.tested and one.difference.probability == 1 and not one.distinguishable
    )
    if apart:
        rows = listed(f"{row} ({counted(cells, 'cell')})" for row, cells in apart.items())
        yield (
            f"{TIED} on {rows}: no seed is as good as any of the best row's, but that is not enough for a test at 5%: "
            "the seeds are too few, or spread too widely; more seeds would settle it."
        )


def _splits(table: Table) -> Iterator[str]:
    """For which splits of real values intervals and tests hold."""
    for dataset, split in splits_of(table).items():
        if split == "seed":
            yield (
                f"{dataset}: each seed holds out other values, so intervals and tests include what the split changes; "
                "the training values of two seeds overlap."
            )
        else:
            yield (
                f"{dataset}: bold, {TIED} and intervals hold on this split into training and held-out values; on "
                "another one, another row may be best. `split: seed` among the data's options gives each seed its own."
            )


def _what_is_counted(table: Table) -> Iterator[str]:
    yield "n: seeds that are done; diverged: those of them that met a non-finite loss or parameter."
    diverged = [
        f"{name_of(row, table)} seed {seed} at step {step}" for row in table.rows for seed, step in row.diverged.items()
    ]
    if diverged:
        yield f"Diverged: {', '.join(diverged)}."
    if any(row.missing for row in table.rows):
        yield "not done: seeds that have started and have no result yet; the table changes when they have."


def _what_is_conditional(table: Table) -> Iterator[str]:
    names = [name_of(row, table) for row in table.rows if row.spec.conditional]
    if names:
        yield (
            f"Conditional: {', '.join(names)}, whose samples have the labels in turn, in proportion where components "
            "of a mixture are not equally frequent, and given columns as held-out rows have them."
        )
    for dataset in dict.fromkeys(row.dataset for row in table.rows if row.spec.conditional):
        classes = table.protocols[dataset].class_names if dataset in table.protocols else ()
        if any(name != str(label) for label, name in enumerate(classes)):
            shown = ", ".join(f"{label} {name}" for label, name in enumerate(classes[:MOST_CLASSES]))
            more = f" and {len(classes) - MOST_CLASSES:,} more" if len(classes) > MOST_CLASSES else ""
            yield f"Classes of {dataset}: {shown}{more}."


def _data(dataset: str, protocol: Protocol) -> str:
    real = f"; {REAL_LABEL}: {protocol.real_samples}" if protocol.real_samples else ""
    return (
        f"Data {dataset}: {protocol.samples} samples; generator weights: {protocol.generator}; "
        f"reference: {protocol.reference}{real}."
    )


def _metric(column: Column, table: Table) -> str:
    match column:
        case Best():
            return (
                f"{column.name}: the best {column.metric} over all evaluations of a run ({_looks(table)}), picked by "
                f"{column.metric} itself and so optimistic."
            )
        case StepsTo():
            return (
                f"{column.name}: the step of the first evaluation at which {column.metric} is {column.threshold} "
                f"or better ({_looks(table)}); inf: never, or diverged."
            )
        case Cost():
            return f"{column.name}: {column.estimator}; stated, not compared."
    return f"{column.name}: {column.better} is better; {column.estimator}."


def _at_their_limit(table: Table) -> Iterator[str]:
    """Which cells have values so near to the largest that an estimator can give that the truth may be any larger."""
    for column in table.columns:
        for dataset, protocol in table.protocols.items():
            limit = protocol.limits.get(column.metric)
            rows = [row for row in table.rows if row.dataset == dataset]
            if limit is None or not isinstance(column, Final | Best):
                continue
            near = {name_of(row, table): _count_near(row.cells[column.name], limit) for row in rows}
            if any(near.values()):
                found = listed(f"{name} ({counted(seeds, 'seed')})" for name, seeds in near.items() if seeds)
                yield (
                    f"{column.name} at its limit: {found}. Here the estimator gives at most {significant(limit)}; "
                    f"values from {NEAR_LIMIT:.0%} of that on say only that the divergence is as large or larger."
                )


def _count_near(cell: Cell, limit: float) -> int:
    return sum(NEAR_LIMIT * limit <= value < math.inf for value in cell.values.values())


def _looks(table: Table) -> str:
    every = sorted({row.evaluated_every for row in table.rows})
    return f"one every {listed(map(str, every))} steps"


def _top_pairs(table: Table) -> Iterator[str]:
    """How the best two rows of each data set differ by its first column, and how many seeds would settle it."""
    for dataset in table.datasets:
        first = next((one for one in table.comparisons if one.dataset == dataset), None)
        if first:
            on = f" on {dataset}" if len(table.datasets) > 1 else ""
            yield f"{first.column}{on}: {_difference(first)}; {_power(first, table)}."


def _difference(comparison: Comparison) -> str:
    difference = comparison.difference
    found = f"the best two are {comparison.first} and {comparison.second}"
    if difference.difference is not None:
        found += f", differing by {significant(difference.difference)}"
    if difference.ci95 is not None:
        low, high = map(significant, difference.ci95)
        found += f" [{low}, {high}]"
    test = f"{difference.test}, {p_value(difference.p)}" if difference.tested else "no test"
    return (
        f"{found} ({test}); a run of {comparison.first} beats "
        f"one of {comparison.second} with probability {difference.probability:.2f}"
    )


def _power(comparison: Comparison, table: Table) -> str:
    if comparison.distinguishable:
        return "settled"
    if comparison.ranks_disagree:
        return "ranks favour the one of the worse mean, so neither is called better"
    first, second = (
        row.cells[comparison.column].values
        for label in (comparison.first, comparison.second)
        for row in table.rows
        if (row.dataset, row.label) == (comparison.dataset, label)
    )
    needed = seeds_to_settle(first, second, comparison.difference.paired)
    if needed is None:
        return "no number of seeds can be named that would settle it"
    more = needed - min(len(first), len(second))
    return (
        f"{counted(more, 'more seed')} each, {needed:,} in all, would settle a comparison of the two "
        "(80% power, if they differ as observed)"
    )


def _what_does_not_follow(table: Table) -> Iterator[str]:
    few = [f"{name_of(row, table)}: {row.n}" for row in table.rows if row.n < FEW_SEEDS]
    if few:
        yield (
            f"Fewer than {FEW_SEEDS} seeds ({', '.join(few)}): neither small differences nor rare failures "
            "can be concluded or ruled out. Two variants one standard deviation apart are told apart in "
            "fewer than 3 of 10 such comparisons, and a failure of one seed in ten is more often missed "
            "than seen."
        )
