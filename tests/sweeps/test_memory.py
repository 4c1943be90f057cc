"""A population for which there is no memory is trained in parts, which changes no bit of any seed."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import pytest

from ganlab.record import RunDirectory
from ganlab.sweeps.engines.local import Listener, LocalEngine
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep
from ganlab.training import Progress

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit and /proc")

LARGE = ("batch_size=8192", "builder.widths=[256]", "steps=4", "evaluation={every: 4, samples: 100}")


def size_of(process: int) -> int:
    """The address space of a process in bytes."""
    (line,) = (one for one in Path(f"/proc/{process}/status").read_text().splitlines() if one.startswith("VmSize"))
    return 1024 * int(line.split()[1])


class Limited:
    """Runs a sweep in workers that, once they train, may take so many bytes more of address space."""

    def __init__(self, folder: Path, specs_of, *overrides: str, compiled: bool = False) -> None:
        specs_of()
        sweep = load_sweep(folder / "test.yaml", overrides)
        self.plan = make_plan(sweep, folder / f"runs-{len(list(folder.iterdir()))}", slots=1, compiled=compiled)
        write_plan(self.plan)
        self.splits: list[tuple[int, list[int], str]] = []
        self.faults: list[str] = []

    def run(self, more_bytes: int | None = None) -> Limited:
        engine = LocalEngine(1)

        def on_message(job, message):
            if more_bytes is not None and isinstance(message, Progress) and message.iteration == 0:
                if message.phase == "training":
                    process = engine._running[0].process.pid
                    limit = size_of(process) + more_bytes
                    resource.prlimit(process, resource.RLIMIT_AS, (limit, limit))

        def on_split(job, parts, reason):
            self.splits.append((len(job.runs), [len(part.runs) for part in parts], reason))

        listener = Listener(
            on_start=lambda job: None,
            on_message=on_message,
            on_end=lambda job, fault: self.faults.append(fault),
            on_split=on_split,
        )
        engine.run(self.plan.jobs, listener)
        return self

    def summaries(self):
        return [RunDirectory(run.folder).summary() for run in self.plan.runs]
