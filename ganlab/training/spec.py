"""All that determines the result of one run, and the run's identity."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, FiniteFloat

from ganlab.options import ListOf, Options
from ganlab.tracking import json_sha256
from ganlab.variants.base import CriticWarmup, OptimizerSettings

REVISION = 2
"""Raised whenever training or evaluation of the same spec gives other numbers than before."""

Precision = Literal["fp32", "tf32", "bf16", "fp16"]
Updates = Literal["alternating", "simultaneous", "extragradient"]
Count = Annotated[int, Field(ge=1)]
Optimizer = Annotated[OptimizerSettings, Field(discriminator="name")]


class Choice(Options):
    """An entry of a registry by its name, with all of its options spelled out."""

    name: str
    options: Mapping[str, Any]


class DataChoice(Choice):
    """Data by its name; where the options say ``split: seed``, each seed has a split of its own."""

    @property
    def split_by_seed(self) -> bool:
        return self.options.get("split") == "seed"

    def options_for(self, seed: int) -> Mapping[str, Any]:
        """The options of the data that a seed learns from."""
        return {**self.options, "split": seed} if self.split_by_seed else self.options


class Schedule(Options):
    """When members are evaluated, on how many samples, and by which evaluators beside those of the data."""

    every: Count
    samples: Annotated[int, Field(ge=100)] = 10_000
    evaluators: ListOf[str] = ()


class Course(Options):
    """How a number changes over a run: from its own value `to` another one, and constant after that.

    Attributes:
        shape: of the way; ``cosine`` begins and ends slowly.
        over: the share of the iterations that it takes.
    """

    to: Annotated[FiniteFloat, Field(ge=0)]
    shape: Literal["linear", "cosine"] = "linear"
    over: Annotated[float, Field(gt=0, le=1)] = 1.0

    def at(self, start: float, done: float) -> float:
        """The value where the share `done` of the iterations is over, for a number that is `start` at first."""
        way = min(1.0, done / self.over)
        return start + (self.to - start) * (way if self.shape == "linear" else (1 - math.cos(math.pi * way)) / 2)


class RunSpec(Options):
    """One member's training, complete: nothing else has a part in its result.

    Attributes:
        label: the row of the table that the run belongs to; the variant's name unless told otherwise.
        variant_source: the text of the user's own file that defines the variant, if one does.
        dataset: the data in words.
        data_fingerprint: what determines the data beyond its options, such as the hash of a file.
        batch_size: of the discriminator; `generator_batch_size` is that of the generator.
        critic_steps: discriminator updates an iteration; `generator_steps` are those of the generator after them.
        updates: whether the generator's update sees that of the discriminator, or both begin from the same parameters.
        penalties: weight by name; constraints: bound by name.
        ema: decay of the generator's moving average, which is evaluated; 0 evaluates the last iterate.
        log_every: iterations between two rows of diagnostics.
        conditional: whether the networks are given the labels.
        precision: in which the networks compute; losses, penalties and parameters are float32 in any case.
        schedules: what changes over the run: ``lr``, ``beta1``, ``beta2`` (of both players), ``ema``, and weights and
            bounds by their names.
    """

    revision: int = REVISION
    label: str
    variant: str
    variant_source: str | None = None
    dataset: str
    data: DataChoice
    data_fingerprint: Mapping[str, str]
    builder: Choice
    seed: Annotated[int, Field(ge=0)]
    steps: Count
    batch_size: Annotated[int, Field(ge=2)]
    generator_batch_size: Annotated[int, Field(ge=2)]
    latent_dim: Count
    discriminator_optimizer: Optimizer
    generator_optimizer: Optimizer
    critic_steps: Count
    critic_warmup: CriticWarmup | None
    generator_steps: Count
    updates: Updates
    penalties: Mapping[str, float]
    constraints: Mapping[str, float]
    ema: Annotated[float, Field(ge=0, lt=1)]
    evaluation: Schedule
    log_every: Count
    conditional: bool
    precision: Precision
    schedules: Mapping[str, Course]

    def record(self) -> dict[str, Any]:
        """The spec as run directories keep it."""
        return self.model_dump(mode="json")

    def at(self, name: str, start: float, iteration: int) -> float:
        """The number `name`, which is `start` at first, in an iteration; the first is 0."""
        return self.schedules[name].at(start, iteration / self.steps) if name in self.schedules else start

    @property
    def sha256(self) -> str:
        """A hash of all that determines the result: of the record without the label."""
        return json_sha256({key: value for key, value in self.record().items() if key != "label"})

    @property
    def id(self) -> str:
        """The label, the seed, and the first digits of the hash."""
        return f"{self.label}-s{self.seed}-{self.sha256[:8]}"

    @property
    def program(self) -> str:
        """Equal for two runs whose members can be trained in one population."""
        numbers = {"lr": True}
        same = self.model_dump(
            mode="json",
            exclude={
                "label": True,
                "seed": True,
                "discriminator_optimizer": numbers,
                "generator_optimizer": numbers,
                "penalties": True,
                "constraints": True,
                "schedules": True,
            },
        )
        names = [sorted(self.penalties), sorted(self.constraints), sorted(self.schedules)]
        average = self.schedules["ema"].model_dump() if "ema" in self.schedules else None
        data_of_its_own = [self.seed] if self.data.split_by_seed else []
        return json_sha256([same, names, average, *data_of_its_own])[:8]
