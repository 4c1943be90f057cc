"""Runs to mirror, a W&B client that knows nothing of the user, and a server for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import wandb
from recorder import Recorder
from wandb_stand_in import WandbStandIn


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """The folder of a sweep."""
    return tmp_path / "gaussian_1d"


@pytest.fixture
def record(sweep: Path) -> Callable[..., Recorder]:
    """Begins a run of the sweep; takes its seed, and its id if it is to be a special one."""
    return partial(Recorder, sweep)


@pytest.fixture
def lone_wandb(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A W&B client without login, settings, reports home, or a session of an earlier test."""
    for name in os.environ:
        if name.startswith("WANDB_") or name == "NETRC":
            monkeypatch.delenv(name)
    for name in ("HOME", "WANDB_CONFIG_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    monkeypatch.chdir(tmp_path)
    yield
    wandb.teardown()


@pytest.fixture
def server(lone_wandb: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[WandbStandIn]:
    """A server that the client is logged in to."""
    with WandbStandIn() as stand_in:
        monkeypatch.setenv("WANDB_BASE_URL", stand_in.url)
        monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
        yield stand_in
    assert stand_in.unknown == []
