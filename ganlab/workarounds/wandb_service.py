"""W&B's service process: for its end the client waits without bound, and of what it lost the client says nothing.

Tested with wandb 0.31.
"""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from pathlib import Path
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


def lost_by_service(folder: Path) -> str:
    """The first error, in words, that the service met while it sent the run in `folder`; "" if it met none.

    Where the server refuses rows or files for good (401, 403), or cuts an answer off, the service drops them, and the
    run ends as if all had been sent. Its log is all that tells.
    """
    for log in folder.glob("logs/debug-internal.log"):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError):
                entry = json.loads(line)
                if entry.get("level") == "ERROR":
                    status = f" (HTTP {entry['status']})" if "status" in entry else ""
                    return f"{entry.get('error') or entry['msg']}{status}"
    return ""


def _join(self: ServiceProcess) -> int:
    """Replaces the client's own; 0 also where the service was killed, for the client ends with this status."""
    try:
        return self._process.wait(TIMEOUT_S)
    except subprocess.TimeoutExpired:
        self._process.kill()
        self._process.wait()
        return 0
