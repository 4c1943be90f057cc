"""The loop that trains one population and keeps the record of each of its members."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ganlab.arithmetic import set_arithmetic
from ganlab.compiler import CompilerFailedError
from ganlab.data import HeldOut, Images, KnownDensity
from ganlab.errors import InputError
from ganlab.evaluation import picture_of
from ganlab.networks import uses_batch_statistics
from ganlab.text import course_in_words
from ganlab.tracking import RunDirectory
from ganlab.training import checkpoint
from ganlab.training.devices import is_out_of_memory, memory_for
from ganlab.training.environment import describe_environment
from ganlab.training.evaluating import evaluation_for, subject_of
from ganlab.training.member import State
from ganlab.training.papers import papers_of
from ganlab.training.population import stack, take
from ganlab.training.record import Record, Row, is_evaluation, is_logged
from ganlab.training.sampling import STATISTICS_BATCHES, draw_samples, evaluated_generator, even_labels
from ganlab.training.setup import (
    build_batches,
    build_member,
    build_population,
    critic_schedule,
    initial_state,
    load_data,
    numbers_of,
)
from ganlab.training.showing import SIDE, columns_of_classes, interpolations, neighbours
from ganlab.training.spec import RunSpec
from ganlab.training.streams import CPU
from ganlab.variants import Parameters

SECONDS_BETWEEN_CHECKPOINTS = 30.0


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

    Raises:
        InputError: the device has no memory for the networks, or the data cannot be had.
    """

    def __init__(
        self,
        specs: Sequence[RunSpec],
        directories: Sequence[RunDirectory],
        compiled: bool = True,
        device: torch.device = CPU,
    ) -> None:
        self.spec = spec = specs[0]
        self.specs = specs
        self.data = load_data(spec)
        self.classes = self.data.classes if spec.conditional else 0
        member = build_member(spec, self.data)
        self.iteration, state = _restore(specs, directories, initial_state(specs, self.data))
        with memory_for(
            f"'{spec.label}': its networks and {_batches((spec.batch_size, spec.generator_batch_size))}", device
        ):
            self._critic_batches, self._generator_batches = batches = build_batches(specs, member, self.data, device)
            self.population = build_population(specs, member, state, batches, device)
        set_arithmetic(tf32=spec.precision == "tf32")
        self.device = device
        self.compiled = compiled
        self.together = spec.updates != "alternating"
        with memory_for(f"'{spec.label}': what is trained and what measures it", device):
            self.evaluation = evaluation_for(spec, self.data.reference, device)
        self.records = [
            Record(one, directory, self.evaluation) for one, directory in zip(specs, directories, strict=True)
        ]
        for index, record in enumerate(self.records):
            last = record.resume(self.iteration)
            if not state.alive[index] and self._tells_of_divergence(last, self._completed(index)):
                record.mark_diverged(self._completed(index))
        self._critic_updates = critic_schedule(spec.steps, spec.critic_steps, spec.critic_warmup)

    def run(self, report: Report, should_stop: Callable[[], bool]) -> bool:
        """Train to the end, or until `should_stop`; gives whether the end was reached.

        Stopped or not, every member's checkpoint holds the last iteration.

        Raises:
            InputError: a batch is too large for the device; it names one that fits.
        """
        too_large = False
        try:
            if self.compiled:
                self._compile(report)
            self._environment = describe_environment(self.compiled, len(self.records), self.device)
            for record in self.records:
                record.directory.start(self.iteration, self._environment)
            report(self._progress("training"))
            self._loop(report, should_stop)
        except _BatchTooLargeError:
            too_large = True
        if too_large:  # asked here, where what the failed update held is free again
            raise InputError(self._too_large())
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
            if time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                self._save()
                saved = time.monotonic()

    def _too_large(self) -> str:
        """What to do about a batch that does not fit; this tries halves of it, on a state that is not kept."""
        gc.collect()
        torch.cuda.empty_cache()
        critic, generator = self._critic_batches.at(0), self._generator_batches.at(0)
        sizes = whole = (self.spec.batch_size, self.spec.generator_batch_size)
        fits = False
        while not fits and min(sizes) >= 4:
            sizes = (sizes[0] // 2, sizes[1] // 2)
            fits = self.population.fits(critic.first(sizes[0]), generator.first(sizes[1]), self.together)
        remedy = f"{_batches(sizes)} would" if fits else "nor would smaller ones; make the networks smaller"
        return f"'{self.spec.label}': {_batches(whole)} do not fit into the memory of {self.device}; {remedy}"

    def _any_alive(self) -> bool:
        return any(record.diverged_at is None for record in self.records)

    def _compile(self, report: Report) -> None:
        """Compile the updates; where it fails, go on uncompiled and say so."""
        report(self._progress("compiling"))
        first = self._critic_updates[self.iteration]
        try:
            second = self._generator_updates(self.iteration).start
            self.population.compile(self._critic_batches.at(first), self._generator_batches.at(second), self.together)
        except CompilerFailedError as error:
            self.compiled = False
            text = f"the compiler failed, so training runs uncompiled, several times slower ({error})"
            report(self._progress("training", ((self.spec.id, text),)))

    def _iterate(self) -> None:
        """The critic's updates and then the generator's, or one of both at the same time."""
        critic = range(*self._critic_updates[self.iteration : self.iteration + 2])
        generator = self._generator_updates(self.iteration)
        try:
            if self.together:
                self._set_numbers(critic.start, generator.start)
                self.population.update_both(
                    self._critic_batches.at(critic.start), self._generator_batches.at(generator.start)
                )
            else:
                for update in critic:
                    self._set_numbers(update, generator.start)
                    self.population.update_critic(self._critic_batches.at(update))
                for update in generator:
                    self._set_numbers(critic.stop, update)
                    self.population.update_generator(self._generator_batches.at(update))
        except RuntimeError as error:
            if is_out_of_memory(error):
                raise _BatchTooLargeError from None
            raise
        self.iteration += 1

    def _generator_updates(self, iteration: int) -> range:
        """The generator's updates in an iteration."""
        return range(iteration * self.spec.generator_steps, (iteration + 1) * self.spec.generator_steps)

    def _set_numbers(self, *updates: int) -> None:
        """Set what changes over the run to what it is in this iteration, after so many `updates` of both players."""
        if any(spec.schedules for spec in self.specs):
            self.population.set_numbers(numbers_of(self.specs, self.iteration, (updates[0], updates[1])))

    def _completed(self, index: int) -> int:
        """How many iterations a member has completed; one that diverged completes no more."""
        return int(self.population.state.generator.optimizer.step[index]) // self.spec.generator_steps

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
            with memory_for(f"'{self.spec.label}': what is trained and what measures it", self.device):
                for index in going_on:
                    if self.population.state.alive[index]:
                        rows[index] |= self._evaluate(index, self.records[index])
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
        """What is logged of each member [S]: means since the last row; slopes and spread as they are now."""
        means = self.population.read_meters()
        now = self.population.diagnose(self._generator_batches.at(self._generator_updates(self.iteration).start - 1))
        readings = {f"train/{name}": values.tolist() for name, values in {**means, **now}.items()}
        pairs = zip(readings["train/score_real"], readings["train/score_fake"], strict=True)
        readings["train/margin"] = [real - fake for real, fake in pairs]
        return readings

    def _evaluate(self, index: int, record: Record) -> Row:
        """The metrics of one member; samples that are not finite end it."""
        spec, state = record.spec, take(self.population.state, index)
        member = self.population.member
        generator = self._generator(spec, state.generator.average)
        networks = {"generator": member.generator, "discriminator": member.discriminator}
        subject = subject_of(spec, networks, generator, state, self.data, self.evaluation.needs, self.iteration)
        if subject is None:
            self.population.state.alive[index] = False
            return {}
        if isinstance(self.data.reference, Images):
            raw = self._generator(spec, state.generator.parameters)
            pictured = {"images": self._shown(spec, generator).numpy(), "raw": self._shown(spec, raw).numpy()}
            return record.evaluate(self.iteration, subject, pictured)
        return record.evaluate(self.iteration, subject, picture_of(subject, self.data.reference))

    def _generator(self, spec: RunSpec, parameters: Parameters) -> nn.Module:
        return evaluated_generator(self.population.member.generator, parameters, spec, self.classes)

    def _shown(self, spec: RunSpec, generator: nn.Module) -> Tensor:
        """A square of images uint8 [n, C, H, W] of `generator`, from the same latents at each evaluation."""
        count = (columns_of_classes(self.classes) or SIDE) ** 2
        return self.data.to_data_units(draw_samples(generator, spec, even_labels(count, self.classes), count, "shown"))

    def _progress(self, phase: str, warnings: tuple[tuple[str, str], ...] = ()) -> Progress:
        alive = int(self.population.state.alive.sum())
        return Progress(phase=phase, iteration=self.iteration, alive=alive, warnings=warnings)

    def _save(self) -> None:
        for index, record in enumerate(self.records):
            record.save(self.iteration, take(self.population.state, index))

    def _finish(self) -> None:
        about = {
            "protocol": self._protocol(),
            "floors": self.evaluation.floors(),
            "floor_errors": self.evaluation.floor_errors(),
            "real": self.evaluation.real(),
            "papers": papers_of(self.spec, self.evaluation),
            "samples": self.data.form.record(),
            "environment": self._environment,
        }
        for index, record in enumerate(self.records):
            state = take(self.population.state, index)
            if isinstance(self.data.reference, Images) and state.alive:
                record.show(self._last_pictures(record.spec, state))
            record.finish(self.iteration, state, about)

    def _last_pictures(self, spec: RunSpec, state: State) -> dict[str, Tensor]:
        """Rows of images by the name of their picture, uint8."""
        generator = self._generator(spec, state.generator.average)
        return {
            "interpolations": self.data.to_data_units(interpolations(generator, spec, self.classes)),
            "neighbours": neighbours(self._shown(spec, generator), self.data.tables[0]),
        }

    def _protocol(self) -> dict[str, Any]:
        """All that the value of a metric depends on beyond the generator."""
        metrics = {
            name: {"better": metric.better, "estimator": metric.estimator}
            for name, metric in self.evaluation.metrics.items()
        }
        return {
            "samples": self.spec.evaluation.samples,
            "generator": self._generator_in_words(),
            **self.evaluation.protocol(),
            "metrics": metrics,
            "primary": next(iter(metrics)),
        }

    def _generator_in_words(self) -> str:
        words = average_in_words(self.spec)
        on_the_line = isinstance(self.data.reference, KnownDensity | HeldOut)  # where hardly any network has one
        if not on_the_line or uses_batch_statistics(self.population.member.generator):
            words += f", its batch norms (if any) with the statistics of {STATISTICS_BATCHES} seeded batches"
        return words


def average_in_words(spec: RunSpec) -> str:
    """Which parameters of the generator are evaluated."""
    if "ema" in spec.schedules:
        course = course_in_words(**spec.schedules["ema"].model_dump())
        return f"moving average, decay min(d, (1 + t) / (10 + t)) at update t, d from {spec.ema:g} {course}"
    if spec.ema == 0:
        return "last iterate"
    return f"moving average, decay min({spec.ema:g}, (1 + t) / (10 + t)) at update t"


def _batches(sizes: tuple[int, int]) -> str:
    critic, generator = sizes
    return f"batches of {critic}" + (f" (discriminator) and {generator} (generator)" if critic != generator else "")


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
