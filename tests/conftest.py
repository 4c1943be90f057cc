from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch
from hypothesis import settings
from torch import Tensor

from ganlab.plugins import loading, registries
from ganlab.record import RunDirectory, RunSpec, SpecFile
from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.schema import load_sweep
from ganlab.training import Trainer
from ganlab.training.checkpoint import named_leaves
from ganlab.training.population import take
from ganlab.training.ranks import ALONE, Ranks
from ganlab.training.streams import CPU

BASE = """
name: test
data: {name: gaussian}
variants: [vanilla]
seeds: [0]
steps: 40
batch_size: 16
latent_dim: 4
builder: {name: mlp, widths: [8]}
evaluation: {every: 20, samples: 500}
log_every: 10
"""


settings.register_profile("ganlab", deadline=None)  # how fast a machine is, is no property of the code
settings.load_profile("ganlab")


@pytest.fixture(autouse=True, scope="session")
def _one_thread_for_fixtures() -> None:
    """Before any fixture of a session trains, on machines of any number of cores."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """As in the workers of a sweep."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _own_environment() -> Iterator[None]:
    """What a command sets for the processes that it starts is gone after the test."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture(autouse=True)
def _own_registries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is gone after it."""
    for registry in registries():
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
        monkeypatch.setattr(registry, "_code", {})
    monkeypatch.setattr(loading, "_process", loading._Process())


@pytest.fixture
def specs_of(tmp_path: Path) -> Callable[..., list[RunSpec]]:
    """The specs of a small sweep, with ``key=value`` overrides."""

    def specs(*overrides: str) -> list[RunSpec]:
        file = tmp_path / "test.yaml"
        file.write_text(BASE)
        return resolve(load_sweep(file, overrides))

    return specs


@pytest.fixture
def small_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that all tests of a session share, so that a classifier is trained once."""
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.delenv("GANLAB_DOWNLOAD", raising=False)


class Training:
    """A population trained in this process, and what it left on disk."""

    def __init__(
        self,
        folder: Path,
        specs: list[RunSpec],
        compiled: bool = False,
        device: torch.device = CPU,
        ranks: Ranks = ALONE,
    ) -> None:
        self.directories = [RunDirectory(folder / spec.id).open(SpecFile.of(spec, folder.name)) for spec in specs]
        self.trainer = Trainer(specs, self.directories, compiled, device, ranks=ranks)
        self.reports: list[Any] = []

    def run(self, stop_at: int | None = None) -> Training:
        self.trainer.run(self.reports.append, lambda: self.trainer.iteration == stop_at)
        for directory in self.directories:
            directory.close()
        return self

    def leaves(self, index: int = 0) -> dict[str, Tensor]:
        """The final state of one member, by name."""
        return named_leaves(take(self.trainer.population.state, index))


@pytest.fixture
def train(tmp_path: Path) -> Callable[..., Training]:
    """Trains specs as one population in a folder of their own, or in the `folder` given."""
    count = iter(range(100))

    def run(
        specs: list[RunSpec],
        *,
        compiled: bool = False,
        folder: Path | None = None,
        stop_at: int | None = None,
        device: torch.device = CPU,
        ranks: Ranks = ALONE,
    ) -> Training:
        return Training(folder or tmp_path / f"training{next(count)}", specs, compiled, device, ranks).run(stop_at)

    return run
