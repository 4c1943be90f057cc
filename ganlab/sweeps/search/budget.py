"""From a budget of real samples to iterations."""

from __future__ import annotations

from bisect import bisect_right

from ganlab.errors import InputError
from ganlab.record.spec import RunSpec


def iterations_within(spec: RunSpec, budget: int) -> int:
    """The most iterations in which the discriminator is shown at most `budget` real samples.

    Raises:
        InputError: there is not even one.
    """
    most = budget // spec.batch_size
    found = bisect_right(range(1, most + 1), budget, key=spec.samples_seen)
    if not found:
        raise InputError(
            f"search.budget: {budget:,} real samples are less than one iteration of '{spec.label}' sees, "
            f"{spec.samples_seen(1):,}; give a larger budget"
        )
    return found
