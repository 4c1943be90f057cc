"""What is measured and shown of a member's generator."""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from ganlab.data import DATA, Data
from ganlab.evaluation import EVALUATORS, evaluation_on
from ganlab.games import Prior
from ganlab.networks import uses_batch_statistics
from ganlab.plugins import defined_in
from ganlab.record.spec import RunSpec
from ganlab.registry import Registry
from ganlab.text import course_in_words
from ganlab.training.devices import memory_for
from ganlab.training.galleries import SIDE, columns_of_classes, interpolations, neighbours
from ganlab.training.member import State
from ganlab.training.record import Record, Row
from ganlab.training.sampling import STATISTICS_BATCHES, Conditions, Sampler, unconditional


class Measurement:
    """What is measured of the generators of one population.

    Args:
        spec: of any of its members.
        data: what they learn from.
        generator: as the builder made it.
        prior: of the latents.
        device: where features are computed.

    Raises:
        InputError: the device has no memory for what measures.
    """

    def __init__(self, spec: RunSpec, data: Data, generator: nn.Module, prior: Prior, device: torch.device) -> None:
        self._spec = spec
        self._data = data
        self._generator = generator
        self._prior = prior
        self._classes = data.classes if spec.conditional else 0
        self._conditions: Conditions = data.draw_conditions if spec.conditional else unconditional
        self._device = device
        with self._memory():
            self.evaluation = evaluation_on(data.reference, spec.evaluation.samples, device)

    def evaluate(self, iteration: int, record: Record, state: State) -> Row | None:
        """The metrics of one member, of which a picture is kept; None where its samples are not finite."""
        with self._memory():
            sampler = self._sampler(record.spec)
            generator = sampler.evaluated(self._generator, state.average["generator"])
            drawn = sampler.draw(generator, self._spec.evaluation.samples, "evaluation", iteration)
            if not drawn.isfinite().all():
                return None
            samples, reference = self._data.to_data_units(drawn), self._data.reference
            if reference.of_images:
                raw = sampler.evaluated(self._generator, state.players["generator"].parameters)
                pictured: dict[str, ArrayLike] = {
                    "images": self._shown(sampler, generator).numpy(),
                    "raw": self._shown(sampler, raw).numpy(),
                }
            else:
                pictured = reference.pictured(samples)
            return record.evaluate(iteration, samples, {"picture": reference.picture, **pictured})

    def show_last(self, record: Record, state: State) -> None:
        """Draw the images that stand for the whole run: interpolations, and samples beside training images."""
        if self._data.reference.of_images and state.alive:
            sampler = self._sampler(record.spec)
            generator = sampler.evaluated(self._generator, state.average["generator"])
            shown = self._shown(sampler, generator)
            record.show(
                {
                    "interpolations": self._data.to_data_units(interpolations(generator, sampler)),
                    "neighbours": neighbours(shown, self._data.tables[0]),
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
            "primary": next(iter(metrics)),
        }

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
    if "ema" in spec.schedules:
        course = course_in_words(**spec.schedules["ema"].model_dump())
        return f"moving average, decay min(d, (1 + t) / (10 + t)) at update t, d from {spec.ema:g} {course}"
    if spec.ema == 0:
        return "last iterate"
    return f"moving average, decay min({spec.ema:g}, (1 + t) / (10 + t)) at update t"
