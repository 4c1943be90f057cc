"""What a sweep costs beside its training: file-system operations a run, and seconds of the processor a population.

    python scripts/measure_scale.py                  # writes docs/scaling.json, which scripts/simulate_scale.py reads
    python scripts/measure_scale.py --weak           # only weak scaling on one and two workers, for a quiet machine

Operations are calls of the system that name a file of the sweep's folder, counted by strace; a client of NFS or Lustre
answers some of them from its cache, so that they are upper bounds of what a server of metadata gets. Seconds are of the
processor, user and system, of all processes that a command started, daemons of Slurm and Ray included; the cost of a
population is the slope between sweeps of few and of more populations. Slurm is a real one on the loopback interface,
Ray one of this machine alone, W&B's server the stand-in of the tests. Updates are not compiled.
"""

from __future__ import annotations

import argparse
import ctypes
import io
import json
import math
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
RESULT = ROOT / "docs/scaling.json"

SWEEP = """
name: scale
data: {{name: gaussian}}
variants: [{rows}]
seeds: 0..{last}
steps: {steps}
log_every: {every}
batch_size: 16
builder: {{name: mlp, widths: [8]}}
evaluation: {{every: {evaluation}, samples: 500}}
"""
ROWS, EVALUATIONS, MEMBERS = 100, 10, 8
"""Of the runs whose operations are counted."""
ENGINES = ("in process", "local", "local, W&B offline", "local, W&B online", "slurm", "ray", "wandb")
STARTING = ("slurm", "ray", "wandb")
"""Engines that start processes for each population, which import all anew."""
SIZES = (1, 7)
"""Populations of the two sweeps whose difference is measured."""
REPEATS = 3
"""Of each sweep, of which the one that took least is counted."""
PLANNED = (8, 1608)
"""Runs of the two sweeps that are planned and looked at."""
KINDS = {
    "lease": r"\.lease$",
    "progress": r"progress\.json",
    "rows": r"metrics\.jsonl",
    "checkpoint": r"checkpoint\.",
    "samples": r"/samples",
    "summary": r"summary\.json",
    "environments": r"environments\.json",
    "spec": r"spec\.json",
    "stop": r"/stop$",
}
TRACED = "trace=%file,fsync,getdents64"
CALL = re.compile(r"^(?:\d+ +)?(\w+)\(")
SECONDS_OF_LOGGING = 60
LOOKED_AT = 1000
PR_SET_CHILD_SUBREAPER = 36
START_OF = "start of "


def write_sweep(folder: Path, populations: int, seeds: int, steps: int = 100) -> Path:
    """A sweep of so many populations of equal cost, whose programs differ."""
    rows = [f"{{name: vanilla, label: row-{index}, latent_dim: {index + 2}}}" for index in range(populations)]
    file = folder / "scale.yaml"
    text = SWEEP.format(
        rows=", ".join(rows), last=seeds - 1, steps=steps, every=steps // ROWS, evaluation=steps // EVALUATIONS
    )
    file.write_text(text, encoding="utf-8")
    return file


def ganlab(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ganlab", *arguments]


def call(command: Sequence[str], **environment: str) -> str:
    """What a command prints.

    Raises:
        SystemExit: it failed.
    """
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", env={**os.environ, "WANDB_MODE": "disabled", **environment}
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def count_operations(log: str, folder: str) -> Counter[str]:
    """The calls in a log of strace that name a file in `folder`, by what kind of file it is."""
    counts: Counter[str] = Counter()
    for line in log.splitlines():
        if CALL.match(line) and (found := re.search(rf"{re.escape(folder)}([^\">]*)", line)):
            path = found[1]
            counts[next((kind for kind, pattern in KINDS.items() if re.search(pattern, path)), "folders")] += 1
    return counts


def traced(command: Sequence[str], folder: Path) -> Counter[str]:
    """The operations of a command below `folder`."""
    with tempfile.NamedTemporaryFile() as log:
        call(["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-s", "4096", "-e", TRACED, "-o", log.name, *command])
        return count_operations(Path(log.name).read_text("utf-8", errors="replace"), str(folder))


def measure_operations(place: Path) -> dict[str, Any]:
    """Operations of one population, from its plan to its table, a run; and of a lease that is renewed."""
    runs = place / "runs"
    file = write_sweep(place, populations=1, seeds=MEMBERS)
    sweep = runs / "scale"
    by_phase = {
        "planning": traced(ganlab("sweep", str(file), "--plan-only", "--no-compile", "--runs", str(runs)), sweep)
    }
    folders = [str(path.parent) for path in sorted(sweep.glob("*/spec.json"))]
    by_phase["training"] = traced(ganlab("work", "--no-compile", *folders), sweep)
    by_phase["status"] = traced(ganlab("status", str(sweep)), sweep)
    by_phase["table"] = traced(ganlab("table", str(sweep)), sweep)
    return {
        "members": MEMBERS,
        "rows": ROWS,
        "evaluations": EVALUATIONS,
        "checkpoints": 1,
        "of_a_population": {phase: dict(sorted(counts.items())) for phase, counts in by_phase.items()},
        "of_a_renewal": measure_repeated(place, HOLDING, times=2),
        "of_a_look": measure_repeated(place, TELLING, times=10),
    }


HOLDING = """
import sys, time
from pathlib import Path
from ganlab.record import lease
with lease.hold([Path(name) for name in sys.argv[1:]]):
    time.sleep(lease.SECONDS_BETWEEN_SIGNS * {times} + 1.0)
"""
TELLING = """
import sys
from pathlib import Path
from ganlab.record.progress import JobProgress
from ganlab.record.stop import is_asked_to_end
about = dict(phase="training", iteration=1, start=0, steps=2, alive=1, device="cpu")
for run in map(Path, sys.argv[1:]):
    for _ in range({times}):
        is_asked_to_end(run)
        JobProgress(runs=("run",), **about).write(run)
"""


def measure_repeated(place: Path, code: str, times: int) -> float:
    """Operations that a repetition takes in each folder, of what `code` repeats so many `times`."""
    folders = [Path(tempfile.mkdtemp(prefix="repeated-", dir=place)) for _ in range(4)]
    names = [str(folder) for folder in folders]
    counts = [
        traced([sys.executable, "-c", code.format(times=count), *names], place / "repeated-").total()
        for count in (0, times)
    ]
    return (counts[1] - counts[0]) / (times * len(folders))


def measure_planning(place: Path) -> dict[str, float]:
    """Seconds of the processor a run, of planning, status and table's reading of what is not done."""
    taken: dict[str, list[float]] = {"planning": [], "status": []}
    for count in PLANNED:
        folder = place / str(count)
        folder.mkdir()
        file = write_sweep(folder, populations=1, seeds=count)
        commands = {
            "planning": ganlab("sweep", str(file), "--plan-only", "--no-compile", "--runs", str(folder)),
            "status": ganlab("status", str(folder / "scale")),
        }
        for name, command in commands.items():
            before = cpu_of_children()
            call(command)
            taken[name].append(cpu_of_children() - before)
    return {name: (more - few) / (PLANNED[1] - PLANNED[0]) for name, (few, more) in taken.items()}


def cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_engine(engine: str, populations: int, place: Path) -> None:
    """A sweep of so many populations on an engine, to its end."""
    file = write_sweep(place, populations, seeds=MEMBERS)
    command = ganlab("sweep", str(file), "--no-compile", "--runs", str(place / "runs"))
    local = [*command, "--workers", "1"]
    if engine == f"{START_OF}slurm":
        with_slurm(place, [sys.executable, "-c", SLURM_TASKS, str(place), str(populations)])
    elif engine == f"{START_OF}ray":
        for _ in range(populations):
            call([sys.executable, "-c", RAY_TASK])
    elif engine == f"{START_OF}wandb":
        with wandb_server(place) as environment:
            for _ in range(populations):
                call([sys.executable, "-c", WANDB_TASK], **environment)
    elif engine == "in process":
        train_in_process(file, place)
    elif engine == "local":
        call(local)
    elif engine == "local, W&B offline":
        call(local, WANDB_MODE="offline", WANDB_DIR=str(place))
    elif engine == "local, W&B online":
        with wandb_server(place) as environment:
            call(local, **environment)
    elif engine == "ray":
        call([*command, "--engine", "ray"])
    elif engine == "slurm":
        with_slurm(place, [*command, "--engine", "slurm", "--engine-option", "array_parallelism=1"])
    else:
        run_agent(command, place)


def train_in_process(file: Path, place: Path) -> None:
    """All populations one after another in this process, and their pictures: what they cost without an engine."""
    from ganlab.engines.process import work_in_own_process
    from ganlab.sweeps.plan import make_plan, write_plan
    from ganlab.sweeps.schema import load_sweep
    from ganlab.tracking.pictures import picture

    plan = make_plan(load_sweep(file), place / "runs", slots=1, compiled=False)
    write_plan(plan)
    for job in plan.jobs:
        outcome = work_in_own_process(job)
        if outcome.kind != "done":
            sys.exit(outcome.reason)
        for samples in [file for run in job.runs for file in run.glob("samples/*.npz")]:
            picture(samples)


def run_agent(command: Sequence[str], place: Path) -> None:
    """The sweep by one of W&B's agents."""
    with wandb_server(place) as environment:
        agent = call(ganlab("wandb", "sweep", *command[4:], "--workers", "1"), **environment).splitlines()[-1].split()
        call([str(Path(sys.executable).with_name("wandb")), *agent[1:]], **environment)


@contextmanager
def wandb_server(place: Path) -> Iterator[dict[str, str]]:
    """The server of the tests, and the environment with which W&B's client finds it."""
    sys.path.insert(0, str(TESTS))
    from wandb_stand_in import WandbStandIn  # type: ignore[import-not-found]

    with WandbStandIn() as stand_in:
        login = {"WANDB_BASE_URL": stand_in.url, "WANDB_API_KEY": "0" * 40, "WANDB_ERROR_REPORTING": "false"}
        yield {**login, "WANDB_MODE": "online", "HOME": str(place), "WANDB_DIR": str(place)}


def with_slurm(place: Path, command: Sequence[str]) -> None:
    """A command beside the daemons of a Slurm of this machine."""
    sys.path.insert(0, str(TESTS))
    from loopback_slurm import LoopbackSlurm  # type: ignore[import-not-found]

    slurm = LoopbackSlurm(place / "slurm")
    try:
        call(command, **slurm.environment)
    finally:
        slurm.close()


SLURM_TASKS = """
import sys
import submitit

def task(index):
    import ganlab.engines.slurm_task, ganlab.engines.process, torch._dynamo

executor = submitit.AutoExecutor(sys.argv[1], cluster="slurm")
executor.update_parameters(timeout_min=5, slurm_array_parallelism=1)
for job in executor.map_array(task, range(int(sys.argv[2]))):
    job.result()
"""
RAY_TASK = "import ray, ganlab.engines.ray_cluster, ganlab.engines.process, torch._dynamo"
"""Dynamo is what torch imports at the first gradient, compiled or not."""

WANDB_RUN = """
import wandb
from ganlab.tracking.wandb_settings import LEAN_SETTINGS
run = wandb.init(project="scale", settings=wandb.Settings(**LEAN_SETTINGS))
"""
MIRROR = f"""
import ganlab.tracking.mirror_process
{WANDB_RUN}
run.finish()
"""
WANDB_TASK = f"""
import subprocess, sys
import ganlab.engines.wandb_trial
from ganlab.processes import context, start_server
start_server()
{WANDB_RUN}
process = context().Process(target=int)
process.start()
process.join()
subprocess.run([sys.executable, "-c", {MIRROR!r}], check=True)
run.finish()
"""
"""The processes of a trial: itself with its run in W&B, the server of its worker, and a mirror that opens a run."""

LOGGING = """
import sys, time
from ganlab.tracking.wandb_settings import LEAN_SETTINGS
import wandb
run = wandb.init(project="scale", settings=wandb.Settings(**LEAN_SETTINGS))
for step in range({seconds}):
    run.log({{"value": step}})
    time.sleep(1)
run.finish()
"""


def measure_requests(place: Path) -> dict[str, float]:
    """Requests with rows that W&B's client makes of one run that logs a row a second."""
    sys.path.insert(0, str(TESTS))
    from wandb_stand_in.store import ServedRun  # type: ignore[import-not-found]

    requests = []
    usual = ServedRun.stream

    def counted(run: Any, content: Any) -> Any:
        requests.append(time.monotonic())
        return usual(run, content)

    ServedRun.stream = counted
    with wandb_server(place) as environment:
        call([sys.executable, "-c", LOGGING.format(seconds=SECONDS_OF_LOGGING)], **environment)
    ServedRun.stream = usual
    return {"seconds": SECONDS_OF_LOGGING, "requests": len(requests)}


def measure_looking(place: Path) -> float:
    """Seconds of the launcher's processor for one look at one of `LOOKED_AT` jobs."""
    from rich.console import Console

    from ganlab.engines.job import Job
    from ganlab.record.progress import JobProgress
    from ganlab.sweeps.display import Display

    about = {"phase": "training", "iteration": 1, "start": 0, "steps": 5000, "alive": 32, "device": "cuda"}
    jobs = []
    for index in range(LOOKED_AT):
        (run := place / f"looked-{index}").mkdir()
        JobProgress.model_validate({"runs": [run.name], **about}).write(run)
        jobs.append(Job(title="row", runs=(run,), cost=1))
    display = Display(Console(file=io.StringIO()), tuple(jobs))
    for job in jobs:
        display.on_start(job)
    began = time.process_time()
    display.look()
    return (time.process_time() - began) / LOOKED_AT


def measure_engine(engine: str, populations: int) -> float:
    """What a sweep on an engine takes: seconds of the processor of every process that came of it.

    Those of Ray's workers are told to nobody when they end, so that with Ray all that the machine does is counted.
    """
    before = busy_seconds()
    reaper = subprocess.run(
        [sys.executable, __file__, "--reap", engine, str(populations)], capture_output=True, encoding="utf-8"
    )
    if reaper.returncode:
        sys.exit(f"{engine}, {populations} populations:\n{reaper.stdout[-2000:]}{reaper.stderr[-4000:]}")
    return busy_seconds() - before if engine == "ray" else float(reaper.stdout.splitlines()[-1])


def busy_seconds() -> float:
    """Seconds that all processors of the machine have been busy since it started, by proc_stat(5)."""
    user, nice, system, _, _, *interrupts = Path("/proc/stat").read_text("utf-8").split()[1:8]
    return sum(map(int, (user, nice, system, *interrupts))) / os.sysconf("SC_CLK_TCK")


def reap(engine: str, populations: int) -> int:
    """Run an engine in a child, and wait for it and for all orphans of it, whose times become this process's."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as place:
        child = subprocess.Popen([sys.executable, __file__, "--run", engine, str(populations), place])
        status = 1
        while True:
            try:
                pid, ended = os.wait()
            except ChildProcessError:
                break
            if pid == child.pid:
                status = child.returncode = os.waitstatus_to_exitcode(ended)
    print(cpu_of_children(), flush=True)
    return status


def measure_engines(names: Sequence[str]) -> dict[str, float]:
    """Seconds of the processor that each further population takes, by engine."""
    return slopes({name: name for name in names})


def measure_starts(names: Sequence[str]) -> dict[str, float]:
    """Seconds of the processor of what an engine starts for a population, without the population."""
    return slopes({name: f"{START_OF}{name}" for name in names if name in STARTING})


def slopes(kinds: Mapping[str, str]) -> dict[str, float]:
    """By name, what each further population takes in sweeps of that kind, which are measured in turn."""
    least = {(name, count): math.inf for name in kinds for count in SIZES}
    for _ in range(REPEATS):
        for name, count in least:
            least[name, count] = min(least[name, count], measure_engine(kinds[name], count))
            print(f"{kinds[name]}, {count}: {least[name, count]:.2f} s", file=sys.stderr, flush=True)
    few, more = SIZES
    return {name: (least[name, more] - least[name, few]) / (more - few) for name in kinds}


def measure_weak_scaling() -> dict[str, float]:
    """Wall seconds of one worker with some populations, and of two workers with twice as many."""
    taken = {}
    with tempfile.TemporaryDirectory() as place:
        for workers in (1, 2, 1, 2):  # the first two fill caches
            folder = Path(tempfile.mkdtemp(dir=place))
            file = write_sweep(folder, populations=2 * workers, seeds=MEMBERS, steps=5000)
            began = time.monotonic()
            call(ganlab("sweep", str(file), "--runs", str(folder / "runs"), "--workers", str(workers)))
            taken[workers] = time.monotonic() - began
    return {
        "seconds_of_1_worker": round(taken[1], 1),
        "seconds_of_2_workers": round(taken[2], 1),
        "efficiency": round(taken[1] / taken[2], 3),
        "load_before": os.getloadavg()[1],
    }


def about() -> dict[str, Any]:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text("utf-8"))
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit.strip(),
        "machine": f"{os.cpu_count()} cores of {cpu[1] if cpu else platform.machine()}",
        "load": os.getloadavg()[1],
    }


def measure_operations_and_rates() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        (operations := Path(place) / "operations").mkdir()
        return {
            "operations": measure_operations(operations),
            "cpu_seconds_of_a_run": measure_planning(Path(place)),
            "cpu_seconds_of_a_look": measure_looking(Path(place)),
            "requests_of_a_run": measure_requests(Path(place)),
        }


def measure_costs(engines: Sequence[str], known: Mapping[str, Any]) -> dict[str, Any]:
    """Seconds of the processor a population on some engines, beside those that are known of others."""
    found = {"cpu_seconds_of_a_population": measure_engines(engines), "cpu_seconds_of_a_start": measure_starts(engines)}
    return {name: {**known.get(name, {}), **costs} for name, costs in found.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=RESULT, metavar="FILE", help="default: docs/scaling.json")
    parser.add_argument("--engines", nargs="*", choices=ENGINES, metavar="NAME", help="measure these alone")
    parser.add_argument("--weak", action="store_true", help="measure weak scaling alone, and put it into the file")
    parser.add_argument("--reap", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reap:
        return reap(options.reap[0], int(options.reap[1]))
    if options.run:
        run_engine(options.run[0], int(options.run[1]), Path(options.run[2]))
        return 0
    known = json.loads(options.output.read_text("utf-8")) if options.output.exists() else {}
    measured: dict[str, Any]
    if options.weak:
        measured = {"weak_scaling": {**about(), **measure_weak_scaling()}}
    elif options.engines:
        measured = measure_costs(options.engines, known)
    else:
        measured = {"about": about(), **measure_operations_and_rates(), **measure_costs(ENGINES, known)}
    options.output.write_text(json.dumps({**known, **measured}, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
