"""The loop that trains one population and keeps the record of each of its members."""

from __future__ import annotations

import gc
import math
import os
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from ganlab.errors import InputError
from ganlab.record import RunDirectory
from ganlab.record.spec import RunSpec
from ganlab.training import checkpoint
from ganlab.training.devices import DoesNotFitError
from ganlab.training.environment import describe_environment
from ganlab.training.follower import Order
from ganlab.training.iterations import (
    END,
    GO_ON,
    SAVE,
    STOP,
    BatchTooLargeError,
    Iterations,
    Progress,
    Report,
    batches_in_words,
    whole_packs,
)
from ganlab.training.measurement import Measurement
from ganlab.training.papers import papers_of
from ganlab.training.population import stack, take
from ganlab.training.ranks import ALONE, Ranks
from ganlab.training.record import Record, Row, is_evaluation, is_logged
from ganlab.training.state import State
from ganlab.training.streams import CPU

__all__ = ["Progress", "Trainer"]

SECONDS_BETWEEN_CHECKPOINTS = 30.0
"""Unless GANLAB_CHECKPOINT_SECONDS says otherwise."""


class Trainer(Iterations):
    """One population's training, from its checkpoints or from the start.

    Args:
        specs: of the members; all have the same `RunSpec.program`.
        directories: of their runs, in the same order; opened by the caller.
        compiled: whether the updates are compiled.
        device: where to train.
        did_not_fit: the sizes of populations that were tried before this and had no memory.
        ranks: those that train it together, of which this is the first; each other one is a `Follower`.

    Raises:
        DoesNotFitError: the device has no memory for the networks.
        InputError: the data cannot be had, a batch cannot be cut into slices, or GANLAB_CHECKPOINT_SECONDS is no
            number of seconds.
    """

    def __init__(
        self,
        specs: Sequence[RunSpec],
        directories: Sequence[RunDirectory],
        compiled: bool = True,
        device: torch.device = CPU,
        did_not_fit: Sequence[int] = (),
        ranks: Ranks = ALONE,
    ) -> None:
        self._seconds_between_checkpoints = _seconds_between_checkpoints()
        super().__init__(specs, partial(_restore, specs, directories), compiled, device, ranks)
        state = self.population.state
        self._did_not_fit = tuple(did_not_fit)
        self.measurement = Measurement(self.spec, self.data, self.game, self.networks, device)
        evaluation = self.measurement.evaluation
        self.records = [Record(one, directory, evaluation) for one, directory in zip(specs, directories, strict=True)]
        for index, record in enumerate(self.records):
            last = record.resume(self.iteration)
            if not state.alive[index] and self._tells_of_divergence(last, self._completed(index)):
                record.mark_diverged(self._completed(index))

    def run(self, report: Report, should_stop: Callable[[], bool]) -> bool:
        """Train to the end, or until `should_stop`; gives whether the end was reached.

        Stopped or not, every member's checkpoint holds the last iteration.

        Raises:
            DoesNotFitError: there is no memory for the updates; that of one member names a batch that fits.
        """
        too_large = False
        try:
            self._call_followers()
            if self.compiled:
                self._compile(report)
            self._environment = describe_environment(
                self.compiled, len(self.records), self.device, self._did_not_fit, self.ranks.size
            )
            for record in self.records:
                record.directory.start(self.iteration, self._environment)
            report(self._progress("training"))
            self._loop(report, should_stop)
        except BatchTooLargeError:
            too_large = True
        if too_large:  # asked here, where what the failed update held is free again
            raise DoesNotFitError(self._too_large())
        finished = self.iteration == self.spec.steps or not self._any_alive()
        if finished:
            self._finish(report)
        else:
            self._save()
        return finished

    def _call_followers(self) -> None:
        """Have the other ranks make the same iterations, from the same state on."""
        if self.ranks.size > 1:
            state = tree_map(Tensor.cpu, self.population.state)
            folders = tuple(record.directory.path.absolute() for record in self.records)
            self.ranks.broadcast(Order(folders=folders, compiled=self.compiled, iteration=self.iteration, state=state))

    def _loop(self, report: Report, should_stop: Callable[[], bool]) -> None:
        self._saved = self._clock = time.monotonic()
        self._saved_iteration = self.iteration
        while (action := self.ranks.largest(self._next_action(should_stop))) < STOP:
            if action == SAVE:
                self._save()
                self._saved, self._saved_iteration = time.monotonic(), self.iteration
                continue
            self._iterate()
            if is_logged(self.spec, self.iteration):
                self._record(report)

    def _next_action(self, should_stop: Callable[[], bool]) -> int:
        """What is to be done next."""
        if self.iteration == self.spec.steps or not self._any_alive():
            return END
        fresh = self.iteration == self._saved_iteration
        if not fresh and time.monotonic() - self._saved > self._seconds_between_checkpoints:
            return SAVE
        return STOP if should_stop() else GO_ON

    def _too_large(self) -> str:
        """What does not fit; of one member, which batch would: this tries halves of it, on a state that is not kept."""
        batches = f"'{self.spec.label}': {batches_in_words(self.spec)}"
        if len(self.records) > 1:
            return f"{batches} of {len(self.records)} members do not fit into the memory of {self.device}"
        if self.ranks.size > 1:
            return (
                f"{batches}, cut into {self.ranks.size} slices, do not fit into the memory of {self.device}; make them "
                "smaller, or take more devices"
            )
        gc.collect()
        torch.cuda.empty_cache()
        tried = {player: batches.at(0) for player, batches in self._batches.items()}
        pack, parts, fits = self.game.pack, 1, False
        smallest = min(self.spec.batch_size, self.spec.generator_batch_size) // pack
        while not fits and smallest // parts >= 4:
            parts *= 2
            sizes = {player: whole_packs(self.spec.batch_size_of(player), parts, pack) for player in self.players}
            fits = self.population.fits({player: batch.first(sizes[player]) for player, batch in tried.items()})
        remedy = (
            f"{batches_in_words(self.spec, parts, pack)} would"
            if fits
            else "nor would smaller ones; make the networks smaller"
        )
        return f"{batches} do not fit into the memory of {self.device}; {remedy}"

    def _any_alive(self) -> bool:
        return any(record.diverged_at is None for record in self.records)

    def _completed(self, index: int) -> int:
        """How many iterations a member has completed; none after it diverged."""
        last = self.players[-1]
        updates = int(self.population.state.players[last].optimizer.step[index])
        iterations = range(self.spec.steps + 1)
        return bisect_right(iterations, updates, key=partial(self.spec.updates_before, last)) - 1

    def _tells_of_divergence(self, last: Mapping[str, Any], completed: int) -> bool:
        """Whether a member that is not alive, and has completed so many iterations, was so when `last` was written.

        It met what is not finite in a later iteration, or in the evaluation after that one.
        """
        step = last.get("global_step", -1)
        evaluated = any(key.startswith("eval/") for key in last)
        return step > completed or (step == completed and is_evaluation(self.spec, step) and not evaluated)

    def _record(self, report: Report) -> None:
        """Log, and evaluate when it is time; members that diverged since the last time are marked."""
        readings = self._readings()  # waits for the device, so that the clock is right
        train_seconds = self._lap()
        going_on = [index for index, record in enumerate(self.records) if record.diverged_at is None]
        rows: dict[int, Row] = {index: {name: of[index] for name, of in readings.items()} for index in going_on}
        evaluation_seconds = 0.0
        if is_evaluation(self.spec, self.iteration):
            for index in going_on:
                if self.population.state.alive[index]:
                    rows[index] |= self._evaluate(index)
            self._share_alive()
            evaluation_seconds = self._lap()
        warnings: list[tuple[str, str]] = []
        for index, row in rows.items():
            record = self.records[index]
            record.spend(train_seconds, evaluation_seconds)
            warnings += [(record.spec.id, text) for text in record.log(self.iteration, row)]
            if not self.population.state.alive[index]:
                warnings.append((record.spec.id, record.mark_diverged(self._completed(index))))
            if is_evaluation(self.spec, self.iteration):
                record.directory.flush()
        report(self._progress("training", tuple(warnings)))

    def _lap(self) -> float:
        """Each member's share of the seconds since the last call."""
        before, self._clock = self._clock, time.monotonic()
        return (self._clock - before) / len(self.records)

    def _evaluate(self, index: int) -> Row:
        """The metrics of one member; samples that are not finite end it."""
        metrics = self.measurement.evaluate(self.iteration, self.records[index], take(self.population.state, index))
        if metrics is None:
            self.population.state.alive[index] = False
        return metrics or {}

    def _save(self) -> None:
        self._require_equal_states()
        for index, record in enumerate(self.records):
            record.save(self.iteration, take(self.population.state, index))

    def _finish(self, report: Report) -> None:
        self._require_equal_states()
        evaluation = self.measurement.evaluation
        about = {
            "protocol": self.measurement.protocol(),
            "floors": evaluation.floors(),
            "floor_errors": evaluation.floor_errors(),
            "real": evaluation.real(),
            "papers": papers_of(self.spec, evaluation),
            "samples": self.data.form.record(),
            "environment": self._environment,
        }
        warnings: list[tuple[str, str]] = []
        for index, record in enumerate(self.records):
            state = take(self.population.state, index)
            self.measurement.show_last(record, state)
            warnings += [(record.spec.id, text) for text in record.finish(self.iteration, state, about)]
        if warnings:
            report(self._progress("training", tuple(warnings)))


def _seconds_between_checkpoints() -> float:
    """How long a population trains from one checkpoint to the next; with a process, what came after is lost."""
    given = os.environ.get("GANLAB_CHECKPOINT_SECONDS")
    if not given:
        return SECONDS_BETWEEN_CHECKPOINTS
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds < math.inf:
        raise InputError(
            f"GANLAB_CHECKPOINT_SECONDS is '{given}'; it must be a number of seconds from 1 on, such as 300"
        )
    return seconds


def _restore(specs: Sequence[RunSpec], directories: Sequence[RunDirectory], state: State) -> tuple[int, State]:
    """The iteration and state of the members' checkpoints, or 0 and `state` where there are none.

    A damaged one is set aside, so that it does not replace the one before it.
    """
    found = [checkpoint.find(directory, spec) for spec, directory in zip(specs, directories, strict=True)]
    if not any(found):
        return 0, state
    iterations = {one.content.iteration if one else 0 for one in found}
    if len(iterations) > 1:
        raise ValueError("the members of a population must continue from the same iteration")
    states = []
    for index, (one, directory) in enumerate(zip(found, directories, strict=True)):
        assert one is not None
        states.append(one.state(like=take(state, index)))
        if one.fault:
            checkpoint.set_damaged_aside(directory)
    restored: State = stack(states)
    return iterations.pop(), restored
