"""Learning curves: a metric over training, over the seeds of each row.

A curve is the median with the first and the third quartile, which stay defined when seeds diverge: from the step at
which it diverged on, a seed counts as the worst value there is. So a collapse is visible, and a row is not represented
by its surviving seeds only.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ganlab.errors import InputError
from ganlab.record.summary import worst
from ganlab.registry import did_you_mean
from ganlab.results.runs import Key, Run, by_row

Points = dict[int, float]
"""Values by step."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A metric of one row, at the steps at which its seeds were evaluated. Values may be infinite, and are never NaN.

    Attributes:
        steps: [k], ascending; where all seeds diverged, the step at which the last of them did is one too.
        median: [k], over the seeds.
        low: [k], the first quartile.
        high: [k], the third quartile.
        n: [k], over how many seeds; the last ones of a sweep that is not done may be over fewer.
        members: by seed, the steps [j] and the values [j] of those seeds that were asked for, infinite from a
            divergence on.
    """

    label: str
    dataset: str
    metric: str
    steps: list[int]
    median: list[float]
    low: list[float]
    high: list[float]
    n: list[int]
    members: Mapping[int, tuple[list[int], list[float]]]


def learning_curves(
    runs: Sequence[Run], metrics: Sequence[str], members: Collection[str] = ()
) -> dict[str, list[Curve]]:
    """For each of `metrics`, for example ``w1``, the curve of each row of a table that has it, in their order.

    The rows of each run are read once, and not kept.

    Args:
        members: the ids of the runs whose own points the curves hold.

    Raises:
        InputError: no run that is done has a metric, or the runs of a row differ in more than their seed.
    """
    worst_of = _worst(runs, metrics)
    curves: dict[str, list[Curve]] = {metric: [] for metric in metrics}
    for row, seeds in by_row(runs).items():
        points = {run.seed: _evaluations(run, worst_of) for run in seeds}
        alone = [run.seed for run in seeds if run.id in members]
        for metric in metrics:
            curve = _curve(
                row, seeds, metric, worst_of[metric], {seed: own[metric] for seed, own in points.items()}, alone
            )
            if curve.steps:
                curves[metric].append(curve)
    return curves


def quantile(values: Sequence[float], share: float) -> float:
    """The quantile of `values` at `share`, interpolated linearly, as numpy does where all are finite.

    Between a finite value and an infinite one lies the infinite one.
    """
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below, above = ordered[math.floor(position)], ordered[math.ceil(position)]
    rest = position % 1
    return below if below == above else (1 - rest) * below + rest * above


def _worst(runs: Sequence[Run], metrics: Sequence[str]) -> dict[str, float]:
    better = {name: about.better for run in runs if run.done for name, about in run.protocol.metrics.items()}
    for metric in metrics:
        if metric not in better:
            raise InputError(f"there is no learning curve of '{metric}'; {did_you_mean(metric, better)}")
    return {metric: worst(better[metric]) for metric in metrics}


def _curve(
    row: Key, seeds: Sequence[Run], metric: str, worst: float, points: dict[int, Points], alone: Collection[int]
) -> Curve:
    """The curve over the runs of one row, whose `points` are by seed; without any step if it lacks the metric."""
    dataset, label = row
    ends = {run.seed: run.diverged_at for run in seeds if run.diverged and metric in run.protocol.metrics}
    steps = {step for values in points.values() for step in values}
    if len(ends) == len(seeds):
        steps.add(max(ends.values()))  # no evaluation recorded the divergence
    for seed, end in ends.items():
        points[seed] |= {step: worst for step in steps if step >= end}
    over_seeds = {step: [values[step] for values in points.values() if step in values] for step in sorted(steps)}
    return Curve(
        label=label,
        dataset=dataset,
        metric=metric,
        steps=list(over_seeds),
        median=[quantile(values, 0.5) for values in over_seeds.values()],
        low=[quantile(values, 0.25) for values in over_seeds.values()],
        high=[quantile(values, 0.75) for values in over_seeds.values()],
        n=[len(values) for values in over_seeds.values()],
        members={seed: (sorted(points[seed]), [points[seed][step] for step in sorted(points[seed])]) for seed in alone},
    )


def _evaluations(run: Run, worst_of: Mapping[str, float]) -> dict[str, Points]:
    """The values of each metric, at the steps at which the run was evaluated; null is how a row writes the worst."""
    points: dict[str, Points] = {metric: {} for metric in worst_of}
    for row in run.origin.evaluations():
        for metric, of_metric in points.items():
            if (key := f"eval/{metric}") in row:
                of_metric[row["global_step"]] = worst_of[metric] if row[key] is None else float(row[key])
    return points
