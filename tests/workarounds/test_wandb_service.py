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

from ganlab.tracking.wandb_login import require_login
from ganlab.workarounds import wandb_service


def test_a_service_that_misses_that_it_is_to_end_is_killed(
    server: WandbStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wandb_service, "TIMEOUT_S", 0.5)
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


def test_a_wandb_without_the_private_class_is_read_all_the_same_and_the_log_says_what_is_missing(
    server: WandbStandIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "wandb.sdk.lib.service.service_process", None)
    require_login()
    (line,) = (record.getMessage() for record in caplog.records if record.name.startswith("ganlab"))
    assert line.startswith(
        f"W&B's client may not end by itself; interrupt it with Ctrl-C then (wandb {wandb.__version__}"
    )
    assert "import of wandb.sdk.lib.service.service_process halted" in line


@pytest.mark.parametrize("name", ["ServiceProcess", "ServiceProcess.join"])
def test_a_wandb_without_a_private_name_is_left_as_it_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(f"wandb.sdk.lib.service.service_process.{name}")
    answer = wandb_service.limit_wait_for_service()
    assert answer is not None
    assert answer.reason.startswith(f"wandb {wandb.__version__}: ")
    assert "ServiceProcess" in answer.reason


@pytest.mark.slow
@pytest.mark.long
def test_a_command_ends_whenever_the_server_is_not_there(lone_wandb: pytest.MonkeyPatch) -> None:
    """Of 20 commands, some two or three would wait for ever."""
    lone_wandb.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    lone_wandb.setenv("WANDB_API_KEY", "0" * 40)
    lone_wandb.setenv("WANDB_HTTP_TIMEOUT", "1")
    command = [sys.executable, "-m", "ganlab", "table", "wandb:someone/ganlab"]
    for _ in range(20):
        assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 2
