"""What papers and repositories report: one YAML file a source, read into one `Figure` a number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field

from ganlab.options import ListOf, Options, parse

FOLDER = Path(__file__).parent

Number = Annotated[str, Field(pattern=r"^\d+(\.\d+)?( ± \d+(\.\d+)?)?$")]
"""A value with its published digits, and its spread if it has one: ``22.29 ± 0.06``."""


class Source(Options):
    """Who reported it, and where.

    Attributes:
        link: ``arXiv:`` and the number, or the address of a repository.
    """

    authors: str
    year: int | None = None
    venue: str | None = None
    link: str

    @property
    def name(self) -> str:
        return " ".join(str(part) for part in (self.authors, self.year) if part)


class Setting(Options):
    """How a result came about. None: the source does not say, or it was not checked.

    Names, values and units are those of a run's spec, but for these.

    Attributes:
        network: a builder's name where it is that builder's, words otherwise.
        widths: as ``4 x 400``; those of the discriminator have a key of their own in any case, as its activation has.
        initial_weights: as ``N(0, 0.02^2)``.
        labels: whether the networks were given the labels.
        optimizer: of both networks, as ``adam 0.0002, betas 0.5, 0.999``.
        generator_batch_size: where it is another than `batch_size`.
        schedules: of rates, weights and so on, as ``lr linear to 0``.
        averaging: of the generator that is evaluated, as ``decay 0.999``.
        samples: generated for one evaluation.
        reference: the split that samples are compared with.
        checkpoint: which one is reported.
        seeds: how many training runs a number is the mean of.
    """

    network: str | None = None
    widths: str | None = None
    discriminator_widths: str | None = None
    activation: str | None = None
    discriminator_activation: str | None = None
    generator_norm: str | None = None
    discriminator_norm: str | None = None
    initial_weights: str | None = None
    latent_dim: int | None = None
    labels: bool
    steps: int | None = None
    updates: Literal["alternating", "simultaneous", "extragradient"] | None = None
    critic_steps: int | None = None
    generator_steps: int | None = None
    batch_size: int | None = None
    generator_batch_size: int | None = None
    optimizer: str | None = None
    schedules: str | None = None
    averaging: str | None = None
    training_samples: int | None = None
    flips: bool | None = None
    samples: int | None = None
    reference: Literal["train", "test"] | None = None
    checkpoint: Literal["last", "best"] | None = None
    seeds: int | None = None


class Result(Options):
    """One method on one data set.

    Attributes:
        method: its name as published.
        variant: the one of ours that it corresponds to.
        penalties: names of those that it has.
        data: the name of the data set here.
        options: what the data set's own options must be for it to be the same data.
        setting: laid over that of the file.
        remark: what no other key can say, in words.
        measured: how a metric differs from ours of the same name, laid over that of the file.
        values: by our name of the metric, in our unit.
    """

    method: str
    variant: str
    penalties: ListOf[str] = ()
    data: str
    options: Mapping[str, Any] = {}
    setting: Mapping[str, Any] = {}
    remark: str | None = None
    measured: Mapping[str, str] = {}
    values: Mapping[str, Number] = Field(min_length=1)


class Report(Options):
    """A file: what one source reports in one place, in one way.

    Attributes:
        place: the table or file.
        evidence: whether the figures were read in the paper or its repository, or agree in two that quote them.
        spread: what the number after ± is.
        setting, remark, measured: of all results, unless one has its own.
    """

    source: Source
    place: str
    evidence: Literal["paper", "repository", "quoted"]
    spread: str | None = None
    setting: Mapping[str, Any] = {}
    remark: str | None = None
    measured: Mapping[str, str] = {}
    results: ListOf[Result]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One published number: `text` is as published, `value` and `spread` are the numbers in it.

    Attributes:
        report: the file that it is in, and `result` its place there.
        setting: that of the report, and what the result has of its own.
        remarks: of both, and on the metric.
    """

    report: Report
    result: Result
    metric: str
    text: str
    setting: Setting
    remarks: tuple[str, ...]

    @property
    def value(self) -> float:
        return float(self.text.partition(" ± ")[0])

    @property
    def spread(self) -> float | None:
        spread = self.text.partition(" ± ")[2]
        return float(spread) if spread else None


@cache
def published_figures() -> tuple[Figure, ...]:
    """All published numbers, by their files' names."""
    return tuple(figure for path in sorted(FOLDER.glob("*.yaml")) for figure in read_report(path))


def read_report(path: Path) -> Iterator[Figure]:
    """The numbers in the file `path`.

    Raises:
        InputError: a key is unknown or missing, or holds what it must not.
    """
    report = parse(Report, yaml.safe_load(path.read_text(encoding="utf-8")), path.name)
    for result in report.results:
        setting = parse(Setting, {**report.setting, **result.setting}, f"{path.name}: {result.method}")
        measured = {**report.measured, **result.measured}
        for metric, text in result.values.items():
            remarks = (report.remark, result.remark, measured.get(metric))
            yield Figure(
                report=report,
                result=result,
                metric=metric,
                text=text,
                setting=setting,
                remarks=tuple(remark for remark in remarks if remark),
            )
