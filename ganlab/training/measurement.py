"""What is measured and shown of a member's generator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from ganlab.data import DATA, Data
from ganlab.errors import InputError
from ganlab.evaluation import EVALUATORS, Subject
from ganlab.evaluation.subject import Network
from ganlab.games import Game
from ganlab.networks import uses_batch_statistics
from ganlab.plugins import defined_in
from ganlab.record.spec import RunSpec
from ganlab.registry import Registry
from ganlab.text import course_in_words
from ganlab.training.devices import memory_for
from ganlab.training.evaluating import evaluation_for, network_of
from ganlab.training.galleries import SIDE, columns_of_classes, interpolations, neighbours
from ganlab.training.record import Record, Row
from ganlab.training.sampling import STATISTICS_BATCHES, Conditions, Sampler, unconditional, with_statistics
from ganlab.training.state import State
from ganlab.training.streams import generator_for


class Measurement:
    """What is measured of the generators of one population.

    Args:
        spec: of any of its members.
        data: what they learn from.
        game: that they play.
        networks: of its players, as the builder made them.
        device: where features are computed.

    Raises:
        InputError: the device has no memory for what measures.
    """

    def __init__(
        self, spec: RunSpec, data: Data, game: Game, networks: Mapping[str, nn.Module], device: torch.device
    ) -> None:
        self._spec = spec
        self._data = data
        self._networks = networks
        self._generator = networks["generator"]
        self._prior = game.prior
        self._classes = data.classes if spec.conditional else 0
        self._conditions: Conditions = data.draw_conditions if spec.conditional else unconditional
        self._device = device
        with self._memory():
            self.evaluation = evaluation_for(spec, game, data.reference, device)

    def evaluate(self, iteration: int, record: Record, state: State) -> Row | None:
        """The metrics of one member, of which a picture is kept; None where its samples are not finite."""
        with self._memory():
            sampler = self._sampler(record.spec)
            generator = sampler.evaluated(self._generator, state.average["generator"])
            subject = self._subject(sampler, generator, state, iteration)
            if subject is None:
                return None
            reference = self._data.reference
            if reference.of_images:
                raw = sampler.evaluated(self._generator, state.players["generator"].parameters)
                pictured: dict[str, ArrayLike] = {
                    "images": self._shown(sampler, generator).numpy(),
                    "raw": self._shown(sampler, raw).numpy(),
                }
            else:
                pictured = reference.pictured(subject.samples)
            return record.evaluate(iteration, subject, {"picture": reference.picture, **pictured})

    def show_last(self, record: Record, state: State) -> None:
        """Draw the images that stand for the whole run: interpolations, and samples beside training images."""
        if self._data.reference.of_images and state.alive:
            sampler = self._sampler(record.spec)
            generator = sampler.evaluated(self._generator, state.average["generator"])
            shown = self._shown(sampler, generator)
            record.show(
                {
                    "interpolations": self._data.to_data_units(interpolations(generator, sampler)),
                    "neighbours": neighbours(shown, self._data.storage[0]),
                }
            )

    def protocol(self) -> dict[str, Any]:
        """All that the value of a metric depends on beyond the generator."""
        authors = {metric.name: _author(EVALUATORS, one.name) for one in EVALUATORS for metric in one.metrics}
        metrics = {
            name: {"better": metric.better, "estimator": metric.estimator + authors.get(name, "")}
            for name, metric in self.evaluation.metrics.items()
        }
        protocol = self.evaluation.protocol()
        return {
            "samples": self._spec.evaluation.samples,
            "generator": self._generator_in_words(),
            **protocol,
            "reference": protocol["reference"] + _author(DATA, self._spec.data.name),
            "metrics": metrics,
            "primary": self._spec.primary or next(iter(metrics)),
        }

    def _subject(self, sampler: Sampler, generator: nn.Module, state: State, iteration: int) -> Subject | None:
        """What evaluators see of one member, as far as they need it; None where its samples are not finite.

        Args:
            sampler: of the member.
            generator: that is evaluated, of `Sampler.evaluated`.
            state: of the member.
            iteration: names the stream of the samples.
        """
        count, stream, needs = self._spec.evaluation.samples, ("evaluation", iteration), self.evaluation.needs
        labels = sampler.condition_of(count, *stream)
        drawn = sampler.draw(generator, count, *stream, condition=labels)
        if not drawn.isfinite().all():
            return None
        return Subject(
            samples=self._data.to_data_units(drawn),
            labels=labels,
            latents=sampler.latents(count, *stream) if "latents" in needs else None,
            generator=network_of(generator),
            networks={
                player: self._network(sampler, player, state)
                for player in self._networks
                if f"network.{player}" in needs
            },
            data=self._data,
        )

    def _network(self, sampler: Sampler, player: str, state: State) -> Network:
        """That of `player` with its trained parameters or, where it is not the generator, their average if one is kept.

        Batch normalisation takes its statistics as in `Sampler.evaluated`, from batches of the data where the network
        sees samples.
        """
        module, trained = self._networks[player], state.players[player].parameters
        if player == "generator":
            return network_of(sampler.evaluated(module, trained))
        parameters = state.average.get(player, trained)
        try:
            return network_of(with_statistics(module, parameters, self._real_batches(sampler.spec, player)))
        except (TypeError, ValueError) as error:
            raise InputError(
                f"'{self._spec.label}': an evaluator needs the network of '{player}', whose batch normalisation takes "
                "its statistics from samples of the data with what the run is conditional on, and with these the "
                f"network fails ({error}); use another normalisation, or leave that evaluator out"
            ) from error

    def _real_batches(self, spec: RunSpec, player: str) -> Iterator[tuple[Tensor, ...]]:
        """Seeded batches of the data as networks see it: samples [B, ...], and the discriminator their conditions."""
        generator = generator_for(spec.seed, "statistics", "real")
        for _ in range(STATISTICS_BATCHES):
            entries = self._data.draw(generator, spec.batch_size)
            real, condition = self._data.transform(entries, self._data.storage)
            if spec.conditional and condition is not None and player == "discriminator":
                yield real, condition
            else:
                yield (real,)

    def _memory(self) -> Any:
        return memory_for(f"'{self._spec.label}': what is trained and what measures it", self._device)

    def _sampler(self, spec: RunSpec) -> Sampler:
        return Sampler(spec=spec, prior=self._prior, conditions=self._conditions)

    def _shown(self, sampler: Sampler, generator: nn.Module) -> Tensor:
        """A square of images uint8 [n, C, H, W] of `generator`, from the same latents at each evaluation."""
        count = (columns_of_classes(self._classes) or SIDE) ** 2
        return self._data.to_data_units(sampler.draw(generator, count, "shown"))

    def _generator_in_words(self) -> str:
        words = average_in_words(self._spec)
        on_the_line = self._data.sample_shape == (1,)  # where hardly any network has one
        if not on_the_line or uses_batch_statistics(self._generator):
            words += f", its batch norms (if any) with the statistics of {STATISTICS_BATCHES} seeded batches"
        return words


def _author(registry: Registry[Any], name: str) -> str:
    """By which plugin the entry called `name` is, as the end of a phrase: those of two texts are not the same."""
    plugin = defined_in(registry, name)
    return f", by {plugin}" if plugin else ""


def average_in_words(spec: RunSpec) -> str:
    """Which parameters of the generator are evaluated."""
    of_updates = " before lookahead goes back" if spec.lookahead else ""
    if "ema" in spec.schedules:
        course = course_in_words(**spec.schedules["ema"].model_dump())
        return f"moving average, decay min(d, (1 + t) / (10 + t)) at update t{of_updates}, d from {spec.ema:g} {course}"
    if spec.ema == 0:
        return "last iterate"
    return f"moving average, decay min({spec.ema:g}, (1 + t) / (10 + t)) at update t{of_updates}"
