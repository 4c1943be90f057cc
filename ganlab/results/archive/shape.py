"""The shape of the JSON files in an archive: what results read of them, which may hold more."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

INDEX = "archive.json"
MANIFEST = "MANIFEST.sha256"
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")
REMEDY = "give a file that `ganlab cite -o` wrote, or fetch it anew"


class Shape(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)


class Index(Shape):
    """``archive.json``; `runs` are the folders below ``runs/``, in the order of the table."""

    ganlab: str
    columns: list[str] | None
    runs: list[str]


class Choice(Shape):
    name: str
    options: dict[str, Any]


class Warmup(Shape):
    steps: int
    first: int
    every: int


class Course(Shape):
    to: float
    shape: Literal["linear", "cosine"]
    over: float


class Looks(Shape):
    every: int


class Spec(Shape):
    """``spec.json``."""

    id: str
    sweep: str
    label: str
    variant: str
    dataset: str
    data: Choice
    data_fingerprint: dict[str, str]
    builder: Choice
    seed: int
    steps: int
    batch_size: int
    generator_batch_size: int | None = None
    latent_dim: int
    discriminator_optimizer: dict[str, Any]
    generator_optimizer: dict[str, Any]
    critic_steps: int
    critic_warmup: Warmup | None
    generator_steps: int = 1
    updates: Literal["alternating", "simultaneous", "extragradient"] = "alternating"
    penalties: dict[str, float]
    constraints: dict[str, float]
    schedules: dict[str, Course] = {}
    evaluation: Looks


class Metric(Shape):
    better: Literal["lower", "higher"]
    estimator: str


class Extractor(Shape):
    network: str
    weights_sha256: str
    resize: str


class Protocol(Shape):
    samples: int
    generator: str
    reference: str
    metrics: dict[str, Metric]
    primary: str
    extractors: dict[str, Extractor] = {}
    limits: dict[str, float] = {}


class Best(Shape):
    value: float
    global_step: int


class Cost(Shape):
    train_seconds: float | None
    evaluation_seconds: float | None
    samples_seen: int


class Part(Shape):
    kind: str
    name: str
    paper: str


class Settings(Shape):
    source: str
    changed: list[str]


class Environment(Shape):
    ganlab: str
    processor: str
    threads: int
    device: str
    compiled: bool


class Real(Shape):
    samples: str
    metrics: dict[str, float | None]


class Units(Shape):
    name: str
    mean: float | None = None
    std: float | None = None


class Samples(Shape):
    shape: list[int]
    classes: int
    class_names: list[str] = []
    units: Units | None = None


class Summary(Shape):
    """``summary.json``; early versions recorded neither settings, cost, papers, real images nor samples, and one
    environment.
    """

    sha256: str
    rows_sha256: str
    status: Literal["finished", "diverged"]
    global_step: int
    diverged_at: int | None
    final: dict[str, float | None]
    best: dict[str, Best]
    floors: dict[str, float | None]
    floor_errors: dict[str, float | None] = {}
    real: Real | None = None
    protocol: Protocol
    environment: Environment
    environments: list[Environment] = []
    settings: Settings | None = None
    cost: Cost | None = None
    papers: list[Part] = []
    samples: Samples | None = None
