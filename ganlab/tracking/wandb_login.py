"""Whether W&B can be reached with a login."""

from __future__ import annotations

import logging
import os

from ganlab.errors import InputError
from ganlab.extras import needed_for
from ganlab.workarounds.wandb_service import limit_wait_for_service

LOG = logging.getLogger(__name__)


def why_not_online() -> str:
    """Log the W&B client in; gives why that is not possible, or nothing."""
    import wandb
    from wandb.errors import AuthenticationError

    try:
        if wandb.login(prompt=False, verify=True):
            return ""
    except AuthenticationError:
        return f"{wandb.setup().settings.base_url} does not answer, or not to this login"
    return "no login found, `wandb login` makes one"


def require_login() -> None:
    """Log the W&B client in to read, whatever ``WANDB_MODE`` says of how runs are to be recorded.

    Raises:
        InputError: wandb is not installed, or there is no login that the server accepts.
    """
    os.environ.pop("WANDB_MODE", None)
    with needed_for("W&B"):
        import wandb

    unbounded = limit_wait_for_service()
    if unbounded is not None:
        LOG.warning("W&B's client may not end by itself; interrupt it with Ctrl-C then (%s)", unbounded.reason)
    wandb.setup(wandb.Settings(silent=True, mode="online"))
    why = why_not_online()
    if why:
        raise InputError(f"W&B cannot be reached: {why}")
