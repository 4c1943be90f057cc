"""Kills processes of sweeps at random moments, and checks that the same command ends as if nothing had happened.

A sweep that nobody disturbs is the measure: after all kills, states and rows must have the same bits, tables and
pictures the same bytes. No process and no lease may outlive a launcher by more than ten seconds. It takes Linux:
processes are found in /proc. Half of the kills wait until a file is being written. ::

    python scripts/kill_sweeps.py --kills 60
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from ganlab.record import RunDirectory
from ganlab.record.lease import Watcher
from ganlab.record.run_directory import runs_in
from ganlab.results import build, read_runs, render

NOT_COMPARED = ("seconds", "grad_norm")
"""Ends of names in rows. Gradient norms are sums whose order depends on the population, and members that a kill left at
different iterations continue in populations of their own."""

LAUNCHER = "launcher"
OTHERS = ("worker", "mirror", "fork server")
LONGEST_SURVIVAL = 10.0
LONGEST_LAUNCH = 600.0
LAUNCHES_PER_SWEEP = 3

SWEEP = """
name: killed
data: {name: gaussian}
variants: [lsgan, hinge]
seeds: [0, 1]
steps: 2400
batch_size: 16
latent_dim: 4
builder: {name: mlp, widths: [8]}
evaluation: {every: 200, samples: 500}
log_every: 20
plugins: [often.py]
"""

PLUGIN = """
import os
import time

from ganlab.training import trainer
from ganlab.variants import Penalty, register_penalty

trainer.SECONDS_BETWEEN_CHECKPOINTS = 0.3
sync = os.fsync


def slow(descriptor):
    sync(descriptor)
    time.sleep(0.03)


os.fsync = slow  # so that a random moment often lies within a write
nothing = lambda critic, real, fake, u: 0 * u.sum()
register_penalty(Penalty(name="nothing", summary="0", function=nothing, noise="sample"))
"""


class Sweep:
    """A sweep in a folder, whose processes are told by a name in their environment.

    Args:
        folder: in which its file stands and its runs will.
        file: the name of its file.
        options: of the command, beside the file.
    """

    def __init__(self, folder: Path, file: str, *options: str) -> None:
        self.folder = folder
        self.runs = folder / "runs" / Path(file).stem
        self._command = [sys.executable, "-m", "ganlab", "sweep", file, *options]
        self._mark = f"GANLAB_SWEEP={folder}"

    def start(self, **streams: Any) -> subprocess.Popen[str]:
        """Launch it, in a session of its own."""
        name, _, value = self._mark.partition("=")
        return subprocess.Popen(
            self._command,
            cwd=self.folder,
            env={**os.environ, "WANDB_MODE": "disabled", "OMP_NUM_THREADS": "1", name: value},
            encoding="utf-8",
            start_new_session=True,
            **({"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} | streams),
        )

    def processes(self) -> list[int]:
        """Those that there are, by their ids."""
        return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if self._is_ours(path)]

    def find(self, kind: str, launcher: int) -> int | None:
        """The process of that kind, of several the youngest; None if there is none now."""
        if kind == LAUNCHER:
            return launcher
        mark = "mirror_process" if kind == "mirror" else "forkserver"
        found = [one for one in self.processes() if mark in _command_of(one)]
        if kind != "mirror":
            found = [one for one in found if (_parent_of(one) == launcher) == (kind == "fork server")]
        return max(found, default=None)

    def wait_for_end(self) -> float:
        """The seconds until no process and no lease is left.

        Raises:
            TimeoutError: it takes longer than they may live.
        """
        began = time.monotonic()
        watcher = Watcher()
        while left := [*map(_command_of, self.processes()), *self._held(watcher)]:
            if time.monotonic() - began > LONGEST_SURVIVAL:
                raise TimeoutError(f"still there: {left}")
            time.sleep(0.05)
        return time.monotonic() - began

    def _held(self, watcher: Watcher) -> list[str]:
        return [f"{run.path.name} held by {one}" for run in runs_in(self.runs) for one in watcher.holders(run.path)]

    def result(self) -> dict[str, Any]:
        """All that a disturbance must not change."""
        runs = read_runs([str(self.runs)])
        found: dict[str, Any] = {form: render(build(runs), form) for form in ("md", "csv")}
        for run in runs_in(self.runs):
            found |= {f"{run.path.name}/{name}": value for name, value in _result_of(run).items()}
        return found

    def is_writing(self) -> bool:
        """Whether a file of a run is being written at this moment."""
        return any(self.runs.glob("*/.*.tmp")) or any(self.runs.glob("*/checkpoint.next.pt"))

    def _is_ours(self, environment: Path) -> bool:
        try:
            return self._mark.encode() in environment.read_bytes().split(b"\0")
        except OSError:
            return False


def _result_of(run: RunDirectory) -> dict[str, Any]:
    summary = run.summary()
    assert summary is not None, f"{run.path} is not done"
    pictures = sorted(run.path.glob("samples/*"))
    return {
        "state": summary.state_sha256,
        "best": summary.record()["best"],
        "warnings": summary.warnings,
        "rows": [{key: value for key, value in row.items() if not key.endswith(NOT_COMPARED)} for row in run.metrics()],
        "pictures": {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in pictures},
        "files": sorted(one.name for one in run.path.iterdir()),
    }


def _command_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().decode().replace("\0", " ")
    except OSError:
        return ""


def _parent_of(process: int) -> int | None:
    try:
        return int(Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[1])
    except OSError:
        return None


class Kills:
    """Kills at random moments, in one sweep after the other.

    Args:
        place: the folder for all sweeps.
        count: of kills.
        chance: from which moments and processes are drawn.
    """

    def __init__(self, place: Path, count: int, chance: random.Random) -> None:
        self._place = place
        self._left = count
        self._chance = chance
        self.killed: Counter[str] = Counter()
        self.writing = 0
        self.longest = 0.0
        self.faults: list[str] = []
        self._measure, self._seconds = self._undisturbed()

    def run(self) -> None:
        """Kill, continue, and compare, until all kills are done."""
        sweeps = 0
        while self._left:
            sweep = _prepare(self._place / f"sweep{sweeps}")
            sweeps += 1
            for _ in range(LAUNCHES_PER_SWEEP):
                if self._left:
                    self._disturb(sweep)
            self._finish(sweep)

    def _undisturbed(self) -> tuple[dict[str, Any], float]:
        sweep = _prepare(self._place / "undisturbed")
        seconds = _launch_to_end(sweep)
        return sweep.result(), seconds

    def _disturb(self, sweep: Sweep) -> None:
        """Launch it, and kill one of each of its processes, in the end the launcher."""
        process = sweep.start()
        kinds = [*self._chance.sample(OTHERS, len(OTHERS)), LAUNCHER]
        moments = sorted(self._chance.uniform(0, self._seconds) for _ in kinds)
        began = time.monotonic()
        for kind, moment in zip(kinds, moments, strict=True):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            if self._left:
                self._kill(sweep, kind, process)
        output = _output_of(process)
        try:
            self.longest = max(self.longest, sweep.wait_for_end())
        except TimeoutError as error:
            self.faults.append(f"{sweep.folder.name}: {error}")
        if "Traceback" in output:
            self.faults.append(f"{sweep.folder.name}: {output}")

    def _kill(self, sweep: Sweep, kind: str, launcher: subprocess.Popen[str]) -> None:
        """Kill the process of that kind, as soon as there is one, half of the times only when a file is written."""
        in_write = self._chance.random() < 0.5
        while launcher.poll() is None:
            victim = sweep.find(kind, launcher.pid)
            writing = sweep.is_writing()
            if victim is not None and (writing or not in_write):
                os.kill(victim, signal.SIGKILL)
                self._left -= 1
                self.killed[kind] += 1
                self.writing += writing
                print(f"{sweep.folder.name}: {kind} killed{' in a write' * writing}", flush=True)
                return
            time.sleep(0.001)

    def _finish(self, sweep: Sweep) -> None:
        """Let it end, and compare."""
        try:
            _launch_to_end(sweep)
        except AssertionError as error:
            self.faults.append(f"{sweep.folder.name}: {error}")
            return
        result = sweep.result()
        other = [name for name in {*result, *self._measure} if result.get(name) != self._measure.get(name)]
        self.faults += [f"{sweep.folder.name}: {name} differs" for name in sorted(other)]
        print(f"{sweep.folder.name}: ended {'otherwise' if other else 'as the one that nobody disturbed'}", flush=True)


def _prepare(folder: Path) -> Sweep:
    folder.mkdir()
    (folder / "killed.yaml").write_text(SWEEP, "utf-8")
    (folder / "often.py").write_text(PLUGIN, "utf-8")
    return Sweep(folder, "killed.yaml", "--workers", "1")


def _launch_to_end(sweep: Sweep) -> float:
    began = time.monotonic()
    process = sweep.start()
    output = _output_of(process)
    assert process.returncode == 0, output
    assert "Traceback" not in output, output
    return time.monotonic() - began


def _output_of(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=LONGEST_LAUNCH)[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0, help="of the moments and of what is killed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        kills = Kills(Path(place), options.kills, random.Random(options.seed))
        kills.run()
    for fault in kills.faults:
        print(f"FAULT {fault}")
    print(f"killed: {dict(kills.killed)}, {kills.writing} of them while a file was written")
    print(f"processes lived at most {kills.longest:.1f} s longer than their launcher; {len(kills.faults)} faults")
    return 1 if kills.faults else 0


if __name__ == "__main__":
    sys.exit(main())
