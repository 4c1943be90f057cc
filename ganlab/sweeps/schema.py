"""What a sweep file may say, typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, FiniteFloat, field_validator

from ganlab import games
from ganlab.options import ListOf, Options, parse, shown
from ganlab.plugins import added_plugins, read_plugin, use_plugins
from ganlab.record.optimizers import CriticWarmup, Lookahead
from ganlab.record.plugin import Plugin
from ganlab.record.spec import Count, Course, Precision, Updates
from ganlab.sweeps.yaml_files import apply_overrides, plugin_files, read_sweep_file

LONGEST_NAME = 100


def _usable_as_file_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+-]*", name) or len(name) > LONGEST_NAME:
        raise ValueError(
            f"{name[:LONGEST_NAME]!r} cannot be the name of a folder; use at most {LONGEST_NAME} letters (a to z), "
            "digits, and . _ + -, and begin with a letter or a digit"
        )
    return name


Name = Annotated[str, AfterValidator(_usable_as_file_name)]


class Evaluation(Options):
    """When members are evaluated, and on how many samples; by default ten times."""

    every: Count | None = None
    samples: Annotated[int, Field(ge=100)] | None = None


class Settings(Options):
    """What a sweep sets for all of its variants, and any of them may set for itself.

    What is not set is the variant's own (optimisers, critic steps, penalties, constraints; `ganlab list NAME` says
    where these are from) or has the default that `ganlab.sweeps.resolve` states.

    Attributes:
        builder: `name` and options of the networks.
        optimizer: of both players, laid over the variant's own: ``{lr: 1e-3}`` changes the rate alone.
        discriminator_optimizer: laid over `optimizer`; generator_optimizer likewise.
        critic_warmup: extra critic steps now and then; ``none`` for none.
        generator_steps: generator updates an iteration, after the `critic_steps` updates of the discriminator.
        generator_batch_size: `batch_size` unless told otherwise.
        updates: ``alternating``, or ``simultaneous``: both players' gradients are taken at the same parameters;
            ``extragradient``: at those to which a simultaneous update would lead.
        penalties: weight by name, added to the variant's own; a weight of 0 removes one.
        constraints: bound by name, added to the variant's own.
        ema: decay of the generator's moving average; 0 evaluates the last iterate.
        log_every: iterations between two rows of diagnostics; by default a hundredth of the steps.
        conditional: whether the networks are given the labels.
        precision: in which the networks compute; losses and penalties are float32 in any case.
        schedules: what changes over the run, by the name of the number: ``lr``, ``beta1``, ``beta2``, ``ema``, a
            penalty, a constraint, or an option of the game that is a float.
        game: options of the game; `ganlab list NAME` names them.
        prior: where latents come from: ``{name: normal}``, ``uniform``, ``sphere``, or ``mixture`` with its options.
        clip_grad_norm: the largest norm of a player's gradient.
        lookahead: ``{steps: 5, alpha: 0.5}``: every `steps` iterations all players go back part of the way.
        packing: samples that the discriminator of a variant sees as one.
        augment: what changes the samples that it sees: a name, or `name` and options; ``none`` for nothing.
        lecam: the weight of the LeCam regulariser.
        label_smoothing: the share of real samples that the discriminator is told are fake.
    """

    steps: Count | None = None
    batch_size: Annotated[int, Field(ge=2)] | None = None
    latent_dim: Count | None = None
    builder: Mapping[str, Any] = {}
    optimizer: Mapping[str, Any] = {}
    discriminator_optimizer: Mapping[str, Any] = {}
    generator_optimizer: Mapping[str, Any] = {}
    critic_steps: Count | None = None
    critic_warmup: CriticWarmup | Literal["none"] | None = None
    generator_steps: Count | None = None
    generator_batch_size: Annotated[int, Field(ge=2)] | None = None
    updates: Updates | None = None
    penalties: Mapping[str, Annotated[FiniteFloat, Field(ge=0)]] = {}
    constraints: Mapping[str, Annotated[FiniteFloat, Field(gt=0)]] = {}
    ema: Annotated[float, Field(ge=0, lt=1)] | None = None
    evaluation: Evaluation = Evaluation()
    log_every: Count | None = None
    conditional: bool | None = None
    precision: Precision | None = None
    schedules: Mapping[str, Course] = {}
    game: Mapping[str, Any] = {}
    prior: Mapping[str, Any] = {}
    clip_grad_norm: Annotated[FiniteFloat, Field(gt=0)] | None = None
    lookahead: Lookahead | None = None
    packing: Count | None = None
    augment: Mapping[str, Any] = {}
    lecam: Annotated[FiniteFloat, Field(ge=0)] | None = None
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] | None = None

    @field_validator("augment", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else _keys(value)


class VariantEntry(Settings):
    """One row of the sweep: a variant by `name`, any settings of its own, and the `label` to tell it by."""

    name: str
    label: Name


class Sweep(Settings):
    """A sweep: variants x data x settings x seeds.

    Attributes:
        plugins: files of the user's own, in YAML by their paths. They are part of every run of the sweep.
        device: where to train: auto, cpu, cuda, cuda:N or mps. It is no part of a run's identity.
    """

    name: Name
    data: Annotated[ListOf[Mapping[str, Any]], Field(min_length=1)]
    variants: Annotated[ListOf[VariantEntry], Field(min_length=1)]
    plugins: ListOf[Plugin] = ()
    seeds: ListOf[Annotated[int, Field(ge=0)]]
    device: str = "auto"

    @field_validator("data", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        several = value if isinstance(value, list) else [value]
        return [{"name": one} if isinstance(one, str) else _keys(one) for one in several]

    @field_validator("variants", mode="before")
    @classmethod
    def _entries(cls, value: Any) -> Any:
        if value == "all":
            value = games.names()
        return [_entry(one) for one in (value if isinstance(value, list) else [value])]

    @field_validator("variants")
    @classmethod
    def _distinct_labels(cls, value: Any) -> Any:
        labels = [entry.label for entry in value]
        for label in labels:
            if labels.count(label) > 1:
                raise ValueError(f"two entries are called '{label}'; give one of them another 'label'")
        return value

    @field_validator("seeds", mode="before")
    @classmethod
    def _range(cls, value: Any) -> Any:
        seeds = value
        if isinstance(value, str) and (bounds := re.fullmatch(r"(\d+)\.\.(\d+)", value.strip())):
            first, last = map(int, bounds.groups())
            seeds = list(range(first, last + 1))
        if not isinstance(seeds, list) or not seeds:
            raise ValueError(f"{shown(value)} names no seeds; write a range such as 0..4 or a list such as [0, 3]")
        return seeds

    @field_validator("seeds")
    @classmethod
    def _distinct_seeds(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a seed is listed twice")
        return value


def _keys(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{shown(value)} is neither a name nor keys such as {{name: ...}}")
    return value


def _entry(value: Any) -> Any:
    if isinstance(value, str):
        if "," in value:
            raise ValueError(f"{value!r} is one text; write a list, such as variants: [{', '.join(value.split(','))}]")
        value = {"name": value}
    if "name" not in _keys(value):
        return value
    if isinstance(value["name"], str):
        games.find(value["name"])  # refuses an unknown one
    return {"label": value["name"], **value}


def load_sweep(path: Path, overrides: Sequence[str] = ()) -> Sweep:
    """The sweep in the file at `path`, with ``key=value`` overrides.

    Its plugins, and those of `ganlab.plugin`, are in use after this, so that it can name what they register.

    Raises:
        InputError: something in the file, in an override or in a plugin is wrong.
    """
    read = {file.resolve(): read_plugin(file) for file in plugin_files(path, overrides)}
    plugins = tuple({**added_plugins(), **read}.values())
    use_plugins(plugins)
    values = {**apply_overrides(read_sweep_file(path), overrides), "plugins": plugins}
    return parse(Sweep, values, str(path))
