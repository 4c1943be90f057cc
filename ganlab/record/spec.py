"""All that determines the result of one run, and the run's identity."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, FiniteFloat

from ganlab.options import ListOf, Options, Shared, with_shared_names
from ganlab.record.files import canonical_json, json_sha256
from ganlab.record.optimizers import CriticWarmup, Lookahead, OptimizerField, OptimizerSettings
from ganlab.record.plugin import Plugin

REVISION = 2
"""Incremented whenever training or evaluation of the same spec gives different numbers."""

Precision = Literal["fp32", "tf32", "bf16", "fp16"]
Updates = Literal["alternating", "simultaneous", "extragradient"]
MOST = 2**53
"""Integers up to this one are exact as floats, as records are compared."""
Count = Annotated[int, Field(ge=1, le=MOST)]
SEEDS = 2**63
Seed = Annotated[int, Field(ge=0, lt=SEEDS)]
BatchSize = Annotated[int, Field(ge=2, le=10_000_000)]
MOST_SAMPLES = 10_000_000
LARGEST_LATENT = 65_536


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
        """The options of the data that one seed is trained on."""
        return {**self.options, "split": seed} if self.split_by_seed else self.options


class Schedule(Options):
    """When members are evaluated, and on how many samples.

    Attributes:
        every: so many iterations, and after the last one.
        samples: of the generator.
    """

    every: Count
    samples: Annotated[int, Field(ge=100, le=MOST_SAMPLES)] = 10_000


class Course(Options):
    """How a number changes over a run: from its own value `to` another one, and constant after that.

    Attributes:
        to: the last value.
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


NOT_SET_BY_SWEEPS = ("revision", "label", "variant", "plugins", "dataset", "data", "data_fingerprint", "seed")
"""Fields of a spec that are not settings: a sweep file gives them in another form, or not at all."""


class RunSpec(Options):
    """One member's training, complete: nothing else has a part in its result.

    Every field that does not name the run or its data (`NOT_SET_BY_SWEEPS`) is a key of sweep files as well: a new
    setting is a field here, with the default that says that runs are as before, and what reads it.

    Attributes:
        label: the row of the table that the run belongs to; the variant's name unless told otherwise.
        plugins: the user's own code that the sweep names, whether this run uses what it registers or not.
        dataset: the data in words.
        data_fingerprint: what determines the data beyond its options, such as the hash of a file.
        builder: what makes the networks, by its name and options.
        steps: iterations.
        batch_size: of the discriminator.
        generator_batch_size: of the generator.
        latent_dim: numbers in a latent.
        discriminator_optimizer: of the discriminator, by its name and settings.
        generator_optimizer: of the generator and of all further players.
        critic_steps: discriminator updates an iteration.
        critic_warmup: more discriminator updates in the first iterations, and in every so many later ones.
        generator_steps: generator updates an iteration, after those of the discriminator.
        updates: whether the generator's update sees that of the discriminator, or both begin from the same parameters.
        penalties: weight by name.
        constraints: bound by name.
        ema: decay of the generator's moving average, which is evaluated; 0 evaluates the last iterate.
        evaluation: when members are evaluated, and on how many samples.
        log_every: iterations between two rows of diagnostics.
        conditional: whether the networks are given the labels.
        precision: in which the networks compute; losses, penalties and parameters are float32 in any case.
        schedules: what changes over the run: ``lr``, ``beta1``, ``beta2`` (of all players), ``ema``, and weights and
            bounds by their names.
        game: the options of the game, for a variant none.
        prior: where latents come from.
        clip_grad_norm: the largest norm of a player's gradient over all of its parameters; None for no bound.
        lookahead: every so many iterations, all players go back part of the way (arXiv:2006.14567); None for never.
        packing: samples that the discriminator sees as one (arXiv:1712.04086).
        augment: what changes the samples that the discriminator sees.
        lecam: the weight of the LeCam regulariser (arXiv:2104.03310).
        label_smoothing: the share of real samples that the discriminator is told are fake (arXiv:1606.03498).
        evaluators: that measure the run beside the usual ones of its data.
        primary: the metric by which rows are compared first, named before the run; None for the first that is measured.
    """

    revision: int = REVISION
    label: str
    variant: str
    plugins: ListOf[Shared[Plugin]] = ()
    dataset: str
    data: Shared[DataChoice]
    data_fingerprint: Mapping[str, str]
    builder: Shared[Choice]
    seed: Seed
    steps: Count
    batch_size: BatchSize
    generator_batch_size: BatchSize
    latent_dim: Annotated[int, Field(ge=1, le=LARGEST_LATENT)]
    discriminator_optimizer: OptimizerField
    generator_optimizer: OptimizerField
    critic_steps: Count
    critic_warmup: CriticWarmup | None
    generator_steps: Count
    updates: Updates
    penalties: Mapping[str, Annotated[FiniteFloat, Field(ge=0)]]
    constraints: Mapping[str, Annotated[FiniteFloat, Field(gt=0)]]
    ema: Annotated[float, Field(ge=0, lt=1)]
    evaluation: Shared[Schedule]
    log_every: Count
    conditional: bool
    precision: Precision
    schedules: Mapping[str, Course]
    game: Mapping[str, Any] = {}
    prior: Shared[Choice] = Choice(name="normal", options={})
    clip_grad_norm: Annotated[FiniteFloat, Field(gt=0)] | None = None
    lookahead: Lookahead | None = None
    packing: Count = 1
    augment: Choice | None = None
    lecam: Annotated[FiniteFloat, Field(ge=0)] = 0.0
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    evaluators: ListOf[str] = ()
    primary: str | None = None

    def optimizer_of(self, player: str) -> OptimizerSettings:
        """The optimiser of `player`; those beside the discriminator have the generator's."""
        return self.discriminator_optimizer if player == "discriminator" else self.generator_optimizer

    def batch_size_of(self, player: str) -> int:
        """The samples in a batch of `player`; those beside the generator have the discriminator's."""
        return self.generator_batch_size if player == "generator" else self.batch_size

    def updates_before(self, player: str, iteration: int) -> int:
        """How many updates `player` makes in the first `iteration` iterations; other players make one in each."""
        if player != "discriminator":
            return iteration * (self.generator_steps if player == "generator" else 1)
        warm = 0 if self.critic_warmup is None else self.critic_warmup.iterations_before(iteration)
        more = 0 if self.critic_warmup is None else warm * (self.critic_warmup.steps - self.critic_steps)
        return iteration * self.critic_steps + more

    def samples_seen(self, iteration: int) -> int:
        """How many real samples the discriminator is shown in the first `iteration` iterations."""
        return self.updates_before("discriminator", iteration) * self.batch_size

    @property
    def weights(self) -> dict[str, float]:
        """The numbers that objectives are given.

        They are weights, bounds, and those options of the game and of the augmentation that are floats.
        """
        axes = {"lecam": self.lecam, "label_smoothing": self.label_smoothing}
        used = {name: value for name, value in axes.items() if value}
        augment = self.augment.options if self.augment else {}
        return {**self.penalties, **self.constraints, **_floats(self.game), **_floats(augment), **used}

    def at(self, name: str, start: float, iteration: int) -> float:
        """The number `name`, which is `start` at first, in an iteration; the first is 0."""
        return self.schedules[name].at(start, iteration / self.steps) if name in self.schedules else start

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with the fields of `update`, which has a hash of its own."""
        copied = super().model_copy(update=update, deep=deep)
        vars(copied).pop("sha256", None)
        vars(copied).pop("_around_seed", None)
        if update and set(update) == {"seed"}:
            vars(copied)["_around_seed"] = self._around_seed
        return with_shared_names(copied)

    @cached_property
    def sha256(self) -> str:
        """A hash of all that determines the result: of the record without the label, as canonical JSON.

        A field that is declared with a default is left out where it has that default, so that a later field, whose
        default is what runs did before, leaves the hashes of their specs as they are. `revision` always counts.
        """
        before, after = self._around_seed
        return hashlib.sha256(f'{before}"seed": {self.seed}{after}'.encode()).hexdigest()

    @cached_property
    def _around_seed(self) -> tuple[str, str]:
        """What is hashed before and after the seed, which all seeds of a row have alike."""
        usual = {name for name, default in _defaults(type(self)).items() if getattr(self, name) == default}
        left_out = {"label", "seed"} | usual - {"revision"}
        counted = {key: value for key, value in self.record().items() if key not in left_out}
        before = canonical_json({key: value for key, value in counted.items() if key < "seed"})
        after = canonical_json({key: value for key, value in counted.items() if key > "seed"})
        return f"{before[:-1]}, ", f", {after[1:]}"

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
                "game": set(self.weights),
                "augment": {"options": set(self.weights)},
                "lecam": True,
                "label_smoothing": True,
            },
        )
        names = [sorted(self.penalties), sorted(self.constraints), sorted(self.schedules), sorted(self.weights)]
        average = self.schedules["ema"].model_dump() if "ema" in self.schedules else None
        data_of_its_own = [self.seed] if self.data.split_by_seed else []
        return json_sha256([same, names, average, *data_of_its_own])[:8]


@cache
def _defaults(model: type[RunSpec]) -> dict[str, Any]:
    """The declared defaults of the fields that have one."""
    return {name: field.default for name, field in model.model_fields.items() if not field.is_required()}


def _floats(options: Mapping[str, Any]) -> dict[str, float]:
    return {name: value for name, value in options.items() if isinstance(value, float)}
