"""Warnings in plain words, from the numbers that a training run logs.

The thresholds are rules of thumb, set so that 1-D runs that end well stay silent. Whatever is judged has to
last several rows, and the first rows, in which every run looks odd, are not judged at all.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Mapping
from typing import Literal

EARLY_ROWS = 10
EARLY_EVALUATIONS = 4

HELD = 0.24
"""A discriminator is held on the wrong side while its accuracy is below this: Phi(-1 / sqrt(2)), that of a linear one
whose samples have passed normal data by a standard deviation."""
TINY_NORM = 0.01
"""A generator's gradient norm below this fraction of its early level has vanished."""
SURE = 0.99
"""The discriminator tells nearly all pairs apart from this accuracy on."""
NARROW = 0.1
"""A batch with less than this fraction of the real spread has collapsed."""
SWING = 0.25
"""An accuracy swings when it goes from this far above 1/2 to this far below, or back."""
SWINGS, SWING_ROWS = 4, 50

AWAY = 3.0
"""Samples have left the data when they lie more than so many of its standard deviations away, on average."""
APART = 0.999
"""The data lie on one side of a number, and samples on the other, from this Kolmogorov-Smirnov distance on."""
DISTANCES = ("eval/w1", "eval/sliced_w1")
"""How far samples must be moved on average to become the data; of normal samples that are shifted, by how much."""

FAR = {"lower": 3.0, "higher": 0.5}
"""A value is far worse than the best one from this multiple of it on, by which values of a metric are better."""
NEAR_FLOOR = 3.0
"""No value below this multiple of the floor is far worse than any other."""
LAST_EVALUATIONS = 2


class Watch:
    """Reads one run's logged rows in order and warns of each trouble once.

    Its state depends on the rows alone: after a resume, `update` with the old rows restores it. A key that
    a row lacks is not judged.

    A discriminator whose loss is the difference of two mean scores is meant to tell all pairs apart, and its loss does
    not saturate there, so neither is judged of it.

    A penalty of weight w that draws slopes to 1 from both sides may hold a discriminator on the wrong side. A linear
    one of slope s, with samples whose mean is d past that of the data, minimises s d + w (s - 1)^2 if it separates
    means: s = 1 - d / (2 w), so that it turns round at d = 2 w. Until then its margin -s d is between -w / 2 and 0. One
    that minimises a cross-entropy turns at d = 4 w, and its margin is above -w. A margin below -w has other causes. The
    advice is a weight with which either turns at a fifth of the data's standard deviation.

    Args:
        modes: how many modes the true distribution has; 0 if that is unknown.
        spread: its standard deviation; NaN if that is unknown.
        separates_means: whether the discriminator's loss is a difference of mean scores.
        two_sided: the weight of penalties that draw the slope to 1 from both sides.
    """

    def __init__(
        self, modes: int = 0, spread: float = math.nan, separates_means: bool = False, two_sided: float = 0.0
    ) -> None:
        self._modes = modes
        self._spread = spread
        self._separates_means = separates_means
        self._two_sided = two_sided
        self._share = "a tenth" if separates_means else "a twentieth"
        self._smoothing = "a weaker two-sided penalty" if two_sided else "an r1 penalty or a stronger one"
        self._rows = 0
        self._evaluations = 0
        self._early_norm = 0.0
        self._streaks: Counter[str] = Counter()
        self._side = 0
        self._swings: deque[int] = deque(maxlen=SWINGS)

    def update(self, global_step: int, row: Mapping[str, float | None]) -> list[str]:
        """The warnings that `row`, logged at iteration `global_step`, is the first to justify.

        Args:
            global_step: the iteration.
            row: numbers by key, of which `train/accuracy`, `train/margin`, `train/generator_grad_norm`,
                `train/fake_spread`, `eval/w1`, `eval/sliced_w1`, `eval/ks` and `eval/modes_covered` are judged; None
                counts as missing.
        """
        numbers = {key: value for key, value in row.items() if value is not None}
        warnings = []
        if "train/accuracy" in numbers:
            self._rows += 1
            warnings += self._judge_training(numbers)
        if any(key.startswith("eval/") for key in numbers):
            self._evaluations += 1
            warnings += self._judge_place(numbers)
        if "eval/modes_covered" in numbers:
            warnings += self._judge_modes(numbers["eval/modes_covered"])
        return [f"Iteration {global_step:,}: {warning}" for warning in warnings]

    def _judge_training(self, numbers: dict[str, float]) -> list[str]:
        norm = numbers.get("train/generator_grad_norm", math.nan)
        spread = numbers.get("train/fake_spread", math.nan)
        if self._rows <= EARLY_ROWS:
            self._early_norm = max(self._early_norm, norm)
            return []
        warnings = self._judge_order(numbers["train/accuracy"], numbers.get("train/margin", math.nan))
        if not self._separates_means:
            warnings += self._judge_strength(numbers["train/accuracy"], norm)
        if self._lasts("collapse", spread < NARROW, rows=3):
            warnings.append(
                f"generated batches have {spread:.1%} of the spread of real ones; the generator has usually "
                f"collapsed to a few outputs, so try {self._smoothing}, batch norm in the generator, or another loss."
            )
        return warnings

    def _judge_strength(self, accuracy: float, norm: float) -> list[str]:
        """Whether a discriminator that classifies is too sure for the generator to learn from."""
        sure, vanished = accuracy > SURE, norm < TINY_NORM * self._early_norm
        warnings = []
        if self._lasts("vanishing", sure and vanished, rows=3):
            warnings.append(
                f"the generator's gradient norm is {norm:.2g}, early on it was {self._early_norm:.2g}, and "
                f"the discriminator tells {accuracy:.1%} of pairs apart; the loss has usually saturated, so "
                "try a non-saturating or Wasserstein loss, an r1 penalty or a stronger one, or a slower discriminator."
            )
        if self._lasts("won", sure and not vanished, rows=20):
            warnings.append(
                f"the discriminator has told over {SURE:.0%} of pairs apart for 20 rows; the generator is "
                "usually not catching up, so try an r1 penalty or a stronger one, fewer critic steps, or a lower "
                "discriminator learning rate."
            )
        return warnings

    def _judge_order(self, accuracy: float, margin: float) -> list[str]:
        """Whether the discriminator stays on the wrong side, or goes from one side to the other all the time."""
        held = accuracy < HELD and -self._two_sided <= margin < 0
        if self._lasts("held", held, rows=3):
            return [
                f"for 3 rows the discriminator has scored generated samples above real ones in over {1 - HELD:.0%} of "
                f"pairs; its two-sided slope penalty, of weight {self._two_sided:g}, usually keeps it from turning "
                f"round, so try a weight of {self._share} of the data's standard deviation, as networks see it, or "
                "less, or a one-sided penalty such as lipschitz_penalty."
            ]
        if self._told("held", rows=3) or not self._swings_often(accuracy):
            return []
        first = "a weaker two-sided penalty" if self._two_sided else "lower learning rates"
        return [
            f"the discriminator's accuracy has swung between over {0.5 + SWING:.0%} and under "
            f"{0.5 - SWING:.0%} {SWINGS} times within {SWING_ROWS} rows; the two players usually circle "
            f"each other, so try {first}, less momentum, or more critic steps."
        ]

    def _judge_place(self, numbers: dict[str, float]) -> list[str]:
        """Whether generated samples lie where the data do."""
        late = self._evaluations > EARLY_EVALUATIONS
        distance = max((numbers[name] for name in DISTANCES if name in numbers), default=math.nan)
        away = late and self._spread > 0 and distance > AWAY * self._spread
        if self._lasts("away", away, rows=2):
            return [
                f"generated samples lie {distance / self._spread:.1f} standard deviations of the data away from it on "
                "average; the generator has usually left the data and is not drawn back, so try lower learning rates, "
                f"more critic steps, or {self._smoothing}."
            ]
        apart = self._lasts("apart", late and numbers.get("eval/ks", 0.0) > APART, rows=2)
        if apart and not self._told("away", rows=2):
            return [
                "one number has all generated samples on one side and all data on the other; the generator has usually "
                f"left the data, so try lower learning rates, more critic steps, or {self._smoothing}."
            ]
        return []

    def _judge_modes(self, covered: float) -> list[str]:
        late = self._evaluations > EARLY_EVALUATIONS
        if not self._lasts("modes", late and covered < self._modes, rows=3):
            return []
        return [
            f"the generator covers {covered:.0f} of {self._modes} modes and has missed some for three "
            "evaluations; missing modes usually do not come back this late, so try "
            f"{self._smoothing}, batch norm in the generator, or another loss."
        ]

    def _lasts(self, trouble: str, seen: bool, rows: int) -> bool:
        """Whether `trouble` is now seen for the `rows`-th row in a row, for the first time in the run."""
        if self._told(trouble, rows):
            return False
        self._streaks[trouble] = self._streaks[trouble] + 1 if seen else 0
        return self._streaks[trouble] == rows

    def _told(self, trouble: str, rows: int) -> bool:
        return self._streaks[trouble] == rows

    def _swings_often(self, accuracy: float) -> bool:
        """Whether the accuracy has now swung often enough, for the first time in the run."""
        side = (accuracy > 0.5 + SWING) - (accuracy < 0.5 - SWING)
        if side:
            if side == -self._side:
                self._swings.append(self._rows)
            self._side = side
        often = len(self._swings) == SWINGS and self._swings[-1] - self._swings[0] < SWING_ROWS
        return self._lasts("swings", often, rows=1)


def decline_warning(
    metric: str, better: Literal["lower", "higher"], floor: float | None, values: Mapping[int, float]
) -> str | None:
    """What to say of a run whose last evaluations are all far worse than its best one; None of another.

    Args:
        metric: its name.
        floor: what as many true samples score, where that is known.
        values: of `metric`, by iteration, ascending.
    """
    best_at = (min if better == "lower" else max)(values, key=values.__getitem__)
    best, last = values[best_at], list(values.values())[-LAST_EVALUATIONS:]
    limit = FAR[better] * best
    if better == "lower":
        limit = max(limit, NEAR_FLOOR * (floor or 0.0))
    declined = [value >= limit if better == "lower" else value <= limit for value in last]
    if not 0 < best < math.inf or len(values) <= LAST_EVALUATIONS or not all(declined):
        return None
    return (
        f"Iteration {list(values)[-1]:,}: {metric} is {last[-1]:.3g}, and was {best:.3g} at iteration {best_at:,}; "
        "results are of the last iteration, so try lower learning rates, schedules that lower them, an average of the "
        "generator's weights (ema), or fewer iterations, chosen on other seeds than those that are reported."
    )


def divergence_warning(iteration: int) -> str:
    """What to say of a member whose training stopped being finite after `iteration` iterations."""
    return (
        f"Iteration {iteration:,}: training is no longer finite, so this member has stopped and "
        "counts as diverged; its steps were usually too large, so try lower learning rates, or bf16 or "
        "float32 in place of fp16."
    )
