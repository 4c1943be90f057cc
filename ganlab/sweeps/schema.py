"""What a sweep file may say, typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, FiniteFloat, field_validator

from ganlab.options import ListOf, Options, parse, shown
from ganlab.sweeps.yaml_files import apply_overrides, read_sweep_file
from ganlab.training.spec import Count, Course, Precision, Updates
from ganlab.variants import VARIANTS, CriticWarmup, load_file

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
    """When members are evaluated, by default ten times, on how many samples, and by which further evaluators."""

    every: Count | None = None
    samples: Annotated[int, Field(ge=100)] | None = None
    evaluators: ListOf[str] | None = None


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
            penalty or a constraint.
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


class VariantEntry(Settings):
    """One row of the sweep: a variant by `name`, any settings of its own, and the `label` to tell it by."""

    name: str
    label: Name


class Sweep(Settings):
    """A sweep: variants x data x settings x seeds.

    `device` is where to train: auto, cpu, cuda, cuda:N or mps. It is no part of a run's identity.
    """

    name: Name
    data: Annotated[ListOf[Mapping[str, Any]], Field(min_length=1)]
    variants: Annotated[ListOf[VariantEntry], Field(min_length=1)]
    variant_files: ListOf[str] = ()
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
            value = VARIANTS.names
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
        VARIANTS[value["name"]]  # refuses an unknown one
    return {"label": value["name"], **value}


def load_sweep(path: Path, overrides: Sequence[str] = (), variant_files: Sequence[str] = ()) -> Sweep:
    """The sweep in the file at `path`, with ``key=value`` overrides and further variant files.

    The variants in these files are registered, so that it can name them.

    Raises:
        InputError: something in the file or in an override is wrong.
    """
    values = apply_overrides(read_sweep_file(path), overrides)
    files = values.get("variant_files", [])
    if isinstance(files, list):
        values["variant_files"] = [*files, *variant_files]
        for file in values["variant_files"]:
            if isinstance(file, str):
                load_file(Path(file))
    return parse(Sweep, values, str(path))
