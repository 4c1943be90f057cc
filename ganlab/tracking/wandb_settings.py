"""How W&B's client is asked to work, and what the environment and its files ask of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import wandb

Mode = Literal["online", "offline", "disabled"]

MODES: dict[str, Mode] = {
    "online": "online",
    "run": "online",
    "offline": "offline",
    "dryrun": "offline",
    "disabled": "disabled",
}
"""The values of ``WANDB_MODE``, and what they mean."""

LEAN_SETTINGS = {
    "silent": True,
    "console": "off",
    "disable_git": True,
    "symlink": False,
    "use_dot_wandb": False,
    "init_timeout": 15.0,
    "finish_timeout": 20.0,
    "finish_timeout_raises": True,
    "x_disable_stats": True,
    "x_disable_meta": True,
    "x_disable_machine_info": True,
    "x_save_requirements": False,
    "x_transaction_log_flush_interval": 1.0,
}
"""No inspection of the machine, the repository or the console; rows reach the disk within a second; every wait is
bounded. Timeouts are in seconds.

Names that begin with ``x_`` come and go between releases, so the unknown ones are left out.
"""


def lean_settings() -> wandb.Settings:
    """Those of `LEAN_SETTINGS` that the installed client knows."""
    import wandb

    known = wandb.Settings.model_fields
    return wandb.Settings(**{name: LEAN_SETTINGS[name] for name in LEAN_SETTINGS if name in known})


def client_mode() -> Mode:
    """What W&B's files and the environment ask for, without a ``WANDB_MODE`` with which its client would not start."""
    if os.environ.get("WANDB_MODE", "") not in MODES:
        os.environ.pop("WANDB_MODE", None)

    import wandb

    return MODES.get(wandb.setup(wandb.Settings(silent=True)).settings.mode, "online")


def is_disabled() -> bool:
    """Whether ``WANDB_MODE`` disables W&B."""
    return MODES.get(os.environ.get("WANDB_MODE", "")) == "disabled"
