"""The loop that trains one population and keeps the record of each of its members."""

from __future__ import annotations

import gc
import math
import os
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from ganlab.arithmetic import set_arithmetic
from ganlab.compiler import CompilerFailedError
from ganlab.errors import InputError
from ganlab.record import RunDirectory
from ganlab.record.spec import RunSpec
from ganlab.training import checkpoint
from ganlab.training.devices import DoesNotFitError, is_out_of_memory, memory_for
from ganlab.training.environment import describe_environment
from ganlab.training.measurement import Measurement
from ganlab.training.papers import papers_of
from ganlab.training.population import stack, take
from ganlab.training.record import Record, Row, is_evaluation, is_logged
from ganlab.training.setup import (
    build_batches,
    build_member,
    build_population,
    initial_state,
    load_data,
    numbers_of,
)
from ganlab.training.state import Batch, State
from ganlab.training.streams import CPU

SECONDS_BETWEEN_CHECKPOINTS = 30.0
"""Unless GANLAB_CHECKPOINT_SECONDS says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What a population reports of itself. `phase` is "compiling" or "training"."""

    phase: str
    iteration: int
    alive: int
    warnings: tuple[tuple[str, str], ...] = ()
    """(run id, text), each told once."""


Report = Callable[[Progress], None]


class _BatchTooLargeError(Exception):
    """The device has no memory for an update."""


class Trainer:
    """One population's training, from its checkpoints or from the start.

    Args:
        specs: of the members; all have the same `RunSpec.program`.
        directories: of their runs, in the same order; opened by the caller.
        compiled: whether the updates are compiled.
        device: where to train.
        did_not_fit: the sizes of populations that were tried before this and had no memory.

    Raises:
        DoesNotFitError: the device has no memory for the networks.
        InputError: the data cannot be had, or GANLAB_CHECKPOINT_SECONDS is no number of seconds.
    """

    def __init__(
        self,
        specs: Sequence[RunSpec],
        directories: Sequence[RunDirectory],
        compiled: bool = True,
        device: torch.device = CPU,
        did_not_fit: Sequence[int] = (),
    ) -> None:
        self.spec = spec = specs[0]
        self._seconds_between_checkpoints = _seconds_between_checkpoints()
        self.specs = specs
        self.data = load_data(spec)
        member = build_member(spec, self.data)
        self.game = member.game
        self.players = member.game.players
        with memory_for(f"'{spec.label}': its networks and {_batches(spec)}", device):
            self._batches = build_batches(specs, self.game, self.data, device)
            self.iteration, state = _restore(specs, directories, initial_state(specs, self.data))
            self.population = build_population(specs, member, state, self._batches, device)
        set_arithmetic(tf32=spec.precision == "tf32")
        self.device = device
        self.compiled = compiled
        self._did_not_fit = tuple(did_not_fit)
        self.measurement = Measurement(spec, self.data, self.game, member.networks, device)
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
            if self.compiled:
                self._compile(report)
            self._environment = describe_environment(self.compiled, len(self.records), self.device, self._did_not_fit)
            for record in self.records:
                record.directory.start(self.iteration, self._environment)
            report(self._progress("training"))
            self._loop(report, should_stop)
        except _BatchTooLargeError:
            too_large = True
        if too_large:  # asked here, where what the failed update held is free again
            raise DoesNotFitError(self._too_large())
        finished = self.iteration == self.spec.steps or not self._any_alive()
        if finished:
            self._finish()
        else:
            self._save()
        return finished

    def _loop(self, report: Report, should_stop: Callable[[], bool]) -> None:
        saved = self._clock = time.monotonic()
        while self.iteration < self.spec.steps and self._any_alive() and not should_stop():
            self._iterate()
            if is_logged(self.spec, self.iteration):
                self._record(report)
            if time.monotonic() - saved > self._seconds_between_checkpoints:
                self._save()
                saved = time.monotonic()

    def _too_large(self) -> str:
        """What does not fit; of one member, which batch would: this tries halves of it, on a state that is not kept."""
        if len(self.records) > 1:
            return (
                f"'{self.spec.label}': {_batches(self.spec)} of {len(self.records)} members do not fit into the memory "
                f"of {self.device}"
            )
        gc.collect()
        torch.cuda.empty_cache()
        batches = {player: batches.at(0) for player, batches in self._batches.items()}
        parts, fits = 1, False
        smallest = min(self.spec.batch_size, self.spec.generator_batch_size) // self.game.pack
        while not fits and smallest // parts >= 4:
            parts *= 2
            sizes = {player: _size(self.spec.batch_size_of(player), parts, self.game.pack) for player in self.players}
            fits = self.population.fits({player: batch.first(sizes[player]) for player, batch in batches.items()})
        remedy = (
            f"{_batches(self.spec, parts, self.game.pack)} would"
            if fits
            else "nor would smaller ones; make the networks smaller"
        )
        return f"'{self.spec.label}': {_batches(self.spec)} do not fit into the memory of {self.device}; {remedy}"

    def _any_alive(self) -> bool:
        return any(record.diverged_at is None for record in self.records)

    def _compile(self, report: Report) -> None:
        """Compile the updates; where it fails, go on uncompiled and say so."""
        report(self._progress("compiling"))
        try:
            self.population.compile({player: self._batch(player, self._made(player)) for player in self.players})
        except CompilerFailedError as error:
            self.compiled = False
            text = f"the compiler failed, so training runs uncompiled, several times slower ({error})"
            report(self._progress("training", ((self.spec.id, text),)))

    def _iterate(self) -> None:
        """The updates of one player after the other, or one of all at the same time."""
        made = {player: self._made(player) for player in self.players}
        try:
            if self.spec.updates != "alternating":
                self._set_numbers(made)
                self.population.update_together({player: self._batch(player, made[player]) for player in self.players})
            else:
                for player in self.players:
                    end = self.spec.updates_before(player, self.iteration + 1)
                    while made[player] < end:
                        self._set_numbers(made)
                        self.population.update(player, self._batch(player, made[player]))
                        made[player] += 1
        except (RuntimeError, MemoryError) as error:
            if is_out_of_memory(error):
                raise _BatchTooLargeError from None
            raise
        self.iteration += 1
        lookahead = self.spec.lookahead
        if lookahead is not None and self.iteration % lookahead.steps == 0:
            self.population.look_ahead(lookahead.alpha)

    def _batch(self, player: str, update: int) -> Batch:
        return self._batches[player].at(update)

    def _made(self, player: str) -> int:
        """How many updates a player has made."""
        return self.spec.updates_before(player, self.iteration)

    def _set_numbers(self, made: Mapping[str, int]) -> None:
        """Set what changes over the run to what it is in this iteration, after the updates that all players `made`."""
        if any(spec.schedules for spec in self.specs):
            self.population.set_numbers(numbers_of(self.specs, self.players, self.iteration, made))

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

    def _readings(self) -> dict[str, list[float]]:
        """What is logged of each member [S]: means since the last row, and what is diagnosed now."""
        means = self.population.read_meters()
        last = self.players[-1]
        update = self.spec.updates_before(last, self.iteration) - 1
        now = self.population.diagnose(last, self._batch(last, update))
        readings = {f"train/{name}": values.tolist() for name, values in {**means, **now}.items()}
        if {"score_real", "score_fake"} <= means.keys():
            pairs = zip(readings["train/score_real"], readings["train/score_fake"], strict=True)
            readings["train/margin"] = [real - fake for real, fake in pairs]
        return readings

    def _evaluate(self, index: int) -> Row:
        """The metrics of one member; samples that are not finite end it."""
        metrics = self.measurement.evaluate(self.iteration, self.records[index], take(self.population.state, index))
        if metrics is None:
            self.population.state.alive[index] = False
        return metrics or {}

    def _progress(self, phase: str, warnings: tuple[tuple[str, str], ...] = ()) -> Progress:
        alive = int(self.population.state.alive.sum())
        return Progress(phase=phase, iteration=self.iteration, alive=alive, warnings=warnings)

    def _save(self) -> None:
        for index, record in enumerate(self.records):
            record.save(self.iteration, take(self.population.state, index))

    def _finish(self) -> None:
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
        for index, record in enumerate(self.records):
            state = take(self.population.state, index)
            self.measurement.show_last(record, state)
            record.finish(self.iteration, state, about)


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


def _size(batch_size: int, parts: int, pack: int) -> int:
    """Of so many `parts` of a batch, in whole packs."""
    return batch_size // (parts * pack) * pack


def _batches(spec: RunSpec, parts: int = 1, pack: int = 1) -> str:
    """The batches of `spec`, cut into so many `parts` of whole packs."""
    first, second = (_size(size, parts, pack) for size in (spec.batch_size, spec.generator_batch_size))
    return f"batches of {first}" + (f" (discriminator) and {second} (generator)" if first != second else "")


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
