"""The end of W&B's service process, for which its client waits."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wandb.sdk.lib.service.service_process import ServiceProcess

GRACE_S = 5.0


def bound_its_end() -> None:
    """Kill the service where it has not ended `GRACE_S` seconds after it was asked to.

    The client of wandb 0.31 waits without bound, and the service misses that it is to end if, at that moment, it
    answers a request that the client has given up: about one in seven of the exits after a login that timed out.
    What only reads from W&B loses nothing by it.
    """
    from wandb.sdk.lib.service.service_process import ServiceProcess

    ServiceProcess.join = _join  # type: ignore[method-assign]


def _join(self: ServiceProcess) -> int:
    """Replaces the client's own; 0 also where the service was killed, for the client ends with this status."""
    try:
        return self._process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        self._process.kill()
        self._process.wait()
        return 0
