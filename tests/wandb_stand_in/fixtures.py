"""Fixtures: a W&B client that knows nothing of the user, and a server for it. Import them where they are used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import wandb

from ganlab.workarounds import wandb_service
from wandb_stand_in.server import WandbStandIn


@contextmanager
def lone_client(home: Path) -> Iterator[pytest.MonkeyPatch]:
    """A client without login, settings, reports home, or a session of an earlier test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("WANDB_") or name == "NETRC":
                patch.delenv(name)
        for name in ("HOME", "WANDB_CONFIG_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR"):
            patch.setenv(name, str(home / "home"))
        patch.setenv("WANDB_ERROR_REPORTING", "false")
        patch.chdir(home)
        wandb_service.limit_wait_for_service()
        patch.setattr(wandb_service, "TIMEOUT_S", 60.0)  # here runs are sent, on machines that may be slow
        yield patch
        wandb.teardown()


@contextmanager
def logged_in(patch: pytest.MonkeyPatch) -> Iterator[WandbStandIn]:
    """A server that the client is logged in to, and that knew all it was asked."""
    with WandbStandIn() as stand_in:
        patch.setenv("WANDB_BASE_URL", stand_in.url)
        patch.setenv("WANDB_API_KEY", "0" * 40)
        yield stand_in
    assert stand_in.unknown == []


@pytest.fixture
def lone_wandb(tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    with lone_client(tmp_path) as patch:
        yield patch


@pytest.fixture
def server(lone_wandb: pytest.MonkeyPatch) -> Iterator[WandbStandIn]:
    with logged_in(lone_wandb) as stand_in:
        yield stand_in
