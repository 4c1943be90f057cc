"""Warnings in plain words, from the numbers that a training run logs.

The thresholds are rules of thumb, set so that 1-D runs that end well stay silent. Whatever is judged has to
last several rows, and the first rows, in which every run looks odd, are not judged at all.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Mapping

EARLY_ROWS = 10
EARLY_EVALUATIONS = 4

TINY_NORM = 0.01
"""A generator's gradient norm below this fraction of its early level has vanished."""
SURE = 0.99
"""The discriminator tells nearly all pairs apart from this accuracy on."""
NARROW = 0.1
"""A batch with less than this fraction of the real spread has collapsed."""
SWING = 0.25
"""An accuracy swings when it goes from this far above 1/2 to this far below, or back."""
SWINGS, SWING_ROWS = 4, 50


class Watch:
    """Reads one run's logged rows in order and warns of each trouble once.

    Its state depends on the rows alone: after a resume, `update` with the old rows restores it. A key that
    a row lacks is not judged.

    Args:
        modes: how many modes the true distribution has; 0 if that is unknown.
    """

    def __init__(self, modes: int = 0) -> None:
        self._modes = modes
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
            row: numbers by key, of which `train/accuracy`, `train/generator_grad_norm`,
                `train/fake_spread` and `eval/modes_covered` are judged; None counts as missing.
        """
        numbers = {key: value for key, value in row.items() if value is not None}
        warnings = []
        if "train/accuracy" in numbers:
            self._rows += 1
            warnings += self._judge_training(numbers)
        if "eval/modes_covered" in numbers:
            self._evaluations += 1
            warnings += self._judge_modes(numbers["eval/modes_covered"])
        return [f"Iteration {global_step:,}: {warning}" for warning in warnings]

    def _judge_training(self, numbers: dict[str, float]) -> list[str]:
        accuracy = numbers["train/accuracy"]
        norm = numbers.get("train/generator_grad_norm", math.nan)
        spread = numbers.get("train/fake_spread", math.nan)
        if self._rows <= EARLY_ROWS:
            self._early_norm = max(self._early_norm, norm)
            return []
        sure, vanished = accuracy > SURE, norm < TINY_NORM * self._early_norm
        warnings = []
        if self._lasts("vanishing", sure and vanished, rows=3):
            warnings.append(
                f"the generator's gradient norm is {norm:.2g}, early on it was {self._early_norm:.2g}, and "
                f"the discriminator tells {accuracy:.1%} of pairs apart; the loss has usually saturated, so "
                "try a non-saturating or Wasserstein loss, a stronger gradient penalty, or a slower discriminator."
            )
        if self._lasts("won", sure and not vanished, rows=20):
            warnings.append(
                f"the discriminator has told over {SURE:.0%} of pairs apart for 20 rows; the generator is "
                "usually not catching up, so try a stronger gradient penalty, fewer critic steps, or a lower "
                "discriminator learning rate."
            )
        if self._lasts("collapse", spread < NARROW, rows=3):
            warnings.append(
                f"generated batches have {spread:.1%} of the spread of real ones; the generator has usually "
                "collapsed to a few outputs, so try a stronger gradient penalty, a lower generator learning rate, or "
                "another loss."
            )
        if self._swings_often(accuracy):
            warnings.append(
                f"the discriminator's accuracy has swung between over {0.5 + SWING:.0%} and under "
                f"{0.5 - SWING:.0%} {SWINGS} times within {SWING_ROWS} rows; the two players usually circle "
                "each other, so try lower learning rates, less momentum, or more critic steps."
            )
        return warnings

    def _judge_modes(self, covered: float) -> list[str]:
        late = self._evaluations > EARLY_EVALUATIONS
        if not self._lasts("modes", late and covered < self._modes, rows=3):
            return []
        return [
            f"the generator covers {covered:.0f} of {self._modes} modes and has missed some for three "
            "evaluations; missing modes usually do not come back this late, so try a stronger gradient penalty, "
            "another loss, or a larger batch."
        ]

    def _lasts(self, trouble: str, seen: bool, rows: int) -> bool:
        """Whether `trouble` is now seen for the `rows`-th row in a row, for the first time in the run."""
        if self._streaks[trouble] == rows:
            return False
        self._streaks[trouble] = self._streaks[trouble] + 1 if seen else 0
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


def divergence_warning(iteration: int) -> str:
    """What to say of a member whose training stopped being finite after `iteration` iterations."""
    return (
        f"Iteration {iteration:,}: training is no longer finite, so this member has stopped and "
        "counts as diverged; its steps were usually too large, so try lower learning rates, a gradient "
        "penalty, or bf16 or float32 in place of fp16."
    )
