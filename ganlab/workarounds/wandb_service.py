"""The end of W&B's service process, for which its client waits without bound. Tested with wandb 0.31."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from ganlab.workarounds.availability import NotAvailable

if TYPE_CHECKING:
    from wandb.sdk.lib.service.service_process import ServiceProcess

TIMEOUT_S = 5.0


def limit_wait_for_service() -> NotAvailable | None:
    """Kill the service if it has not ended `TIMEOUT_S` seconds after it was asked to.

    The client of wandb 0.31 waits without bound, and the service misses the request to end if, at that moment, it
    answers a request that the client has given up: about one in seven of the exits after a login that timed out.
    What only reads from W&B loses nothing when the service is killed.

    Returns:
        Why the wait stays unbounded, where this version of wandb lacks the name that is replaced.
    """
    try:
        from wandb.sdk.lib.service.service_process import ServiceProcess
    except ImportError as error:
        import wandb

        return NotAvailable.because(error, "wandb", wandb.__version__)
    if not hasattr(ServiceProcess, "join"):
        import wandb

        return NotAvailable(reason=f"wandb {wandb.__version__}: ServiceProcess has no method 'join'")
    ServiceProcess.join = _join  # type: ignore[method-assign]
    return None


def _join(self: ServiceProcess) -> int:
    """Replaces the client's own; 0 also where the service was killed, for the client ends with this status."""
    try:
        return self._process.wait(TIMEOUT_S)
    except subprocess.TimeoutExpired:
        self._process.kill()
        self._process.wait()
        return 0
