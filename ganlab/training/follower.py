"""What the ranks beside the first do: the same iterations, of which they write nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from ganlab.record import RunDirectory
from ganlab.training.devices import DoesNotFitError
from ganlab.training.iterations import GO_ON, SAVE, STOP, BatchTooLargeError, Iterations, Report, batches_in_words
from ganlab.training.ranks import Ranks
from ganlab.training.record import is_evaluation, is_logged
from ganlab.training.recorded import read_spec
from ganlab.training.state import State


@dataclass(frozen=True, kw_only=True)
class Order:
    """What rank 0 has the others train with it.

    Attributes:
        folders: the run directories of the members.
        compiled: whether the updates are compiled.
        iteration: from which the population goes on.
        state: of the population then, on the CPU.
    """

    folders: tuple[Path, ...]
    compiled: bool
    iteration: int
    state: State


class Follower(Iterations):
    """The population of an `order`, whose records, whose plugins among them, are trusted as rank 0 trusts them."""

    def __init__(self, order: Order, device: torch.device, ranks: Ranks) -> None:
        specs = [read_spec(RunDirectory(folder), trust=True) for folder in order.folders]
        super().__init__(specs, lambda _: (order.iteration, order.state), order.compiled, device, ranks)

    def run(self, report: Report, should_stop: Callable[[], bool]) -> None:
        """Train with rank 0, until it says so; `should_stop` has it stop.

        Raises:
            DoesNotFitError: there is no memory for the updates.
            RankLostError: another rank is gone.
        """
        if self.compiled:
            self._compile(report)
        report(self._progress("training"))
        try:
            self._loop(should_stop)
        except BatchTooLargeError:
            raise DoesNotFitError(
                f"'{self.spec.label}': a slice of {batches_in_words(self.spec)} does not fit into the memory of "
                f"{self.device}"
            ) from None

    def _loop(self, should_stop: Callable[[], bool]) -> None:
        while (action := self.ranks.largest(STOP if should_stop() else GO_ON)) < STOP:
            if action == SAVE:
                self._require_equal_states()
                continue
            self._iterate()
            if is_logged(self.spec, self.iteration):
                self._readings()
            if is_evaluation(self.spec, self.iteration):
                self._share_alive()
        self._require_equal_states()
