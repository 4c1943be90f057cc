"""From a sweep's plan to finished runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch
from filelock import FileLock, Timeout
from rich.console import Console
from rich.text import Text

from ganlab.errors import InputError
from ganlab.sweeps.display import Display, say
from ganlab.sweeps.engines.local import Listener, LocalEngine
from ganlab.sweeps.plan import Job, Plan, make_plan, write_plan
from ganlab.sweeps.schema import Sweep
from ganlab.tracking import Mirror
from ganlab.training.devices import find_device
from ganlab.training.evaluating import evaluation_for
from ganlab.training.setup import build_game, load_data

SECONDS_FOR_MIRROR = 30.0
SECONDS_FOR_MIRROR_WHEN_STOPPED = 8.0


@dataclass(kw_only=True)
class Result:
    """How a sweep went.

    Attributes:
        stopped: Ctrl-C was pressed.
        faults: of the jobs that failed, in words.
        tracking: lines about what W&B has.
    """

    stopped: bool = False
    faults: list[str] = field(default_factory=list)
    tracking: list[str] = field(default_factory=list)


def plan_on_this_machine(
    sweep: Sweep, runs: Path, workers: int | None = None, compiled: bool = True
) -> tuple[Plan, LocalEngine]:
    """The plan of `sweep`, recorded below the folder `runs`, and what executes it.

    Args:
        sweep: what to train.
        runs: the folder of all records.
        workers: populations at once; by default one a core, and one on a GPU.
        compiled: whether updates are compiled.
    """
    engine = LocalEngine(workers, on_gpu=find_device(sweep.device).type != "cpu")
    return make_plan(sweep, runs, engine.slots, compiled), engine


def launch(plan: Plan, engine: LocalEngine, console: Console) -> Result:
    """Run the remaining jobs of `plan`, mirroring the runs to W&B.

    Raises:
        InputError: another process works on the same sweep.
    """
    try:
        plan.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot write to {plan.folder}: {error.strerror}; choose another folder with --runs"
        ) from None
    try:
        with FileLock(plan.folder / ".lock", timeout=0):
            _prepare_evaluations(plan, console)
            write_plan(plan)
            return _run(plan, engine, console)
    except Timeout:
        raise InputError(
            f"another sweep is writing to {plan.folder}; wait for it, or choose another folder with --runs"
        ) from None


def _prepare_evaluations(plan: Plan, console: Console) -> None:
    """Compute once what every job would compute by itself: features of real images, and the networks for them."""
    specs = [run.spec for job in plan.jobs for run in job.runs]
    first_of = {(one.dataset, one.evaluation.samples, one.conditional, one.evaluators): one for one in specs}
    for (dataset, *_), spec in first_of.items():
        data = load_data(spec)
        if data.reference.of_images:
            with console.status(Text(f"{dataset}: preparing to evaluate")) as status:
                if not console.is_terminal:
                    say(console, f"{dataset}: preparing to evaluate")
                game = build_game(spec, data.form)
                evaluation = evaluation_for(
                    spec, game, data.reference, plan.device, lambda text: status.update(Text(text))
                )
                evaluation.floors()
                evaluation.real()
            if evaluation.notice:
                say(console, f"{dataset}: {evaluation.notice}")
            del evaluation  # or its networks stay on the GPU beside what is trained
            torch.cuda.empty_cache()


def _run(plan: Plan, engine: LocalEngine, console: Console) -> Result:
    result = Result(faults=[f"{run.spec.id}: {run.fault}" for run in plan.runs if run.state == "damaged"])
    mirror = Mirror(plan.folder)
    for run in plan.runs:
        mirror.watch(run.folder)
    with Display(console, plan.jobs) as display:

        def on_end(job: Job, fault: str) -> None:
            if fault:
                result.faults.append(f"{job.title}: {fault}")
            display.on_end(job, fault)

        try:
            listener = Listener(
                on_start=display.on_start, on_message=display.on_message, on_end=on_end, on_split=display.on_split
            )
            engine.run(plan.jobs, listener)
        except KeyboardInterrupt:
            result.stopped = True
    timeout = SECONDS_FOR_MIRROR_WHEN_STOPPED if result.stopped else SECONDS_FOR_MIRROR
    result.tracking = mirror.finish(timeout)
    return result
