"""The result of a run: ``summary.json``, and what its keys mean."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, SerializerFunctionWrapHandler, Strict, model_serializer

from ganlab.errors import InputError
from ganlab.options import ListOf, Options, Shared, parse, with_shared_names
from ganlab.record.files import json_sha256
from ganlab.record.rows import EVALUATION, Row


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


Number = Annotated[float | None, BeforeValidator(_finite)]
"""A number; None is one that is not finite, which JSON cannot represent."""

Better = Literal["lower", "higher"]
"""Which way a metric is better."""


def worst(better: Better) -> float:
    """The worst value there is, which a diverged run counts as."""
    return math.inf if better == "lower" else -math.inf


class Recorded(Options):
    """A part of a record, every key of which is written out."""

    model_config = ConfigDict(allow_inf_nan=False)


class Metric(Recorded):
    """Which way a metric is better, and how it is estimated, in a phrase that fits the footnote of a table."""

    better: Better
    estimator: str


class Extractor(Recorded):
    """The network whose features some metrics compare, the hash of its weights, and how images are resized for it."""

    network: str
    weights_sha256: str
    resize: str


class Protocol(Recorded):
    """How a run was measured: all that the value of a metric depends on beyond the generator's parameters.

    Attributes:
        samples: how many were drawn.
        generator: which parameters of the generator drew them, in words.
        reference: what they were compared with, in words.
        metrics: by name, in the order of the table.
        primary: the metric that the spec names, or the first of them; its comparisons are confirmatory.
        limits: the largest value that the estimator of a metric can give of so many samples.
        reference_sha256, reference_images: the hash and the number of the reference's images.
        uint8: how samples became images; None of other data, as are the keys before and after it.
        precision: in which features were computed.
        extractors: by name.
        absent: why a metric, or all those of an extractor, could not be measured, in a sentence.
    """

    samples: int
    generator: str
    reference: str
    metrics: Mapping[str, Metric]
    primary: str
    limits: Mapping[str, Number] = {}
    reference_sha256: str | None = None
    reference_images: int | None = None
    uint8: str | None = None
    precision: str | None = None
    extractors: Mapping[str, Extractor] = {}
    absent: Mapping[str, str] = {}

    @cached_property
    def sha256(self) -> str:
        """A hash of the whole protocol."""
        return json_sha256(self.record())


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The best value of a metric over all evaluations of a run, and the first step at which it was reached.

    It is no model as the other parts are, since there is one for each metric of each run: as models they would be a
    third of what thousands of runs take of the memory.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", allow_inf_nan=False)

    value: Annotated[float, Strict()]
    global_step: Annotated[int, Strict()]


def best_of(evaluations: Sequence[Row], metrics: Mapping[str, Metric]) -> dict[str, Best]:
    """The best value of each metric over rows that hold evaluations; metrics that were never finite have none."""
    best = {}
    for name, about in metrics.items():
        key = f"{EVALUATION}{name}"
        values = [(row[key], row["global_step"]) for row in evaluations if row.get(key) is not None]
        if values:
            value, step = (min if about.better == "lower" else max)(values, key=lambda pair: pair[0])
            best[name] = Best(value=value, global_step=step)
    return best


class Cost(Recorded):
    """What a run cost, over all interruptions; each member is charged its share of a population's seconds.

    Attributes:
        train_seconds: without compilation and evaluation.
        samples_seen: real samples that the discriminator was shown in the iterations that were completed.
    """

    train_seconds: float
    evaluation_seconds: float
    samples_seen: int


class Part(Recorded):
    """A part of a run that has a paper: its kind, its name, and the paper's arXiv id or DOI."""

    kind: str
    name: str
    paper: str


class SettingsSource(Recorded):
    """Where the settings of the run's variant are from, and which of them the run has `changed`, in words."""

    source: str
    changed: ListOf[str]


class Real(Recorded):
    """The scores of real samples that are not part of the reference, and which `samples` these are, in words."""

    samples: str
    metrics: Mapping[str, Number]


class Samples(Recorded):
    """The form of generated samples: the part of what `ganlab.data.SampleForm` records that results read."""

    model_config = ConfigDict(extra="allow")

    shape: ListOf[int]
    classes: int
    class_names: ListOf[str] = ()


class Environment(Recorded):
    """Versions, hardware, and how the program was run.

    Attributes:
        git_commit: of the checkout that ganlab ran from; None where it was installed without git.
        git_dirty: whether files of the package differed from that commit.
        torchvision, torch_fidelity: None where they are not installed.
        cores: of the machine; None where the system does not report it.
        threads: of the process.
        device: ``cpu``, ``cuda`` or ``mps``; `gpu` is the name of a GPU.
        compiled: whether the updates were.
        population: how many members were trained together.
        did_not_fit: the sizes of populations that were tried before and had no memory.
        world_size: how many processes trained them, each on its own slice of every batch.
    """

    ganlab: str
    git_commit: str | None
    git_dirty: bool | None
    python: str
    torch: str
    torchvision: str | None
    torch_fidelity: str | None
    numpy: str
    scipy: str
    platform: str
    processor: str
    cores: int | None
    threads: int
    device: str
    gpu: str | None
    compiled: bool
    population: int
    did_not_fit: ListOf[int] = ()
    world_size: int = 1

    @model_serializer(mode="wrap")
    def _without_later_keys(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """As records have it that were there before these keys were, so that their checksums hold."""
        values: dict[str, Any] = dump(self)
        usual = {"did_not_fit"} if not self.did_not_fit else set()
        usual |= {"world_size"} if self.world_size == 1 else set()
        return {key: value for key, value in values.items() if key not in usual}


class EnvironmentFrom(Environment):
    """The environment of the iterations after `from_step`."""

    from_step: int

    @property
    def environment(self) -> Environment:
        """Without the step."""
        return Environment(**self.model_dump(exclude={"from_step"}))


class Environments(Recorded):
    """``environments.json``: where a run was made, ascending in ``from_step``."""

    environments: ListOf[Shared[EnvironmentFrom]]


class Outcome(Recorded):
    """How a run ended.

    Attributes:
        global_step: after how many iterations.
        diverged_at: the last iteration that a diverged run completed; None of others.
        final: each metric's value after the last iteration; empty if the run diverged.
        best: each metric's best value; metrics that were never finite have none.
        warnings: what was noticed while it trained, in words.
        state_sha256: a hash of every bit of the final state.
        spec_sha256, protocol_sha256: the hashes of the spec and of the protocol.
        floors: what as many true samples score on average, for each metric of which that is known.
        floor_errors: the standard errors of those floors that are means over draws.
        real: None where there are no real samples beside the reference.
        environment: in which the run ended; `environments` are all, with where each began.
    """

    status: Literal["finished", "diverged"]
    global_step: int
    diverged_at: int | None
    final: Mapping[str, Number]
    best: Mapping[str, Best]
    warnings: ListOf[str]
    state_sha256: str
    spec_sha256: str
    protocol_sha256: str
    settings: Shared[SettingsSource]
    cost: Cost
    protocol: Shared[Protocol]
    floors: Mapping[str, Number]
    floor_errors: Mapping[str, Number]
    real: Real | None
    papers: ListOf[Shared[Part]]
    samples: Shared[Samples]
    environment: Shared[Environment]
    environments: ListOf[Shared[EnvironmentFrom]]


class Summary(Outcome):
    """``summary.json``: how a run ended, bound to its rows.

    Attributes:
        metrics_sha256: the hash of ``metrics.jsonl``.
        sha256: that of all other keys.
    """

    metrics_sha256: str
    sha256: str

    @classmethod
    def of(cls, outcome: Outcome, metrics_sha256: str) -> Summary:
        """The summary of the run that ended in `outcome`, with a ``metrics.jsonl`` of this hash."""
        whole = {**outcome.record(), "metrics_sha256": metrics_sha256}
        return cls(**whole, sha256=json_sha256(whole))

    @classmethod
    def read(cls, record: Mapping[str, Any], where: str) -> Summary:
        """The summary that a file, or whatever `where` names, holds.

        Raises:
            InputError: it is not a summary, or was changed after it was written.
        """
        if "sha256" not in record:
            raise InputError(f"{where} is not a summary: it has no checksum; restore it, or remove its run")
        if record["sha256"] != json_sha256({key: value for key, value in record.items() if key != "sha256"}):
            raise InputError(
                f"{where} was changed after it was written: its checksum differs; restore it, or remove its run"
            )
        return with_shared_names(parse(cls, record, where))
