"""A sweep in Weights & Biases: a list of names, each of which the server gives to one of the agents that ask for work.

An agent starts a process for each name, a trial, which is a W&B run of the sweep. Trials are in a project of their own,
beside that of the runs that they train.
"""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from ganlab.errors import InputError
from ganlab.extras import needed_for
from ganlab.tracking.wandb_login import require_login
from ganlab.tracking.wandb_settings import client_mode, lean_settings

if TYPE_CHECKING:
    import wandb

LOG = logging.getLogger(__name__)

PROJECT_SUFFIX = "-sweeps"
IN_A_SWEEPS_PATH = ("WANDB_ENTITY", "WANDB_PROJECT", "WANDB_SWEEP_ID")
OWN_TO_A_TRIAL = ("WANDB_RUN_ID", "WANDB_SWEEP_ID", "WANDB_SWEEP_PARAM_PATH", "WANDB_SERVICE")
"""What an agent sets, and the client, that would make a trial of every W&B run of the processes that a trial starts."""


def require_online() -> str:
    """Log the W&B client in, and give the project that runs go to.

    Raises:
        InputError: wandb is not installed, W&B is disabled or offline, there is no login, or the server does not
            answer.
    """
    with needed_for("the engine 'wandb'"):
        import wandb

        mode = client_mode()
    if mode != "online":
        raise InputError(
            f"W&B is {mode} by WANDB_MODE or its settings, and its agents need its server; set "
            "WANDB_MODE=online, or choose another engine"
        )
    require_login()
    return wandb.setup().settings.project or "ganlab"


def register_sweep(
    title: str, project: str, populations: Sequence[str], command: Sequence[str]
) -> tuple[str, list[str]]:
    """Register a sweep whose trials get a name in `populations` as ``--population=NAME``, after the words of `command`.

    Gives its path ``ENTITY/PROJECT/ID``, as the agent's command takes it, and what the client said of it: where it is.

    Args:
        title: its name.
        project: that of the runs that its trials train; the sweep is in the one beside it.
        populations: the names, one for each trial.
        command: what agents start, on whatever machine.

    Raises:
        InputError: the server does not take it.
    """
    import wandb

    config = {
        "name": title,
        "method": "grid",
        "program": command[0],
        "command": [*command, "${args}"],
        "parameters": {"population": {"values": list(populations)}},
    }
    said = io.StringIO()
    try:
        with redirect_stdout(said), _environment_restored():
            name = wandb.sweep(config, project=f"{project}{PROJECT_SUFFIX}")
            place = [os.environ[one] for one in IN_A_SWEEPS_PATH[:2] if one in os.environ]  # where wandb has put them
    except Exception as fault:  # of a server or a network, the client raises whatever it meets
        raise InputError(f"W&B does not take the sweep: {' '.join(str(fault).split())}") from None
    return "/".join([*place, name]), said.getvalue().splitlines()


@contextmanager
def _environment_restored() -> Iterator[None]:
    """Undo what the client sets in the block, which would send later runs of this process to the sweep's project."""
    kept = {name: value for name, value in os.environ.items() if name in IN_A_SWEEPS_PATH}
    try:
        yield
    finally:
        for name in IN_A_SWEEPS_PATH:
            os.environ.pop(name, None)
        os.environ.update(kept)


class WandbTrial:
    """The W&B run of the trial that this process is.

    While it lasts, W&B sees that the trial is alive. After it has begun, nothing in the environment tells processes
    that are started of the sweep: their runs are runs of `project`.

    Args:
        folder: where the client keeps its files, below ``wandb``.
        title: the run's name.
        project: that of the runs that the trial trains.
    """

    def __init__(self, folder: Path, title: str, project: str) -> None:
        self._sweep = "/".join(os.environ[one] for one in IN_A_SWEEPS_PATH if one in os.environ)
        self._run = self._begin(folder, title)
        for name in OWN_TO_A_TRIAL:
            os.environ.pop(name, None)
        os.environ["WANDB_PROJECT"] = project

    def _begin(self, folder: Path, title: str) -> wandb.Run | None:
        import wandb

        try:
            return wandb.init(name=title, job_type="trial", dir=str(folder), settings=lean_settings())
        except wandb.Error as fault:
            LOG.warning("W&B will not show this trial (%s)", fault)
            return None

    def end(self, exit_code: int, said: str, again: bool = False) -> None:
        """Tell W&B how the trial went; `again` if another agent is to take it up."""
        if self._run is None:
            return
        self._run.summary["outcome"] = said
        if again:
            self._run.mark_preempting()
        try:
            self._run.finish(exit_code=exit_code)
        except Exception as fault:  # what was trained is on the disk
            LOG.warning("W&B may not know how this trial ended (%s)", fault)

    def end_sweep(self) -> None:
        """Have the server give no more trials, so that its agents end."""
        subprocess.run([sys.executable, "-m", "wandb", "sweep", "--stop", self._sweep], capture_output=True)
