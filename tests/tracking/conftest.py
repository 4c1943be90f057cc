"""Runs to mirror."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from recorder import Recorder
from wandb_stand_in.fixtures import lone_wandb, server  # noqa: F401 (fixtures)


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """The folder of a sweep."""
    return tmp_path / "gaussian_1d"


@pytest.fixture
def record(sweep: Path) -> Callable[..., Recorder]:
    """Begins a run of the sweep; takes its seed, and its id if it is to be a special one."""
    return partial(Recorder, sweep)
