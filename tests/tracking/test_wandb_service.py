"""The end of W&B's service process."""

# ruff: noqa: F811 (fixtures are imported)

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
import wandb
from wandb_stand_in import WandbStandIn
from wandb_stand_in.fixtures import lone_wandb, server  # noqa: F401 (fixtures)

from ganlab.tracking import wandb_service
from ganlab.tracking.wandb_login import require_login


def test_a_service_that_misses_that_it_is_to_end_is_killed(
    server: WandbStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wandb_service, "GRACE_S", 0.5)
    require_login()
    service = wandb.setup().ensure_service()._proc._process
    os.kill(service.pid, signal.SIGSTOP)
    wandb.teardown()
    assert service.returncode == -signal.SIGKILL


def test_a_service_that_ends_is_left_to_it(server: WandbStandIn) -> None:
    require_login()
    service = wandb.setup().ensure_service()._proc._process
    wandb.teardown()
    assert service.returncode == 0


@pytest.mark.slow
def test_a_command_ends_whenever_the_server_is_not_there(lone_wandb: pytest.MonkeyPatch) -> None:
    """Of 20 commands, some two or three would wait for ever."""
    lone_wandb.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    lone_wandb.setenv("WANDB_API_KEY", "0" * 40)
    lone_wandb.setenv("WANDB_HTTP_TIMEOUT", "1")
    command = [sys.executable, "-m", "ganlab", "table", "wandb:someone/ganlab"]
    for _ in range(20):
        assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 2
